package policy_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// quick is an objective over ten minutes, with a rule of its own: 1 minute and 10 seconds.
func quick() (slo.Objective, policy.Config) {
	o := checkout()
	o.Target, o.Window = slo.Percent(90), slo.Rolling(10*time.Minute)
	return o, policy.Config{NoDefaults: true, NoHealth: true, Rules: []policy.Rule{
		{Name: "quick", Severity: policy.Page, When: policy.BurnRate{Factor: 2, Long: time.Minute, Short: 10 * time.Second}},
	}}
}

func newQuick(t *testing.T) *rig {
	t.Helper()
	o, cfg := quick()
	return newRig(t, cfg, o)
}

// TestRuleAtEqualityDoesNotHold: 20 % errors at 90 % burn at exactly 2.
func TestRuleAtEqualityDoesNotHold(t *testing.T) {
	r := newQuick(t)
	r.run(600, 80, 20)
	r.want()
	if s := r.state("quick"); s.Long.BurnRate != 2 || s.Short.BurnRate != 2 || s.Long.Coverage() != 1 || s.Holds {
		t.Errorf("at equality: %v, burn rates %v and %v, want 2 and 2 and not above", s, s.Long.BurnRate, s.Short.BurnRate)
	}
	r.record(1, slo.ServerError) // one event more
	r.run(1, 80, 20)
	r.want("601 started page quick")
}

func TestCoverageWeighsBothWindows(t *testing.T) {
	r := newQuick(t)
	r.run(1, 0, 100) // burn rate 10; short coverage 0.1, long 1/60
	if s := r.state("quick"); s.Holds || s.Short.Coverage() != 0.1 || s.Long.Coverage() != 1.0/60 || s.Short.BurnRate != 10 {
		t.Errorf("after a second: %+v", s)
	}
	// 10 x t/60 > 2 from the 13th second on.
	r.run(11, 0, 100)
	r.want()
	r.run(1, 0, 100)
	r.want("13 started page quick")
}

func TestBreachStaysOpenWithoutTraffic(t *testing.T) {
	r := newQuick(t)
	r.run(60, 0, 10)
	r.want("13 started page quick")
	r.run(5, 10, 0)
	r.quiet(time.Hour) // every window is empty
	r.want("13 started page quick", "135 stale page quick")
	open := r.watcher.Active()
	if len(open) != 1 || open[0].State != policy.Stale || open[0].Known != budget.NoEvents {
		t.Fatalf("without traffic: Active() = %v, want one stale breach", open)
	}
	if s := r.state("quick"); !s.Blind || s.Holds || s.Breach != open[0].Key || s.Reason != "no valid events" {
		t.Errorf("without traffic: %+v, want it blind and in the breach", s)
	}
	r.run(1, 10, 0) // the first good second says that it is false
	if open := r.watcher.Active(); len(open) != 1 || open[0].State != policy.Ongoing {
		t.Errorf("with traffic again: Active() = %v, want it ongoing", open)
	}
	r.run(20, 10, 0)
	r.want("13 started page quick", "135 stale page quick", "3666 ongoing page quick", "3670 resolved page quick")
}

// TestThinTrafficResolves: windows that are empty now and then hold a breach up, but not
// for ever.
func TestThinTrafficResolves(t *testing.T) {
	r := newQuick(t)
	r.run(60, 0, 10)
	for range 20 {
		r.run(1, 1, 0)
		r.quiet(29 * time.Second)
	}
	if len(r.log) != 2 {
		t.Errorf("heard %q, want it started and resolved", r.log)
	}
}

func TestStalledNeverResolves(t *testing.T) {
	r := newQuick(t)
	r.run(60, 0, 10)
	r.run(4, 10, 0)
	r.op.Start() // hangs, and so does everything after it
	r.quiet(12 * time.Second)
	for range 600 {
		r.second++
		r.Advance(time.Second)
	}
	r.want("13 started page quick", "134 stale page quick")
	if open := r.watcher.Active(); len(open) != 1 || open[0].State != policy.Stale || open[0].Known != budget.Stalled {
		t.Fatalf("stalled: Active() = %v, want one stale breach that knows why", open)
	}
	if s := r.state("quick"); s.Reason != "stalled: nothing new to judge" || !s.Blind {
		t.Errorf("stalled: %+v", s)
	}
	r.op.Finish(slo.Success, 10*time.Minute)
	r.run(30, 10, 0)
	if len(r.log) != 4 || r.heard[2].State != policy.Ongoing || r.heard[3].State != policy.Resolved {
		t.Errorf("half a minute after the stall: heard %q, want it measured again, and resolved", r.log)
	}
}

