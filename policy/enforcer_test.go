package policy_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestEnforceEach: error budgets that come later are in scope too.
func TestEnforceEach(t *testing.T) {
	each := hourly()
	each.Name, each.Of = "each", slo.Each
	p := lights()
	p.Objectives = []string{"each"}
	p.Clauses = []policy.Clause{{Name: "half", When: policy.Spent(0.5), Then: act(policy.Communicate)}}
	c := newCourt(t, p, policy.EnforceConfig{}, each)
	c.Advance(time.Second)
	c.fill(60)
	op := c.HTTP("GET /b")
	for range 100 {
		op.Start()
		op.Finish(slo.ServerError, 0)
	}
	c.run(100, 1, 0)
	c.wantTold(
		`3601 payments: tier yellow: each/POST /checkout: 40 % of the error budget remains`,
		`3601 payments: clause enacted: "half": each/POST /checkout: 60 % of the error budget spent, at least 50 %; communicate`,
		`3602 payments: tier yellow -> red: each/GET /b: -900 % of the error budget remains`,
		`3602 payments: clause enacted: "half": each/GET /b: 1000 % of the error budget spent, at least 50 %; communicate`,
	)
}

// TestEnforcerRestart: a freeze, the time a better tier was earned, what is enacted and the audit
// log outlive the process.
func TestEnforcerRestart(t *testing.T) {
	p := lights()
	p.Tiers[2].LeaveAfter = 10 * time.Minute
	p.Clauses = []policy.Clause{
		{Name: "half", When: policy.Spent(0.5), Hold: time.Hour, Then: act(policy.Communicate)},
		{Name: "outage", When: policy.Manual("an outage"), Then: act(policy.Postmortem)},
	}
	c := newCourt(t, p, policy.EnforceConfig{})
	c.fill(100)
	if err := c.Enact("outage", "alice", "down"); err != nil {
		t.Fatal(err)
	}
	c.run(1, 9000, 0)
	c.run(300, 1, 0)
	before := c.Standing()
	next := restarted(t, c, p)
	got := next.Standing()
	if got.Tier.Name != "red" || !got.Since.Equal(before.Since) || got.Earned != before.Earned || got.Known {
		t.Errorf("restarted: %+v\nwant      %+v, and not known yet", got, before)
	}
	if fmt.Sprint(got.Enacted) != fmt.Sprint(before.Enacted) || fmt.Sprint(next.Enactments()) != fmt.Sprint(c.Enactments()) {
		t.Errorf("restarted: enacted %v, log %v\nwant       %v, %v", got.Enacted, next.Enactments(), before.Enacted, c.Enactments())
	}
	next.run(299, 1, 0)
	next.wantTold()
	next.run(1, 1, 0)
	if len(next.told) != 1 || !strings.Contains(next.told[0], "tier red -> green") {
		t.Errorf("told %q, want the freeze to end after 10 minutes in both processes together", next.told)
	}
	// Once more, under another text: what it has no more is gone.
	p.Tiers[2].Name, p.Clauses[0].Name = "black", "other"
	changed := restarted(t, c, p)
	if got := changed.Standing(); got.Tier.Name != "" || len(got.Enacted) != 1 || got.Enacted[0].Clause != "outage" {
		t.Errorf("under another text: %v, want no tier and the clause that is left", got)
	}
	p.Name = "other"
	if got := restarted(t, c, p).Enactments(); got != nil {
		t.Errorf("under another name: %v, want nothing", got)
	}
}

// TestEnforcerRestoresEach: what was enacted for an operation that has not been seen yet waits for
// it.
func TestEnforcerRestoresEach(t *testing.T) {
	each := hourly()
	each.Name, each.Of = "each", slo.Each
	p := policy.Policy{Name: "p", Clauses: []policy.Clause{{Name: "half", When: policy.Spent(0.5), Hold: time.Hour, Then: act(policy.Communicate)}}}
	c := newCourt(t, p, policy.EnforceConfig{}, each)
	c.fill(60)
	if len(c.Standing().Enacted) != 1 {
		t.Fatalf("%v, want the clause", c.Standing())
	}
	again := restarted(t, restarted(t, c, p), p)
	again.run(1, 1, 0)
	if got := again.Standing().Enacted; len(got) != 1 || got[0].Objective != "each/POST /checkout" {
		t.Errorf("Enacted = %v, want it still, two restarts later", got)
	}
	again.wantTold()
}

