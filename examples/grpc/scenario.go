package main

import (
	"time"

	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// The methods of the shop.
const (
	checkoutMethod = "/shop.Shop/Checkout"
	quoteMethod    = "/shop.Shop/Quote"
	trackMethod    = "/shop.Shop/Track"
)

// payments is the dependency: its name, and the cause of checkouts that failed because of it.
const payments = "payments"

const (
	// patience is how long those who ask for a quote wait for it.
	patience = time.Second

	// slowQuote is how long one takes while prices are computed anew.
	slowQuote = 5 * patience / 4

	// quickUpdate is the time within which those who track an order hear of it.
	quickUpdate = 100 * time.Millisecond
)

// A scenario is what happens in a run, all of it in proportion to the run's length.
type scenario struct {
	length live.Length

	outage   live.Span // payments fail
	slowness live.Span // quotes come too late
}

// newScenario leaves each incident time to be resolved in.
func newScenario(length live.Length) scenario {
	return scenario{length: length, outage: length.Span(0.15, 0.30), slowness: length.Span(0.45, 0.60)}
}

// objectives are what the shop promises, and what it expects of its provider. The targets
// are loose because the run is short.
func (s scenario) objectives() []slo.Objective {
	window := s.length.Window()
	return []slo.Objective{
		{Name: "checkout", Of: slo.RPC(checkoutMethod), SLI: slo.Availability(), Target: slo.Percent(97), Window: window},
		{Name: "quote", Of: slo.RPC(quoteMethod), SLI: slo.Availability(), Target: slo.Percent(95), Window: window},
		// Of a stream, latency is the time to its first message.
		{Name: "first-update", Of: slo.RPC(trackMethod), SLI: slo.Latency(quickUpdate), Target: slo.Percent(80), Window: window},
		{Name: "shop", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(95), Window: window},
		{Name: "provider", Of: slo.Dependency(payments), SLI: slo.Availability(), Target: slo.Percent(97), Window: window},
	}
}

// rules say when somebody is told. Objectives over less than four hours have no default
// burn-rate rules, so these are explicit.
func (s scenario) rules() []policy.Rule {
	return []policy.Rule{
		{ // half of the budget spent in a sixth of the window: 0.5 x 6
			Name: s.length.RuleName(), Severity: policy.Page, Objectives: []string{"checkout"},
			When: policy.BurnRate{Factor: 3, Long: s.length.Long(), Short: s.length.Short()},
		},
		{ // a third of it
			Name: s.length.RuleName(), Severity: policy.Ticket, Objectives: []string{"quote"},
			When: policy.BurnRate{Factor: 2, Long: s.length.Long(), Short: s.length.Short()},
		},
	}
}

// news is what happens to the shop.
func (s scenario) news() []live.Event {
	return []live.Event{
		{At: s.outage.From, Text: "the payment provider goes down: every checkout is Unavailable, because of " + payments},
		{At: s.outage.To, Text: "the payment provider is back"},
		{At: s.slowness.From, Text: "prices are computed anew: quotes take " + slowQuote.String() + ", and callers wait for " + patience.String()},
		{At: s.slowness.To, Text: "prices are there: quotes are quick again"},
	}
}
