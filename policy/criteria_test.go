package policy_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestAfterDeploymentRollsBack: above 5 % for 5 minutes after the deployment, and not before.
func TestAfterDeploymentRollsBack(t *testing.T) {
	const name = "above 5% after a deployment"
	cfg := only(policy.Rule{Severity: policy.Page, When: policy.AfterDeployment{ErrorRate: 0.05, Over: 5 * time.Minute}})
	o := tenMinutes()
	reason := func(r *rig, want string) {
		t.Helper()
		if got := r.state(name).Reason; got != want {
			t.Errorf("second %d: %q, want %q", r.second, got, want)
		}
	}

	r := newRig(t, cfg, o)
	r.run(600, 90, 10)
	r.want() // nothing was deployed
	reason(r, "nothing was deployed")
	r.MarkDeployment("v1")
	r.run(299, 90, 10)
	r.want()
	reason(r, "v1 was deployed 4m59s ago, and 5m are needed")
	r.run(1, 90, 10)
	r.want("900 started page " + name)
	if b := r.heard[0]; len(b.Markers) != 1 || b.Markers[0].Text != "v1" || b.Rules[0].Reason != "3000 of 30000 events in 5m after the deployment of v1 were bad, above 5 %" {
		t.Errorf("told %+v, want the deployment", b)
	}
	// Rolled back: open until what runs now has proved better.
	r.MarkDeployment("v0")
	r.run(299, 100, 0)
	if s := r.state(name); !s.Blind || s.Holds || len(r.watcher.Active()) != 1 {
		t.Errorf("5 minutes after the rollback: %+v, want it open and nothing known", s)
	}
	r.run(1, 100, 0)
	if last := r.heard[len(r.heard)-1]; last.State != policy.Resolved || last.Timeline[1].Text != name+" holds no more" {
		t.Errorf("heard %q, want it resolved", r.log)
	}
	reason(r, "0 of 30000 events in 5m after the deployment of v0 were bad, not above 5 %")

	// Whatever was wrong before does not count against what is deployed.
	r = newRig(t, cfg, o)
	r.run(300, 0, 100)
	r.MarkDeployment("v1")
	r.run(600, 100, 0)
	r.want()

	// It is held to account for an hour, and then for as long as it is bad.
	r = newRig(t, cfg, o)
	r.MarkDeployment("v1")
	r.run(3590, 100, 0)
	r.run(60, 50, 50)
	if s := r.state(name); s.Holds || s.Reason != "v1 was deployed more than 1h ago" {
		t.Errorf("an hour after the deployment: %+v", s)
	}
	r.want()
	r = newRig(t, cfg, o)
	r.MarkDeployment("v1")
	r.run(3500, 100, 0)
	r.run(1000, 50, 50)
	r.want("3531 started page " + name)
	r.run(300, 100, 0)
	if len(r.log) != 2 {
		t.Errorf("heard %q, want it resolved", r.log)
	}
}

// TestAfterDeploymentWaitsForAPerson: a quiet service after a deployment is not judged.
func TestAfterDeploymentWithoutEvents(t *testing.T) {
	rule := policy.Rule{Severity: policy.Page, When: policy.AfterDeployment{ErrorRate: 0.05, Over: 5 * time.Minute}}
	r := newRig(t, only(rule), tenMinutes())
	r.MarkDeployment("v1")
	r.quiet(400 * time.Second)
	if s := r.state("above 5% after a deployment"); !s.Blind || s.Reason != "no valid events in 5m" {
		t.Errorf("without events: %+v", s)
	}
	r.run(1, 0, 4)
	if s := r.state("above 5% after a deployment"); !s.Holds {
		t.Errorf("four of four: %+v, want it to hold", s)
	}
	r.run(1, 100, 0)
	if s := r.state("above 5% after a deployment"); s.Holds {
		t.Errorf("four of 104: %+v", s)
	}
}

