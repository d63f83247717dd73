package policy_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// restart replaces the rig's tracker and watcher by those of the next process, which begins
// so much later.
func (r *rig) restart(cfg policy.Config, away time.Duration, objectives ...slo.Objective) {
	r.t.Helper()
	blob, at := r.Snapshot(), r.Time()
	r.Close()
	sim, err := budget.NewSimulation(budget.Config{Service: "test", Objectives: objectives, Restore: blob}, at.Add(away))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(sim.Close)
	r.Tracker = &budgettest.Tracker{Simulation: sim}
	r.watch(cfg)
}

// TestRestartGoesOnWithBreaches: what was open is not started again, whatever else restarts.
func TestRestartGoesOnWithBreaches(t *testing.T) {
	r := newRig(t, policy.Config{})
	r.run(1800, 50, 50)
	r.want("97 started page 1h/5m")
	before := r.watcher.Active()[0]
	r.restart(policy.Config{}, 30*time.Second, checkout())
	open := r.watcher.Active() // at once, before the first tick
	if len(open) != 1 || open[0].Key != before.Key || open[0].ID != before.ID || !open[0].Started.Equal(before.Started) ||
		open[0].Joined != 3 || len(open[0].Rules) != 4 || open[0].Peak != before.Peak {
		t.Fatalf("after the restart: Active() = %+v, want the breach of before, %+v", open, before)
	}
	if last := open[0].Timeline[len(open[0].Timeline)-1]; last.Text != "the process was restarted" || len(open[0].Timeline) != len(before.Timeline)+1 {
		t.Errorf("timeline %v, want that of before and the restart", open[0].Timeline)
	}
	r.run(600, 50, 50)
	r.want("97 started page 1h/5m")
	if b := r.watcher.Active()[0]; b.Duration != before.Duration+630*time.Second {
		t.Errorf("Duration = %v, want %v and the 630 s since", b.Duration, before.Duration)
	}
	r.run(5000, 100, 0)
	if len(r.log) != 2 || r.heard[1].State != policy.Resolved || r.heard[1].ID != before.ID {
		t.Fatalf("heard %q, want one breach that ends once", r.log)
	}
	// The ticket rules were part of it, and start nothing after the next restart either.
	if s := r.state("1d/2h"); !s.Holds || s.Breach != "" {
		t.Fatalf("after the page: %+v, want it to hold and to belong to none", s)
	}
	r.restart(policy.Config{}, time.Second, checkout())
	r.run(300, 100, 0)
	if len(r.log) != 2 {
		t.Errorf("after the second restart: heard %q, want nothing more", r.log)
	}
}

// TestRestartKeepsRulesOfTheirOwn, snoozes, hold times and counts of what flaps.
func TestRestartKeepsRulesOfTheirOwn(t *testing.T) {
	cfg := only(
		policy.Rule{Severity: policy.Page, When: policy.Level(0.5), Snooze: time.Hour},
		policy.Rule{Name: "held", Severity: policy.Ticket, When: policy.BurnRate{Factor: 0.5, Long: time.Minute}, For: 10 * time.Minute},
		policy.Rule{Name: "flaps", Severity: policy.Ticket, When: policy.Repeats{MoreThan: 2, Within: time.Hour}},
		policy.Rule{Name: "now", Severity: policy.Ticket, When: policy.Depletion{Share: 0.01, Within: 10 * time.Second}, KeepFor: time.Nanosecond},
	)
	o := tenMinutes()
	r := newRig(t, cfg, o)
	r.run(540, 93, 7)
	r.run(20, 100, 0)
	r.run(20, 93, 7)
	told := len(r.log)
	r.restart(cfg, time.Second, o)
	if s := r.state("50% left"); !s.Active {
		t.Errorf("after the restart: %+v, want it active", s)
	}
	for _, b := range r.watcher.Active() {
		if b.Rule == "50% left" && b.SnoozedUntil.IsZero() {
			t.Errorf("after the restart: %+v, want it snoozed", b)
		}
	}
	r.run(20, 100, 0)
	r.run(20, 93, 7)
	var started []string
	for _, b := range r.heard[told:] {
		if b.State == policy.Started {
			started = append(started, b.Rule)
		}
	}
	if fmt.Sprint(started) != "[flaps now]" && fmt.Sprint(started) != "[now flaps]" {
		t.Errorf("after the restart: started %q, want what flaps for the third time, and nothing that was open", started)
	}
	r.run(40, 93, 7)
	if s := r.state("held"); s.Breach != "" && !s.Holds {
		t.Errorf("held: %+v", s)
	}
}

// TestRestartWithOtherRules: a breach goes on with the rules that are left of it.
func TestRestartWithOtherRules(t *testing.T) {
	a := policy.Rule{Name: "a", Severity: policy.Page, When: policy.BurnRate{Factor: 2, Long: time.Minute, Short: 10 * time.Second}}
	b := policy.Rule{Name: "b", Severity: policy.Page, When: policy.BurnRate{Factor: 3, Long: time.Minute, Short: 10 * time.Second}}
	c := policy.Rule{Name: "c", Severity: policy.Page, When: policy.BurnRate{Factor: 4, Long: time.Minute, Short: 10 * time.Second}}
	o := tenMinutes()
	for _, tt := range []struct {
		rules []policy.Rule
		want  string
	}{
		{[]policy.Rule{a, b}, "a"},
		{[]policy.Rule{c, b}, "b"},
		{[]policy.Rule{c}, ""}, // whether or not c holds: what it is part of is over
	} {
		r := newRig(t, only(a, b), o)
		r.run(30, 0, 10)
		r.restart(only(tt.rules...), time.Second, o)
		var got strings.Builder
		for _, b := range r.watcher.Active() {
			got.WriteString(b.Rule)
		}
		if got.String() != tt.want {
			t.Errorf("with rules %v: open by %q, want %q", tt.rules, got.String(), tt.want)
		}
		r.run(120, 10, 0)
		if open := r.watcher.Active(); len(open) != 0 {
			t.Errorf("two good minutes later: Active() = %v, want none", open)
		}
	}
	// Its objective is gone: that it is over is told.
	r := newRig(t, only(a), o)
	r.run(30, 0, 10)
	other := o
	other.Name = "other"
	r.restart(only(a), time.Second, other)
	r.run(10, 10, 0)
	if open := r.watcher.Active(); len(open) != 0 || len(r.log) != 2 || r.heard[1].State != policy.Resolved {
		t.Errorf("without its objective: Active() = %v, heard %q", open, r.log)
	}
}

