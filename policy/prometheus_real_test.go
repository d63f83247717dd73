package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// evaluation is how often both sides evaluate.
const evaluation = time.Minute

// A comparison is one rule, here and there.
type comparison struct {
	rule policy.Rule
	expr string // the same in PromQL, over the same counters
}

// The comparisons: objective "six" is 99 % over six hours, "one" 99 % over one hour, of the
// same source; rates are ratios of increases, so that extrapolation cancels out.
func comparisons() []comparison {
	ratio := func(window string) string {
		return fmt.Sprintf("(sum(increase(bad[%s])) / sum(increase(all[%s])))", window, window)
	}
	six, one := []string{"six"}, []string{"one"}
	list := []comparison{
		{
			policy.Rule{Name: "pair", Severity: policy.Page, Objectives: six, When: policy.BurnRate{Factor: 14.4, Long: time.Hour, Short: 5 * time.Minute}},
			ratio("1h") + " > 0.144 and " + ratio("5m") + " > 0.144",
		},
		{
			policy.Rule{Name: "slow pair", Severity: policy.Ticket, Objectives: six, When: policy.BurnRate{Factor: 1, Long: 3 * time.Hour, Short: 30 * time.Minute}},
			ratio("3h") + " > 0.01 and " + ratio("30m") + " > 0.01",
		},
		{
			policy.Rule{Name: "held pair", Severity: policy.Page, Objectives: six, When: policy.BurnRate{Factor: 6, Long: time.Hour, Short: 5 * time.Minute}, For: 15 * time.Minute},
			ratio("1h") + " > 0.06 and " + ratio("5m") + " > 0.06",
		},
		{
			policy.Rule{Name: "single", Severity: policy.Page, Objectives: six, When: policy.BurnRate{Factor: 2, Long: time.Hour}, KeepFor: 10 * time.Minute},
			ratio("1h") + " > 0.02",
		},
		{
			policy.Rule{Name: "depletion", Severity: policy.Page, Objectives: one, When: policy.Depletion{Share: 0.5, Within: 10 * time.Minute}},
			"sum(increase(bad[10m])) / (0.01 * sum(increase(all[1h]))) >= 0.5",
		},
		{
			policy.Rule{Name: "level", Severity: policy.Ticket, Objectives: one, When: policy.Level(0.25)},
			"1 - " + ratio("1h") + " / 0.01 <= 0.25",
		},
		{
			policy.Rule{Name: "no data", Severity: policy.Ticket, Objectives: six, When: policy.NoData(10 * time.Minute), KeepFor: 5 * time.Minute},
			"sum(increase(all[10m])) == 0",
		},
		{
			policy.Rule{Name: "after a deployment", Severity: policy.Page, Objectives: six, When: policy.AfterDeployment{ErrorRate: 0.05, Over: 5 * time.Minute, Until: time.Hour}},
			ratio("5m") + " > 0.05 and on() time() - deployed >= 300 and on() time() - deployed <= 3600",
		},
	}
	for i := range list {
		if list[i].rule.Every = evaluation; list[i].rule.Name != "no data" {
			list[i].rule.MinBad = 1
		}
	}
	return list
}

// traffic is what each minute of the scenario has: good and bad requests. It has incidents of
// many shapes, each beginning where the windows are clean, and none where nothing is measured.
func traffic(minute int) (good, bad int) {
	switch m := minute - 7*60; { // seven hours in which all windows fill
	case m < 0:
		return 120, 0
	case m < 30:
		return 60, 60 // half an hour of 50 %
	case m >= 130 && m < 170:
		return 108, 12 // 10 %
	case m >= 300 && m < 303:
		return 0, 120 // a short total outage
	case m >= 420 && m < 440:
		return 0, 0 // nobody comes
	case m >= 560 && m < 620:
		return 116, 4 // 3.3 %
	case m >= 700 && m < 705:
		return 100, 20 // too brief for the hold time
	case m >= 720 && m < 760:
		return 100, 20 // after the deployment
	}
	return 120, 0
}

const (
	scenarioMinutes  = 7*60 + 1000
	deploymentMinute = 7*60 + 715
)

