package rulesslo

import (
	"slices"
	"time"
)

// A scenario is what the unit tests of a service go through: every objective is healthy for
// a while, and then every event is bad.
type scenario struct {
	step   time.Duration // between two samples
	every  time.Duration // between two evaluations
	health time.Duration // how long all is well
	outage time.Duration // how long nothing is
}

const (
	// samplesPerWindow is how many steps the shortest window has.
	samplesPerWindow = 5

	// eventsPerStep is enough to make the smallest error budget worth an event.
	eventsPerStep = 1_000_000_000

	// In evaluations: how long all is well, for how long at least nothing is (an hour where
	// the shortest window has five minutes), and by how much more the outage may be
	// prolonged in search of a time without doubt.
	healthEvaluations = 2
	outageEvaluations = 12
	moreEvaluations   = 24
)

// rehearsed returns the scenario for the objectives. If it can be, it ends when every alert
// clearly holds or does not, so that nothing that is extrapolated or rounded decides.
func (r *Rules) rehearsed() scenario {
	shortest := slothWindows[0]
	for _, o := range r.objectives {
		shortest = min(shortest, o.shortest())
	}
	step := (shortest / samplesPerWindow).Truncate(time.Millisecond)
	s := scenario{step: step, every: samplesPerWindow * step}
	s.health = healthEvaluations * s.every
	least := outageEvaluations
	for n := range moreEvaluations {
		s.outage = time.Duration(least+n) * s.every
		if r.sure(s, burnAlert) && r.sure(s, levelAlert) {
			return s
		}
	}
	s.outage = time.Duration(least) * s.every
	return s
}

func (s scenario) end() time.Duration { return s.health + s.outage }

// sure reports whether the end of the scenario leaves no doubt about any alert of a name.
func (r *Rules) sure(s scenario, alert string) bool {
	for _, o := range r.objectives {
		for _, a := range o.alerts {
			for _, rule := range a.rules {
				if rule.alert() == alert && s.fires(o, &rule) == doubtful {
					return false
				}
			}
		}
	}
	return true
}

// A verdict is what an alert will say.
type verdict int

const (
	quiet verdict = iota
	doubtful
	holds
)

// rounding is a bound of what floating-point arithmetic may change.
const rounding = 1e-6

// bad returns bounds of the share of bad events in a window at the end of the scenario.
// Within a window that begins between two samples, or just at one, versions of Prometheus
// differ in what they extrapolate.
func (s scenario) bad(w time.Duration) (low, high float64) {
	switch {
	case w <= s.outage:
		return 1, 1
	case w < s.end():
		share, slack := s.outage.Seconds()/w.Seconds(), 2*s.step.Seconds()/w.Seconds()
		return share - slack, share + slack
	}
	share := s.outage.Seconds() / s.end().Seconds()
	return share * (1 - rounding), share * (1 + rounding)
}

// spent returns bounds of the share of bad events x coverage.
func (s scenario) spent(w time.Duration) (low, high float64) {
	low, high = s.bad(w)
	covered := 1.0
	if step := coverageStep(w); w > s.end() {
		covered = min(s.end().Truncate(step).Seconds()/w.Seconds(), 1)
	}
	return low * covered, high * covered
}

// depleted returns bounds of the bad events in a window, as a share of all events in that of the
// objective, x coverage of the latter.
func (s scenario) depleted(w, period time.Duration) (low, high float64) {
	slack := 2 * s.step.Seconds()
	bad, all := min(s.outage, w).Seconds(), min(s.end(), period).Seconds()
	_, covered := s.spent(period)
	if _, share := s.bad(period); share > 0 {
		covered /= share
	}
	return (bad - slack) / (all + slack) * covered, (bad + slack) / max(all-slack, slack) * covered
}

// fires tells whether the alert for a rule fires at the end of the scenario: that it holds,
// and for how long it has. What holds in an outage goes on to hold.
func (s scenario) fires(o *objective, r *alertRule) verdict {
	v := s.holds(o, r)
	if r.hold == 0 || v == quiet {
		return v
	}
	s.outage -= r.hold + s.every
	if v == holds && s.outage > 0 && s.holds(o, r) == holds {
		return holds
	}
	return doubtful
}

// holds tells what a rule says at the end of the scenario.
func (s scenario) holds(o *objective, r *alertRule) verdict {
	if r.kind == withoutAny {
		return quiet
	}
	threshold := r.factor * o.Target.ErrorBudget()
	v := compare(threshold)(s.spent(r.long))
	if r.kind == depleting {
		v = compare(threshold)(s.depleted(r.long, o.period))
	}
	if r.short > 0 {
		v = min(v, compare(threshold)(s.spent(r.short)))
	}
	bad := min(s.outage, r.long).Seconds() / s.step.Seconds() * eventsPerStep
	return min(v, compare(float64(r.minBad))(bad*0.9, bad*1.1))
}

// compare returns what is known of a number between two bounds being above a threshold.
func compare(threshold float64) func(low, high float64) verdict {
	return func(low, high float64) verdict {
		switch {
		case low > threshold*(1+rounding):
			return holds
		case high < threshold*(1-rounding):
			return quiet
		}
		return doubtful
	}
}

// fire tells whether the alert for a bundle of rules fires at the end.
func (s scenario) fire(o *objective, bundle []alertRule) bool {
	return slices.ContainsFunc(bundle, func(r alertRule) bool { return s.fires(o, &r) == holds })
}
