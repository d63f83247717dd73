package main

import (
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

const (
	keptCurves  = 6    // more periods would be a few columns each
	curvePoints = 256  // of each curve, or one an hour: more than a chart has columns
	mostPoints  = 9000 // which the engine has for a year by the hour
)

// A ledger keeps what the engine forgets of an objective as time goes on: periods that
// have closed, of which it has the last few, and how each budget was spent.
type ledger struct {
	budget budget.Budget
	closed []budget.Period // oldest first; empty ones only as far as the engine has them
	curves []curve         // of the latest periods

	// The last period for which the engine had no forecast, and when nothing was left of its
	// budget; the zero time if that did not happen.
	unforeseen, spent time.Time
}

// A curve is how the budget of one period was spent, or that of a rolling window.
type curve struct {
	start, end time.Time // end is exclusive; zero if it is not over
	points     []budget.Depletion
}

// keep takes down the periods that have closed since the last time.
func (l *ledger) keep() {
	for _, p := range l.budget.Periods() {
		if n := len(l.closed); p.Closed && (n == 0 || p.Start.After(l.closed[n-1].Start)) {
			l.closed = append(l.closed, l.hindsight(p))
		}
	}
}

// draw takes down how the budget was spent from a time, at the earliest, up to now. Of a
// budget of nothing there is no curve.
func (l *ledger) draw(from, now, end time.Time) {
	length := now.Sub(from)
	points := l.budget.Depletion(max(min(length/curvePoints, time.Hour), length/mostPoints, budget.DefaultResolution))
	if points == nil {
		return
	}
	l.foresee(points)
	if len(l.curves) == keptCurves {
		l.curves = append(l.curves[:0], l.curves[1:]...)
	}
	l.curves = append(l.curves, curve{from, end, points})
}

// foresee finds out when the budget of a period was spent for which there was no forecast.
// The engine then judges by what it has seen so far, and the first failure of a day may be
// more than one in a thousand; but a log knows how the period goes on.
func (l *ledger) foresee(points []budget.Depletion) {
	periods := l.budget.Periods()
	if n := len(periods); n > 0 && periods[n-1].Basis == budget.ObservedBasis {
		l.unforeseen, l.spent = periods[n-1].Start, time.Time{}
		if i := slices.IndexFunc(points, func(p budget.Depletion) bool { return p.Consumed >= 1 }); i >= 0 {
			l.spent = points[i].At
		}
	}
}

// hindsight returns a period as it is known once its curve was drawn.
func (l *ledger) hindsight(p budget.Period) budget.Period {
	if p.Start.Equal(l.unforeseen) {
		p.Exhausted = l.spent
	}
	return p
}

// openLedgers begins the ledgers of the service's objectives: by the periods of their
// window or, if it has none, of days. Slices of time over a rolling window have neither.
func (r *replay) openLedgers(at time.Time) {
	r.ledgers = map[string]*ledger{}
	r.periods = r.options.window
	names := []string{availability, latency}
	if !r.periods.Calendar() {
		r.periods = day()
		names = []string{dailyAvailability, dailyLatency}
	}
	r.start, r.end = r.periods.Period(at)
	for _, o := range r.sim.Declared() {
		for _, name := range names {
			if o.Name == name {
				r.ledgers[name] = &ledger{budget: r.sim.Budget(name)}
			}
		}
	}
}

// advance moves the engine to a time, and halts at the end of a period on the way.
func (r *replay) advance(at time.Time) {
	if len(r.ledgers) > 0 && !at.Before(r.end) {
		if r.options.window.Calendar() {
			r.sim.AdvanceTo(r.end.Add(-1)) // when the budget is still that of the period
			r.draw(r.end)
		}
		r.sim.AdvanceTo(r.end)
		r.keep()
		r.sim.AdvanceTo(at) // nothing happened in whole periods between
		r.keep()
		r.start, r.end = r.periods.Period(at)
	}
	r.sim.AdvanceTo(at)
}

func (r *replay) keep() {
	for _, l := range r.ledgers {
		l.keep()
	}
}

// draw takes down the curves of the period under way, which is over at end.
func (r *replay) draw(end time.Time) {
	from := r.start
	if r.began.After(from) {
		from = r.began
	}
	for _, l := range r.ledgers {
		l.draw(from, r.sim.Time(), end)
	}
}
