package budget

import "time"

// A Depletion is one point of the curve that shows how a budget was spent.
type Depletion struct {
	// At is the wall time of the point, as the wall clock has it now.
	At time.Time

	// Consumed is how much of the budget had been spent by then, as a share of the whole
	// budget as it is known now; Remaining is 1 - Consumed. Both are signed and unclamped.
	Consumed, Remaining float64

	// Counts are the events from the start of the window, or of the period, until then.
	Counts Counts
}

// Depletion returns the curve of the budget: what had been spent at every step from the
// start of the window, or of the calendar period under way, until now, which is the last
// point. The curve is flat where nothing failed and ends at [Budget.Consumed]. An hour is
// the usual step; steps are counted back from now. Points of long ago are up to one percent
// of their age older than they say, as windows are. Time before the objective's history
// began has no points.
//
// It is nil for a step below the tracker's Resolution or of which there would be more than
// ten thousand, when there was no valid event, and when the objective is unknown or the
// tracker closed. It reads every point from the history, about a microsecond each, and
// keeps nothing.
func (b Budget) Depletion(step time.Duration) (curve []Depletion) {
	b.read(func(e *engine, j *judged, now time.Duration) { curve = e.depletion(j, now, step) })
	return curve
}

// maxDepletion bounds the points of a curve: a year by the hour has 8,784.
const maxDepletion = 10_000

func (e *engine) depletion(j *judged, now, step time.Duration) []Depletion {
	var live, start reading
	e.live(j, &live)
	length := min(e.ownPast(j, &start, now), now-e.begin(j))
	all := j.counts(&start, &live)
	if step < e.Resolution || length/step >= maxDepletion || all.Valid() == 0 {
		return nil
	}
	whole, _ := e.whole(j, all, now)
	point := func(ago time.Duration, c Counts) Depletion {
		spent, _ := j.Target.Consumed(c.Bad, whole)
		return Depletion{At: e.clock.Wall(now - ago), Consumed: spent, Remaining: 1 - spent, Counts: c}
	}
	curve := make([]Depletion, 0, length/step+1)
	for ago := length / step * step; ago > 0; ago -= step {
		var then reading
		e.past(j, &then, now, ago)
		curve = append(curve, point(ago, j.countsFrom(&start, &then)))
	}
	return append(curve, point(0, all))
}

// countsFrom is counts for a later reading that may in fact be of an earlier moment, by
// what windows are longer than asked: nothing had happened since the first then.
func (j *judged) countsFrom(from, to *reading) Counts {
	for c := range to.class {
		if to.class[c] < from.class[c] {
			return Counts{}
		}
	}
	if to.late < from.late || to.gone < from.gone {
		return Counts{}
	}
	return j.counts(from, to)
}

// Spent returns how much of the whole budget the last d alone has spent: 0.5 for half of
// it. It says when a budget is used up before its time: nine tenths within four weeks, or
// half within one. What was spent before the calendar period under way was of another budget,
// and is left out. It is signed and unclamped. ok is false, and share 0, when there was no
// valid event in the window or period, when d is not positive or longer than the longest
// window of the tracker's objectives, and when the objective is unknown or the tracker
// closed.
func (b Budget) Spent(d time.Duration) (share float64, ok bool) {
	b.read(func(e *engine, j *judged, now time.Duration) {
		own := e.ownCounts(j, now)
		if d <= 0 || d > e.history || own.Valid() == 0 {
			return
		}
		whole, _ := e.whole(j, own, now)
		bad := e.count(j, now, d).Bad
		if j.account != nil {
			bad = min(bad, own.Bad)
		}
		share, ok = j.Target.Consumed(bad, whole)
	})
	return share, ok
}
