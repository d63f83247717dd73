package policy_test

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestShadowIsMeasuredOnly: a shadow objective is counted, spent and cut into episodes as its
// twin is, and nothing follows from it: no rule of any kind, no gate, no clause.
func TestShadowIsMeasuredOnly(t *testing.T) {
	shadow, loose := checkout(), checkout()
	shadow.Name, shadow.Shadow = "shadow", true
	loose.Name, loose.Target = "loose", slo.Percent(20)
	r := newRig(t, policy.Config{Rules: []policy.Rule{
		{Severity: policy.Page, When: policy.Level(0.5)},
		{Severity: policy.Ticket, When: policy.EpisodeCost(0.01)},
		{Name: "mine", Severity: policy.Ticket, When: policy.BurnRate{Factor: 1, Long: time.Hour, Short: time.Minute}},
	}}, shadow, loose)
	p := lights()
	e, err := policy.Enforce(r.Tracker.Tracker, p, policy.EnforceConfig{})
	if err != nil {
		t.Fatal(err)
	}
	r.run(4000, 50, 50)
	got := r.Budget("shadow").Status()
	if got.Counts.Good != 200_000 || got.Counts.Bad != 200_000 || got.Remaining > -400 || !got.Exhausted || len(r.Budget("shadow").Episodes()) != 1 {
		t.Errorf("%+v with %v remaining, %d episodes; want it measured", got.Counts, got.Remaining, len(r.Budget("shadow").Episodes()))
	}
	for _, s := range r.watcher.States() {
		if s.Objective == "shadow" {
			t.Errorf("rule %v of a shadow", s)
		}
	}
	for _, b := range r.heard {
		if b.Name == "shadow" {
			t.Errorf("breach %v of a shadow", b)
		}
	}
	d := policy.NewGate(r.Tracker.Tracker, policy.GateConfig{}).Decide(t.Context(), policy.Change{Kind: policy.Feature})
	if d.Outcome != policy.Allow {
		t.Errorf("the gate says %v, want what it says of the objective that is none: allow", d)
	}
	if s := e.Standing(); s.Objective != "loose" {
		t.Errorf("the policy goes by %q, want loose", s.Objective)
	}
}
