package budget

import (
	"math/bits"
	"time"

	"github.com/seed-abb722f7/nines/internal/clockwork"
	"github.com/seed-abb722f7/nines/internal/ring"
	"github.com/seed-abb722f7/nines/internal/stripe"
	"github.com/seed-abb722f7/nines/slo"
)

// The engine is events in, advance(now), one consistent read out. The cells of the
// operations are read by whoever asks; everything else here is written by advance
// alone, under the tracker's lock. It starts no goroutine and reads no clock, so
// that live use, simulation and replay run the same code.
type engine struct {
	plan
	requests *registry
	calls    *registry // of dependencies
	streams  *registry
	tallier  tallier

	clock    *clockwork.Clock
	now      clockwork.Reading // of the last advance
	mono     time.Duration     // the monotonic reading of the last advance
	began    time.Time         // wall time
	gaps     []gap             // stretches of engine time that nobody observed, oldest first
	asleep   time.Duration     // the length of all gaps ever
	ticks    uint64
	swept    time.Duration // engine time at which every history was last looked after
	changed  bool          // the last advance saw events
	timing   bool          // some operation was asked for latencies
	waited   bool          // the last advance noted nothing, because the clock was suspect
	owed     bool          // this one notes what those before it did not
	doubted  time.Duration // while the clock is suspect: engine time since when
	sweeping bool          // this one looks after every history

	noted       time.Duration // engine time of the last tick that was noted
	notedBefore time.Duration // and of the one before
	markers     markerLog

	restored  bool                   // history was carried over
	resumed   time.Duration          // engine time at which this process took over
	reach     time.Duration          // engine time from which on history was kept: earlier windows were shorter
	inherited map[string]inheritance // the objectives that were carried over

	inheritedAccounts map[string]accountHistory // the periods that were carried over
	inheritedSlices   map[string]sliceHistory   // the slices that were carried over
	inheritedEpisodes map[string]episodeHistory // the episodes that were carried over

	scopes   map[*Operation]*scope
	all      *scope
	allSeen  tally
	progress uint64 // requests answered, of all operations
	stuck    bool   // some operation was stalled at the last tick
	known    int    // how many of the requests' operations have been looked at

	objectives []*judged // in order of declaration; those of Each as operations come
	byName     map[string]*judged
	sliced     []*judged                // those of them that judge slices of time
	each       []*judged                // declarations of slo.Each
	available  map[slo.Source][]slo.SLI // the availability SLIs that count on each source
	succession *succession              // while they are updated
}

// gap is a stretch of engine time in which the process did not run.
type gap struct{ from, to time.Duration }

// maxGaps bounds the gaps that are told apart; the oldest two become one beyond it,
// which can only understate coverage.
const maxGaps = 1024

func newEngine(p plan, h *history, requests, calls, streams *registry, layout *stripe.Layout, mono time.Duration, wall time.Time) *engine {
	e := &engine{
		plan: p, requests: requests, calls: calls, streams: streams,
		clock: clockwork.New(mono, wall), mono: mono,
		scopes: map[*Operation]*scope{}, all: &scope{}, byName: map[string]*judged{},
	}
	e.tallier.fit(layout)
	e.resume(h, mono, wall)
	e.now = e.clock.Observe(mono, wall)
	e.noted, e.notedBefore = e.now.Engine, e.now.Engine
	declared := e.judgeAll()
	e.adopt(h)
	e.declare(declared)
	e.meetNew()
	e.began = e.now.Wall
	return e
}

// judgeAll works out the verdicts of all declarations.
func (e *engine) judgeAll() (declared []*judged) {
	e.available = map[slo.Source][]slo.SLI{}
	isAvailability := slo.Availability().Name()
	for _, o := range e.Objectives {
		if o.SLI.Name() == isAvailability && !o.Shadow {
			e.available[o.Of] = append(e.available[o.Of], o.SLI)
		}
	}
	for _, o := range e.Objectives {
		declared = append(declared, e.tallier.judge(o, e.availabilityOf(o.Of)))
	}
	return declared
}