// TestCauseShareForgets what has left the window.
func TestCauseShareForgets(t *testing.T) {
	rule := policy.Rule{Severity: policy.Ticket, When: policy.CauseShare{Cause: "payments", Share: 0.5}}
	r := newRig(t, only(rule), tenMinutes())
	r.run(600, 9, 0)
	for range 120 {
		r.blame(true, "payments")
		r.blame(true, "search")
		r.run(1, 8, 0)
	}
	r.want()
	if s := r.state("50% by payments"); !strings.HasPrefix(s.Reason, "21") && !strings.HasPrefix(s.Reason, "22") {
		t.Errorf("120 bad events: %q, want about 21.8 %% spent", s.Reason)
	}
	for range 200 {
		r.blame(true, "payments")
		r.run(1, 9, 0)
	}
	if len(r.log) != 1 {
		t.Fatalf("320 bad events: heard %q, want a ticket", r.log)
	}
	r.run(700, 10, 0)
	if s := r.state("50% by payments"); len(r.log) != 2 || s.Reason != "0 % of the error budget was spent by cause payments, less than 50 %" {
		t.Errorf("ten minutes later: %q, heard %q, want nothing spent and it resolved", s.Reason, r.log)
	}
}

// TestEpisodeCostEnds with the episode.
func TestEpisodeCostEnds(t *testing.T) {
	o := checkout()
	o.Target = slo.Percent(99)
	r := newRigOn(t, budgettest.NewConfig(t, budget.Config{Objectives: []slo.Objective{o}, Resolution: time.Minute}),
		only(policy.Rule{Severity: policy.Ticket, When: policy.EpisodeCost(0.1)}))
	r.minutes(28*24*60, 100, 0)
	if s := r.state("10% in one episode"); s.Reason != "no episode is open" {
		t.Errorf("28 good days: %q", s.Reason)
	}
	r.minutes(40, 0, 100) // 40.32 minutes of a total outage are a tenth
	r.want()
	r.minutes(1, 0, 100)
	if len(r.log) != 1 {
		t.Fatalf("41 minutes of a total outage: heard %q, want a ticket", r.log)
	}
	if b := r.heard[0]; len(b.Episodes) != 1 || !b.Episodes[0].Open || b.Episodes[0].Cost < 0.1 {
		t.Errorf("told %+v, want the episode", b.Episodes)
	}
	r.minutes(120, 100, 0)
	if len(r.log) != 2 || r.heard[1].Episodes[0].Open || r.heard[1].Episodes[0].Lasted != 41*time.Minute {
		t.Errorf("two hours later: heard %q, %+v, want it resolved with an episode that has closed", r.log, r.heard[len(r.heard)-1].Episodes)
	}
}

// TestCalendarBudgets: levels and depletion go by what a period is expected to have, and a
// new period begins anew.
func TestCalendarBudgets(t *testing.T) {
	o := tenMinutes()
	o.Window, o.ExpectedEvents = slo.Days(1, budgettest.Start), 24*60*10
	midnight := budgettest.Start.Truncate(slo.Day).Add(slo.Day)
	r := newRigOn(t, budgettest.NewConfig(t, budget.Config{Objectives: []slo.Objective{o}, Resolution: time.Minute}), only(
		policy.Rule{Severity: policy.Page, When: policy.Level(0.5), KeepFor: time.Minute},
		policy.Rule{Severity: policy.Ticket, When: policy.Depletion{Share: 0.5, Within: 2 * time.Hour}, KeepFor: time.Minute}))
	r.minutes(int(midnight.Sub(budgettest.Start)/time.Minute), 10, 0)
	r.log = nil
	before := r.second
	// 14,400 are expected, 1,440 may fail: half of that after 72 minutes of nothing but errors.
	r.minutes(71, 0, 10)
	r.want()
	r.minutes(1, 0, 10)
	// Reached, by both.
	r.want(fmt.Sprintf("%d started page 50%% left", before+72*60), fmt.Sprintf("%d started ticket 50%% in 2h", before+72*60))
	if b := r.heard[0]; b.Remaining < 0.49 || b.Remaining > 0.51 || b.Rules[0].Long.Counts.Bad != 720 {
		t.Errorf("told %v of %v left, %+v, want a half", b.Known, b.Remaining, b.Rules)
	}
	r.minutes(22*60+48, 10, 0)
	if open := r.watcher.Active(); len(open) != 1 || open[0].Rule != "50% left" {
		t.Errorf("at midnight: Active() = %v, want the level alone", open)
	}
	r.minutes(3, 10, 0)
	if open := r.watcher.Active(); len(open) != 0 {
		t.Errorf("after midnight: Active() = %v, want none: the budget is whole again", open)
	}
}

