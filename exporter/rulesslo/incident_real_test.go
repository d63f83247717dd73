package rulesslo_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/rulesslo"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// An incident is unit tests of rules that are written while a process lives through it.
type incident struct {
	good, bad []string // what was scraped
	checks    strings.Builder
}

// watch returns a process with one objective, and when it paged first.
func watch(t *testing.T, objective slo.Objective, cfg policy.Config) (tracker *budget.Simulation, paged *time.Duration) {
	t.Helper()
	tracker, err := budget.NewSimulation(budget.Config{Service: "shop", Objectives: []slo.Objective{objective}}, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tracker.Close)
	watcher, err := policy.Watch(tracker.Tracker, cfg)
	if err != nil {
		t.Fatal(err)
	}
	paged = new(time.Duration)
	watcher.OnBreach(func(_ context.Context, b policy.Breach) {
		if b.State == policy.Started && b.Severity == policy.Page && *paged == 0 {
			*paged = tracker.Elapsed()
		}
	})
	return tracker, paged
}

// scrape notes what has been counted of the objective "orders".
func (i *incident) scrape(tracker *budget.Simulation) {
	total := tracker.Budget("orders").Status().Total
	i.good = append(i.good, fmt.Sprint(total.Good))
	i.bad = append(i.bad, fmt.Sprint(total.Bad))
}

// expect checks that an expression without labels has a value at some time.
func (i *incident) expect(at time.Duration, expression string, value float64) {
	fmt.Fprintf(&i.checks, "  - {eval_time: %s, expr: '%s', exp_samples: [{labels: '{}', value: %v}]}\n", at, expression, value)
}

// tests returns the unit tests.
func (i *incident) tests(every time.Duration) []byte {
	series := func(outcome string, values []string) string {
		return fmt.Sprintf("  - {series: 'nines_events_total{slo=\"orders\",slo_service=\"shop\",outcome=\"%s\"}', values: '%s'}\n",
			outcome, strings.Join(values, " "))
	}
	return []byte(fmt.Sprintf("rule_files: [rules.yml]\nevaluation_interval: %s\n", every) +
		"group_eval_order: [sloth-slo-sli-recordings-nines-shop-orders, sloth-slo-sli-long-recordings-nines-shop-orders, sloth-slo-meta-recordings-nines-shop-orders]\n" +
		fmt.Sprintf("tests:\n- interval: %s\n  input_series:\n", every) +
		series("good", i.good) + series("bad", i.bad) +
		"  promql_expr_test:\n" + i.checks.String())
}

// Half an hour in which every other event fails, from the first second on: the rules and
// the process agree on the budget all the way, and the rules page when the process does.
func TestRealIncidentAgreesWithEngine(t *testing.T) {
	const every = 15 * time.Second
	objective := slo.Objective{Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99.9)}
	tracker, paged := watch(t, objective, policy.Config{})
	var record incident
	record.scrape(tracker)
	for tracker.Elapsed() < 2*time.Hour {
		good := uint64(100)
		if tracker.Elapsed() < 30*time.Minute {
			good = 50
		}
		tracker.Events("orders").Add(good, 100)
		tracker.Advance(time.Second)
		now := tracker.Elapsed()
		if now%every == 0 {
			record.scrape(tracker)
		}
		if now%(5*time.Minute) == 0 {
			remaining, _ := tracker.Budget("orders").Remaining()
			record.expect(now, fmt.Sprintf(
				`count(abs(slo:period_error_budget_remaining:ratio{sloth_id="nines-shop-orders"} - %v) <= 0.001 * %v)`, remaining, 1-remaining), 1)
			if now >= time.Hour {
				continue // the incident leaves the hour, which is at most 1 % longer to the process
			}
			hour, _ := tracker.Budget("orders").BurnRate(time.Hour)
			record.expect(now, fmt.Sprintf(
				`count(abs(slo:sli_error:ratio_rate1h{sloth_id="nines-shop-orders"} / 0.001 - %v) <= 0.001 * %v)`, hour, hour), 1)
		}
	}
	if *paged != 97*time.Second {
		t.Errorf("the process paged after %v, want 1m37s", *paged)
	}
	const page = `(count(ALERTS{alertname="ErrorBudgetBurn",severity="page",alertstate="firing",sloth_slo="orders"}) or vector(0))`
	record.expect(90*time.Second, page, 0)
	record.expect(135*time.Second, page, 1) // an evaluation, and a step of coverage, later
	record.expect(30*time.Minute, page, 1)
	record.expect(55*time.Minute, page, 1)
	record.expect(70*time.Minute, page, 0) // the short window has no more of it

	rules := generate(t, rulesslo.Config{Service: "shop", Objectives: []slo.Objective{objective}})
	realprom.TestRules(t, rules.YAML(), record.tests(every))
}

// Silence is an alert once somebody has watched it for so long, and not before.
func TestRealNoDataAlerts(t *testing.T) {
	rules := generate(t, rulesslo.Config{
		Service:    "shop",
		Objectives: []slo.Objective{{Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99.9)}},
		Policy: policy.Config{NoDefaults: true, Rules: []policy.Rule{
			{Severity: policy.Page, When: policy.NoData(10 * time.Minute)},
		}},
	})
	var record incident
	for minute := range 41 { // silence, five minutes of events, silence
		record.good = append(record.good, fmt.Sprint(min(max(minute-20, 0), 5)*100))
		record.bad = append(record.bad, "0")
	}
	const firing = `(count(ALERTS{alertname="SLONoData",severity="page",alertstate="firing",sloth_slo="orders"}) or vector(0))`
	// Newer servers leave the sample at the beginning of a window out: one step less is seen.
	for minute, want := range map[int]float64{0: 0, 5: 0, 9: 0, 11: 1, 19: 1, 22: 0, 30: 0, 33: 0, 37: 1} {
		record.expect(time.Duration(minute)*time.Minute, firing, want)
	}
	realprom.TestRules(t, rules.YAML(), record.tests(time.Minute))
}
