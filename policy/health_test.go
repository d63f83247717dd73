package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

func TestHealthStalledPagesAfterAMinute(t *testing.T) {
	o := checkout()
	r := newRig(t, policy.Config{}, o)
	r.run(10, 10, 0)
	r.op.Start()
	r.quiet(11 * time.Second) // in flight since the tick of 11; stalled after 10 s, at 22
	r.want()
	r.quiet(60 * time.Second)
	r.want()
	r.quiet(time.Second)
	r.want("82 started page stalled")
	b := r.heard[0]
	if b.Known != budget.Stalled || len(b.Rules) != 1 || !strings.Contains(b.Rules[0].Reason, "nothing has finished for 1m11s") {
		t.Errorf("breach %v, known %v, rules %v", b, b.Known, b.Rules)
	}
	r.quiet(time.Hour)
	r.want("82 started page stalled")
	r.op.Finish(slo.Success, time.Hour)
	r.run(59, 1, 0)
	r.want("82 started page stalled")
	r.run(5, 1, 0)
	if len(r.log) != 2 {
		t.Errorf("a minute after the stall: heard %q, want it resolved", r.log)
	}
}

func TestHealthStallThatPassesIsSilent(t *testing.T) {
	r := newRig(t, policy.Config{})
	for range 20 {
		r.op.Start()
		r.quiet(65 * time.Second)
		r.op.Finish(slo.Success, 65*time.Second)
		r.quiet(2 * time.Second)
	}
	r.want()
}

func TestHealthStallAfterIsPerObjective(t *testing.T) {
	o := checkout()
	o.StallAfter = 10 * time.Minute // slow on purpose
	r := newRig(t, policy.Config{}, o)
	r.op.Start()
	r.quiet(659 * time.Second)
	r.want()
	r.quiet(5 * time.Second)
	r.want("662 started page stalled")
}

func TestHealthClientsAreGivingUp(t *testing.T) {
	r := newRig(t, policy.Config{})
	for range 19 {
		r.record(1, slo.Cancelled)
		r.run(1, 4, 0)
	}
	if s := r.state("clients are giving up"); !s.HeldBack || s.Reason != "19 of 20 cancelled requests" {
		t.Errorf("after 19: %+v, want it held back", s)
	}
	r.want()
	r.record(1, slo.Cancelled)
	r.run(1, 4, 0)
	r.want("20 started ticket clients are giving up")
	if b := r.heard[0]; b.Counts.Excluded != 20 || b.Remaining != 1 || !strings.Contains(b.String(), "20 of 100 events in 5m were cancelled") {
		t.Errorf("breach %v, counts %+v", b, b.Counts)
	}
	r.run(640, 10, 0)
	if len(r.log) != 2 {
		t.Errorf("10 good minutes later: heard %q, want it resolved", r.log)
	}
}

func TestHealthBelongsToTheSource(t *testing.T) {
	latency := checkout()
	latency.Name, latency.SLI = "checkout-latency", slo.Latency(time.Second)
	trial := checkout()
	trial.Name, trial.Shadow = "trial", true
	other := slo.Objective{Name: "other", Of: slo.HTTP("GET /other"), SLI: slo.Availability(), Target: slo.Percent(99)}
	jobs := slo.Objective{Name: "jobs", Of: slo.Events("jobs"), SLI: slo.Correctness(), Target: slo.Percent(99)}
	all := slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)}
	payments := slo.Objective{Name: "payments", Of: slo.Dependency("payments"), SLI: slo.Availability(), Target: slo.Percent(99)}
	r := newRig(t, policy.Config{}, trial, checkout(), latency, other, jobs, all, payments)
	got := map[string]int{}
	for _, s := range r.watcher.States() {
		if s.Rule == "stalled" || s.Rule == "clients are giving up" {
			got[s.Objective]++
		}
	}
	if len(got) != 4 || got["checkout"] != 2 || got["other"] != 2 || got["all"] != 2 || got["payments"] != 1 {
		t.Errorf("health rules by objective: %v, want 2 each for checkout, other and all, and 1 for what is called", got)
	}
	r.op.Start()
	r.quiet(time.Second)
	for range 100 { // the others go on
		r.HTTP("GET /other").Start()
		r.HTTP("GET /other").Finish(slo.Success, 0)
		r.quiet(time.Second)
	}
	if len(r.log) != 1 || r.heard[0].Name != "checkout" {
		t.Errorf("heard %q, want one page", r.log)
	}
}

func TestHealthWindowFitsShortHistories(t *testing.T) {
	o, cfg := quick()
	o.Window = slo.Rolling(time.Minute)
	cfg.NoHealth = false
	r := newRig(t, cfg, o)
	for range 10 {
		r.record(3, slo.Cancelled)
		r.run(1, 1, 0)
	}
	r.want("7 started ticket clients are giving up")
	if got := r.state("clients are giving up").Long.Length; got != time.Minute {
		t.Errorf("counted over %v, want 1m", got)
	}
}