// TestStallStopsTheClock while the short window still has good events in it.
func TestStallStopsTheClock(t *testing.T) {
	o, cfg := quick()
	cfg.Rules[0].When = policy.BurnRate{Factor: 2, Long: 5 * time.Minute, Short: 2 * time.Minute}
	r := newRig(t, cfg, o)
	r.run(90, 0, 10)
	r.run(150, 10, 0)
	if s := r.state("quick"); s.Holds || len(r.log) != 1 {
		t.Fatalf("after 150 good seconds: %v, heard %q, want it false and the breach open", s, r.log)
	}
	r.op.Start() // hangs
	for range 90 {
		r.second++
		r.Advance(time.Second)
	}
	if s := r.state("quick"); !s.Blind || s.Short.Counts.Good == 0 || len(r.log) != 2 || r.heard[1].State != policy.Stale {
		t.Errorf("stalled: %+v, heard %q, want it blind, with good events still, and the breach stale", s, r.log)
	}
	r.op.Finish(slo.Success, 0)
	r.run(60, 10, 0)
	if len(r.log) != 4 || r.heard[3].State != policy.Resolved {
		t.Errorf("after the stall: heard %q, want it resolved", r.log)
	}
}

// TestShortSuspendStopsTheClock while the short window still has good events in it.
func TestShortSuspendStopsTheClock(t *testing.T) {
	r := newRig(t, policy.Config{})
	r.run(1800, 50, 50)
	r.run(2000, 100, 0) // the last rule is false since 3,580
	r.StepWall(10 * time.Minute)
	r.run(2000, 100, 0)
	// Seconds here are those that were watched: the same instant as without the suspend.
	r.want("97 started page 1h/5m", "5392 resolved page 1h/5m")
}

// TestSuspendDoesNotResolve: a night of sleep is no evidence.
func TestSuspendDoesNotResolve(t *testing.T) {
	r := newRig(t, policy.Config{})
	r.run(1800, 50, 50)
	r.run(300, 100, 0) // 1h/5m is about to be quiet, 6h/30m is not
	r.StepWall(8 * time.Hour)
	r.run(70, 100, 0) // the gap is believed after a minute
	if got := r.Budget("checkout").Status(); got.Observed != 2170*time.Second {
		t.Fatalf("observed %v, want 36m10s: the gap is not there", got.Observed)
	}
	r.want("97 started page 1h/5m")
	// Nobody watched for eight hours: the 30 minutes begin now, and are counted in
	// what was watched.
	r.run(1700, 100, 0)
	r.want("97 started page 1h/5m")
	r.run(300, 100, 0)
	if len(r.log) != 2 {
		t.Errorf("half an hour after the suspend: heard %q, want it resolved", r.log)
	}
	if d := r.heard[1].Duration; d < 8*time.Hour || r.heard[1].Resolved.Sub(r.heard[1].Started) < 8*time.Hour {
		t.Errorf("it lasted %v, want the gap included", d)
	}
}

func TestWallClockStepsChangeNothing(t *testing.T) {
	r := newRig(t, policy.Config{})
	r.run(100, 50, 50)
	r.StepWall(-30 * slo.Day)
	r.run(1700, 50, 50)
	r.run(3700, 100, 0)
	if len(r.log) != 2 || r.log[0] != "97 started page 1h/5m" || r.log[1] != "5392 resolved page 1h/5m" {
		t.Errorf("heard %q, want what is heard without the step", r.log)
	}
	b := r.heard[1]
	if b.Duration != (5392-97)*time.Second {
		t.Errorf("Duration = %v, want %v whatever the wall clock did", b.Duration, (5392-97)*time.Second)
	}
	if !b.Resolved.Before(b.Started) {
		t.Errorf("started %v, resolved %v: want the times that the wall clock showed", b.Started, b.Resolved)
	}
}

func TestTicketOnlyBreach(t *testing.T) {
	o, cfg := quick()
	cfg.Rules[0].Severity, cfg.Rules[0].Name = policy.Ticket, "slow"
	r := newRig(t, cfg, o)
	r.run(60, 0, 10)
	r.run(120, 10, 0)
	if len(r.log) != 2 || r.log[0] != "13 started ticket slow" || !strings.HasSuffix(r.log[1], "resolved ticket slow") {
		t.Errorf("heard %q, want a ticket that started and was resolved", r.log)
	}
	if key := r.heard[0].Key; key != "test/checkout/ticket" || r.heard[1].ID != r.heard[0].ID || !strings.HasPrefix(r.heard[0].ID, key+"@2025-03-03T12:00:13Z") {
		t.Errorf("key %q, IDs %q and %q", key, r.heard[0].ID, r.heard[1].ID)
	}
}