// TestRestartOfOperations: the breach of an operation that nobody has used since the restart
// waits for it, over further restarts too.
func TestRestartOfOperations(t *testing.T) {
	each := slo.Objective{Name: "each", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(90), Window: slo.Rolling(10 * time.Minute)}
	_, cfg := quick()
	r := newRig(t, cfg, each)
	r.run(30, 0, 10)
	id := r.watcher.Active()[0].ID
	for range 3 {
		r.restart(cfg, time.Second, each)
		r.quiet(time.Second)
	}
	r.run(5, 0, 10)
	if open := r.watcher.Active(); len(open) != 1 || open[0].ID != id || len(r.log) != 1 {
		t.Errorf("Active() = %v, heard %q, want the one of the first process", open, r.log)
	}
}

// TestTwoWatchersRestart each with its own.
func TestTwoWatchersRestart(t *testing.T) {
	o, cfg := quick()
	idle := only(policy.Rule{Severity: policy.Ticket, When: policy.NoData(5 * time.Minute)})
	r := newRig(t, idle, o)
	second, err := policy.Watch(r.Tracker.Tracker, cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.run(30, 0, 10)
	if len(second.Active()) != 1 || len(r.watcher.Active()) != 0 {
		t.Fatal("want a breach of the second watcher alone")
	}
	r.restart(idle, time.Second, o)
	if second, err = policy.Watch(r.Tracker.Tracker, cfg); err != nil {
		t.Fatal(err)
	}
	if len(second.Active()) != 1 || len(r.watcher.Active()) != 0 {
		t.Errorf("after the restart: %v and %v, want the breach with the second", r.watcher.Active(), second.Active())
	}
}

// FuzzRestore gives a watcher anything for its state: it must go on, and end what it opens.
func FuzzRestore(f *testing.F) {
	o, cfg := quick()
	cfg.Rules = append(cfg.Rules, policy.Rule{Severity: policy.Ticket, When: policy.Level(0.5)}, policy.Rule{Severity: policy.Ticket, When: policy.Repeats{Within: time.Minute}})
	cfg.Logger = quietLog
	for _, blob := range []string{
		"", "{", `{"version":1}`, `{"version":1,"groups":[{"objective":"checkout","rules":[{"name":"quick","holds":true,"quiet":-5,"held":true,"holding":9223372036854775807}],` +
			`"page":{"open":true,"by":"quick","members":["quick","quick","none"],"elapsed":-1,"last":9223372036854775807,"snoozed":9223372036854775807}}]}`,
		`{"version":1,"groups":[{"objective":"gone","rules":[{"name":"quick"}],"about":{"objective":{"target":"none","window":"28d"}},` +
			`"page":{"open":true,"told":true,"by":"quick","members":["quick"],"elapsed":-9223372036854775808}}],"over":[{"objective":"checkout","ticket":{"open":true,"told":true}}]}`,
	} {
		f.Add([]byte(blob))
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		tracker := budgettest.New(t, o)
		tracker.Attach(budget.Hook{Name: "policy.Watcher", Save: func() []byte { return blob }})
		sim, err := budget.NewSimulation(budget.Config{
			Objectives: []slo.Objective{o}, Restore: tracker.Snapshot(), Resolution: 10 * time.Second,
		}, tracker.Time())
		if err != nil {
			t.Fatal(err)
		}
		defer sim.Close()
		w, err := policy.Watch(sim.Tracker, cfg)
		if err != nil {
			t.Fatal(err)
		}
		w.OnBreach(func(_ context.Context, b policy.Breach) {
			_ = b.FactSheet(io.Discard)
			if _, err := b.MarshalJSON(); err != nil {
				t.Error(err)
			}
		})
		op := sim.HTTP(route)
		for range 150 { // more than the window, and every KeepFor
			op.Start()
			op.Finish(slo.Success, 0)
			sim.Advance(10 * time.Second)
		}
		if open := w.Active(); len(open) > 0 {
			t.Errorf("open after 25 good minutes: %v", open)
		}
		if sim.Snapshot() == nil {
			t.Error("Snapshot() = nil")
		}
	})
}

// TestUnreadableStateIsLeftOut with a word.
func TestUnreadableStateIsLeftOut(t *testing.T) {
	for name, blob := range map[string]string{"damaged": "{", "of a later version": `{"version":99}`} {
		tracker := budgettest.New(t, checkout())
		tracker.Attach(budget.Hook{Name: "policy.Watcher", Save: func() []byte { return []byte(blob) }})
		sim, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{checkout()}, Restore: tracker.Snapshot()}, tracker.Time())
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		w, err := policy.Watch(sim.Tracker, policy.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil || w.Active() != nil || !strings.Contains(log.String(), "the breaches of an earlier process cannot be read") {
			t.Errorf("%s: Watch() = %v, %v, logged %q", name, w, err, &log)
		}
	}
}
