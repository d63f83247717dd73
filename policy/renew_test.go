package policy_test

import (
	"bytes"
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

// TestWatcherFollowsUpdates: what goes on goes on with its breach, what is gone ends it, and what
// is new has rules from the next tick on.
func TestWatcherFollowsUpdates(t *testing.T) {
	o, cfg := quick()
	gone, shadow, same := o, o, o
	gone.Name, shadow.Name, same.Name = "gone", "shadow", "same"
	cfg.Rules = append(cfg.Rules, policy.Rule{Severity: policy.Ticket, When: policy.Level(0.5)})
	r := newRigOn(t, budgettest.New(t, o, gone, shadow, same), cfg)
	r.run(100, 0, 10)
	before := map[string]policy.Breach{}
	for _, b := range r.watcher.Active() {
		before[b.Key] = b
	}
	if len(before) != 8 {
		t.Fatalf("%d open, want a page and a ticket for each of four", len(before))
	}
	r.log, r.heard = nil, nil

	retargeted, fresh := o, o
	retargeted.Target, retargeted.Owner = slo.Percent(95), "another"
	fresh.Name, fresh.Of = "fresh", slo.HTTP("GET /fresh")
	shadow.Shadow = true
	if err := r.Update([]slo.Objective{retargeted, shadow, same, fresh}); err != nil {
		t.Fatal(err)
	}
	r.run(1, 0, 10)
	want := []string{"gone page quick", "gone ticket 50% left", "shadow page quick", "shadow ticket 50% left"}
	var ended []string
	for _, b := range r.heard {
		ended = append(ended, fmt.Sprintf("%s %v %s", b.Name, b.Severity, b.Rule))
		last := b.Timeline[len(b.Timeline)-1]
		if b.State != policy.Resolved || last.Text != "over: what it was about is no more" || b.ID != before[b.Key].ID {
			t.Errorf("told %v, %+v, want the end of %s", b, b.Timeline, before[b.Key].ID)
		}
	}
	if fmt.Sprint(ended) != fmt.Sprint(want) {
		t.Errorf("ended %q, want %q", ended, want)
	}
	for _, b := range r.watcher.Active() {
		was := before[b.Key]
		if b.ID != was.ID || b.Name != "checkout" && b.Name != "same" {
			t.Errorf("%s is open, want checkout and same as they were", b.ID)
		}
		if b.Name == "checkout" && (b.Objective.Owner != "another" || b.Objective.Target != slo.Percent(95)) {
			t.Errorf("%s is of %+v, want what it is now", b.ID, b.Objective)
		}
		if last := b.Timeline[len(b.Timeline)-1]; (last.Text == "the objectives were changed") != (b.Name == "checkout") {
			t.Errorf("%s: timeline %v, want the change of checkout alone", b.ID, b.Timeline)
		}
	}
	rules := map[string]int{}
	for _, s := range r.watcher.States() {
		rules[s.Objective]++
	}
	if fmt.Sprint(rules) != "map[checkout:2 fresh:2 same:2]" {
		t.Errorf("rules of %v, want two each for checkout, same and fresh", rules)
	}
	r.log, r.heard = nil, nil
	op := r.HTTP("GET /fresh")
	for range 60 {
		op.Start()
		op.Finish(slo.ServerError, 0)
		r.run(1, 10, 0)
	}
	if len(r.heard) < 2 || r.heard[0].Name != "same" && r.heard[0].Name != "checkout" && r.heard[0].Name != "fresh" {
		t.Errorf("heard %q", r.log)
	}
	starts := 0
	for _, b := range r.heard {
		if b.State == policy.Started && b.Name == "fresh" {
			starts++
		}
	}
	if starts != 2 {
		t.Errorf("heard %q, want a page and a ticket for what is new", r.log)
	}
}

// TestWatcherRefitsDefaultRules to what an objective is now.
func TestWatcherRefitsDefaultRules(t *testing.T) {
	r := newRig(t, policy.Config{})
	r.run(200, 50, 50)
	if s := r.state("1h/5m"); s.Factor != 13.44 || s.Breach == "" {
		t.Fatalf("%+v", s)
	}
	week := checkout()
	week.Window = slo.Rolling(7 * slo.Day)
	if err := r.Update([]slo.Objective{week}); err != nil {
		t.Fatal(err)
	}
	r.run(1, 50, 50)
	if s := r.state("1h/5m"); s.Factor != 3.36 || s.Breach == "" || len(r.watcher.States()) != 5 {
		t.Errorf("over a week: %+v of %d rules, want its factor, in the breach, without the three days' rule", s, len(r.watcher.States()))
	}
	if len(r.log) != 1 {
		t.Errorf("heard %q, want one start", r.log)
	}
	hour := checkout()
	hour.Window = slo.Rolling(time.Hour) // has no default burn-rate rule
	if err := r.Update([]slo.Objective{hour}); err != nil {
		t.Fatal(err)
	}
	r.run(1, 50, 50)
	if len(r.log) != 2 || r.heard[1].State != policy.Resolved || len(r.watcher.Active()) != 0 {
		t.Errorf("over an hour: heard %q, want the breach ended with its rules", r.log)
	}
}

// TestWatcherSaysWhatDoesNotFit: rules that cannot hold any more are named once, and harm nobody.
func TestWatcherSaysWhatDoesNotFit(t *testing.T) {
	var log bytes.Buffer
	o, cfg := quick()
	cfg.Rules[0].When = policy.BurnRate{Factor: 8, Long: time.Minute, Short: 10 * time.Second}
	cfg.Rules[0].Objectives = []string{"checkout"}
	cfg.Rules = append(cfg.Rules, policy.Rule{Severity: policy.Ticket, When: policy.NoData(time.Minute)})
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	r := newRig(t, cfg, o)
	o.Target = slo.Percent(80)
	other := o
	other.Name = "other"
	for _, objectives := range [][]slo.Objective{{o}, {other}} {
		if err := r.Update(objectives); err != nil {
			t.Fatal(err)
		}
		r.run(30, 0, 10)
	}
	r.want()
	for _, want := range []string{"want a factor below 5", `is \"checkout\": want the name of an objective`} {
		if n := strings.Count(log.String(), want); n != 1 {
			t.Errorf("logged %s\nwant %q once", &log, want)
		}
	}
}

// TestUpdateKeepsWhatRulesKnow: answers of functions, what a cause has spent, hold times.
func TestUpdateKeepsWhatRulesKnow(t *testing.T) {
	o := tenMinutes()
	cfg := only(
		policy.Rule{Name: "mine", Severity: policy.Page, Every: time.Hour, When: policy.Func(func(budget.Status) (bool, string) { return true, "so it is" })},
		policy.Rule{Severity: policy.Ticket, When: policy.CauseShare{Cause: "payments", Share: 0.5}},
		policy.Rule{Name: "held", Severity: policy.Ticket, When: policy.BurnRate{Factor: 0.1, Long: time.Minute}, For: time.Minute},
	)
	r := newRig(t, cfg, o)
	r.run(560, 9, 0)
	for range 40 {
		r.blame(true, "payments")
		r.run(1, 9, 0)
	}
	spent := r.state("50% by payments").Reason
	pending := r.state("held")
	if !pending.Pending {
		t.Fatalf("held: %+v, want it pending", pending)
	}
	o.Owner = "another"
	if err := r.Update([]slo.Objective{o}); err != nil {
		t.Fatal(err)
	}
	r.run(1, 0, 0)
	if s := r.state("mine"); !s.Holds || s.Reason != "so it is" {
		t.Errorf("mine: %+v, want the answer of before", s)
	}
	if got := r.state("50% by payments").Reason; got[:3] != spent[:3] {
		t.Errorf("by payments: %q, want %q", got, spent)
	}
	if s := r.state("held"); !s.Pending || !strings.HasSuffix(s.Reason, "for 35s of 1m") {
		t.Errorf("held: %+v, want its clock to go on from %q", s, pending.Reason)
	}
}

// TestUpdateOfTheKey: what is open under a key that an update changes ends with that reason and
// starts under the new one, told in spite of a snooze; what is snoozed and not open stays quiet.
func TestUpdateOfTheKey(t *testing.T) {
	rule := policy.Rule{Name: "now", Severity: policy.Page, Snooze: time.Hour, When: policy.BurnRate{Factor: 2, Long: 20 * time.Second, Short: 10 * time.Second}}
	moved := owned()
	moved.Region = "us"
	t.Run("open", func(t *testing.T) {
		r := newRig(t, only(rule), owned())
		r.run(30, 0, 10)
		r.update(moved)
		r.run(30, 0, 10)
		if len(r.heard) != 3 || r.heard[1].State != policy.Resolved || !strings.Contains(r.heard[1].String(), "the breach has another key now") ||
			r.heard[1].Key != r.heard[0].Key || r.heard[2].State != policy.Started || !strings.Contains(r.heard[2].Key, "region=us") {
			t.Errorf("heard %v, want it started, ended for its key, and started under the new one", r.heard)
		}
	})
	t.Run("snoozed", func(t *testing.T) {
		r := newRig(t, only(rule), owned())
		r.run(30, 0, 10)
		r.run(60, 10, 0)
		r.update(moved)
		r.run(30, 0, 10)
		if open := r.watcher.Active(); len(open) != 1 || open[0].Told || len(r.log) != 2 {
			t.Errorf("open %v, heard %q, want one that is snoozed", open, r.log)
		}
	})
}
