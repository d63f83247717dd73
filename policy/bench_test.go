package policy_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// many returns a simulation with n objectives on as many operations, all in use, a few
// failing, watched by the default rules and others; tick is the watcher's part of it.
func many(tb testing.TB, n int, rules ...policy.Rule) (sim *budget.Simulation, tick func()) {
	tb.Helper()
	cfg := budget.Config{Service: "shop"}
	for i := range n {
		cfg.Objectives = append(cfg.Objectives, slo.Objective{
			Name: fmt.Sprintf("o%d", i), Of: slo.HTTP(fmt.Sprintf("GET /%d", i)), SLI: slo.Availability(), Target: slo.Percent(99.9),
		})
	}
	sim, err := budget.NewSimulation(cfg, time.Unix(0, 0))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(sim.Close)
	for second := range 600 {
		for i := range n {
			op := sim.HTTP(fmt.Sprintf("GET /%d", i))
			op.Start()
			class := slo.Success
			if (i+second)%97 == 0 {
				class = slo.ServerError
			}
			op.Finish(class, time.Millisecond)
		}
		sim.Advance(time.Second)
	}
	sim.MarkDeployment("v1")
	w, err := policy.Watch(sim.Tracker, policy.Config{Rules: rules})
	if err != nil {
		tb.Fatal(err)
	}
	w.OnBreach(func(context.Context, policy.Breach) {})
	sim.Advance(time.Second)
	return sim, func() { policy.Evaluate(w, budget.Tick{At: sim.Time(), Watched: time.Second, Simulated: true}) }
}

// BenchmarkTick is the watcher's part of a tick.
func BenchmarkTick(b *testing.B) {
	_, tick := many(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		tick()
	}
}

func TestTickDoesNotAllocate(t *testing.T) {
	for _, rules := range [][]policy.Rule{nil, {
		{Severity: policy.Page, When: policy.Level(0.1), For: time.Minute, Every: time.Second},
		{Severity: policy.Ticket, When: policy.Depletion{Share: 0.9, Within: slo.Day}},
		{Severity: policy.Ticket, When: policy.EpisodeCost(0.9)},
		{Severity: policy.Ticket, When: policy.CauseShare{Cause: "payments", Share: 0.9}},
		{Severity: policy.Ticket, When: policy.Repeats{MoreThan: 3, Within: time.Hour}},
		{Severity: policy.Ticket, When: policy.NoData(time.Hour)},
		{Severity: policy.Page, When: policy.AfterDeployment{ErrorRate: 0.5, Over: 5 * time.Minute}},
	}} {
		_, tick := many(t, 10, rules...)
		if n := testing.AllocsPerRun(100, tick); n != 0 {
			t.Errorf("a tick of %d rules more in which nothing starts or ends allocates %v times, want 0", len(rules), n)
		}
	}
}

// BenchmarkPolicyTick is the enforcer's part of a tick.
func BenchmarkPolicyTick(b *testing.B) {
	sim, _ := many(b, 1000)
	p := lights()
	p.Clauses = []policy.Clause{{Name: "fast", When: policy.SpentWithin(0.3, slo.Day), Then: act(policy.Escalate)}}
	e, err := policy.Enforce(sim.Tracker, p, policy.EnforceConfig{Logger: quietLog})
	if err != nil {
		b.Fatal(err)
	}
	tick := budget.Tick{At: sim.Time(), Watched: time.Second, Simulated: true}
	b.ReportAllocs()
	for b.Loop() {
		policy.EvaluatePolicy(e, tick)
	}
}

func BenchmarkBegin(b *testing.B) {
	sim, _ := many(b, 20)
	gate := policy.NewGate(sim.Tracker, policy.GateConfig{Logger: quietLog})
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		gate.Begin(context.Background(), policy.Change{Kind: policy.Rollback, ID: fmt.Sprint(n)})
	}
}

func BenchmarkDecide(b *testing.B) {
	sim, _ := many(b, 20)
	gate := policy.NewGate(sim.Tracker, policy.GateConfig{})
	b.ReportAllocs()
	for b.Loop() {
		gate.Decide(context.Background(), policy.Change{Kind: policy.Feature})
	}
}
