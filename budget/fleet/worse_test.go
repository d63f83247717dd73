package fleet_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/fleet"
	"github.com/seed-abb722f7/nines/policy"
)

// fixed are error budgets as a process would report them.
type fixed []budget.Status

func (f fixed) Statuses() []budget.Status { return f }

func process(bad uint64) fixed {
	c := budget.Counts{Good: 1000 - bad, Bad: bad}
	s := budget.Status{
		Name: "checkout", Objective: shop[0], At: noon, Known: budget.FullyKnown, Counts: c, Expected: 1000,
		Coverage: 1, Exhausted: shop[0].Target.Exhausted(bad, 1000), Met: shop[0].Target.Met(bad, 1000),
	}
	s.Consumed, _ = c.Consumed(shop[0].Target)
	s.Remaining = 1 - s.Consumed
	return fixed{s}
}

// Whichever of the two is worse decides, and what is not known does not hide what is spent.
func TestWorseDecides(t *testing.T) {
	healthy, spent, silent := newServer(), newServer(), newServer()
	spent.tiles = list(ranged(stat("first", "a", "bad"), "3"), ranged(stat("last", "a", "bad"), "53"), ranged(stat("first", "a", "good"), "1000"), ranged(stat("last", "a", "good"), "1950"))
	silent.do = func(context.Context, url.Values) (int, string, error) { return 500, "down", nil }
	for _, c := range []struct {
		name   string
		local  fixed
		remote *server
		want   policy.Outcome
		code   policy.Code
	}{
		{"both healthy", process(2), healthy, policy.Allow, policy.CodeBudgetLeft},
		{"this process failed", process(20), healthy, policy.Deny, policy.CodeExhausted},
		{"the others failed", process(2), spent, policy.Deny, policy.CodeExhausted},
		{"the others are not known", process(2), silent, policy.NeedsPerson, policy.CodeStale},
		{"this process failed, and the others are not known", process(20), silent, policy.Deny, policy.CodeExhausted},
	} {
		t.Run(c.name, func(t *testing.T) {
			gate := policy.NewGate(fleet.Worse(c.local, newReader(t, over(c.remote))), policy.GateConfig{})
			d := gate.Decide(t.Context(), policy.Change{Kind: policy.Feature, ID: "v2"})
			if d.Outcome != c.want || d.Reasons[0].Code != c.code || d.Scope != policy.ScopeFleet || len(d.Reasons) != 2 {
				t.Errorf("Decide = %v, want %v because of %s, and both reasons, in the scope fleet", d, c.want, c.code)
			}
		})
	}
}

// A gate tells its tracker of a deployment, also if it goes by the fleet as well.
func TestWorseMarksDeployments(t *testing.T) {
	var told marked
	fleet.Worse(process(0), &told).MarkDeployment("v2.5.0")
	if told.version != "v2.5.0" {
		t.Errorf("the tracker was told of %q, want v2.5.0", told.version)
	}
}

type marked struct {
	fixed
	version string
}

func (m *marked) MarkDeployment(version string) { m.version = version }
