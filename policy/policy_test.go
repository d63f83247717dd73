package policy_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// written is a policy that uses everything there is.
func written() policy.Policy {
	day := time.Date(2025, time.March, 1, 0, 0, 0, 0, time.UTC)
	p := policy.Policy{
		Name: "payments", Version: "3", Purpose: "Checkouts work while features ship.",
		Services: []string{"shop", "test"}, Owner: "payments", Objectives: []string{"checkout"},
		Target: slo.Percent(90), Window: time.Hour,
		Tiers:      policy.DefaultTiers(),
		Escalation: "the head of engineering decides", AgreedBy: []string{"dev", "ops", "product owner"},
		Enacted: day, Review: policy.Review{By: day.AddDate(0, 3, 0), After: []string{"spent", "a merger"}},
		Links: []slo.Link{{Name: "wiki", URL: "https://wiki.example/ebp"}}, Notes: map[string]string{"cost centre": "4711"},
		Clauses: []policy.Clause{
			{Name: "spent", When: policy.Spent(1), Hold: 20 * time.Minute, Then: []policy.Consequence{
				{Kind: policy.StopProduction, Automated: true},
				{Kind: policy.Postmortem, Text: "blameless", Traceable: true, Due: 7 * slo.Day, Link: "https://wiki.example/pm"},
			}},
			{Name: "fast", Objectives: []string{"checkout"}, When: policy.SpentWithin(0.3, 5*time.Minute), Then: act(policy.Escalate)},
			{Name: "rule", When: policy.RuleHolds("fast"), Then: act(policy.Communicate)},
			{Name: "letters", When: policy.Signal("dead letters"), Then: act(policy.CreateActionItem, policy.PrioritizeActionItem, policy.FinishActionItem)},
			{Name: "outage", When: policy.Manual("a priority 1 outage"), Then: []policy.Consequence{
				{Kind: policy.AssignPeople, Text: "half of the team"}, {Kind: policy.EngageOwner}, {Kind: policy.StopStaging}, {Kind: policy.OtherConsequence, Text: "cake"},
			}},
		},
	}
	p.Tiers[1].LeaveAfter = 10 * time.Minute
	p.Tiers[0].Actions = []string{"Normal feature development"}
	return p
}

