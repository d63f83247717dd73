package main

import (
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// Who answers for what: each team asks a gate about its own objectives.
const (
	paymentsTeam  = "payments"
	searchTeam    = "search"
	catalogueTeam = "catalogue"
	shopTeam      = "shop"
)

// Names of objectives.
const (
	checkoutAvailability = "checkout-availability"
	searchLatency        = "search-latency"
	availability         = "availability"
	shopAvailability     = "shop-availability"
)

// slowAbove is the latency within which a search has to be answered.
const slowAbove = 100 * time.Millisecond

// A scenario is what happens in a run, all of it in proportion to the run's length: a
// service that promises something over four weeks has the same rules over hours.
type scenario struct {
	length time.Duration // of the run, and of every objective's window

	outage   span // checkouts fail
	slowness span // searches are slow
}

// A span is a stretch of the run.
type span struct{ from, to time.Duration }

func (s span) holds(at time.Duration) bool { return s.from <= at && at < s.to }

// newScenario leaves each incident time to be resolved in.
func newScenario(length time.Duration) scenario {
	s := scenario{length: length}
	s.outage = span{s.share(0.25), s.share(0.40)}
	s.slowness = span{s.share(0.58), s.share(0.73)}
	return s
}

// share returns a part of the run, to the millisecond, which reads better.
func (s scenario) share(part float64) time.Duration {
	return time.Duration(part * float64(s.length)).Truncate(time.Millisecond)
}

// long and short are the windows of the rules: 10 s and 2 s of a minute. In a service they
// would be 1 h and 5 m; see policy.DefaultRules.
func (s scenario) long() time.Duration  { return s.share(1. / 6) }
func (s scenario) short() time.Duration { return s.share(1. / 30) }

// ruleName names a rule after its windows, as the default rules are.
func (s scenario) ruleName() string {
	return slo.FormatDuration(s.long()) + "/" + slo.FormatDuration(s.short())
}

// resolution is the time between two ticks: a twentieth of the shortest window, and never
// longer than the default.
func (s scenario) resolution() time.Duration { return min(s.length/600, budget.DefaultResolution) }

// objectives are what the shop promises. The targets are loose because the run is
// short: one bad event in 35 checkouts must not be worth more than the whole budget.
func (s scenario) objectives() []slo.Objective {
	window := slo.Rolling(s.length)
	return []slo.Objective{
		{
			Name: checkoutAvailability, Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(97),
			Window: window, Owner: paymentsTeam, Description: "People who want to pay can.",
		},
		{
			Name: searchLatency, Of: slo.HTTP("GET /search"), SLI: slo.Latency(slowAbove), Target: slo.Percent(80),
			Window: window, Owner: searchTeam,
		},
		{
			Name: shopAvailability, Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(97),
			Window: window, Owner: shopTeam,
		},
		// Every other operation, each with a budget of its own. POST /checkout is left out: its
		// availability is declared above.
		{
			Name: availability, Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(95),
			Window: window, Owner: catalogueTeam,
		},
	}
}

// rules say when somebody is told. Objectives over less than four hours have no default
// burn-rate rules, so these are explicit.
func (s scenario) rules() []policy.Rule {
	return []policy.Rule{
		{ // half of the budget spent in a sixth of the window: 0.5 x 6
			Name: s.ruleName(), Severity: policy.Page, Objectives: []string{checkoutAvailability, availability},
			When: policy.BurnRate{Factor: 3, Long: s.long(), Short: s.short()},
		},
		{ // a third of it
			Name: s.ruleName(), Severity: policy.Ticket, Objectives: []string{searchLatency},
			When: policy.BurnRate{Factor: 2, Long: s.long(), Short: s.short()},
		},
	}
}