// declare puts declarations on their sources.
func (e *engine) declare(declared []*judged) {
	for _, j := range declared {
		switch j.Of.Kind() {
		case slo.AllSource:
			e.enter(j.on(e.all))
		case slo.EachSource:
			if e.succession != nil {
				e.succession.declared(e, j)
			}
			e.each = append(e.each, j)
		default:
			e.enter(j.on(e.scopeOf(e.operation(j.Of))))
		}
	}
}

// operation returns the operation or stream that an objective names, declaring it.
func (e *engine) operation(s slo.Source) *Operation {
	switch s.Kind() {
	case slo.EventsSource:
		return e.streams.declare(s.Name(), s.Kind())
	case slo.DependencySource:
		return e.calls.declare(s.Name(), s.Kind())
	}
	return e.requests.declare(s.Name(), s.Kind())
}

func (e *engine) scopeOf(o *Operation) *scope {
	s, ok := e.scopes[o]
	if !ok {
		s = &scope{op: o}
		e.scopes[o] = s
	}
	return s
}

// enter makes an objective readable.
func (e *engine) enter(j *judged) {
	if _, taken := e.byName[j.name]; taken {
		return // an explicit objective has the name of one of Each's
	}
	if j.Method.Kind() != slo.OccurrencesMethod {
		j = j.sliced()
		e.sliced = append(e.sliced, j)
	}
	if e.succession != nil {
		e.succession.enter(e, j)
	} else {
		e.takeUp(j)
	}
	e.heed(j.events())
	e.objectives = append(e.objectives, j)
	e.byName[j.name] = j
	from := j.source()
	from.stallAfter = max(from.stallAfter, j.StallAfter)
	if t, ok := j.SLI.Threshold(); ok {
		from.threshold = max(from.threshold, t)
	}
}

// takeUp gives an objective what another process left of it, or lets it begin.
func (e *engine) takeUp(j *judged) {
	if j.slices != nil {
		e.inheritSlices(j)
	}
	e.inherit(j)
	e.openAccount(j)
	if j.slices != nil {
		e.resumeSlice(j)
	}
	j.watch = newWatch(j)
	e.inheritEpisodes(j)
}

// availabilityOf returns the availability SLIs that judge a source: its own, or else those
// of slo.Each. Shadow objectives have no say.
func (e *engine) availabilityOf(of slo.Source) []slo.SLI {
	if own := e.available[of]; len(own) > 0 || of.Kind() == slo.AllSource || of.Kind() == slo.DependencySource {
		return own
	}
	return e.available[slo.Each]
}

// meetNew gives the operations that came since the last call their objectives of
// slo.Each.
func (e *engine) meetNew() {
	ops := e.requests.all()
	for _, o := range ops[e.known:] {
		if reserved(o) {
			continue
		}
		for _, j := range e.each {
			if e.overridden(j, o) {
				continue
			}
			own := e.judgeOn(o, j.Objective)
			own.since = j.since
			e.enter(own.on(e.scopeOf(o)))
		}
	}
	e.known = len(ops)
}

// judgeOn works out the verdicts of an objective on slo.Each for an operation.
func (e *engine) judgeOn(o *Operation, each slo.Objective) *judged {
	of := slo.HTTP(o.name)
	if o.kind == slo.RPCSource {
		of = slo.RPC(o.name)
	}
	return e.tallier.judge(each, e.availabilityOf(of))
}

// overridden reports whether an explicit objective judges the same SLI of o.
func (e *engine) overridden(each *judged, o *Operation) bool {
	for _, x := range e.Objectives {
		if k := x.Of.Kind(); (k == slo.HTTPSource || k == slo.RPCSource) &&
			canonical(x.Of.Name()) == o.name && x.SLI.Name() == each.SLI.Name() {
			return true
		}
	}
	return false
}

func reserved(o *Operation) bool {
	return o.name == otherName || o.name == unnamedName || o.name == unmatchedName
}

