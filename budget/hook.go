package budget

import (
	"io"
	"slices"
	"sync"
	"time"
)

// A Hook is what packages that build on a tracker attach to it: policy evaluates its
// rules at each tick. Nil fields are left out.
type Hook struct {
	// Tick is called after every tick, from the tick's goroutine: it must be quick. A panic is recovered and counted.
	Tick func(Tick)

	// Explain adds to [Tracker.Explain].
	Explain func(io.Writer)

	// Close is called once when the tracker closes.
	Close func()
}

// A Tick is one moment at which the windows moved.
type Tick struct {
	At        time.Time     // wall time
	Elapsed   time.Duration // engine time: since the tracker was made, unobserved gaps included
	Watched   time.Duration // the part of the time since the tick before in which somebody watched: no gap, and no stretch in which ticks failed to come
	Simulated bool          // the tracker has no goroutines: deliver at once
}

type hookList struct {
	mu   sync.Mutex
	list []*Hook
}

// Attach adds a hook and returns the function that takes it off again, which may be
// called more than once. On nil it does nothing.
func (t *Tracker) Attach(h Hook) (detach func()) {
	if t == nil {
		return func() {}
	}
	own := &h
	if t.closed.Load() {
		if h.Close != nil {
			go t.guard(h.Close) // the caller may hold a lock that Close wants
		}
		return func() {}
	}
	t.hooks.mu.Lock()
	defer t.hooks.mu.Unlock()
	t.hooks.list = append(slices.Clip(t.hooks.list), own)
	return func() {
		t.hooks.mu.Lock()
		defer t.hooks.mu.Unlock()
		t.hooks.list = slices.DeleteFunc(slices.Clone(t.hooks.list), func(h *Hook) bool { return h == own })
	}
}

// each calls f for the hooks attached when it was called, without the lock.
func (l *hookList) each(f func(*Hook)) {
	l.mu.Lock()
	list := l.list
	l.mu.Unlock()
	for _, h := range list {
		f(h)
	}
}

// logSafely survives a logger that panics: it is the host's, and none of its lines are
// worth an outage.
func logSafely(log func()) {
	defer func() { _ = recover() }()
	log()
}

// guard runs f and counts its panic: what is attached must not take the tick down.
func (t *Tracker) guard(f func()) {
	defer func() {
		if v := recover(); v != nil {
			t.panics.Add(1)
			logSafely(func() { t.engine.Logger.Error("nines: a hook panicked", "service", t.engine.Service, "panic", v) })
		}
	}()
	f()
}
