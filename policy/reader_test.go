package policy_test

import (
	"context"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
)

// asked is a reader of many processes, which has to ask others.
type asked struct {
	status budget.Status
	value  any // of the context that it was asked with
}

type askedKey struct{}

func (a *asked) Scope() string             { return "fleet" }
func (a *asked) Statuses() []budget.Status { return a.StatusesContext(context.Background()) }

func (a *asked) StatusesContext(ctx context.Context) []budget.Status {
	a.value = ctx.Value(askedKey{})
	return []budget.Status{a.status}
}

func TestGateAsksReadersOfMany(t *testing.T) {
	for _, c := range []struct {
		status budget.Status
		want   string
	}{
		{budget.Status{Known: budget.Stale, Doubt: "timed_out: no answer"}, "stale: timed_out: no answer"},
		{budget.Status{Known: budget.Stale}, "stale: the tracker was closed, or its tick does not come"},
		{budget.Status{Doubt: "no_series: nobody exports it"}, "no such objective: no_series: nobody exports it"},
		{
			budget.Status{Known: budget.Stale, Doubt: "old_samples: 3m old", Counts: budget.Counts{Bad: 10}, Exhausted: true},
			"error budget exhausted: 0 % remains after 10 bad of 10 events, by the 0 % of the window that were watched, stale: old_samples: 3m old",
		},
	} {
		from := &asked{status: c.status}
		ctx := context.WithValue(t.Context(), askedKey{}, "release")
		d := policy.NewGate(from, policy.GateConfig{}).Decide(ctx, policy.Change{Kind: policy.Feature, ID: "v2"})
		if got := d.Reasons[0].Text; !strings.HasPrefix(got, c.want) {
			t.Errorf("%+v: the reason is %q, want %q", c.status, got, c.want)
		}
		if d.Scope != policy.ScopeFleet {
			t.Errorf("Scope = %q, want that of the reader", d.Scope)
		}
		if from.value != "release" {
			t.Errorf("the reader was asked with the context of %v, want that of the question", from.value)
		}
	}
	d := policy.NewGate(&asked{}, policy.GateConfig{Scope: policy.ScopeProcess}).Decide(t.Context(), policy.Change{Kind: policy.Feature, ID: "v2"})
	if d.Scope != policy.ScopeProcess {
		t.Errorf("Scope = %q, want what the configuration says", d.Scope)
	}
}
