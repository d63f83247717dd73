package budget

import (
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A Downtime is what a planned outage of everything that an objective judges would cost. It
// is an estimate: traffic is taken to go on as it was on average, and so are failures.
type Downtime struct {
	Start  time.Time
	Length time.Duration

	// Cost is the share of the whole budget that the outage alone spends: 1 is all of it.
	Cost float64

	// LeftAtStart and LeftAtEnd are what Remaining would be when it begins and when it is
	// over, signed and unclamped.
	LeftAtStart, LeftAtEnd float64
}

// Affordable reports whether something would be left when the downtime is over.
func (d Downtime) Affordable() bool { return d.LeftAtEnd > 0 }

// PlanDowntime estimates what a total outage of some length, beginning at start, would cost,
// and what would be left at its start and at its end. A start in the past counts as now.
//
// Events come at the rate of the objective's window, or of what is expected of the calendar
// period; failures go on at the share that they had in it. From a rolling window, those that
// will be too old by then are taken off. In a first calendar period of which nothing is
// expected yet (see [ObservedBasis]), the rest is taken to be as what was seen, so that more
// is left than Remaining says now. In a calendar period after the one under way the
// budget is whole at first, and an outage that reaches over a boundary is charged to the
// period that it begins in.
//
// It costs nothing where a request that fails is not bad: of a latency objective beside one of
// availability, which alone counts failures.
//
// ok is false when there was no valid event, when length is not positive or longer than the
// window, when start lies more than two windows ahead, and when the objective is unknown or
// the tracker closed.
func (b Budget) PlanDowntime(start time.Time, length time.Duration) (d Downtime, ok bool) {
	b.read(func(e *engine, j *judged, now time.Duration) { d, ok = e.planDowntime(j, now, start, length) })
	return d, ok
}

// outageIsBad reports whether events that fail because their service is down are bad.
func (j *judged) outageIsBad() bool {
	down := classSet(1<<slo.ServerError | 1<<slo.RPCUnavailable)
	switch j.Of.Kind() {
	case slo.HTTPSource:
		down = 1 << slo.ServerError
	case slo.RPCSource:
		down = 1 << slo.RPCUnavailable
	case slo.EventsSource:
		down = 1 << slo.EventBad
	}
	return j.events().bad&down != 0
}

func (e *engine) planDowntime(j *judged, now time.Duration, start time.Time, length time.Duration) (d Downtime, ok bool) {
	d = Downtime{Start: start, Length: length}
	in := max(start.Sub(e.clock.Believed(now)), 0)
	window := j.Window.Length()
	if a := j.account; a != nil {
		window = a.end.Sub(a.start)
	}
	var live, past reading
	e.live(j, &live)
	own := e.window(j, &live, &past, now, e.ownPast(j, &past, now))
	if length <= 0 || length > window || in > 2*window || own.Counts.Valid() == 0 || own.Observed <= 0 {
		return Downtime{}, false
	}
	allowed := j.Target.ErrorBudget()
	failing := float64(own.Counts.Bad) / float64(own.Counts.Valid())
	// With even traffic an outage spends its share of the window, times 1 / allowed; and so
	// do failures that go on, times their share.
	over := func(d time.Duration) float64 { return float64(d) / float64(window) / allowed }
	a := j.account
	switch {
	case a == nil:
		d.LeftAtStart = 1 - e.spentAhead(j, &live, &own, now, in) - failing*over(min(in, window))
	case !e.clock.Believed(now + in).Before(a.end):
		begun, end := j.Window.Period(e.clock.Believed(now + in))
		window = end.Sub(begun)
		d.LeftAtStart = 1 - failing*over(e.clock.Believed(now+in).Sub(begun))
	default:
		whole, basis := e.whole(j, own.Counts, now)
		spent, _ := j.Target.Consumed(own.Counts.Bad, whole)
		if basis == ObservedBasis { // the rest of the period is still missing from the whole
			rest := float64(a.end.Sub(e.clock.Believed(now)))
			spent /= 1 + max(rest, 0)/float64(own.Observed)
		}
		d.LeftAtStart = 1 - spent - failing*over(in)
	}
	if j.outageIsBad() {
		d.Cost = over(length)
	}
	if end := d.LeftAtStart - d.Cost; a != nil {
		d.LeftAtEnd = end
	} else {
		d.LeftAtEnd = end + e.spentAhead(j, &live, &own, now, in) - e.spentAhead(j, &live, &own, now, in+length)
	}
	return d, true
}

// spentAhead returns the share of a rolling window's budget that what was bad so far will
// still take up after a while, at even traffic.
func (e *engine) spentAhead(j *judged, live *reading, own *Window, now, in time.Duration) float64 {
	left := j.Window.Length() - in
	if left <= 0 {
		return 0
	}
	var past reading
	e.past(j, &past, now, left)
	bad := j.counts(&past, live).Bad
	perWindow := float64(own.Counts.Valid()) / float64(own.Observed) * float64(own.Length)
	return float64(bad) / perWindow / j.Target.ErrorBudget()
}
