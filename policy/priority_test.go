package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestG12Levels derives priorities from what is left of the budget, at 20, 40, 60 and 80 %,
// provided that the trend is to spend the rest.
func TestG12Levels(t *testing.T) {
	rule := policy.Rule{Name: "any", Severity: policy.Ticket, When: policy.BurnRate{Factor: 0.01, Long: time.Hour}}
	o := tenMinutes()
	o.Window = slo.Rolling(10 * time.Hour)
	newRig := func(rule policy.Rule) *rig {
		cfg := budget.Config{Objectives: []slo.Objective{o}, Resolution: time.Minute}
		return newRigOn(t, budgettest.NewConfig(t, cfg), only(rule))
	}
	for _, tt := range []struct {
		bad      int // of the last 1,200, of 12,000 in ten hours, at 90 %
		priority string
	}{
		{239, ""}, {240, "P4"}, {479, "P4"}, {480, "P3"}, {719, "P3"}, {720, "P2"}, {959, "P2"}, {960, "P1"}, {1200, "P1"},
	} {
		r := newRig(rule)
		r.minutes(540, 20, 0)
		for i := range 60 {
			bad := tt.bad*(i+1)/60 - tt.bad*i/60
			r.minutes(1, 20-bad, bad)
		}
		b := r.watcher.Active()[0]
		if b.Priority != tt.priority || (b.PriorityOrigin == policy.DerivedPriority) != (tt.priority != "") {
			t.Errorf("%d bad: priority %q, %v, because %q, want %q", tt.bad, b.Priority, b.PriorityOrigin, b.PriorityReason, tt.priority)
		}
		if len(r.heard) != 1 {
			t.Errorf("%d bad: heard %q, want the start alone: a default that rises is not worth a call", tt.bad, r.log)
		}
	}

	// So much is gone, but the rest lasts for another window: nobody is in a hurry.
	rule.When, rule.For = policy.BurnRate{Factor: 0.01, Long: 10 * time.Hour}, 3*time.Hour
	r := newRig(rule)
	r.minutes(480, 20, 0)
	r.minutes(60, 8, 12) // 60 % of the budget
	r.minutes(180, 20, 0)
	if b := r.heard[0]; b.Priority != "" || b.PriorityOrigin != policy.NoPriority || b.PriorityReason != "" {
		t.Errorf("60 %% spent, hours ago: priority %q, because %q, want none", b.Priority, b.PriorityReason)
	}
}

func TestPriorityOrigins(t *testing.T) {
	fast := policy.Rule{Name: "fast", Severity: policy.Page, Priority: "P2", When: policy.BurnRate{Factor: 2, Long: time.Minute}}
	faster := policy.Rule{Name: "faster", Severity: policy.Page, Priority: "P1", When: policy.BurnRate{Factor: 5, Long: time.Minute}}
	o := tenMinutes()
	r := newRig(t, only(fast, faster), o)
	r.run(60, 0, 10)
	r.want("13 started page fast", "31 ongoing page fast") // the rise is told
	for i, want := range []string{"P2 derived: rule fast has it", "P1 derived: rule faster has it"} {
		b := r.heard[i]
		if got := fmt.Sprintf("%s %v: %s", b.Priority, b.PriorityOrigin, b.PriorityReason); got != want {
			t.Errorf("told %d: priority %s, want %s", i, got, want)
		}
	}
	if last := r.heard[1].Timeline; !strings.Contains(last[len(last)-1].Text, "priority P1: rule faster has it") {
		t.Errorf("timeline %v, want the rise", last)
	}

	o.Priority = "urgent" // its own stands, whatever rules say
	r = newRig(t, only(fast, faster), o)
	r.run(60, 0, 10)
	r.want("13 started page fast")
	if b := r.heard[0]; b.Priority != "urgent" || b.PriorityOrigin != policy.ExplicitPriority || b.PriorityReason != "the objective declares it" {
		t.Errorf("priority %q, %v, %q, want the objective's own", b.Priority, b.PriorityOrigin, b.PriorityReason)
	}
}

// TestG12Velocity has the four rules of the book where they can hold, and tells of the
// gravest.
func TestG12Velocity(t *testing.T) {
	o := checkout()
	for _, tt := range []struct {
		target float64
		want   string
	}{
		{99.8, ""},
		{99.81, "ticket P4 25% in 20m 504"},
		{99.9, "ticket P3 25% in 15m 672, ticket P4 25% in 20m 504"},
		{99.96, "page P2 50% in 10m 2016, ticket P3 25% in 15m 672, ticket P4 25% in 20m 504"},
		{99.983, "page P2 50% in 10m 2016, ticket P3 25% in 15m 672, ticket P4 25% in 20m 504"},
		{99.99, "page P1 75% in 5m 6048, page P2 50% in 10m 2016, ticket P3 25% in 15m 672, ticket P4 25% in 20m 504"},
	} {
		o.Target = slo.Percent(tt.target)
		var got []string
		for _, r := range policy.VelocityRules(o) {
			got = append(got, fmt.Sprintf("%v %s %s %v", r.Severity, r.Priority, r.Name, r.When.(policy.BurnRate).Factor))
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("VelocityRules at %v %%: %s, want %s", tt.target, strings.Join(got, ", "), tt.want)
		}
	}
	if got := policy.VelocityRules(slo.Objective{}); got != nil {
		t.Errorf("VelocityRules of nothing: %v, want nil", got)
	}

	// 99.99 % of 28 days are spent in 241.92 s of a total outage: 75 % after 182 s, 50 % after
	// 121 s, 25 % after 61 s. It is one incident, and its priority rises.
	o = checkout()
	o.Target = slo.Percent(99.99)
	r := newRig(t, only(policy.VelocityRules(o)...), o)
	r.run(300, 0, 10)
	r.want("61 started ticket 25% in 15m", "121 started page 50% in 10m", "182 ongoing page 50% in 10m")
	if b := r.heard[2]; b.Priority != "P1" || len(b.Rules) != 4 {
		t.Errorf("told %+v, want P1 with all four rules", b)
	}
}
