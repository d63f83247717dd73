package policy_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
)

// spentOf returns a status of which so many of 1,000,000 events at 99.9 % were bad: 10 are 1 %
// of the error budget.
func spentOf(bad uint64) func(*budget.Status) {
	return func(s *budget.Status) {
		s.Counts = budget.Counts{Good: 1_000_000 - bad, Bad: bad}
		s.Expected = 1_000_000
		s.Consumed, _ = s.Objective.Target.Consumed(bad, s.Expected)
		s.Remaining = 1 - s.Consumed
		s.Met, s.Exhausted = s.Objective.Target.Met(bad, s.Expected), s.Objective.Target.Exhausted(bad, s.Expected)
	}
}

// underLights returns a policy that is enforced on a tracker which has not ticked yet: what a
// gate over another reader makes of it is tiers alone.
func underLights(t *testing.T, change func(*policy.Policy)) *policy.Enforcer {
	t.Helper()
	p := lights()
	if change != nil {
		change(&p)
	}
	e, err := policy.Enforce(budgettest.New(t, checkout()).Tracker, p, policy.EnforceConfig{Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestGateTruthTable: ten states in both failure modes, each with a reason of its own. What is
// known does not depend on the mode, and what is not never lets a change through in the closed
// one.
func TestGateTruthTable(t *testing.T) {
	closed, open := policy.NeedsPerson, policy.Allow
	corrupt := func(g *policy.Gate) {
		if err := g.Restore([]byte("nines-gate 1 00000000\n{}")); err == nil {
			t.Error("a corrupt state was restored")
		}
	}
	future := func(g *policy.Gate) {
		later := policy.NewGate(status(func(s *budget.Status) { s.At = s.At.Add(3 * time.Hour) }), policy.GateConfig{Logger: quietLog})
		later.Begin(context.Background(), feature)
		if err := g.Restore(later.Snapshot()); err != nil {
			t.Error(err)
		}
	}
	states := []struct {
		name    string
		from    policy.StatusReader
		prepare func(*policy.Gate)
		code    policy.Code
		want    [2]policy.Outcome // closed, open
	}{
		{"budget left", status(spentOf(600)), nil, policy.CodeBudgetLeft, [2]policy.Outcome{policy.Allow, policy.Allow}},
		{"exhausted", status(spentOf(1000)), nil, policy.CodeExhausted, [2]policy.Outcome{policy.Deny, policy.Deny}},
		{"no data", known(budget.NoEvents), nil, policy.CodeNoEvents, [2]policy.Outcome{closed, open}},
		{"too little data", known(budget.TooFew), nil, policy.CodeTooFewEvents, [2]policy.Outcome{closed, open}},
		{"stale", known(budget.Stale), nil, policy.CodeStale, [2]policy.Outcome{closed, open}},
		{"stalled", known(budget.Stalled), nil, policy.CodeStalled, [2]policy.Outcome{closed, open}},
		{"fresh process", status(func(s *budget.Status) { s.Known, s.Observed = budget.PartialCoverage, time.Minute }), nil, policy.CodeNotWatched, [2]policy.Outcome{closed, open}},
		{"corrupt state", status(spentOf(600)), corrupt, policy.CodeStateLost, [2]policy.Outcome{closed, open}},
		{"clock in the future", status(spentOf(600)), future, policy.CodeClockAhead, [2]policy.Outcome{closed, open}},
		{"internal error", panicking{}, nil, policy.CodeReadFailed, [2]policy.Outcome{closed, open}},
	}
	seen := map[policy.Code]string{}
	for _, tt := range states {
		if other, taken := seen[tt.code]; taken {
			t.Errorf("%s has the code of %s", tt.name, other)
		}
		seen[tt.code] = tt.name
		for i, mode := range []policy.Outcome{policy.NeedsPerson, policy.Allow} {
			gate := policy.NewGate(tt.from, policy.GateConfig{OnUnknown: mode, Logger: quietLog})
			if tt.prepare != nil {
				tt.prepare(gate)
			}
			d := gate.Decide(context.Background(), feature)
			if !slices.ContainsFunc(d.Reasons, func(r policy.Reason) bool { return r.Code == tt.code }) || d.Outcome != tt.want[i] {
				t.Errorf("%s, on unknown %v: %v, want %v for %s", tt.name, mode, d, tt.want[i], tt.code)
			}
			text, err := json.Marshal(d)
			var back policy.Decision
			if err := errors.Join(err, json.Unmarshal(text, &back)); err != nil || back.Outcome != d.Outcome || back.String() != d.String() {
				t.Errorf("%s: as JSON %v, %v, want %v", tt.name, back, err, d)
			}
		}
	}
}

// TestGateTierBoundaries: exactly half, and exactly a tenth, belong to the better tier. One bad
// event in a million more does not.
func TestGateTierBoundaries(t *testing.T) {
	e := underLights(t, nil)
	for _, tt := range []struct {
		bad     uint64
		tier    string
		risk    policy.Risk
		perDay  int
		outcome policy.Outcome
		code    policy.Code
	}{
		{0, "green", policy.RiskLow, 2, policy.Allow, policy.CodeTier},
		{500, "green", policy.RiskLow, 2, policy.Allow, policy.CodeTier},
		{501, "yellow", policy.RiskMedium, 1, policy.Allow, policy.CodeTier},
		{900, "yellow", policy.RiskMedium, 1, policy.Allow, policy.CodeTier},
		{901, "red", policy.RiskHigh, 0, policy.Deny, policy.CodeFrozen},
		{1000, "red", policy.RiskHigh, 0, policy.Deny, policy.CodeExhausted},
		{5000, "red", policy.RiskHigh, 0, policy.Deny, policy.CodeExhausted},
	} {
		d := policy.NewGate(status(spentOf(tt.bad)), policy.GateConfig{Policy: e}).Decide(context.Background(), feature)
		if d.Tier != tt.tier || d.Risk != tt.risk || d.Deploys.PerDay != tt.perDay || d.Outcome != tt.outcome || d.Reasons[0].Code != tt.code || d.Policy != "payments 3" {
			t.Errorf("%d bad: %v (%s), tier %s, risk %v, %+v, want %v (%s), %s, %v, %d a day", tt.bad, d, d.Reasons[0].Code, d.Tier, d.Risk, d.Deploys,
				tt.outcome, tt.code, tt.tier, tt.risk, tt.perDay)
		}
		if want := tt.tier == "yellow"; slices.Contains(d.Requires, "staging-validation") != want {
			t.Errorf("%d bad: requires %q, want staging %v", tt.bad, d.Requires, want)
		}
		// Without a policy the usual tiers say how risky it is, and only exhausted denies.
		d = policy.NewGate(status(spentOf(tt.bad)), policy.GateConfig{}).Decide(context.Background(), feature)
		if want := tt.bad < 1000; d.Risk != tt.risk || (d.Outcome == policy.Allow) != want || d.Tier != "" || d.Deploys.Left() != policy.Unlimited {
			t.Errorf("%d bad, no policy: %v, risk %v, %+v, want risk %v, allow %v", tt.bad, d, d.Risk, d.Deploys, tt.risk, want)
		}
	}
}

func TestGateUnderAPolicy(t *testing.T) {
	e := underLights(t, nil)
	loose := underLights(t, func(p *policy.Policy) {
		p.Tiers[2].DeploysPerDay, p.Tiers[0].DeploysPerDay = 1, policy.Unlimited
	})
	clauses := underLights(t, func(p *policy.Policy) {
		p.Tiers = nil
		p.Clauses = []policy.Clause{{Name: "c", When: policy.Manual("x"), Then: act(policy.Escalate)}}
	})
	stalled := func(bad uint64) func(*budget.Status) {
		return func(s *budget.Status) {
			spentOf(bad)(s)
			s.Known, s.StalledFor = budget.Stalled, time.Minute
		}
	}
	for _, tt := range []struct {
		name   string
		from   reader
		cfg    policy.GateConfig
		change policy.Change
		want   string
		risk   policy.Risk
	}{
		{"green", status(spentOf(100)), policy.GateConfig{Policy: e}, feature, "allow feature v2.5.0: tier green: 2 of 2 deploys left on 2025-03-03; checkout: 90 % of the error budget remains", policy.RiskLow},
		{"red", status(spentOf(950)), policy.GateConfig{Policy: e}, feature, "deny feature v2.5.0: checkout: tier red: feature freeze: 5 % of the error budget remains", policy.RiskHigh},
		{"red and a fix", status(spentOf(950)), policy.GateConfig{Policy: e}, policy.Change{Kind: policy.Security, ID: "cve"}, "allow security cve: a change of kind security does not wait for error budget", policy.RiskHigh},
		{"red and stalled", status(stalled(950)), policy.GateConfig{Policy: e, OnUnknown: policy.Allow}, feature, "deny feature v2.5.0: checkout: tier red: feature freeze: 5 % of the error budget remains, stalled for 1m0s", policy.RiskHigh},
		{"green and stalled", status(stalled(50)), policy.GateConfig{Policy: e}, feature, "feature v2.5.0 needs a person: checkout: stalled: 0 requests in flight, and none has finished for 1m0s", 0},
		{"open and stalled: the fewest deploys", status(stalled(50)), policy.GateConfig{Policy: e, OnUnknown: policy.Allow}, feature, "allow feature v2.5.0: checkout: stalled: 0 requests in flight, and none has finished for 1m0s", 0},
		{"exhausted, and the policy allows one", status(spentOf(2000)), policy.GateConfig{Policy: loose}, feature, "allow feature v2.5.0: tier red: 1 of 1 deploys left on 2025-03-03; checkout: error budget exhausted, and tier red allows 1 deploy a day: -100 % remains", policy.RiskHigh},
		{"unlimited", status(spentOf(0)), policy.GateConfig{Policy: loose}, feature, "allow feature v2.5.0: tier green: any number of deploys a day; checkout: 100 % of the error budget remains", policy.RiskLow},
		{"clauses only, exhausted", status(spentOf(1000)), policy.GateConfig{Policy: clauses}, feature, "deny feature v2.5.0: checkout: error budget exhausted: 0 % remains after 1000 bad of 1000000 events", policy.RiskHigh},
		{"clauses only", status(spentOf(990)), policy.GateConfig{Policy: clauses}, feature, "allow feature v2.5.0: checkout: 1 % of the error budget remains", policy.RiskHigh},
		{"another zone", status(spentOf(0)), policy.GateConfig{Policy: e, Location: time.FixedZone("east", 13*3600)}, feature, "allow feature v2.5.0: tier green: 2 of 2 deploys left on 2025-03-04; checkout: 100 % of the error budget remains", policy.RiskLow},
	} {
		tt.cfg.Logger = quietLog
		d := policy.NewGate(tt.from, tt.cfg).Decide(context.Background(), tt.change)
		if d.String() != tt.want || d.Risk != tt.risk {
			t.Errorf("%s: %v, risk %v\nwant %s, risk %v", tt.name, d, d.Risk, tt.want, tt.risk)
		}
	}
	mixed := append(status(spentOf(2000)), status(spentOf(0))...)
	if got, want := policy.NewGate(mixed, policy.GateConfig{}).Decide(context.Background(), policy.Change{Kind: policy.Rollback, ID: "a"}).String(),
		"allow rollback a: a change of kind rollback does not wait for error budget"; got != want {
		t.Errorf("a rollback while one of two is spent: %s, want %s: the other has nothing to do with it", got, want)
	}
	d := policy.NewGate(status(stalled(50)), policy.GateConfig{Policy: e, OnUnknown: policy.Allow}).Decide(context.Background(), feature)
	if d.Deploys.PerDay != 1 {
		t.Errorf("open, with an unknown tier: %+v, want the fewest that any tier has: 1", d.Deploys)
	}
	fleet := policy.NewGate(status(spentOf(0)), policy.GateConfig{Scope: policy.ScopeFleet}).Decide(context.Background(), feature)
	if fleet.Scope != policy.ScopeFleet {
		t.Errorf("scope %q, want fleet", fleet.Scope)
	}
}

// TestGateFollowsWhatIsInForce: a freeze that has to be held, clauses that stop releases, and a
// policy that is not evaluated any more.
func TestGateFollowsWhatIsInForce(t *testing.T) {
	p := lights()
	p.Tiers[2].LeaveAfter = 10 * time.Minute
	p.Clauses = []policy.Clause{
		{Name: "outage", When: policy.Manual("an outage"), Then: []policy.Consequence{{Kind: policy.StopProduction, Automated: true}}},
		{Name: "season", When: policy.Manual("the season"), Then: act(policy.StopProduction)},
	}
	c := newCourt(t, p, policy.EnforceConfig{})
	gate := policy.NewGate(c.Tracker, policy.GateConfig{Policy: c.Enforcer, Logger: quietLog})
	want := func(text string) {
		t.Helper()
		if got := gate.Decide(context.Background(), feature).String(); !strings.HasPrefix(got, text) {
			t.Errorf("second %d: %s\nwant %s", c.second, got, text)
		}
	}
	c.fill(100)
	want("deny feature v2.5.0: checkout: error budget exhausted: 0 % remains")
	c.run(1, 9000, 0)
	c.run(60, 1, 0)
	want("deny feature v2.5.0: tier red is in force: feature freeze; yellow takes 10m with enough left, 1m so far")
	c.run(540, 1, 0)
	want("allow feature v2.5.0: tier green: 2 of 2 deploys left on 2025-03-03; checkout: 90.")
	if err := c.Enact("season", "alice", "it is Christmas"); err != nil {
		t.Fatal(err)
	}
	want(`feature v2.5.0 needs a person: clause "season" stops releases, by hand: it is Christmas`)
	if err := c.Enact("outage", "bob", "checkout is down"); err != nil {
		t.Fatal(err)
	}
	want(`deny feature v2.5.0: clause "outage" stops releases: checkout is down`)
	if err := errors.Join(c.Lift("season", "alice", "over"), c.Lift("outage", "bob", "up")); err != nil {
		t.Fatal(err)
	}
	want("allow feature v2.5.0: tier green")
	c.Close()
	want("feature v2.5.0 needs a person: the error budget policy is not evaluated any more")
}

// TestGateMaxAge: readings that are kept may be too old, or from the future.
func TestGateMaxAge(t *testing.T) {
	for _, tt := range []struct {
		ago  time.Duration
		code policy.Code
		text string
	}{
		{0, policy.CodeBudgetLeft, "40 % of the error budget remains"},
		{59 * time.Second, policy.CodeBudgetLeft, "40 % of the error budget remains"},
		{2 * time.Minute, policy.CodeOldReading, "stale: read 2m0s ago, and at most 1m0s is believed"},
		{-30 * time.Second, policy.CodeBudgetLeft, "40 % of the error budget remains"},
		{-90 * time.Minute, policy.CodeClockAhead, "ahead of now: one of two clocks is wrong"},
	} {
		from := status(func(s *budget.Status) { s.At = time.Now().Add(-tt.ago) })
		d := policy.NewGate(from, policy.GateConfig{MaxAge: time.Minute}).Decide(context.Background(), feature)
		if d.Reasons[0].Code != tt.code || !strings.Contains(d.Reasons[0].Text, tt.text) {
			t.Errorf("read %v ago: %v (%s), want %s", tt.ago, d, d.Reasons[0].Code, tt.code)
		}
	}
}

// TestGateCodesAreDistinct as machines need them.
func TestGateCodesAreDistinct(t *testing.T) {
	all := map[policy.Code]int{}
	for _, c := range []policy.Code{
		policy.CodeBudgetLeft, policy.CodePartialCoverage, policy.CodeKind, policy.CodeTier, policy.CodeGranted, policy.CodeOverridden,
		policy.CodeExhausted, policy.CodeFrozen, policy.CodeNoDeploysLeft, policy.CodeStopped, policy.CodeNoTracker, policy.CodeNoObjectives,
		policy.CodeNoSuchObjective, policy.CodeStalled, policy.CodeStale, policy.CodeNoEvents, policy.CodeTooFewEvents, policy.CodeNotWatched,
		policy.CodeClockSuspect, policy.CodeCancelled, policy.CodeReadFailed, policy.CodeOldReading, policy.CodeClockAhead, policy.CodeStateLost,
		policy.CodePolicyClosed, policy.CodeNoID, policy.CodeNoWho, policy.CodeNoKind, policy.CodeNoGate,
	} {
		all[c]++
	}
	for c, n := range maps.All(all) {
		if n != 1 {
			t.Errorf("%q is the code of %d things", c, n)
		}
	}
}
