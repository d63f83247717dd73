package policy_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestGateSnapshot: a restart does not give a day its deploys again.
func TestGateSnapshot(t *testing.T) {
	ctx := context.Background()
	under := func() policy.GateConfig { // each process has a policy of its own
		return policy.GateConfig{Policy: underLights(t, nil), Logger: quietLog}
	}
	gate := policy.NewGate(status(spentOf(0)), under())
	first := gate.Begin(ctx, feature)
	gate.Done(policy.Change{Kind: policy.Feature, ID: "b"})
	gate.Begin(ctx, policy.Change{Kind: policy.Rollback, ID: "c"})
	gate.Override(ctx, policy.Change{Kind: policy.Feature, ID: "d"}, "alice", "why")
	blob := gate.Snapshot()
	next := policy.NewGate(status(spentOf(0)), under())
	if err := next.Restore(nil); err != nil {
		t.Error(err)
	}
	if err := next.Restore(blob); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(next.Grants(), gate.Grants()) || !slices.Equal(next.Overrides(), gate.Overrides()) || string(next.Snapshot()) != string(blob) {
		t.Errorf("restored %v, %v\nwant     %v, %v", next.Grants(), next.Overrides(), gate.Grants(), gate.Overrides())
	}
	if d := next.Begin(ctx, feature); d.Grant != first.Grant {
		t.Errorf("Begin again: %+v, want the same grant %+v", d.Grant, first.Grant)
	}
	if d := next.Begin(ctx, policy.Change{Kind: policy.Feature, ID: "e"}); d.Outcome != policy.Deny || d.Deploys.Used != 3 {
		t.Errorf("another: %v, %+v, want none left", d, d.Deploys)
	}
	for i := range blob {
		bad := slices.Clone(blob)
		bad[i] ^= 4
		if err := policy.NewGate(nil, policy.GateConfig{}).Restore(bad); !errors.Is(err, slo.ErrInvalid) {
			t.Fatalf("with byte %d changed: %v, want it refused", i, err)
		}
		if err := policy.NewGate(nil, policy.GateConfig{}).Restore(blob[:i]); i > 0 && !errors.Is(err, slo.ErrInvalid) {
			t.Fatalf("cut after %d bytes: %v, want it refused", i, err)
		}
	}
	// What was lost is known again the day after.
	from := newClocked(spentOf(0))
	lost := policy.NewGate(from, under())
	if err := lost.Restore([]byte("x")); err == nil {
		t.Error("restored")
	}
	if d := lost.Begin(ctx, feature); d.Outcome != policy.NeedsPerson || d.Reasons[0].Code != policy.CodeStateLost {
		t.Errorf("that day: %v, want a person", d)
	}
	from.At = from.At.AddDate(0, 0, 1)
	if d := lost.Begin(ctx, feature); d.Outcome != policy.Allow {
		t.Errorf("the day after: %v, want allow", d)
	}
}

// TestGatesUnderOnePolicy share the deploys of a day, and the snapshot of the tracker carries
// them over a restart.
func TestGatesUnderOnePolicy(t *testing.T) {
	ctx := context.Background()
	c := newCourt(t, lights(), policy.EnforceConfig{})
	c.fill(60) // yellow: one a day
	gates := []*policy.Gate{
		policy.NewGate(c.Tracker, policy.GateConfig{Policy: c.Enforcer, Logger: quietLog}),
		policy.NewGate(c.Tracker, policy.GateConfig{Policy: c.Enforcer, Logger: quietLog}),
	}
	first := gates[0].Begin(ctx, feature)
	if again := gates[1].Begin(ctx, feature); first.Outcome != policy.Allow || again.Grant != first.Grant {
		t.Errorf("%v, and at the other gate %v, want the same grant", first, again)
	}
	other := policy.Change{Kind: policy.Feature, ID: "b"}
	if d := gates[1].Begin(ctx, other); d.Outcome != policy.Deny || d.Reasons[0].Code != policy.CodeNoDeploysLeft {
		t.Errorf("%v, want none left at the other gate", d)
	}
	next := restarted(t, c, lights())
	gate := policy.NewGate(next.Tracker, policy.GateConfig{Policy: next.Enforcer, Logger: quietLog})
	if d := gate.Begin(ctx, feature); d.Grant != first.Grant {
		t.Errorf("after a restart %+v, want the same grant %+v", d.Grant, first.Grant)
	}
	if d := gate.Begin(ctx, other); d.Outcome != policy.Deny || d.Deploys.Used != 1 {
		t.Errorf("after a restart %v, want none left", d)
	}
}

// TestGateForgets what is old, and the oldest of too many, but not how many a day has had.
func TestGateForgets(t *testing.T) {
	ctx := context.Background()
	from := newClocked(spentOf(0))
	e := underLights(t, func(p *policy.Policy) { p.Tiers[0].DeploysPerDay = 5000 })
	gate := policy.NewGate(from, policy.GateConfig{Policy: e, Logger: quietLog})
	for i := range 4100 {
		from.At = from.At.Add(time.Millisecond)
		gate.Begin(ctx, policy.Change{Kind: policy.Feature, ID: fmt.Sprint(i)})
	}
	gate.Begin(ctx, policy.Change{Kind: policy.Rollback, ID: "r"}) // goes first: only features are counted
	grants := gate.Grants()
	if len(grants) != 4096 || grants[0].Change.ID != "4" {
		t.Errorf("%d grants from %v on, want 4,096 from the fifth on", len(grants), grants[0])
	}
	if d := gate.Decide(ctx, feature); d.Deploys.Used != 4100 {
		t.Errorf("%+v, want 4,100 used", d.Deploys)
	}
	from.At = from.At.AddDate(0, 0, 3).Add(time.Second)
	gate.Begin(ctx, feature)
	if got := gate.Grants(); len(got) != 1 {
		t.Errorf("three days later: %d grants, want the one", len(got))
	}
}
