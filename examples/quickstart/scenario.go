package main

import (
	"time"

	"github.com/seed-abb722f7/nines/examples/internal/live"
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

// A scenario is what happens in a run, all of it in proportion to the run's length.
type scenario struct {
	length live.Length

	outage   live.Span // checkouts fail
	slowness live.Span // searches are slow
}

// newScenario leaves each incident time to be resolved in.
func newScenario(length live.Length) scenario {
	return scenario{length: length, outage: length.Span(0.25, 0.40), slowness: length.Span(0.58, 0.73)}
}

// objectives are what the shop promises. The targets are loose because the run is
// short: one bad event in 35 checkouts must not be worth more than the whole budget.
func (s scenario) objectives() []slo.Objective {
	window := s.length.Window()
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
			Name: s.length.RuleName(), Severity: policy.Page, Objectives: []string{checkoutAvailability, availability},
			When: policy.BurnRate{Factor: 3, Long: s.length.Long(), Short: s.length.Short()},
		},
		{ // a third of it
			Name: s.length.RuleName(), Severity: policy.Ticket, Objectives: []string{searchLatency},
			When: policy.BurnRate{Factor: 2, Long: s.length.Long(), Short: s.length.Short()},
		},
	}
}