// advance takes the engine to the present: it reads the cells of operations that
// changed and notes how far they have come.
func (e *engine) advance(mono time.Duration, wall time.Time) {
	last := e.now.Engine
	e.mono = max(mono, e.mono)
	e.now = e.clock.Observe(mono, wall)
	e.ticks++
	if leap := e.now.Engine - last; leap > e.history/4 {
		e.leap(last, leap)
	}
	if e.now.Gap > 0 {
		e.addGap(gap{from: e.now.Engine - e.now.Gap, to: e.now.Engine})
		e.markers.delay(e.doubted, e.now.Gap)
	}
	if e.now.Suspect && (!e.waited || e.now.Gap > 0) {
		e.doubted = e.now.Engine
	}
	e.meetNew()
	at := moment{
		engine: e.now.Engine,
		stamp:  uint32(e.unitsUp(e.now.Engine)),
		keep:   e.keep(),
		// While the clock is suspect nobody knows yet where the time since belongs: before a
		// gap, or nowhere. The cells carry it until that is known, and it is noted then, also
		// if another step has put the clock in doubt again meanwhile. So for a minute windows
		// can only be too long.
		wait: e.now.Suspect && e.now.Gap == 0,
	}
	e.owed = e.waited && !at.wait
	e.waited = at.wait
	e.changed = false
	for _, o := range e.calls.all() {
		e.visit(o, at)
		o.latency.snap(o.table, at.engine)
	}
	e.allSeen.reset(len(e.tallier.splits)) // from here on, of what the service serves
	e.progress = 0
	var waiting int64
	e.stuck = false
	for _, o := range e.requests.all() {
		waiting += e.visit(o, at)
		o.latency.snap(o.table, at.engine)
		e.allSeen.add(&o.seen)
	}
	e.all.note(&e.allSeen, at)
	e.all.stall.see(e.awake(e.now.Engine), e.progress, waiting)
	for _, o := range e.streams.all() {
		e.visit(o, at)
	}
	e.sweeping = e.now.Engine-e.swept > e.history/4
	if e.sweeping {
		e.sweep(at)
	}
	e.slice(at)
	e.segment(at)
	e.roll(at)
}

// keep returns for how many units history is kept: the longest window, what Align goes
// back beyond it, and what rounding takes.
func (e *engine) keep() uint32 {
	window := e.units(e.history)
	return uint32(window+window/perCent) + 2*ring.Units
}

// perCent is more than enough for the one percent by which Align goes back.
const perCent = 64

// sweep notes every source once more, also those to which nothing happens: ring time
// comes round, and points that nobody looks after would come back with it.
func (e *engine) sweep(at moment) {
	e.swept = e.now.Engine
	for o, s := range e.scopes {
		s.note(&o.seen, at)
	}
	e.eachCauses(func(c *causes) { c.note(at) })
}

// leap drops, before time goes far at once, what will be older than all windows after
// it. Between two sweeps time goes half as far as the longest window at most, so that
// no point is ever one and a half times as old: ring time counts to twice.
func (e *engine) leap(from, by time.Duration) {
	if by > e.history {
		e.forget()
		return
	}
	stamp, keep := uint32(e.unitsUp(from)), e.keep()-uint32(e.units(by))
	e.histories(func(s *ring.Series) { s.Append(stamp, s.Last(), keep) })
}

// forget drops all histories, after a leap that no window reaches across.
func (e *engine) forget() { e.histories((*ring.Series).Forget) }

// histories calls f for every series of every source.
func (e *engine) histories(f func(*ring.Series)) {
	for _, s := range e.scopes {
		s.history(f)
	}
	e.all.history(f)
	for _, j := range e.sliced {
		j.scope.history(f)
	}
	e.eachCauses(func(c *causes) { c.histories(f) })
}

// visit reads one operation, unless nothing can have happened to it, and returns how
// many of its requests are waiting for an answer.
func (e *engine) visit(o *Operation, at moment) int64 {
	if o.stream == nil && o.settled && o.table.Started() == o.started && !e.owed && !e.due(o) {
		e.progress += o.progress()
		return 0
	}
	o.table.Grow()
	before := o.seen.total()
	e.tallier.read(&o.seen, o.table)
	finished := o.seen.total()
	o.started = o.table.Started()
	inFlight := o.inFlight(finished)
	o.settled = inFlight == 0
	if finished != before {
		e.changed = true
	}
	if s, ok := e.scopes[o]; ok {
		s.note(&o.seen, at)
	}
	o.causes.Load().note(at)
	if o.stream != nil {
		return 0
	}
	waiting := int64(inFlight) - o.established.Load()
	progress := o.progress()
	e.progress += progress
	awake := e.awake(e.now.Engine)
	o.stall.see(awake, progress, waiting)
	if _, stalled := o.stall.stalled(awake, e.scopes[o].allowance()); stalled {
		e.stuck = true
	}
	return max(waiting, 0)
}