func TestPolicyValidate(t *testing.T) {
	if err := written().Validate(); err != nil {
		t.Fatalf("a policy that uses everything: %v", err)
	}
	long := strings.Repeat("x", 5000)
	for _, tt := range []struct {
		change func(*policy.Policy)
		want   string
	}{
		{func(p *policy.Policy) { p.Name = " " }, `policy: Name is " ": want a name`},
		{func(p *policy.Policy) { p.Version = long[:257] }, `want at most 256 bytes, got 257`},
		{func(p *policy.Policy) { p.Purpose = long }, `want at most 4096 bytes, got 5000`},
		{func(p *policy.Policy) { p.Escalation = "\xff" }, `policy: Escalation is "\xff": want valid UTF-8`},
		{func(p *policy.Policy) { p.Owner = "a\x1bb" }, `policy: Owner is "a\x1bb": want text without control characters`},
		{func(p *policy.Policy) { p.Services = []string{"a", ""} }, `policy: Services[1] is "": want text`},
		{func(p *policy.Policy) { p.AgreedBy = []string{"a", "a"} }, `policy: AgreedBy[1] is "a": want each only once`},
		{func(p *policy.Policy) { p.Objectives = make([]string, 65) }, `policy: Objectives is "65 items": want at most 64`},
		{func(p *policy.Policy) { p.Target = slo.Percent(100) }, `policy: Target is Percent(100): want a percentage above 1 and below 100`},
		{func(p *policy.Policy) { p.Window = -time.Hour }, `policy: Window is -1h0m0s: want a positive length of at most 10000d, or zero for any window`},
		{func(p *policy.Policy) { p.Enacted = time.Unix(-1, 0).UTC() }, `policy: Enacted is 1969-12-31 23:59:59 +0000 UTC: want a time from 1970 to 9999`},
		{func(p *policy.Policy) { p.Tiers, p.Clauses = nil, nil }, `policy: Tiers is []: want at least one tier or one clause`},
		{func(p *policy.Policy) { p.Tiers = make([]policy.Tier, 17) }, `policy: Tiers is "17 tiers": want at most 16`},
		{func(p *policy.Policy) { p.Tiers[1].Name = "green" }, `policy: Tiers[1] "green".Name is "green": want a name that Tiers[0] does not have already`},
		{func(p *policy.Policy) { p.Tiers[0].AtLeast = 50 }, `policy: Tiers[0] "green".AtLeast is 50: want a share of the error budget from -10 to 1, such as 0.5 (did you mean 0.5?)`},
		{func(p *policy.Policy) { p.Tiers[0].AtLeast = math.NaN() }, `policy: Tiers[0] "green".AtLeast is NaN: want a share`},
		{func(p *policy.Policy) { p.Tiers[0].AtLeast = 1. / 3 }, `AtLeast is 0.3333333333333333: want at most nine digits after the point`},
		{func(p *policy.Policy) { p.Tiers[1].AtLeast = 0.5 }, `policy: Tiers[1] "yellow".AtLeast is 0.5: want less than the 0.5 of the tier before: the best comes first`},
		{func(p *policy.Policy) { p.Tiers[2].AtLeast = 0.05 }, `policy: Tiers[2] "red".AtLeast is 0.05: want zero: the last tier has whatever is below the one before`},
		{func(p *policy.Policy) { p.Tiers[2].DeploysPerDay = -2 }, `policy: Tiers[2] "red".DeploysPerDay is -2: want 0 for a freeze, at most 1000000, or policy.Unlimited`},
		{func(p *policy.Policy) { p.Tiers[0].Risk = 9 }, `policy: Tiers[0] "green".Risk is unknown risk: want policy.RiskLow`},
		{func(p *policy.Policy) { p.Tiers[0].LeaveAfter = -1 }, `policy: Tiers[0] "green".LeaveAfter is -1ns: want a positive length`},
		{func(p *policy.Policy) { p.Clauses = make([]policy.Clause, 257) }, `policy: Clauses is "257 clauses": want at most 256`},
		{func(p *policy.Policy) { p.Clauses[1].Name = "spent" }, `policy: Clauses[1] "spent".Name is "spent": want a name that Clauses[0] does not have already`},
		{func(p *policy.Policy) { p.Clauses[4].Objectives = []string{"checkout"} }, `Objectives is [checkout]: want none: the condition is not about error budgets`},
		{func(p *policy.Policy) { p.Clauses[0].When = policy.Condition{} }, `policy: Clauses[0] "spent".When is none: want policy.Spent, SpentWithin, RuleHolds, Signal or Manual`},
		{func(p *policy.Policy) { p.Clauses[0].When.Share = 0 }, `policy: Clauses[0] "spent".When.Share is 0: want a share of the error budget above 0 and at most 10, such as 0.7`},
		{func(p *policy.Policy) { p.Clauses[0].When.Share = 70 }, `(did you mean 0.7?)`},
		{func(p *policy.Policy) { p.Clauses[0].When.Share = 1e-10 }, `When.Share is 1e-10: want at most nine digits after the point`},
		{func(p *policy.Policy) { p.Clauses[0].When.Name = "x" }, `want none of a condition of kind spent`},
		{func(p *policy.Policy) { p.Clauses[2].When.Share = 1 }, `policy: Clauses[2] "rule".When is rule: want Share and Within of conditions of kind spent only`},
		{func(p *policy.Policy) { p.Clauses[3].When.Name = "" }, `policy: Clauses[3] "letters".When.Name is "": want a name`},
		{func(p *policy.Policy) { p.Clauses[4].When.Name = "" }, `want to know what a person looks for`},
		{func(p *policy.Policy) { p.Clauses[0].Then = nil }, `policy: Clauses[0] "spent".Then is "0 consequences": want from 1 to 32`},
		{func(p *policy.Policy) { p.Clauses[0].Then[0].Kind = 99 }, `Then[0].Kind is unknown consequence: want one of "assign people", "escalate"`},
		{func(p *policy.Policy) { p.Clauses[0].Then[1].Automated = true }, `Then[1].Automated is true: want false: a postmortem takes people`},
		{func(p *policy.Policy) { p.Clauses[4].Then[3].Text = "" }, `Then[3].Text is "": want to know what is to be done`},
		{func(p *policy.Policy) { p.Links[0].URL = "" }, `policy: Links[0].URL is "": want both Name and URL`},
		{func(p *policy.Policy) { p.Notes[""] = "x" }, `policy: Notes is "": want a name`},
	} {
		p := written()
		tt.change(&p)
		err := p.Validate()
		if err == nil || !strings.Contains(err.Error(), tt.want) || !errors.Is(err, slo.ErrInvalid) {
			t.Errorf("Validate() = %v\nwant %s", err, tt.want)
		}
	}
}

