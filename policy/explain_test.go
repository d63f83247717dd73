package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// explained returns what the watcher adds to an explanation.
func explained(r *rig) string {
	_, rules, _ := strings.Cut(r.Explainable(), "\nrules: ")
	return "rules: " + rules
}

func TestExplain(t *testing.T) {
	loose := slo.Objective{Name: "search", Of: slo.HTTP("GET /search"), SLI: slo.Availability(), Target: slo.Percent(80)}
	week := slo.Objective{Name: "week", Of: slo.HTTP("GET /week"), SLI: slo.Availability(), Target: slo.Percent(99.9), Window: slo.Rolling(7 * slo.Day)}
	short := slo.Objective{Name: "short", Of: slo.Events("jobs"), SLI: slo.Correctness(), Target: slo.Percent(99), Window: slo.Rolling(time.Hour)}
	trial := checkout()
	trial.Name, trial.Shadow = "trial", true
	each := slo.Objective{Name: "each", Of: slo.Each, SLI: slo.Fidelity(), Target: slo.Percent(99)}
	r := newRig(t, policy.Config{Rules: []policy.Rule{
		{Name: "1h/5m", Severity: policy.Page, Objectives: []string{"week"}, When: policy.BurnRate{Factor: 20, Long: time.Hour, Short: time.Minute}, MinBad: 1},
		{Name: "10m/1m", Severity: policy.Ticket, Objectives: []string{"each/" + route}, When: policy.BurnRate{Factor: 2, Long: 10 * time.Minute, Short: time.Minute}},
	}}, checkout(), loose, week, short, trial, each)
	r.quiet(59 * time.Minute)
	r.run(1, 0, 4)
	r.run(1, 1, 0)
	golden(t, "explain.txt", explained(r))
}

// TestExplainEveryCriterion in its own words.
func TestExplainEveryCriterion(t *testing.T) {
	r := newRig(t, only(
		policy.Rule{Severity: policy.Page, When: policy.BurnRate{Factor: 2, Long: time.Hour}, Every: 5 * time.Minute, Snooze: 2 * time.Hour},
		policy.Rule{Severity: policy.Ticket, When: policy.Depletion{Share: 0.3, Within: slo.Day}},
		policy.Rule{Severity: policy.Ticket, When: policy.Level(0.25), KeepFor: slo.Day},
		policy.Rule{Severity: policy.Ticket, When: policy.EpisodeCost(0.3)},
		policy.Rule{Severity: policy.Ticket, When: policy.CauseShare{Cause: "payments", Share: 0.5}},
		policy.Rule{Severity: policy.Page, Priority: "P2", When: policy.Repeats{MoreThan: 3, Within: time.Hour}},
		policy.Rule{Severity: policy.Ticket, When: policy.NoData(10 * time.Minute), For: 5 * time.Minute},
		policy.Rule{Severity: policy.Page, When: policy.AfterDeployment{ErrorRate: 0.05, Over: 5 * time.Minute}, MinBad: 1},
		policy.Rule{Name: "mine", Severity: policy.Ticket, When: policy.Func(func(budget.Status) (bool, string) { return true, "so it is" })},
	), checkout())
	r.run(1, 100, 0)
	r.quiet(12 * time.Minute)
	golden(t, "explain_criteria.txt", explained(r))
}

func TestExplainWithoutDefaults(t *testing.T) {
	o, cfg := quick()
	r := newRig(t, cfg, o)
	got := explained(r)
	for _, want := range []string{"page quick: factor 2 over 1m and 10s, and at least 5 bad events or 3 and none good (from Config.Rules)", "left out: the default rules, by Config.NoDefaults", "left out: the health rules, by Config.NoHealth"} {
		if !strings.Contains(got, want) {
			t.Errorf("explained\n%s\nwant %q", got, want)
		}
	}
	r.run(20, 0, 10)
	if got := explained(r); !strings.Contains(got, "now: quick holds: burn rate x coverage is 3.33333 over 1m") {
		t.Errorf("explained\n%s\nwant what holds", got)
	}
}
