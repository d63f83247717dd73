package policy_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// wantErrors compares what an error joins, line by line, each by its beginning.
func wantErrors(t *testing.T, what string, err error, want ...string) {
	t.Helper()
	if !errors.Is(err, slo.ErrInvalid) {
		t.Fatalf("%s = %v, want it to match slo.ErrInvalid", what, err)
	}
	got := strings.Split(fmt.Sprint(err), "\n")
	if !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("%s =\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestEnforceTellsEverythingAtOnce: what is wrong with the policy by itself, what only the tracker
// can tell, and what is wrong with the configuration.
func TestEnforceTellsEverythingAtOnce(t *testing.T) {
	sim := budgettest.New(t, hourly())
	p := policy.Policy{
		Services: []string{"shop"}, Objectives: []string{"chekout"},
		Tiers: []policy.Tier{{Name: "green", AtLeast: 50}, {Name: "red"}},
		Clauses: []policy.Clause{
			{Name: "half", When: policy.SpentWithin(0.5, 2*time.Hour), Then: act(policy.Escalate)},
			{Name: "letters", When: policy.Signal("dead letters")},
		},
	}
	cfg := policy.EnforceConfig{Signals: map[string]func() bool{"x": func() bool { return true }}}
	want := []string{
		`policy: Name is "": want a name`,
		`policy: Tiers[0] "green".AtLeast is 50: want a share of the error budget from -10 to 1, such as 0.5 (did you mean 0.5?)`,
		`policy: Clauses[1] "letters".Then is "0 consequences": want from 1 to 32`,
		`policy: Services is [shop]: want the service of the tracker, "test", among them`,
		`policy: Objectives[0] is "chekout": want the name of an objective: "checkout"`,
		`policy: Clauses[1] "letters".When is "dead letters": want a function of that name in EnforceConfig.Signals`,
		`policy: Signals is "x": want the signals that clauses wait for, and no others`,
	}
	_, err := policy.Enforce(sim.Tracker, p, cfg)
	wantErrors(t, "Enforce()", err, want...)

	p.Name, p.Objectives = "p", nil // so that there is something to compare a clause with
	_, err = policy.Enforce(sim.Tracker, p, cfg)
	wantErrors(t, "Enforce()", err, slices.Concat(want[1:4], []string{
		`policy: Clauses[0] "half".When.Within is 2h0m0s: want at most 1h, the window of objective "checkout"`,
	}, want[5:])...)
}

// TestUpdateTellsEverythingAtOnce, as Enforce does.
func TestUpdateTellsEverythingAtOnce(t *testing.T) {
	c := newCourt(t, lights(), policy.EnforceConfig{})
	p := lights()
	p.Name, p.Tiers[0].AtLeast, p.Owner = "others", 50, "nobody"
	wantErrors(t, "Update()", c.Update(p),
		`policy: Tiers[0] "green".AtLeast is 50: want a share of the error budget`,
		`policy: Policy is "owner nobody": want at least one error budget in its scope that is no shadow: "checkout: 90% over 1h"`,
		`policy: Name is "others": want "payments": another policy is another enforcer`)
	p = lights()
	p.Name = ""
	wantErrors(t, "Update()", c.Update(p), `policy: Name is "": want a name`)
	if got := c.Standing().Tier.Name; c.Policy().Owner != "" || got != "" {
		t.Errorf("after what was refused: owner %q, tier %q, want the policy of before", c.Policy().Owner, got)
	}
}

// TestEnforceTellsOneErrorOfOneCause: neither what the policy is refused for anyway, nor that there
// is nothing left in a scope or for a clause that is refused.
func TestEnforceTellsOneErrorOfOneCause(t *testing.T) {
	o := hourly()
	o.Owner = "payments"
	sim := budgettest.New(t, o)
	for _, tt := range []struct {
		change func(*policy.Policy)
		want   string
	}{
		{func(p *policy.Policy) { p.Objectives = []string{"chekout"} }, `policy: Objectives[0] is "chekout": want the name of an objective`},
		{func(p *policy.Policy) { p.Objectives = []string{""} }, `policy: Objectives[0] is "": want text`},
		{func(p *policy.Policy) { p.Objectives = make([]string, 65) }, `policy: Objectives is "65 items": want at most 64`},
		{func(p *policy.Policy) { p.Owner = strings.Repeat("x", 300) }, `policy: Owner is "xxx`},
		{func(p *policy.Policy) { p.Target = slo.Percent(100) }, `policy: Target is`},
		{func(p *policy.Policy) { p.Window = -1 }, `policy: Window is -1ns: want a positive length`},
		{func(p *policy.Policy) { p.Services = []string{""} }, `policy: Services[0] is "": want text`},
		{func(p *policy.Policy) { p.Owner = "nobody" }, `policy: Policy is "owner nobody": want at least one error budget in its scope`},
		{func(p *policy.Policy) { p.Clauses[0].Objectives = []string{""} }, `policy: Clauses[0] "half".Objectives[0] is "": want text`},
		{func(p *policy.Policy) { p.Clauses[0].When.Share = 70 }, `policy: Clauses[0] "half".When.Share is 70: want a share`},
		{func(p *policy.Policy) { p.Clauses[0].When.Within = 11_000 * slo.Day }, `policy: Clauses[0] "half".When.Within is 264000h0m0s: want a positive length`},
		{func(p *policy.Policy) { p.Clauses[0].When = policy.Signal("") }, `policy: Clauses[0] "half".When.Name is "": want a name`},
		{func(p *policy.Policy) { p.Clauses[0].When = policy.RuleHolds("") }, `policy: Clauses[0] "half".When.Name is "": want a name`},
		{func(p *policy.Policy) { p.Clauses[0].When = policy.Condition{Kind: 9, Name: "x"} }, `policy: Clauses[0] "half".When is unknown condition: want policy.Spent`},
	} {
		p := policy.Policy{Name: "p", Clauses: []policy.Clause{{Name: "half", Objectives: []string{"checkout"}, When: policy.Spent(0.5), Then: act(policy.Escalate)}}}
		tt.change(&p)
		if p.Clauses[0].When.Kind == policy.SignalCondition {
			p.Clauses[0].Objectives = nil // a signal is not about error budgets
		}
		_, err := policy.Enforce(sim.Tracker, p, policy.EnforceConfig{})
		wantErrors(t, fmt.Sprintf("Enforce(%+v)", p), err, tt.want)
	}
}
