package policy_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

func act(kinds ...policy.ConsequenceKind) (all []policy.Consequence) {
	for _, k := range kinds {
		all = append(all, policy.Consequence{Kind: k})
	}
	return all
}

// TestClauseSpent: at the threshold it is enacted, one bad event below it is not; lifted when
// that is over, after its hold.
func TestClauseSpent(t *testing.T) {
	for _, tt := range []struct {
		share float64
		bad   int
		want  bool
	}{{0.7, 69, false}, {0.7, 70, true}, {0.7, 71, true}, {1, 99, false}, {1, 100, true}, {2.5, 249, false}, {2.5, 250, true}} {
		p := policy.Policy{Name: "p", Clauses: []policy.Clause{{Name: "c", When: policy.Spent(tt.share), Then: act(policy.Postmortem)}}}
		c := newCourt(t, p, policy.EnforceConfig{})
		c.fill(tt.bad)
		if got := len(c.Standing().Enacted) == 1; got != tt.want {
			t.Errorf("%v spent, %d bad of 1,000 at 90 %%: enacted %v, want %v", tt.share, tt.bad, got, tt.want)
		}
	}
	one := checkout() // at 99.9 %
	one.Window = slo.Rolling(time.Hour)
	c := newCourt(t, policy.Policy{Name: "p", Clauses: []policy.Clause{{Name: "c", When: policy.Spent(1), Then: act(policy.Postmortem)}}}, policy.EnforceConfig{}, one)
	c.fill(1)
	if got := c.Standing().Enacted; len(got) != 0 {
		t.Errorf("one bad event of 1,000 at 99.9 %%: %v, want nothing: a single one is no incident", got)
	}
	c.fill(2)
	if got := c.Standing().Enacted; len(got) != 1 {
		t.Errorf("two bad events: %v, want the clause", got)
	}
	p := policy.Policy{Name: "p", Clauses: []policy.Clause{{Name: "c", When: policy.Spent(0.5), Hold: time.Minute, Then: act(policy.Postmortem, policy.Escalate)}}}
	c = newCourt(t, p, policy.EnforceConfig{})
	c.fill(60)
	c.run(1, 4000, 0) // 60 of 5,000: 12 % spent
	c.run(60, 1, 0)
	c.wantTold(
		`3601 p: clause enacted: "c": checkout: 60 % of the error budget spent, at least 50 %; postmortem; escalate`,
		`3662 p: clause lifted: "c": checkout: 11.86 % of the error budget spent, less than 50 %, for 1m`,
	)
}

// TestClauseSpentWithin: 30 % of the whole budget within a part of its window, by the traffic of
// the whole window.
func TestClauseSpentWithin(t *testing.T) {
	p := policy.Policy{Name: "p", Clauses: []policy.Clause{{Name: "fast", When: policy.SpentWithin(0.3, 5*time.Minute), Then: act(policy.Escalate)}}}
	c := newCourt(t, p, policy.EnforceConfig{})
	c.run(3600, 1, 0)
	c.run(1, 0, 160) // 160 of 3,760: 42.6 %
	c.told = nil
	c.run(299, 1, 0)
	if got := c.Standing().Enacted; len(got) != 1 || !strings.Contains(got[0].Why, "of the error budget spent within 5m, at least 30 %") {
		t.Errorf("Enacted = %v, want the clause still", got)
	}
	c.run(5, 1, 0)
	if got := c.Standing().Enacted; len(got) != 0 || len(c.told) != 1 {
		t.Errorf("Enacted = %v, told %q, want it lifted when the failures have left the 5 minutes", got, c.told)
	}
	// Of a process that has seen little of the window little was spent.
	c = newCourt(t, p, policy.EnforceConfig{})
	c.run(300, 9, 1) // 10 %: all of the budget of 5 minutes
	if got := c.Standing().Enacted; len(got) != 0 {
		t.Errorf("after 5 minutes at burn rate 1: %v, want nothing: 8.3 %% of the budget of the hour", got)
	}
}