// TestEnforcerFollowsUpdates of the tracker's objectives.
func TestEnforcerFollowsUpdates(t *testing.T) {
	a, b := hourly(), hourly()
	a.Name, b.Name, b.Of = "a", "b", slo.HTTP("GET /b")
	p := lights()
	p.Clauses = []policy.Clause{{Name: "half", When: policy.Spent(0.5), Hold: 2 * time.Hour, Then: act(policy.Communicate)}}
	c := newCourt(t, p, policy.EnforceConfig{}, a, b)
	gate := policy.NewGate(c.Tracker, policy.GateConfig{Policy: c.Enforcer, Logger: quietLog})
	both := func(bad int) {
		for i := range 1000 {
			class := slo.Success
			if i < bad {
				class = slo.ServerError
			}
			op := c.HTTP("GET /b")
			op.Start()
			op.Finish(class, 0)
		}
		c.fill(bad)
	}
	both(60)
	both(60)
	if s := c.Standing(); s.Tier.Name != "yellow" || len(s.Enacted) != 2 {
		t.Fatalf("%v, want yellow and the clause for both", s)
	}
	c.told = nil
	a.Target = slo.Percent(88) // half of 12 %: green
	if err := c.Tracker.Update([]slo.Objective{a}); err != nil {
		t.Fatal(err)
	}
	c.run(1, 1, 0)
	c.wantTold(
		`7203 payments: clause lifted: "half": b: the error budget is not in scope any more`,
		`7203 payments: tier yellow -> green: a: 50.02 % of the error budget remains`,
	)
	if s := c.Standing(); len(s.Enacted) != 1 || s.Enacted[0].Objective != "a" || !s.Known {
		t.Errorf("%v, want the clause for a still", s)
	}
	b.Name = "c"
	if err := c.Tracker.Update([]slo.Objective{b}); err != nil { // it begins now
		t.Fatal(err)
	}
	c.run(1, 1, 0)
	if s := c.Standing(); s.Known || s.Tier.Name != "green" || c.Permits("experimental-features") || s.Objective != "" {
		t.Errorf("%v, want nothing known of what has just begun", s)
	}
	if d := gate.Decide(context.Background(), feature); d.Outcome != policy.NeedsPerson || d.Reasons[0].Code != policy.CodeNoEvents {
		t.Errorf("%v, want a person", d)
	}
}

// TestEnforcerUpdate puts another text in force, or leaves everything as it was.
func TestEnforcerUpdate(t *testing.T) {
	p := lights()
	p.Tiers[2].LeaveAfter = 10 * time.Minute
	p.Clauses = []policy.Clause{
		{Name: "half", When: policy.Spent(0.5), Hold: time.Hour, Then: act(policy.Communicate)},
		{Name: "outage", When: policy.Manual("an outage"), Then: act(policy.StopProduction)},
	}
	c := newCourt(t, p, policy.EnforceConfig{})
	gate := policy.NewGate(c.Tracker, policy.GateConfig{Policy: c.Enforcer, Logger: quietLog})
	c.fill(60)
	gate.Begin(context.Background(), feature)
	if err := c.Enact("outage", "alice", "down"); err != nil {
		t.Fatal(err)
	}
	before := c.Standing()
	c.told = nil
	for want, change := range map[string]func(*policy.Policy){
		`want "payments": another policy is another enforcer`: func(p *policy.Policy) { p.Name = "other" },
		`want a percentage`:                                                         func(p *policy.Policy) { p.Target = slo.Percent(100) },
		`want the name of an objective`:                                             func(p *policy.Policy) { p.Objectives = []string{"x"} },
		`want a function of that name in EnforceConfig.Signals`:                     func(p *policy.Policy) { p.Clauses[0].When = policy.Signal("x") },
		`want at least one error budget in its scope that is no shadow: "checkout:`: func(p *policy.Policy) { p.Owner = "nobody" },
	} {
		bad := p
		bad.Clauses = slices.Clone(p.Clauses)
		change(&bad)
		if err := c.Update(bad); err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, slo.ErrInvalid) {
			t.Errorf("Update() = %v, want %s", err, want)
		}
	}
	if got := c.Standing(); !reflect.DeepEqual(got, before) || len(c.told) != 0 {
		t.Errorf("after refusals %v, told %q, want all as it was: %v", got, c.told, before)
	}

	p.Version = "4"
	p.Tiers[1].DeploysPerDay, p.Tiers[1].Permits = 3, []string{"dark-launches"}
	p.Clauses = p.Clauses[:1]
	if err := c.Update(p); err != nil {
		t.Fatal(err)
	}
	c.wantTold(`3601 payments: clause lifted: "outage": the policy does not have it any more`)
	if s := c.Standing(); s.Version != "4" || s.Tier.Name != "yellow" || !s.Since.Equal(before.Since) || len(s.Enacted) != 1 || !s.Known || !c.Permits("dark-launches") {
		t.Errorf("%+v, want yellow as before, at once, by the new text", s)
	}
	if d := gate.Decide(context.Background(), policy.Change{Kind: policy.Feature, ID: "b"}); d.Outcome != policy.Allow || d.Policy != "payments 4" || d.Deploys.Left() != 2 {
		t.Errorf("%v, %+v, want two of three left", d, d.Deploys)
	}
	p.Tiers[1].AtLeast = 0.45
	if err := c.Update(p); err != nil {
		t.Fatal(err)
	}
	if s := c.Standing(); s.Tier.Name != "red" {
		t.Errorf("%v, want red, where 40 %% belongs now", s)
	}
	var none *policy.Enforcer
	c.Close()
	if err := errors.Join(none.Update(p), c.Update(p)); err != nil {
		t.Errorf("on nil, and closed: %v, want nothing done", err)
	}
}

