package budget

import (
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A Budget reads one error budget of a tracker. It is a small value, cheap to get and
// to keep, and safe for concurrent use. Every reading includes the last event recorded
// before the call, and costs one pass over the latency cells of the classes in use,
// without allocating (Status aside); of objectives on slo.All, one pass per operation.
//
// Of an unknown name, a nil or a closed tracker every reading answers ok=false.
type Budget struct {
	t    *Tracker
	name string
	j    *judged
}

// Budget returns the error budget of the objective of that name; of slo.Each, the name
// is the objective's, "/" and the operation. A name that is not known (yet) gives a
// budget that answers ok=false until it is.
func (t *Tracker) Budget(name string) Budget {
	b := Budget{t: t, name: canonical(name)}
	if t != nil {
		t.mu.RLock()
		b.j = t.engine.byName[b.name]
		t.mu.RUnlock()
	}
	return b
}

// Name returns the name that was asked for.
func (b Budget) Name() string { return b.name }

// read calls f under the lock with the objective and the engine time, and reports
// whether there is such an objective.
func (b Budget) read(f func(e *engine, j *judged, now time.Duration)) bool {
	if !b.find() || b.t.closed.Load() {
		return false
	}
	b.t.mu.RLock()
	defer b.t.mu.RUnlock()
	j := b.j.current(b.t.engine)
	if j != nil {
		f(b.t.engine, j, b.t.engine.clock.Engine(b.t.Now()))
	}
	return j != nil
}

// current returns the objective, or the one that an update put in its place; nil if there is
// none.
func (j *judged) current(e *engine) *judged {
	if j.ended {
		return e.byName[j.name]
	}
	return j
}

// find looks the objective up again if it was not there: an operation may have come
// since the last tick, and its objectives of slo.Each with it.
func (b *Budget) find() bool {
	if b.t == nil {
		return false
	}
	if b.j == nil {
		b.t.mu.Lock()
		b.t.engine.meetNew()
		b.j = b.t.engine.byName[b.name]
		b.t.mu.Unlock()
	}
	return b.j != nil
}

// Remaining returns the unspent share of the error budget over the objective's window:
// 1 untouched, 0 spent, negative overspent, never clamped. ok is false, and remaining
// 1, when there was no valid event; ok is false, and remaining 0, when the objective is
// unknown or the tracker closed. A true ok says that there is something to judge, not
// that there is enough of it: see [Status.Known].
func (b Budget) Remaining() (remaining float64, ok bool) {
	known := b.read(func(e *engine, j *judged, now time.Duration) {
		var spent float64
		spent, ok = e.spent(j, now)
		remaining = 1 - spent
	})
	return remaining, known && ok
}

// Consumed returns the spent share of the error budget over the objective's window: 0
// untouched, 1 spent, more overspent. ok is false when there was no valid event, the
// objective is unknown or the tracker closed.
func (b Budget) Consumed() (consumed float64, ok bool) {
	b.read(func(e *engine, j *judged, now time.Duration) {
		consumed, ok = e.spent(j, now)
	})
	return consumed, ok
}

// BurnRate reports how fast the budget was spent over the last d: the error ratio over
// 1 - target, from 0 to at most 1 / (1 - target). It is dimensionless: 1 spends the
// whole budget in exactly one window. Time that nobody observed is left out, so the
// burn rate of a young process is that of its life so far; [Budget.Windows] tells the
// coverage. ok is false, and rate 0, when there was no valid event, when d is not
// positive or longer than the longest window of the tracker's objectives, and when the
// objective is unknown or the tracker closed.
func (b Budget) BurnRate(d time.Duration) (rate float64, ok bool) {
	b.read(func(e *engine, j *judged, now time.Duration) {
		if d > 0 && d <= e.history {
			rate, ok = e.count(j, now, d).Consumed(j.Target)
		}
	})
	return rate, ok
}

// SLI returns good / valid over the objective's window, in [0, 1]. ok is false when
// there was no valid event, the objective is unknown or the tracker closed.
func (b Budget) SLI() (ratio float64, ok bool) {
	b.read(func(e *engine, j *judged, now time.Duration) {
		ratio, ok = e.ownCounts(j, now).SLI()
	})
	return ratio, ok
}

// Counts returns the events of the objective's window, good and bad read as one pair.
// It is zero when the objective is unknown or the tracker closed.
func (b Budget) Counts() (c Counts) {
	b.read(func(e *engine, j *judged, now time.Duration) {
		c = e.ownCounts(j, now)
	})
	return c
}

// Windows appends to dst a reading of each window asked for, all ending at the same
// event, and returns it. A length that is not positive or longer than the longest
// window of the tracker's objectives reads as a Window that observed nothing. It
// returns dst as it was when the objective is unknown or the tracker closed.
func (b Budget) Windows(dst []Window, lengths ...time.Duration) []Window {
	b.read(func(e *engine, j *judged, now time.Duration) {
		var live reading
		e.live(j, &live)
		for _, d := range lengths {
			if d <= 0 || d > e.history {
				dst = append(dst, Window{Length: d})
				continue
			}
			var past reading
			e.past(j, &past, now, d)
			dst = append(dst, e.window(j, &live, &past, now, d))
		}
	})
	return dst
}

// StalledFor returns for how long requests have been in flight and none has finished, if
// that is longer than the source may take (see [slo.Objective.StallAfter]); 0 if not, of
// an event stream, and when the objective is unknown or the tracker closed. It does not
// allocate.
func (b Budget) StalledFor() (d time.Duration) {
	b.read(func(e *engine, j *judged, now time.Duration) { _, d = e.waiting(j, now) })
	return d
}

// Status returns everything about the error budget in one consistent reading. It
// allocates the lists in it.
func (b Budget) Status() Status {
	s := Status{Name: b.name, Remaining: 1}
	known := b.read(func(e *engine, j *judged, now time.Duration) { s = e.status(j, now) })
	switch {
	case known && b.t.late():
		s.Known = min(s.Known, Stale)
	case !known && b.find() && b.t.closed.Load():
		b.t.mu.RLock()
		defer b.t.mu.RUnlock()
		if j := b.j.current(b.t.engine); j != nil {
			s.Objective, s.Operation, s.Known, s.At = j.Objective, j.operation, Stale, b.t.wall().Round(0)
		}
		s.Remaining = 0
	case !known:
		s.Remaining = 0
	}
	return s
}

// spent returns the spent share of the budget; ok is false when there was no valid event.
func (e *engine) spent(j *judged, now time.Duration) (share float64, ok bool) {
	c := e.ownCounts(j, now)
	if c.Valid() == 0 {
		return 0, false
	}
	whole, _ := e.whole(j, c, now)
	return j.Target.Consumed(c.Bad, whole)
}

// count judges the events of the last d.
func (e *engine) count(j *judged, now, d time.Duration) Counts {
	var live, past reading
	e.live(j, &live)
	e.past(j, &past, now, d)
	return j.counts(&past, &live)
}

// lateTicks is how many ticks may fail to come before readings are called stale, and
// lateAtLeast the shortest time for that: a process that is merely busy is not.
const (
	lateTicks   = 10
	lateAtLeast = 10 * time.Second
)

// late reports whether the tick has stopped coming.
func (t *Tracker) late() bool {
	if t.hand != nil {
		return false
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.overdue(t.engine.mono)
}

// overdue reports whether the tick should have come long ago, after one at a monotonic time.
func (t *Tracker) overdue(last time.Duration) bool {
	return t.hand == nil && t.Now()-last > max(lateTicks*t.engine.Resolution, lateAtLeast)
}

// Objectives returns the names of all error budgets, in order of declaration; those of
// slo.Each follow as operations are seen. It is nil on nil.
func (t *Tracker) Objectives() []string {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.engine.meetNew()
	names := make([]string, len(t.engine.objectives))
	for i, j := range t.engine.objectives {
		names[i] = j.name
	}
	return names
}

// Declared returns copies of the objectives that the tracker was made from, or that the last
// [Tracker.Update] gave it, in order. It is nil on nil.
func (t *Tracker) Declared() []slo.Objective {
	if t == nil {
		return nil
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return append([]slo.Objective(nil), t.engine.Objectives...)
}

// Statuses returns the [Status] of every error budget, in the order of
// [Tracker.Objectives], each consistent in itself. It is nil on nil.
func (t *Tracker) Statuses() []Status {
	names := t.Objectives()
	list := make([]Status, 0, len(names))
	for _, name := range names {
		list = append(list, t.Budget(name).Status())
	}
	return list
}
