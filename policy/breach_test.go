package policy_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// told returns the breaches of a quick incident of an objective that says all it can.
func told(t *testing.T) (r *rig, started, resolved policy.Breach) {
	t.Helper()
	o, cfg := quick()
	o.Owner, o.Region, o.Priority, o.Description = "payments", "eu", "P1", "people who pay"
	o.Links = []slo.Link{{Name: "runbook", URL: "https://example.org/checkout"}}
	r = newRig(t, cfg, o)
	r.run(20, 6, 4)
	r.run(40, 6, 4)
	r.run(60, 10, 0)
	if len(r.heard) != 2 {
		t.Fatalf("heard %q, want a breach that started and was resolved", r.log)
	}
	return r, r.heard[0], r.heard[1]
}

func TestBreachJSON(t *testing.T) {
	_, started, resolved := told(t)
	goldenJSON(t, "breach.json", started, resolved)

	text, err := json.Marshal(policy.Breach{})
	want := `{"key":"","id":"","state":"none","severity":"none","rule":"","service":"","name":"",` +
		`"objective":{"operation":"","sli":"","target":"invalid","window":"28d"},"started":"","duration_seconds":0,` +
		`"suppressed":0,"rules":[],"joined":0,"peak_burn_rate":0,"timeline":[],"episodes":[],"at":"","known":"no such objective","good":0,"bad":0,"excluded":0,"coverage":0,"sli":0,` +
		`"remaining":0,"projected_exhaustion_seconds":null}`
	if err != nil || string(text) != want {
		t.Errorf("the zero Breach is %s, %v, want %s", text, err, want)
	}
}

func TestBreachString(t *testing.T) {
	_, started, resolved := told(t)
	for _, tt := range []struct {
		breach policy.Breach
		want   string
	}{
		{started, `page started: "checkout" by quick, P1: burn rate x coverage is 2.06667 over 1m and 4 over 10s, above 2; -300 % of the error budget remains`},
		{resolved, `page resolved: "checkout" by quick, P1: burn rate x coverage is 3 over 1m and 0 over 10s, not both above 2; after 44s; -220 % of the error budget remains`},
		{policy.Breach{}, `none none: "" by ; error budget: no such objective`},
		{policy.Breach{State: policy.Stale, Severity: policy.Ticket, Name: "a", Rule: "b", Known: budget.Stale}, `ticket stale: "a" by b; error budget: stale`},
	} {
		if got := tt.breach.String(); got != tt.want {
			t.Errorf("String() = %s\nwant       %s", got, tt.want)
		}
	}
}

// logged returns what slog makes of a value.
func logged(value any) string {
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key != "v" {
			return slog.Attr{}
		}
		return a
	}})).Info("", "v", value)
	return strings.TrimSpace(b.String())
}

func TestBreachLogValue(t *testing.T) {
	_, started, _ := told(t)
	want := `v.id="test;region=eu/checkout/page@2025-03-03T12:00:31Z" v.state=started v.severity=page v.rule=quick v.service=test v.objective=checkout ` +
		`v.started=2025-03-03T12:00:31.000Z v.duration=0s v.reason="burn rate x coverage is 2.06667 over 1m and 4 over 10s, above 2" ` +
		`v.remaining=-3 v.known="partial coverage" v.owner=payments v.region=eu v.priority=P1`
	if got := logged(started); got != want {
		t.Errorf("logged %s\nwant   %s", got, want)
	}
	if got := logged(started.Rules[0]); !strings.HasPrefix(got, `v.objective=checkout v.rule=quick v.severity=page v.holds=true v.reason="burn rate`) {
		t.Errorf("logged %s", got)
	}
	if got := logged(policy.Breach{}); strings.Contains(got, "owner") || strings.Contains(got, "region") || strings.Contains(got, "priority") {
		t.Errorf("logged %s, want nothing that is empty", got)
	}
}