func TestPageDuringTicketIsItsOwn(t *testing.T) {
	o, cfg := quick()
	cfg.Rules = append(cfg.Rules, policy.Rule{Name: "slow", Severity: policy.Ticket, When: policy.BurnRate{Factor: 0.1, Long: 2 * time.Minute, Short: 30 * time.Second}})
	r := newRig(t, cfg, o)
	r.run(120, 95, 5)
	r.run(60, 0, 100)
	if len(r.log) != 2 || !strings.HasSuffix(r.log[0], "started ticket slow") || !strings.HasSuffix(r.log[1], "started page quick") {
		t.Fatalf("heard %q, want a ticket, then a page", r.log)
	}
	open := r.watcher.Active()
	if len(open) != 2 || open[0].Severity != policy.Page || open[1].Severity != policy.Ticket {
		t.Errorf("Active() = %v, want the page, then the ticket", open)
	}
	if rules := open[0].Rules; len(rules) != 2 || !rules[1].Holds || rules[1].Rule != "slow" {
		t.Errorf("the page has %v, want the ticket rule shown active", rules)
	}
}

// TestLiveTickerStopsDuringBreach: the tick does not come while a hook hangs. The breach is
// stale meanwhile, and what nobody watched does not resolve it.
func TestLiveTickerStopsDuringBreach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, cfg := quick()
		tracker, err := budget.New(budget.Config{Service: "shop", Objectives: []slo.Objective{o}})
		if err != nil {
			t.Fatal(err)
		}
		defer tracker.Close()
		w, err := policy.Watch(tracker, cfg)
		if err != nil {
			t.Fatal(err)
		}
		op := tracker.HTTP(route)
		serve := func(seconds int, class slo.Class) {
			for range seconds {
				op.Start()
				op.Finish(class, 0)
				time.Sleep(time.Second)
			}
		}
		serve(60, slo.ServerError)
		serve(9, slo.Success)
		hang := make(chan struct{})
		detach := tracker.Attach(budget.Hook{Tick: func(budget.Tick) { <-hang }})
		serve(60, slo.Success)
		if open := w.Active(); len(open) != 1 || open[0].State != policy.Stale || open[0].Known != budget.Stale {
			t.Errorf("without ticks: Active() = %v, want one stale breach", open)
		}
		detach()
		close(hang)
		serve(2, slo.Success)
		if open := w.Active(); len(open) != 1 || open[0].State != policy.Ongoing {
			t.Errorf("with ticks again: Active() = %v, want it ongoing still", open)
		}
		serve(30, slo.Success)
		if open := w.Active(); len(open) != 0 {
			t.Errorf("half a minute later: Active() = %v, want none", open)
		}
	})
}

func TestStatesBeforeTheFirstTick(t *testing.T) {
	r := newRig(t, policy.Config{})
	s := r.state("1h/5m")
	if s.Holds || !s.Blind || s.Reason != "not evaluated yet" || s.Long.Length != time.Hour || s.Short.Length != 5*time.Minute || s.Factor != 13.44 {
		t.Errorf("before the first tick: %+v", s)
	}
	r.quiet(time.Second)
	if s := r.state("1h/5m"); s.Reason != "no valid events" || !s.Blind {
		t.Errorf("without events: %+v", s)
	}
	if got := r.watcher.Active(); got != nil {
		t.Errorf("Active() = %v, want nil", got)
	}
}

func TestNilWatcher(t *testing.T) {
	w, err := policy.Watch(nil, policy.Config{})
	if w != nil || err != nil {
		t.Fatalf("Watch(nil) = %v, %v, want nil, nil", w, err)
	}
	w.OnBreach(nil)()
	if w.Active() != nil || w.States() != nil || w.Dropped() != 0 || w.Panics() != 0 {
		t.Error("a nil watcher knows something")
	}
	w.Close()
}

func TestClosedTrackerKeepsBreachesStale(t *testing.T) {
	r := newQuick(t)
	r.run(60, 0, 10)
	r.Close()
	if open := r.watcher.Active(); len(open) != 1 || open[0].State != policy.Stale || open[0].Known != budget.Stale {
		t.Errorf("Active() = %v, want one stale breach", open)
	}
	r.want("13 started page quick")
	if s := r.state("quick"); s.Long.Counts.Bad != 600 {
		t.Errorf("States() has %+v, want what the last tick found", s)
	}
}

func TestWatchOfAClosedTracker(t *testing.T) {
	tracker := budgettest.New(t, checkout())
	tracker.Close()
	w, err := policy.Watch(tracker.Tracker, policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	tracker.Advance(time.Minute)
	if got := w.Active(); got != nil {
		t.Errorf("Active() = %v, want nil", got)
	}
	if err := tracker.Explain(&strings.Builder{}); err != nil {
		t.Error(err)
	}
	w.Close()
}
