package budget

import (
	"time"

	"github.com/seed-abb722f7/nines/internal/ring"
	"github.com/seed-abb722f7/nines/slo"
)

// A scope is the history of one source: an operation, a stream, or all requests
// together. Several objectives may read it. It belongs to the engine, under its
// lock.
type scope struct {
	op *Operation // nil: all requests

	used      classSet                     // the classes that had events
	class     [slo.NumClasses]*ring.Series // by class, those that had events
	split     []*ring.Series               // by split of the tracker, those that an objective here needs
	total     uint64                       // events as of the last tick
	lastEvent time.Duration                // engine time of the tick that saw the last event
	stall     stallWatch                   // of all requests; an operation has its own

	// What restored history had counted before this process began: cumulative counts that
	// the cells of this process come on top of.
	before      [slo.NumClasses]uint64
	beforeSplit []uint64 // in step with split

	stallAfter time.Duration // the largest that an objective here asks for, 0 if none does
	threshold  time.Duration // the largest latency threshold here
}

// allowance returns how long the source may finish nothing, with requests in flight.
func (s *scope) allowance() time.Duration {
	switch {
	case s == nil:
		return minStall
	case s.stallAfter > 0:
		return s.stallAfter
	}
	return max(minStall, s.threshold)
}

// note appends the tally of this moment to the history.
func (s *scope) note(t *tally, at moment) {
	if total := t.total(); total != s.total {
		s.total = total
		s.lastEvent = at.engine
	}
	if at.wait {
		return
	}
	for c, n := range t.class {
		if s.class[c] == nil {
			if n == 0 {
				continue
			}
			s.class[c] = new(ring.Series)
			s.used |= 1 << c
		}
		s.class[c].Append(at.stamp, s.before[c]+n, at.keep)
	}
	for i, series := range s.split {
		if series != nil {
			series.Append(at.stamp, s.beforeSplit[i]+t.split[i], at.keep)
		}
	}
}

// need makes room for the history of a split.
func (s *scope) need(index int) {
	if index < 0 {
		return
	}
	s.room(index)
	if s.split[index] == nil {
		s.split[index] = new(ring.Series)
	}
}

// room makes the lists of splits long enough.
func (s *scope) room(index int) {
	for len(s.split) <= index {
		s.split = append(s.split, nil)
		s.beforeSplit = append(s.beforeSplit, 0)
	}
}

// history calls f for every series that is kept.
func (s *scope) history(f func(*ring.Series)) {
	for _, list := range [...][]*ring.Series{s.class[:], s.split} {
		for _, series := range list {
			if series != nil {
				f(series)
			}
		}
	}
}

// bytes returns roughly how much memory the history holds.
func (s *scope) bytes() int {
	n := 96 + 8*len(s.class) + 8*cap(s.split)
	s.history(func(r *ring.Series) { n += r.Bytes() })
	return n
}

// points returns how many change points are kept.
func (s *scope) points() (n int) {
	s.history(func(r *ring.Series) { n += r.Points() })
	return n
}

// A moment is one tick as the rings see it.
type moment struct {
	engine time.Duration
	stamp  uint32 // engine time in units, rounded up: all counts noted here happened by then
	keep   uint32 // how many units of history are needed
	wait   bool   // not yet: the clock is suspect
}

// A stallWatch knows since when a source has had requests in flight and finished
// none.
type stallWatch struct {
	since    time.Duration // engine time without gaps
	finished uint64
	waiting  bool
}

// see takes one reading; waiting is the requests in flight, established streams
// left out.
func (w *stallWatch) see(now time.Duration, finished uint64, waiting int64) {
	if waiting <= 0 || finished != w.finished || !w.waiting {
		w.since = now
	}
	w.finished = finished
	w.waiting = waiting > 0
}

// stalled returns for how long nothing has finished, if that is longer than limit.
func (w *stallWatch) stalled(now, limit time.Duration) (time.Duration, bool) {
	if d := now - w.since; w.waiting && d > limit {
		return d, true
	}
	return 0, false
}
