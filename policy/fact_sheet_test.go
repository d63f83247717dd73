package policy_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestFactSheet plays the guide's incident in short: a deployment, an outage, a rollback.
func TestFactSheet(t *testing.T) {
	o := checkout()
	o.Owner, o.Region, o.Description = "payments", "eu", "people who pay | in | Europe"
	o.Links = []slo.Link{{Name: "runbook", URL: "https://example.org/check out"}}
	provider := slo.Objective{Name: "provider", Of: slo.Dependency("provider"), SLI: slo.Availability(), Target: slo.Percent(99)}
	cfg := policy.Config{Environment: "production", Enrich: func(context.Context, policy.Breach) []policy.Fact {
		return []policy.Fact{{Name: "replicas", Value: "3 of 4\nready"}}
	}}
	r := newRigOn(t, budgettest.New(t, o, provider), cfg)
	r.MarkDeployment("v2.4.9")
	r.run(600, 100, 0)
	r.MarkDeployment("v2.5.0")
	r.run(30, 100, 0)
	for range 5 {
		call := r.Dependency("provider")
		call.Start()
		call.Finish(slo.Success, time.Millisecond)
	}
	r.run(1, 50, 50)
	if trace, ok := budget.ParseTrace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"); ok {
		r.op.Start()
		r.op.Finish(slo.ServerError, time.Millisecond)
		r.op.AddExemplar(trace, nil, slo.ServerError, time.Millisecond)
	}
	r.run(899, 50, 50)
	r.Annotate("rolling back")
	r.MarkDeployment("v2.4.9")
	for _, b := range r.watcher.Active() {
		var s strings.Builder
		if err := b.FactSheet(&s); err != nil || !strings.Contains(s.String(), "# checkout: P1 page, ongoing") && !strings.Contains(s.String(), "# checkout: page, ongoing") {
			t.Errorf("FactSheet() of an open breach: %v\n%.200s", err, &s)
		}
	}
	r.run(7200, 100, 0)
	if len(r.heard) != 2 {
		t.Fatalf("heard %q, want a start and an end", r.log)
	}
	var s strings.Builder
	if err := r.heard[1].FactSheet(&s); err != nil {
		t.Fatal(err)
	}
	golden(t, "fact_sheet.md", s.String())
}

// TestFactSheetEscapes: what people typed stays text.
func TestFactSheetEscapes(t *testing.T) {
	hostile := "a|b\n# c `d` <script> [e](f) *g* \\| &amp;"
	b := policy.Breach{
		Name: hostile, Rule: hostile, Service: hostile, State: policy.Resolved, Severity: policy.Page,
		Objective: slo.Objective{Owner: hostile, Links: []slo.Link{{Name: hostile, URL: "javascript:<x>\n# y"}}},
		Timeline:  []policy.TimelineEntry{{Text: hostile}}, Facts: []policy.Fact{{Name: hostile, Value: hostile}},
	}
	var s strings.Builder
	if err := b.FactSheet(&s); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(s.String()) {
		if strings.HasPrefix(line, "# c") || strings.HasPrefix(line, "# y") || strings.Contains(line, " <script") {
			t.Errorf("line %q comes from a name", line)
		}
		if n := strings.Count(strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\|`, ""), "|"); n != 0 && n != 3 && n != 6 {
			t.Errorf("line %q has %d cells, want 2 or 5", line, n-1)
		}
	}
	if want := errors.New("full"); !errors.Is(b.FactSheet(failing{want}), want) {
		t.Error("FactSheet() keeps the writer's error to itself")
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestBreachShowsCauses of its episodes, in the fact sheet and in JSON, to each subscriber apart.
func TestBreachShowsCauses(t *testing.T) {
	r := newRig(t, only(policy.Rule{Severity: policy.Ticket, When: policy.CauseShare{Cause: "pay|ments", Share: 0.5}}), tenMinutes())
	var others []policy.Breach
	r.watcher.OnBreach(func(_ context.Context, b policy.Breach) { others = append(others, b) })
	r.run(300, 10, 0)
	for range 120 {
		for range 3 {
			r.blame(true, "pay|ments")
		}
		r.blame(true, "search")
	}
	r.run(1, 0, 0)
	for range 60 {
		for range 3 {
			r.blame(true, "pay|ments")
		}
		r.blame(true, "search")
		r.run(1, 8, 0)
	}
	if len(r.heard) != 1 || len(others) != 1 || len(r.heard[0].Episodes) != 1 || len(r.heard[0].Episodes[0].Causes) != 2 {
		t.Fatalf("heard %+v, want one breach with an episode of two causes", r.heard)
	}
	b := r.heard[0]
	var s strings.Builder
	if err := b.FactSheet(&s); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	if want := "| Cause: pay\\|ments | 360 bad events |\n| Cause: search | 120 bad events |\n"; !strings.Contains(s.String(), want) {
		t.Errorf("FactSheet() lacks %s:\n%s", want, &s)
	}
	if want := `"causes":[{"cause":"pay|ments","bad":360},{"cause":"search","bad":120}]`; !strings.Contains(string(text), want) {
		t.Errorf("json = %s, want %s in it", text, want)
	}
	b.Episodes[0].Causes[0].Cause = "changed"
	if others[0].Episodes[0].Causes[0].Cause == "changed" {
		t.Error("two subscribers share causes")
	}
}