func TestBreachCarriesWhatOnCallNeeds(t *testing.T) {
	r, started, resolved := told(t)
	o := started.Objective
	if o.Owner != "payments" || o.Region != "eu" || o.Priority != "P1" || len(o.Links) != 1 || started.Operation != route || started.Service != "test" {
		t.Errorf("breach of %+v, operation %q, service %q", o, started.Operation, started.Service)
	}
	if started.Counts != (budget.Counts{Good: 186, Bad: 124}) || started.SLI != 0.6 || started.Remaining != -3 || started.Known != budget.PartialCoverage {
		t.Errorf("counts %+v, SLI %v, remaining %v, known %v", started.Counts, started.SLI, started.Remaining, started.Known)
	}
	if !started.WillExhaust || started.ProjectedExhaustion != 0 || !started.Resolved.IsZero() || started.Duration != 0 {
		t.Errorf("exhaustion %v, %v, resolved %v, duration %v", started.WillExhaust, started.ProjectedExhaustion, started.Resolved, started.Duration)
	}
	rule := started.Rules[0]
	if !rule.Holds || rule.Breach != started.Key || rule.Long.BurnRate != 4 || rule.Long.Counts.Bad != 124 || rule.Short.Counts.Valid() != 100 {
		t.Errorf("rule %+v", rule)
	}
	if resolved.ID != started.ID || resolved.Started != started.Started || resolved.Resolved != resolved.Started.Add(resolved.Duration) {
		t.Errorf("resolved %+v does not continue %+v", resolved, started)
	}
	if resolved.Rules[0].Breach != "" || r.state("quick").Breach != "" {
		t.Errorf("a resolved breach is that of %+v", resolved.Rules[0])
	}
	// What is given away is the receiver's.
	started.Objective.Links[0].URL = "changed"
	started.Rules[0].Rule = "changed"
	if resolved.Objective.Links[0].URL == "changed" || resolved.Rules[0].Rule == "changed" {
		t.Error("breaches share their slices")
	}
}

func TestBreachKeysAreDistinct(t *testing.T) {
	seen := map[string]string{}
	add := func(service, region, environment, name, rule string) {
		t.Helper()
		o, cfg := quick()
		o.Name, o.Region, cfg.Environment = name, region, environment
		if rule != "" {
			cfg.Rules = []policy.Rule{{Name: rule, Severity: policy.Page, When: policy.Level(0.9)}}
		}
		sim := budgettest.NewConfig(t, budget.Config{Service: service, Objectives: []slo.Objective{o}})
		w, err := policy.Watch(sim.Tracker, cfg)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			for range 5 {
				sim.HTTP(route).Start()
				sim.HTTP(route).Finish(slo.ServerError, 0)
			}
			sim.Advance(time.Second)
		}
		at := fmt.Sprintf("%q", []string{service, region, environment, name, rule})
		for _, b := range w.Active() {
			if before, taken := seen[b.Key]; taken {
				t.Errorf("%q is the key of %s and of %s", b.Key, before, at)
			}
			seen[b.Key] = at
			if b.Environment != environment || b.Objective.Region != region {
				t.Errorf("breach of environment %q, region %q, want those of %s", b.Environment, b.Objective.Region, at)
			}
		}
	}
	parts := []string{"a", "a/b", "a%2Fb", "a;region=b", "/"}
	for _, service := range parts {
		for _, name := range append(parts, "b/a/page", "a/page:r") {
			add(service, "", "", name, "")
		}
	}
	for _, region := range append(parts, "b;environment=c") {
		add("a", region, "", "o", "")
		add("a", "", region, "o", "")
		add("a", region, region, "o", "")
	}
	for _, rule := range append(parts, "page", ":", "o") {
		add("a", "", "", "o", rule)
	}
	add("a", "", "", "o", "")
	if want := 5*7 + 3*6 + 8 + 1; len(seen) != want {
		t.Errorf("%d keys, want %d", len(seen), want)
	}
	for _, want := range []string{"a/o/page", "a;region=a%2Fb;environment=a%2Fb/o/page", "a/o/page:a%2Fb"} {
		if _, ok := seen[want]; !ok {
			t.Errorf("no key is %q", want)
		}
	}
}
