package budget

import (
	"math/bits"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A slicer makes slices of time of the events of an objective: a derived source, of which a
// slice is one event, recorded at its end. It belongs to the engine, under its lock.
//
// Slices are cut by engine time, from the start of the period if the window has any, by the
// first tick at or after their end.
type slicer struct {
	events  *judged // judges the events that the slices are made of
	length  time.Duration
	ends    time.Duration // the engine time at which the slice under way does
	opening reading       // what the source of the events had counted when it began
	cut     uint64        // the tick that read opening

	good, bad uint64 // slices, by this process; of ratio slices in units of worth
}

// sliced returns an objective that judges the slices of time of another, on a scope of its
// own.
func (j *judged) sliced() *judged {
	outer := *j
	outer.slices = &slicer{events: j, length: j.Method.SliceLength()}
	outer.scope = new(scope)
	outer.good, outer.bad = 1<<slo.Success, 1<<slo.Failed
	outer.late, outer.gone = -1, -1
	return &outer
}

// source returns the scope that the events of an objective come from.
func (j *judged) source() *scope {
	if j.slices != nil {
		return j.slices.events.scope
	}
	return j.scope
}

// ratioWorth is what one slice counts when slices are judged by their own ratio: good and
// bad are then shares of it, exact to one in a billion.
const ratioWorth = 1_000_000_000

// worth returns how much one slice adds to the counts.
func (s *slicer) worth() uint64 {
	if s.events.Method.Kind() == slo.RatioTimeslicesMethod {
		return ratioWorth
	}
	return 1
}

// begin starts the first slice of this process.
func (s *slicer) begin(e *engine, j *judged) {
	var live reading
	e.live(s.events, &live)
	s.opening = live
	now := e.now.Engine
	s.ends = now - now%s.length + s.length
	if a := j.account; a != nil {
		s.ends = now - (now-a.began)%s.length + s.length
	}
}

// slice ends the slices whose time has come. While the clock is suspect none does: it is not
// known then how much time has passed.
func (e *engine) slice(at moment) {
	if at.wait {
		return
	}
	for _, j := range e.sliced {
		s := j.slices
		if at.engine >= s.ends {
			s.close(e, j, at)
			s.ends += (at.engine - s.ends + s.length) / s.length * s.length
		}
		if e.sweeping || e.owed { // a period may have closed one while the clock was suspect
			s.note(j, at)
		}
	}
}

// close judges the slice under way and begins another.
func (s *slicer) close(e *engine, j *judged, at moment) {
	var live reading
	e.live(s.events, &live)
	c := s.events.counts(&s.opening, &live)
	s.opening, s.cut = live, e.ticks
	valid := c.Valid()
	if valid == 0 {
		return
	}
	switch worth := s.worth(); {
	case worth > 1:
		hi, lo := bits.Mul64(c.Good, worth)
		good, _ := bits.Div64(hi, lo, valid) // good <= valid
		s.good += good
		s.bad += worth - good
	case s.events.Method.SliceTarget().Met(c.Bad, valid):
		s.good++
	default:
		s.bad++
	}
	s.note(j, at)
}

// note appends the slices so far to the history.
func (s *slicer) note(j *judged, at moment) {
	var t tally
	t.class[slo.Success], t.class[slo.Failed] = s.good, s.bad
	j.scope.note(&t, at)
}

// read fills in an empty reading with the slices of this process.
func (s *slicer) read(r *reading) {
	r.used = 1<<slo.Success | 1<<slo.Failed
	r.class[slo.Success], r.class[slo.Failed] = s.good, s.bad
}

// nextSlice returns how far off the end of a slice is that has had events; a long time if none
// has.
func (e *engine) nextSlice(now time.Duration) time.Duration {
	next := farOff
	for _, j := range e.sliced {
		if j.slices.pending(e) {
			next = min(next, j.slices.ends-now)
		}
	}
	return next
}

// farOff is later than any simulation goes.
const farOff = time.Duration(1 << 62)

// pending reports whether the slice under way has had events.
func (s *slicer) pending(e *engine) bool {
	var live reading
	e.live(s.events, &live)
	return live.class != s.opening.class
}