// TestRealPrometheusAgrees: rules of every kind that PromQL can say become true, and what they
// opened is resolved, within one evaluation of when Prometheus says so of the same counters.
func TestRealPrometheusAgrees(t *testing.T) {
	objective := checkout()
	objective.Target = slo.Percent(99)
	six, one := objective, objective
	six.Name, six.Window = "six", slo.Rolling(6*time.Hour)
	one.Name, one.Window = "one", slo.Rolling(time.Hour)
	sim, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{six, one}, Resolution: 15 * time.Second}, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	all := comparisons()
	watchers := make([]*policy.Watcher, len(all)) // one for each, so that no rule joins another's breach
	for i, c := range all {
		if watchers[i], err = policy.Watch(sim.Tracker, only(c.rule)); err != nil {
			t.Fatal(err)
		}
	}

	op := sim.HTTP(route)
	record := func(n int, class slo.Class) {
		for range n {
			op.Start()
			op.Finish(class, time.Millisecond)
		}
	}
	var totals, bads, deployed []string
	scrape := func() {
		c := sim.Budget("six").Status().Total
		totals, bads = append(totals, fmt.Sprint(c.Valid())), append(bads, fmt.Sprint(c.Bad))
		switch at := deploymentMinute * 60; {
		case int(sim.Elapsed()/time.Second) >= at:
			deployed = append(deployed, fmt.Sprint(at))
		default:
			deployed = append(deployed, "_")
		}
	}
	changes := make([][]change, len(all)) // minutes at which a breach of a rule opened or ended
	scrape()
	for minute := range scenarioMinutes {
		if minute == deploymentMinute {
			sim.MarkDeployment("v2")
		}
		good, bad := traffic(minute)
		for range 4 {
			record(good/4, slo.Success)
			record(bad/4, slo.ServerError)
			sim.Advance(15 * time.Second)
			scrape()
		}
		for i, w := range watchers {
			open := len(w.Active()) > 0
			if n := len(changes[i]); open != (n%2 == 1) {
				changes[i] = append(changes[i], change{minute + 1, open})
			}
		}
	}

	var rules, tests strings.Builder
	rules.WriteString("groups:\n- name: compared\n  rules:\n")
	fmt.Fprintf(&tests, "rule_files: [rules.yml]\nevaluation_interval: %s\ntests:\n- interval: 15s\n  input_series:\n", evaluation)
	for _, s := range []struct {
		name   string
		values []string
	}{{"all", totals}, {"bad", bads}, {"deployed", deployed}} {
		fmt.Fprintf(&tests, "  - {series: %s, values: '%s'}\n", s.name, strings.Join(s.values, " "))
	}
	tests.WriteString("  promql_expr_test:\n")
	checked := 0
	for i, c := range all {
		t.Logf("%s: %v", c.rule.Name, changes[i])
		if len(changes[i]) < 2 {
			t.Errorf("%s: never held and ended: %v", c.rule.Name, changes[i])
		}
		keep := c.rule.KeepFor
		if b, ok := c.rule.When.(policy.BurnRate); ok && keep == 0 {
			keep = b.Short
		}
		switch w := c.rule.When.(type) {
		case policy.Depletion:
			keep = w.Within / 12
		case policy.Level:
			keep = time.Hour / 12
		}
		fmt.Fprintf(&rules, "  - {alert: '%s', expr: '%s', for: %s, keep_firing_for: %s}\n", c.rule.Name, c.expr, promDuration(c.rule.For), promDuration(keep))
		expect := func(minute int, firing bool) {
			checked++
			fmt.Fprintf(&tests, "  - {eval_time: %dm, expr: 'count(ALERTS{alertname=\"%s\",alertstate=\"firing\"}) or vector(0)', exp_samples: [{labels: '{}', value: %d}]}\n",
				minute, c.rule.Name, map[bool]int{true: 1}[firing])
		}
		for _, c := range changes[i] {
			expect(c.minute-1, !c.open)
			expect(c.minute+1, c.open)
		}
		for n := range len(changes[i]) + 1 { // and in the middle between two changes nothing else happens
			from, to := 0, scenarioMinutes
			if n > 0 {
				from = changes[i][n-1].minute
			}
			if n < len(changes[i]) {
				to = changes[i][n].minute
			}
			for m := from + 2; m < to-2; m += 7 {
				expect(m, n%2 == 1)
			}
		}
	}
	t.Logf("%d instants", checked)
	realprom.TestRules(t, []byte(rules.String()), []byte(tests.String()))
}

type change struct {
	minute int
	open   bool
}

func promDuration(d time.Duration) string { return fmt.Sprintf("%ds", int(d/time.Second)) }
