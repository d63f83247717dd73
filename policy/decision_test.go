package policy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
)

func decisions() []policy.Decision {
	list := append(status(exhausted), known(budget.NoEvents)...)
	list[1].Name = "search"
	gate := policy.NewGate(list, policy.GateConfig{})
	return []policy.Decision{
		gate.Decide(context.Background(), feature),
		gate.Decide(context.Background(), policy.Change{Kind: policy.Rollback}),
		policy.NewGate(list[1:], policy.GateConfig{}).Decide(context.Background(), feature),
		{},
	}
}

func TestDecisionJSON(t *testing.T) {
	goldenJSON(t, "decision.json", decisions()...)
}

func TestDecisionString(t *testing.T) {
	d := decisions()
	for i, want := range []string{
		"deny feature v2.5.0: checkout: error budget exhausted: 0 % remains after 1000 bad of 1000000 events",
		"allow rollback: a change of kind rollback does not wait for error budget",
		"feature v2.5.0 needs a person: search: insufficient data: no valid event in the window",
		"none needs a person",
	} {
		if got := d[i].String(); got != want {
			t.Errorf("String() = %s\nwant       %s", got, want)
		}
	}
	many := reader{}
	for i := range 25 {
		s := status(exhausted)[0]
		s.Name = fmt.Sprint("o", i)
		many = append(many, s)
	}
	got := policy.NewGate(many, policy.GateConfig{}).Decide(context.Background(), feature).String()
	if !strings.HasSuffix(got, "; and 15 more") || strings.Count(got, "exhausted") != 10 {
		t.Errorf("of 25 reasons: %s, want ten and how many more", got)
	}
}

// TestDecisionStringNamesTheLeast holds that an allow of many error budgets is one clause,
// and still says what is in doubt.
func TestDecisionStringNamesTheLeast(t *testing.T) {
	list := reader{}
	for i, left := range []float64{0.9, 0.3, 0.6} {
		s := healthy()
		s.Name, s.Remaining = fmt.Sprint("o", i), left
		list = append(list, s)
	}
	say := func(cfg policy.GateConfig) string {
		return policy.NewGate(list, cfg).Decide(context.Background(), feature).String()
	}
	if got, want := say(policy.GateConfig{}), "allow feature v2.5.0: o1: 30 % of the error budget remains, the least of 3 error budgets"; got != want {
		t.Errorf("String() = %s\nwant       %s", got, want)
	}
	list[2].Known, list[2].Observed, list[2].Coverage = budget.PartialCoverage, 2*time.Hour, 0.003
	if got, want := say(policy.GateConfig{}), "o1: 30 % of the error budget remains, the least of 3 error budgets, 1 of them by part of a window"; !strings.HasSuffix(got, want) {
		t.Errorf("String() = %s\nwant it to end with %s", got, want)
	}
	list[1].Known, list[1].Observed, list[1].Coverage = budget.PartialCoverage, 2*time.Hour, 0.003
	if got, want := say(policy.GateConfig{}), "o1: 30 % of the error budget remains, by the 0.3 % of the window that were watched, the least of 3 error budgets"; !strings.HasSuffix(got, want) {
		t.Errorf("String() = %s\nwant it to end with %s", got, want)
	}
	list[0].Known = budget.NoEvents
	if got, want := say(policy.GateConfig{OnUnknown: policy.Allow}), "allow feature v2.5.0: o0: insufficient data: no valid event in the window; o1: 30 %"; !strings.HasPrefix(got, want) {
		t.Errorf("String() = %s\nwant it to begin with %s", got, want)
	}
}

func TestDecisionLogValue(t *testing.T) {
	want := `v.outcome=deny v.kind=feature v.change=v2.5.0 v.scope=process v.at=2025-03-03T12:00:00.000Z v.expires=2025-03-03T12:10:00.000Z ` +
		`v.reasons.checkout/exhausted="error budget exhausted: 0 % remains after 1000 bad of 1000000 events"`
	if got := logged(decisions()[0]); got != want {
		t.Errorf("logged %s\nwant   %s", got, want)
	}
}

func TestDecisionExpires(t *testing.T) {
	d := decisions()[0]
	for _, tt := range []struct {
		after time.Duration
		want  bool
	}{{0, false}, {10*time.Minute - 1, false}, {10 * time.Minute, true}, {time.Hour, true}} {
		if got := d.Expired(d.At.Add(tt.after)); got != tt.want {
			t.Errorf("after %v: Expired() = %v, want %v", tt.after, got, tt.want)
		}
	}
	if !(policy.Decision{}).Expired(time.Now()) {
		t.Error("the zero Decision has not expired")
	}
}

// TestDecisionReadBack: a decision is the same after JSON, but for what JSON leaves out.
func TestDecisionReadBack(t *testing.T) {
	gate := policy.NewGate(status(spentOf(600)), policy.GateConfig{Policy: underLights(t, nil), Logger: quietLog})
	for _, d := range []policy.Decision{
		gate.Begin(context.Background(), feature), gate.Decide(context.Background(), policy.Change{Kind: policy.Feature, ID: "b"}),
		policy.NewGate(nil, policy.GateConfig{}).Decide(context.Background(), policy.Change{}),
	} {
		back := readBack(t, d)
		d.At, d.Expires = d.At.UTC(), d.Expires.UTC()
		if d.Requires == nil {
			d.Requires = []string{}
		}
		if !reflect.DeepEqual(back, d) {
			t.Errorf("read back %+v\nwant      %+v", back, d)
		}
	}
	for _, text := range []string{`{"outcome":"perhaps"}`, `{"reasons":[{"budget":{"target":"100%"}}]}`, `[]`} {
		if err := json.Unmarshal([]byte(text), new(policy.Decision)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
	wantReadBack(t, 5, policy.GrantDone)
}
