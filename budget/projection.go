package budget

import "time"

// project returns when nothing of the budget remains if the recent burn rate goes on and no
// old failure leaves a rolling window; ok is false if that will not be, or not before a
// calendar period ends and the budget is whole again.
func (e *engine) project(j *judged, s *Status, recent *Window) (in time.Duration, ok bool) {
	if s.Exhausted {
		return 0, true
	}
	if recent.BurnRate <= 0 {
		return 0, false
	}
	a := j.account
	if a == nil {
		// A burn rate of 1 spends the whole budget in exactly one window.
		return within(s.Remaining / recent.BurnRate * float64(j.Window.Length()))
	}
	spent, _ := j.Target.Consumed(recent.Counts.Bad, s.Expected)
	if s.Basis == ObservedBasis {
		// The budget grows with the events, by their share: only what is beyond that spends it.
		more, _ := j.Target.Consumed(recent.Counts.Valid(), s.Expected)
		spent -= more * j.Target.ErrorBudget()
	}
	if spent <= 0 || recent.Observed <= 0 {
		return 0, false
	}
	in, ok = within(s.Remaining / spent * float64(recent.Observed))
	if rest := a.end.Sub(s.At); in >= rest {
		return 0, false
	}
	return in, ok
}

// within converts nanoseconds to a duration; ok is false if they are too many.
func within(ns float64) (d time.Duration, ok bool) {
	if ns < 0 || ns >= 1<<62 {
		return 0, false
	}
	return time.Duration(ns), true
}