// TestEnforcerDoesNotBelieve a state that somebody else wrote.
func TestEnforcerDoesNotBelieve(t *testing.T) {
	o := hourly()
	sim := budgettest.New(t, o)
	sim.Attach(budget.Hook{Name: "policy payments", Save: func() []byte { return []byte("nines-policy 1 00000000\n{}") }})
	next, err := budget.NewSimulation(budget.Config{Objectives: sim.Declared(), Restore: sim.Snapshot()}, sim.Time())
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	var log strings.Builder
	e, err := policy.Enforce(next.Tracker, lights(), policy.EnforceConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	d := policy.NewGate(next, policy.GateConfig{Policy: e}).Decide(context.Background(), feature)
	if d.Reasons[0].Code != policy.CodeStateLost || !strings.Contains(log.String(), "the state of an error budget policy cannot be restored") {
		t.Errorf("%v, logged %s, want the loss told", d, log.String())
	}
}

// TestEnforcerHostileHost: loggers and callbacks that panic harm nothing, and nil does nothing.
func TestEnforcerHostileHost(t *testing.T) {
	c := newCourt(t, lights(), policy.EnforceConfig{Logger: slog.New(hostileLog{})})
	c.OnEnactment(func(context.Context, policy.Enactment) { panic("from hell") })
	c.OnEnactment(func(context.Context, policy.Enactment) { // re-entry
		c.Standing()
		c.Enactments()
		c.Close()
	})
	c.OnEnactment(nil)()
	c.fill(0)
	if len(c.told) != 1 || c.Panics() != 1 || c.Dropped() != 0 {
		t.Errorf("told %q, %d panics, %d dropped, want one, 1 and 0", c.told, c.Panics(), c.Dropped())
	}
	if s := c.Standing(); s.Known || c.Permits("experimental-features") {
		t.Errorf("after Close: %v, want nothing known and nothing permitted", s)
	}
	var none *policy.Enforcer
	none.Close()
	none.OnEnactment(func(context.Context, policy.Enactment) {})()
	if none.Permits("x") || none.Standing().Known || none.Enactments() != nil || none.Policy().Name != "" || none.Panics()+none.Dropped() != 0 {
		t.Error("a nil Enforcer knows something")
	}
	if e, err := policy.Enforce(nil, policy.Policy{}, policy.EnforceConfig{}); e != nil || err != nil {
		t.Errorf("Enforce(nil) = %v, %v, want nil, nil", e, err)
	}
}

type hostileLog struct{ slog.Handler }

func (hostileLog) Enabled(context.Context, slog.Level) bool  { return true }
func (hostileLog) Handle(context.Context, slog.Record) error { panic("logger") }

// TestEnforcerLogIsBounded keeps the last thousand.
func TestEnforcerLogIsBounded(t *testing.T) {
	p := policy.Policy{Name: "p", Clauses: []policy.Clause{{Name: "m", When: policy.Manual("x"), Then: act(policy.Escalate)}}}
	c := newCourt(t, p, policy.EnforceConfig{})
	c.run(1, 1, 0)
	for i := range 600 {
		if err := errors.Join(c.Enact("m", "a", fmt.Sprint(i)), c.Lift("m", "b", fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	got := c.Enactments()
	if len(got) != 1000 || got[0].Why != "100" || got[999].Why != "599" {
		t.Errorf("%d enactments, from %v to %v, want the last 1,000", len(got), got[0], got[len(got)-1])
	}
}

// TestEnforceTicksDoNotAllocate, nor does Permits.
func TestEnforceTicksDoNotAllocate(t *testing.T) {
	p := lights()
	p.Clauses = []policy.Clause{{Name: "fast", When: policy.SpentWithin(0.3, 5*time.Minute), Then: act(policy.Escalate)}}
	c := newCourt(t, p, policy.EnforceConfig{})
	c.fill(0)
	tick := budget.Tick{At: c.Time(), Watched: time.Second, Simulated: true}
	if n := testing.AllocsPerRun(100, func() { policy.EvaluatePolicy(c.Enforcer, tick) }); n != 0 {
		t.Errorf("a tick that changes nothing allocates %v times, want 0", n)
	}
	if n := testing.AllocsPerRun(100, func() { c.Permits("experimental-features") }); n != 0 {
		t.Errorf("Permits allocates %v times, want 0", n)
	}
}

func BenchmarkPermits(b *testing.B) {
	sim := budgettest.New(b, hourly())
	e, err := policy.Enforce(sim.Tracker, lights(), policy.EnforceConfig{Logger: quietLog})
	if err != nil {
		b.Fatal(err)
	}
	op := sim.HTTP(route)
	for range 100 {
		op.Start()
		op.Finish(slo.Success, 0)
	}
	sim.Advance(time.Hour)
	if !e.Permits("experimental-features") {
		b.Fatal(e.Standing())
	}
	for b.Loop() {
		e.Permits("experimental-features")
	}
}
