package rulesslo_test

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/exporter/rulesslo"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// A night in which everything fails, and little happens, spends little: the rules count events
// as the process does, and both tell of the depletion at the same time in the morning.
func TestRealDepletionAgreesWithEngine(t *testing.T) {
	const every = 15 * time.Second
	objective := slo.Objective{Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99), Window: slo.Rolling(4 * time.Hour)}
	cfg := policy.Config{NoDefaults: true, Rules: []policy.Rule{
		{Severity: policy.Page, When: policy.Depletion{Share: 0.5, Within: time.Hour}},
	}}
	tracker, paged := watch(t, objective, cfg)
	var record incident
	record.scrape(tracker)
	const evening, night = time.Hour, time.Hour + 50*time.Minute
	for tracker.Elapsed() < night+30*time.Minute {
		switch now := tracker.Elapsed(); {
		case now < evening:
			tracker.Events("orders").Add(100, 100)
		case now < night:
			tracker.Events("orders").Add(0, 1)
		default:
			tracker.Events("orders").Add(97, 100)
		}
		tracker.Advance(time.Second)
		if tracker.Elapsed()%every == 0 {
			record.scrape(tracker)
		}
	}
	if *paged <= night+every || *paged > night+20*time.Minute {
		t.Fatalf("the process paged after %v, want it some minutes into the morning, at %v", *paged, night)
	}
	const page = `(count(ALERTS{alertname="ErrorBudgetBurn",severity="page",alertstate="firing",sloth_slo="orders"}) or vector(0))`
	at := paged.Truncate(every)
	record.expect(night, page, 0)
	record.expect(at-2*every, page, 0)
	record.expect(at+5*every, page, 1) // coverage is rounded down by a step, of two minutes
	rules := generate(t, rulesslo.Config{Service: "shop", Objectives: []slo.Objective{objective}, Policy: cfg})
	realprom.TestRules(t, rules.YAML(), record.tests(every))
}
