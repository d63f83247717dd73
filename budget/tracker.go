package budget

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-abb722f7/nines/internal/stripe"
	"github.com/seed-abb722f7/nines/slo"
)

// A Tracker counts the events of one service against its objectives. Make it with
// [New], hand it to middleware, read budgets with [Tracker.Budget], and Close it
// when the service ends. It must not be copied after first use.
//
// All methods are safe for concurrent use. On a nil *Tracker recording does nothing
// and readings have nothing to say: a library may take a *Tracker field and leave it
// nil.
type Tracker struct {
	requests *registry
	calls    *registry // of dependencies
	streams  *registry
	closed   atomic.Bool
	base     time.Time     // of the monotonic clock; a package-level base would be wrong inside a synctest bubble
	hand     *hand         // moves the clock of a simulation; nil when live
	began    time.Time     // wall time
	lag      atomic.Int64  // of the last tick: how late it came
	took     atomic.Int64  // of the last tick: how long it worked
	panics   atomic.Uint64 // of hooks
	revision atomic.Uint64 // of the objectives

	mu     sync.RWMutex // the engine's: advance writes, readings read; never taken to record
	engine *engine

	hooks  hookList
	warned bool          // of requests that nothing could name; the tick's
	ticked time.Duration // monotonic time of the last tick; the tick's
	awake  time.Duration // engine time without gaps as of then; the tick's
	stop   chan struct{}
	done   chan struct{}
}

// fixedEdges are the bounds of the exported classic histogram, which latency cells
// split at so that its counts are exact: twelve of the fourteen that OpenTelemetry
// advises for request durations.
var fixedEdges = [...]time.Duration{
	5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second,
	2500 * time.Millisecond, 5 * time.Second, 7500 * time.Millisecond, 10 * time.Second,
}

// New returns a running Tracker, with one goroutine for its tick, or an error that
// joins everything wrong with cfg and matches [slo.ErrInvalid].
func New(cfg Config) (*Tracker, error) {
	t, err := build(cfg, nil)
	if err != nil {
		return nil, err
	}
	if version := ownVersion(debug.ReadBuildInfo()); version != "" {
		t.markDeployment(version, true)
	}
	t.stop, t.done = make(chan struct{}), make(chan struct{})
	go t.run()
	return t, nil
}

// build makes a tracker without its goroutine.
func build(cfg Config, h *hand) (*Tracker, error) {
	p, err := cfg.plan()
	if err != nil {
		return nil, err
	}
	past, err := decode(p.Restore)
	if err != nil {
		return nil, err
	}
	t := &Tracker{base: time.Now(), hand: h}
	layout := stripe.Exponential(edges(p.Objectives)...)
	t.requests = newRegistry(layout, p.MaxOperations, t, slo.NoSource)
	t.calls = newRegistry(layout, p.MaxOperations, t, slo.DependencySource)
	t.streams = newRegistry(stripe.Single(), p.MaxOperations, t, slo.EventsSource)
	t.requests.reserve(unnamedName)
	t.requests.reserve(unmatchedName)
	t.engine = newEngine(p, past, t.requests, t.calls, t.streams, layout, t.Now(), t.wall())
	t.began, t.ticked = t.engine.began, t.engine.mono
	t.awake = t.engine.awake(t.engine.now.Engine)
	if past != nil {
		t.hooks.kept = past.kept
	}
	return t, nil
}

// edges returns where the latency cells are split: at the bounds of the exported histogram,
// and at every threshold.
func edges(objectives []slo.Objective) (list []int64) {
	for _, d := range fixedEdges {
		list = append(list, int64(d))
	}
	for _, o := range objectives {
		if d, ok := o.SLI.Threshold(); ok {
			list = append(list, int64(d))
		}
		if d, ok := o.SLI.CancelledAfter(); ok {
			list = append(list, int64(d))
		}
	}
	return list
}

// Now returns the tracker's own monotonic time since it was made. Middleware reads it
// when a request starts and ends; the difference is the latency. In a simulation it is
// the time that was given by hand. It is 0 on nil.
func (t *Tracker) Now() time.Duration {
	if t == nil {
		return 0
	}
	if t.hand != nil {
		return t.hand.mono()
	}
	return time.Since(t.base)
}

