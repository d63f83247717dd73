package budget

import (
	"math/bits"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

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
	o.stall.see(e.awake(e.now.Engine), progress, waiting)
	return max(waiting, 0)
}

// due reports whether an operation is visited although nothing was started on it: now and
// then, for middleware that records requests which it never started.
func (e *engine) due(o *Operation) bool { return (e.ticks+o.turn)%visitAgain == 0 }

// visitAgain is how many ticks an idle operation is left alone.
const visitAgain = 64

// progress returns how many requests had been answered at the last tick: what shows that an
// operation is alive. Probes and what no route serves do not, and a stream does when it begins.
func (o *Operation) progress() uint64 {
	n := o.seen.total() + uint64(o.established.Load())
	for _, c := range notAnswered {
		n -= o.seen.class[c]
	}
	return n
}

// moved reports whether there has been progress since the last tick, or, of an operation that
// nobody starts, since its last visit.
func (o *Operation) moved() bool {
	n := uint64(o.established.Load())
	for used := o.table.Used(); used != 0; used &= used - 1 {
		if c := bits.TrailingZeros64(used); !slices.Contains(notAnswered[:], slo.Class(c)) {
			n += o.table.Count(c)
		}
	}
	return n != o.stall.finished
}

var notAnswered = [...]slo.Class{slo.Health, slo.Unmatched, slo.Shutdown}

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