// TestClauseRule goes by a rule of a watcher.
func TestClauseRule(t *testing.T) {
	sim := budgettest.New(t, checkout())
	w, err := policy.Watch(sim.Tracker, policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p := policy.Policy{Name: "p", Clauses: []policy.Clause{{Name: "burning", When: policy.RuleHolds("1h/5m"), Then: act(policy.Escalate)}}}
	e, err := policy.Enforce(sim.Tracker, p, policy.EnforceConfig{Watcher: w, Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	op := sim.HTTP(route)
	for range 120 {
		for range 100 {
			op.Start()
			op.Finish(slo.ServerError, 0)
		}
		sim.Advance(time.Second)
	}
	if got := e.Standing().Enacted; len(got) != 1 || got[0].Objective != "checkout" || got[0].Why != "rule 1h/5m holds" {
		t.Errorf("Enacted = %v, want it to follow the rule", got)
	}
	for range 400 {
		op.Start()
		op.Finish(slo.Success, 0)
		sim.Advance(time.Second)
	}
	if got := e.Standing().Enacted; len(got) != 0 {
		t.Errorf("Enacted = %v, want it lifted with the rule", got)
	}
}

// TestClauseSignal goes by a function of the host; one that panics does not know.
func TestClauseSignal(t *testing.T) {
	letters, panics := 0, false
	p := policy.Policy{Name: "p", Clauses: []policy.Clause{
		{Name: "dead letters", When: policy.Signal("letters"), Then: act(policy.CreateActionItem)},
		{Name: "the same", When: policy.Signal("letters"), Then: act(policy.PrioritizeActionItem)},
	}}
	c := newCourt(t, p, policy.EnforceConfig{Signals: map[string]func() bool{"letters": func() bool {
		if panics {
			panic("from hell")
		}
		return letters > 100
	}}})
	c.run(1, 1, 0)
	letters = 101
	c.run(1, 1, 0)
	panics = true
	c.run(3, 1, 0)
	panics, letters = false, 0
	c.run(1, 1, 0)
	c.wantTold(
		`2 p: clause enacted: "dead letters": signal letters; create action item`,
		`2 p: clause enacted: "the same": signal letters; prioritize action item`,
		`6 p: clause lifted: "dead letters": not any more: signal letters`,
		`6 p: clause lifted: "the same": not any more: signal letters`,
	)
	if c.Panics() != 3 {
		t.Errorf("Panics() = %d, want 3: each signal is asked once a tick", c.Panics())
	}
}

// TestClauseManual is enacted and lifted by people, with who and why.
func TestClauseManual(t *testing.T) {
	p := policy.Policy{Name: "p", Review: policy.Review{After: []string{"outage"}}, Clauses: []policy.Clause{
		{Name: "outage", When: policy.Manual("a priority 1 outage"), Then: act(policy.Postmortem)},
		{Name: "auto", When: policy.Spent(1), Then: act(policy.Escalate)},
	}}
	c := newCourt(t, p, policy.EnforceConfig{})
	if err := c.Enact("outage", "alice", "checkout was down"); err != nil {
		t.Fatal(err)
	}
	c.wantTold() // with the first tick
	c.run(1, 1, 0)
	if err := c.Enact("outage", "alice", "checkout was down"); err != nil || len(c.told) != 2 {
		t.Errorf("again: %v, told %q, want nothing new", err, c.told)
	}
	if err := c.Lift("outage", "bob", "the provider is back"); err != nil {
		t.Error(err)
	}
	c.wantTold(
		`1 p: clause enacted: "outage": checkout was down (by alice); postmortem`,
		`1 p: review due: it was to be reviewed after outage`,
		`1 p: clause lifted: "outage": the provider is back (by bob)`,
	)
	if got := c.Standing().ReviewDue; got != "it was to be reviewed after outage" {
		t.Errorf("ReviewDue = %q, want it due", got)
	}
	for _, tt := range []struct{ clause, by, why, want string }{
		{"outage", "", "x", `policy: by is "": want to know who says so`},
		{"outage", "x", " ", `policy: why is " ": want to know why`},
		{"auto", "x", "y", `policy: clause is "auto": want a clause whose condition is manual: "outage"`},
		{"none", "x", "y", `policy: clause is "none": want a clause whose condition is manual: "outage"`},
	} {
		if err := c.Enact(tt.clause, tt.by, tt.why); err == nil || err.Error() != tt.want || !errors.Is(err, slo.ErrInvalid) {
			t.Errorf("Enact(%q, %q, %q) = %v, want %s", tt.clause, tt.by, tt.why, err, tt.want)
		}
	}
	var none *policy.Enforcer
	if err := none.Lift("a", "b", "c"); !errors.Is(err, slo.ErrInvalid) {
		t.Errorf("on nil: %v, want an error", err)
	}
}

// TestReviewByDate becomes due once.
func TestReviewByDate(t *testing.T) {
	p := lights()
	p.Review.By = budgettest.Start.Add(2 * time.Hour)
	c := newCourt(t, p, policy.EnforceConfig{})
	c.run(7199, 1, 0)
	c.told = nil
	c.run(3, 1, 0)
	c.wantTold("7200 payments: review due: it was to be reviewed by 2025-03-03")
}