// Elapsed returns engine time: the time since the tracker was made, unobserved gaps
// such as a suspend included. Windows are stretches of it. It is 0 on nil.
func (t *Tracker) Elapsed() time.Duration {
	if t == nil {
		return 0
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.engine.clock.Engine(t.Now())
}

func (t *Tracker) wall() time.Time {
	if t.hand != nil {
		return t.hand.wall()
	}
	return time.Now()
}

// HTTP returns the HTTP operation with that route pattern, such as "POST /checkout",
// making it if there is room; else the operation for all others. It costs one map
// look-up, but for the first call with a new name. It is nil on nil.
func (t *Tracker) HTTP(pattern string) *Operation { return t.operation(pattern, slo.HTTPSource) }

// RPC is [Tracker.HTTP] for an RPC method, such as "/shop.v1.Cart/Add".
func (t *Tracker) RPC(method string) *Operation { return t.operation(method, slo.RPCSource) }

// Dependency is [Tracker.HTTP] for something that this service calls, such as "payments":
// its calls are no requests of the service, and are in no objective on slo.All or slo.Each.
// Dependencies have a limit of their own, as many again as operations, and an operation of
// their own for all others.
func (t *Tracker) Dependency(name string) *Operation {
	if t == nil {
		return nil
	}
	return t.calls.find(name, slo.DependencySource)
}

func (t *Tracker) operation(name string, kind slo.SourceKind) *Operation {
	if t == nil {
		return nil
	}
	return t.requests.find(name, kind)
}

// Unnamed returns the operation of requests that were served although nothing could
// name them: they are judged by objectives on slo.All, and a log line says how to
// name them. It is nil on nil.
func (t *Tracker) Unnamed() *Operation { return t.operation(unnamedName, slo.NoSource) }

// Unmatched returns the operation of requests that no route matched. It is nil on nil.
func (t *Tracker) Unmatched() *Operation { return t.operation(unmatchedName, slo.NoSource) }

// Events returns the event stream of that name, making it if there is room; else the
// stream for all others. It costs one map look-up. It is nil on nil. A stream that no
// objective names is recorded and judged by nobody: mind the spelling.
func (t *Tracker) Events(name string) *Stream {
	if t == nil {
		return nil
	}
	return t.streams.find(name, slo.EventsSource).stream
}

// Service returns Config.Service; "" on nil.
func (t *Tracker) Service() string {
	if t == nil {
		return ""
	}
	return t.engine.Service
}

// run ticks until the tracker is closed.
func (t *Tracker) run() {
	defer close(t.done)
	ticker := time.NewTicker(t.engine.Resolution)
	defer ticker.Stop()
	for {
		select {
		case <-t.stop:
			return
		case due := <-ticker.C:
			t.lag.Store(int64(time.Since(due)))
			t.tick()
		}
	}
}

// tick advances the engine and then, without its lock, runs the hooks.
func (t *Tracker) tick() {
	began := t.Now()
	late := t.overdue(t.ticked)
	t.ticked = began
	t.mu.Lock()
	t.engine.advance(t.Now(), t.wall())
	now := t.engine.now
	at := Tick{At: now.Wall, Elapsed: now.Engine, Simulated: t.hand != nil}
	awake := t.engine.awake(now.Engine) // others than ticks may have advanced the engine since
	if !late {
		at.Watched = awake - t.awake
	}
	t.awake = awake
	t.mu.Unlock()
	t.warnUnnamed()
	for _, r := range [...]*registry{t.requests, t.calls, t.streams} {
		t.warnOverflow(r)
	}
	t.hooks.each(func(h *Hook) {
		if h.Tick != nil {
			t.guard(func() { h.Tick(at) })
		}
	})
	t.took.Store(int64(t.Now() - began))
}

// warnUnnamed says once that requests were served that nothing could name.
func (t *Tracker) warnUnnamed() {
	if t.warned {
		return
	}
	if o := t.Unnamed(); o.table.Used() != 0 {
		t.warned = true
		logSafely(func() {
			t.engine.Logger.Warn("nines: requests were served whose route is not known; they count for objectives on slo.All only",
				"service", t.engine.Service,
				"remedy", "wrap the handlers with httpslo.Route, or give httpslo.Handler the mux (httpslo.WithMux) or a namer (httpslo.WithNamer)")
		})
	}
}

// warnOverflow says once that there were more names than a registry has room for.
func (t *Tracker) warnOverflow(r *registry) {
	if r.warned || !r.full.Load() || r.other.table.Used() == 0 { // _OTHER also has what has no name
		return
	}
	r.warned = true
	logSafely(func() {
		t.engine.Logger.Warn("nines: there are more names than operations may be told apart; what is new is counted together",
			"service", t.engine.Service, "operation", r.other.name, "limit", r.limit,
			"remedy", "name requests by route, calls by dependency and streams by kind, never by what comes with one event; or raise budget.Config.MaxOperations")
	})
}

// closeWait is how long Close waits for the tick under way: for ever would be a deadlock
// when it is called from a [Hook].
const closeWait = time.Second

// Close ends the tick, waits for it (at most a second) and lets go of everything that is
// attached. What is recorded afterwards is not counted, and readings answer ok=false.
// Closing again, from several goroutines or from inside a hook, is harmless, as is closing
// nil: the first call does it, others return at once.
func (t *Tracker) Close() {
	if t == nil || !t.closed.CompareAndSwap(false, true) {
		return
	}
	if t.stop != nil {
		close(t.stop)
		timer := time.NewTimer(closeWait)
		defer timer.Stop()
		select {
		case <-t.done:
		case <-timer.C:
		}
	}
	t.hooks.each(func(h *Hook) {
		if h.Close != nil {
			t.guard(h.Close)
		}
	})
}