// TestEnforceRefuses what only a tracker can tell.
func TestEnforceRefuses(t *testing.T) {
	o := hourly()
	o.Owner = "payments"
	sim := budgettest.New(t, o)
	rules := policy.Config{NoDefaults: true, Rules: []policy.Rule{{Name: "fast", Severity: policy.Page, When: policy.BurnRate{Long: time.Hour, Short: time.Minute, Factor: 2}}}}
	watch := func(on *budgettest.Tracker) *policy.Watcher {
		w, err := policy.Watch(on.Tracker, rules)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w, other := watch(sim), watch(budgettest.New(t, o))
	config := func() policy.EnforceConfig {
		return policy.EnforceConfig{
			Watcher: w, Signals: map[string]func() bool{"dead letters": func() bool { return false }},
			Logger: quietLog,
		}
	}
	e, err := policy.Enforce(sim.Tracker, written(), config())
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Policy(); !reflect.DeepEqual(got, written()) {
		t.Errorf("Policy() = %+v, want as given", got)
	}
	for _, tt := range []struct {
		change func(*policy.Policy, *policy.EnforceConfig)
		want   string
	}{
		{func(p *policy.Policy, _ *policy.EnforceConfig) { p.Name = "" }, `policy: Name is "": want a name`},
		{func(p *policy.Policy, _ *policy.EnforceConfig) { p.Services = []string{"shop"} }, `policy: Services is [shop]: want the service of the tracker, "test", among them`},
		{func(p *policy.Policy, _ *policy.EnforceConfig) { p.Objectives = []string{"chekout"} }, `policy: Objectives[0] is "chekout": want the name of an objective: "checkout"`},
		{func(p *policy.Policy, _ *policy.EnforceConfig) { p.Target = slo.Percent(99) }, `policy: Policy is "owner payments, objectives checkout, target 99%, window 1h": want at least one error budget in its scope that is no shadow: "checkout: 90% over 1h of payments"`},
		{func(p *policy.Policy, _ *policy.EnforceConfig) { p.Window = 28 * slo.Day }, `want at least one error budget in its scope`},
		{func(p *policy.Policy, _ *policy.EnforceConfig) { p.Owner = "nobody" }, `want at least one error budget in its scope`},
		{func(p *policy.Policy, _ *policy.EnforceConfig) { p.Clauses[1].Objectives = []string{"x"} }, `policy: Clauses[1] "fast".Objectives[0] is "x": want the name of an objective: "checkout"`},
		{func(p *policy.Policy, _ *policy.EnforceConfig) { p.Clauses[1].When.Within = 2 * time.Hour }, `policy: Clauses[1] "fast".When.Within is 2h0m0s: want at most 1h, the window of objective "checkout"`},
		{func(p *policy.Policy, _ *policy.EnforceConfig) { p.Clauses[0].When.Share = 10; p.Target = slo.Target{} }, ""},
		{func(p *policy.Policy, _ *policy.EnforceConfig) { p.Clauses[2].When.Name = "slow" }, `policy: Clauses[2] "rule".When is "slow": want a rule of the watcher: "fast"`},
		{func(_ *policy.Policy, c *policy.EnforceConfig) { c.Watcher = nil }, `policy: Clauses[2] "rule".When is "fast": want EnforceConfig.Watcher, which has the rules`},
		{func(_ *policy.Policy, c *policy.EnforceConfig) { c.Watcher = other }, `want an EnforceConfig.Watcher that watches the same tracker`},
		{func(_ *policy.Policy, c *policy.EnforceConfig) { c.Signals = nil }, `policy: Clauses[3] "letters".When is "dead letters": want a function of that name in EnforceConfig.Signals`},
		{func(_ *policy.Policy, c *policy.EnforceConfig) { c.Signals["x"] = func() bool { return true } }, `policy: Signals is "x": want the signals that clauses wait for, and no others`},
	} {
		p, cfg := written(), config()
		tt.change(&p, &cfg)
		_, err := policy.Enforce(sim.Tracker, p, cfg)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("Enforce() = %v, want no error", err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !errors.Is(err, slo.ErrInvalid)):
			t.Errorf("Enforce() = %v\nwant %s", err, tt.want)
		}
	}
	shadow, loose := o, o
	shadow.Shadow = true
	if _, err := policy.Enforce(budgettest.New(t, shadow).Tracker, lights(), policy.EnforceConfig{}); err == nil || !strings.Contains(err.Error(), `policy: Policy is "all error budgets": want at least one error budget in its scope that is no shadow: "checkout: 90% over 1h of payments (shadow)"`) {
		t.Errorf("with a shadow objective only: %v, want it refused", err)
	}
	loose.Target = slo.Percent(50)
	p := policy.Policy{Name: "p", Clauses: []policy.Clause{{Name: "c", When: policy.Spent(3), Then: act(policy.Escalate)}}}
	_, err = policy.Enforce(budgettest.New(t, loose).Tracker, p, policy.EnforceConfig{})
	if want := `When.Share is 3: want at most 2, the most that can be spent of the error budget of "checkout": 1 / (1 - 50%)`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Enforce() = %v\nwant %s", err, want)
	}
}

// TestPolicyIsCopied: what the caller changes afterwards changes nothing.
func TestPolicyIsCopied(t *testing.T) {
	o := hourly()
	sim := budgettest.New(t, o)
	p := lights()
	e, err := policy.Enforce(sim.Tracker, p, policy.EnforceConfig{Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	p.Tiers[0].Permits[0], p.Tiers[1].Name = "x", "y"
	out := e.Policy()
	out.Tiers[0].Requires = append(out.Tiers[0].Requires, "z")
	if got := e.Policy(); got.Tiers[0].Permits[0] != "experimental-features" || got.Tiers[1].Name != "yellow" || got.Tiers[0].Requires != nil {
		t.Errorf("Policy() = %+v, want as it was", got.Tiers)
	}
}