// TestFuncLive: a function is called on its own goroutine, may hang and panic, and its answer
// counts from the next tick on.
func TestFuncLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg, _ := fickle(1)
		tracker, err := budget.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer tracker.Close()
		var answer atomic.Pointer[func() (bool, string)] // the function runs on other goroutines
		say := func(f func() (bool, string)) { answer.Store(&f) }
		var calls atomic.Int64
		var log bytes.Buffer
		rule := policy.Rule{Name: "queue", Severity: policy.Page, Every: 2 * time.Second, When: policy.Func(func(s budget.Status) (bool, string) {
			calls.Add(1)
			if s.Name != "o0" || tracker.Service() != "shop" || len(tracker.Statuses()) != 1 { // may call everything
				t.Errorf("asked of %q, of service %q, want o0 of shop", s.Name, tracker.Service())
			}
			return (*answer.Load())()
		})}
		rules := only(rule)
		rules.Logger = slog.New(slog.NewTextHandler(&log, nil))
		say(func() (bool, string) { return false, "" })
		w, err := policy.Watch(tracker, rules)
		if err != nil {
			t.Fatal(err)
		}
		state := func(d time.Duration) policy.RuleState {
			time.Sleep(d)
			synctest.Wait()
			return w.States()[0]
		}
		if s := state(time.Second + time.Millisecond); !s.Blind || s.Reason != "the function says no" {
			t.Errorf("at the first tick: %+v, want nothing known yet", s)
		}
		if s := state(time.Second); s.Blind || s.Holds {
			t.Errorf("at the second: %+v, want it false", s)
		}
		say(func() (bool, string) { return true, "9 wait" })
		if s := state(3 * time.Second); !s.Holds || s.Reason != "9 wait" || calls.Load() != 3 {
			t.Errorf("at the fifth: %+v, called %d times, want it to hold, called at 1, 2 and 4", s, calls.Load())
		}
		hang := make(chan struct{})
		say(func() (bool, string) { <-hang; return false, "none" })
		if s := state(9 * time.Second); !s.Holds {
			t.Errorf("hanging for 8 seconds: %+v, want it to hold still", s)
		}
		if s := state(4 * time.Second); s.Holds || !s.Blind || s.Reason != "the function has not returned for 12s" {
			t.Errorf("hanging for 12 seconds: %+v, want nothing known", s)
		}
		if open := w.Active(); len(open) != 1 || open[0].State != policy.Stale || calls.Load() != 4 {
			t.Errorf("Active() = %v, called %d times, want one stale breach, and no call beside the one that hangs", open, calls.Load())
		}
		say(func() (bool, string) { panic("mine") })
		close(hang)
		if s := state(6 * time.Second); !s.Blind || s.Reason != "the function panicked" || w.Panics() < 2 {
			t.Errorf("panicking: %+v, %d panics", s, w.Panics())
		}
		if n := strings.Count(log.String(), "the function of a rule panicked"); n != 1 {
			t.Errorf("logged %d times, want once: %s", n, &log)
		}
		say(func() (bool, string) { runtime.Goexit(); return true, "" })
		if s := state(4 * time.Second); !s.Blind {
			t.Errorf("goexit: %+v, want nothing known", s)
		}
		say(func() (bool, string) { return false, "none" })
		if s := state(4 * time.Second); s.Blind || len(w.Active()) != 0 {
			t.Errorf("answering again: %+v, want it false and resolved", s)
		}
	})
}

// TestDependenciesAreShown with every breach.
func TestDependenciesAreShown(t *testing.T) {
	payments := slo.Objective{Name: "payments", Of: slo.Dependency("payments"), SLI: slo.Availability(), Target: slo.Percent(99), Window: slo.Rolling(10 * time.Minute)}
	o, cfg := quick()
	r := newRig(t, cfg, o, payments)
	for range 60 {
		call := r.Dependency("payments")
		call.Start()
		call.Finish(slo.ServerError, time.Millisecond)
		r.run(1, 0, 10)
	}
	var b policy.Breach
	for _, heard := range r.heard {
		if heard.Name == "checkout" {
			b = heard
		}
	}
	if len(b.Dependencies) != 1 {
		t.Fatalf("told of dependencies %v, want one", b.Dependencies)
	}
	want := "payments: SLI 0 %, burn rate 100 in the last hour, -9900 % of the error budget remains"
	if d := b.Dependencies[0]; d.String() != want || d.Operation != "dependency:payments" || d.Counts.Bad != 13 {
		t.Errorf("told of %v of %q, %+v, want %s", d, d.Operation, d.Counts, want)
	}
	if got := (policy.Dependency{Name: "x", Known: budget.NoEvents}).String(); got != "x: no events" {
		t.Errorf("without events: %q", got)
	}
}