// due reports whether an operation is visited although nothing was started on it: now and
// then, for middleware that records requests which it never started.
func (e *engine) due(o *Operation) bool { return (e.ticks+o.turn)%visitAgain == 0 }

// visitAgain is how many ticks an idle operation is left alone.
const visitAgain = 64

// progress returns how many requests have been answered: what shows that an operation is
// alive. Probes and what no route serves do not, and a stream does when it begins.
func (o *Operation) progress() uint64 {
	n := o.seen.total() + uint64(o.established.Load())
	for _, c := range [...]slo.Class{slo.Health, slo.Unmatched, slo.Shutdown} {
		n -= o.seen.class[c]
	}
	return n
}

// awake returns engine time without the gaps: a request that waited through a suspend
// is not stalled by it.
func (e *engine) awake(now time.Duration) time.Duration { return now - e.asleep }

func (e *engine) addGap(g gap) {
	e.asleep += g.to - g.from
	for len(e.gaps) > 0 && e.gaps[0].to < e.now.Engine-2*e.history {
		e.gaps = e.gaps[1:]
	}
	if len(e.gaps) >= maxGaps {
		e.gaps[1].from = e.gaps[0].from
		e.gaps = e.gaps[1:]
	}
	e.gaps = append(e.gaps, g)
}

// begin returns the engine time from which on there is history of an objective.
func (e *engine) begin(j *judged) time.Duration { return max(j.since, e.reach) }

// observed returns how much of the stretch from start to now somebody watched.
func (e *engine) observed(start, now time.Duration) time.Duration {
	start = max(start, 0)
	sum := now - start
	for _, g := range e.gaps {
		if from, to := max(g.from, start), min(g.to, now); to > from {
			sum -= to - from
		}
	}
	return max(sum, 0)
}

// units converts engine time to ring units, rounding down; it works below zero.
func (e *engine) units(d time.Duration) int64 {
	slots, rest := int64(d/e.Resolution), d%e.Resolution
	if rest < 0 {
		slots, rest = slots-1, rest+e.Resolution
	}
	return slots*ring.Units + int64(rest)*ring.Units/int64(e.Resolution)
}

// unitsUp is units, rounding up.
func (e *engine) unitsUp(d time.Duration) int64 { return -e.units(-d) }

// own fills in an empty reading with what this process has counted up to this moment.
func (e *engine) own(j *judged, r *reading) {
	if j.slices != nil {
		j.slices.read(r)
		return
	}
	if j.scope.op != nil {
		j.add(r, j.scope.op.table)
		return
	}
	for _, o := range e.requests.all() {
		j.add(r, o.table)
	}
}

// live fills in an empty reading with what has been counted up to this moment, restored
// history included.
func (e *engine) live(j *judged, r *reading) {
	e.own(j, r)
	j.onTop(r)
}

// past fills in an empty reading with what the source had counted a window before
// now, never later; of a window that reaches back beyond the objective's own history, what
// it had counted when that began.
func (e *engine) past(j *judged, r *reading, now, window time.Duration) {
	if now-window < j.since {
		*r = j.opening
		return
	}
	units := uint32(e.unitsUp(now))
	j.past(r, units, ring.Align(units, uint32(e.units(now-window))))
}

// stirring reports whether something was recorded since the last tick, or a clock
// is in doubt.
func (e *engine) stirring() bool {
	if e.now.Suspect || e.changed || e.timing || e.ticks == 0 {
		return true
	}
	for _, list := range [...][]*Operation{e.requests.all(), e.calls.all()} {
		for _, o := range list {
			if !o.settled || o.table.Started() != o.started {
				return true
			}
		}
	}
	for _, o := range e.streams.all() {
		for used := o.table.Used(); used != 0; used &= used - 1 {
			c := bits.TrailingZeros64(used)
			if o.table.Count(c) != o.seen.class[c] {
				return true
			}
		}
	}
	return false
}
