package policy_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestConcurrentSafe has everything happen at once, on a live tracker: requests, ticks,
// subscribers that come and go, readers, gates, and four Closes. Every subscriber that stays
// must hear starts and ends by turns, for every objective.
func TestConcurrentSafe(t *testing.T) {
	cfg, rules := fickle(8)
	cfg.Resolution = time.Millisecond
	cfg.Objectives = append(cfg.Objectives, slo.Objective{
		Name: "each", Of: slo.Each, SLI: slo.Fidelity(), Target: slo.Percent(90), Window: slo.Rolling(time.Minute),
	})
	rules.Rules[0].When = policy.BurnRate{Factor: 1, Long: 4 * time.Millisecond, Short: 2 * time.Millisecond}
	tracker, err := budget.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w, err := policy.Watch(tracker, rules)
	if err != nil {
		t.Fatal(err)
	}
	var heard atomic.Int64
	for range 4 {
		last := map[string]policy.State{} // calls are one after the other: no lock
		w.OnBreach(func(_ context.Context, b policy.Breach) {
			heard.Add(1)
			before, seen := last[b.Name]
			if b.State == before || !seen && b.State != policy.Started {
				t.Errorf("%s: %v after %v", b.Name, b.State, before)
			}
			last[b.Name] = b.State
		})
	}
	var group sync.WaitGroup
	stop := make(chan struct{})
	loop := func(f func(i int)) {
		group.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					f(i)
					time.Sleep(50 * time.Microsecond) // leave the tick a processor
				}
			}
		})
	}
	for g := range 2 {
		loop(func(i int) { // a few milliseconds of errors, then a few without
			op := tracker.HTTP(fmt.Sprintf("GET /%d", (i+g)%9))
			op.Start()
			class := slo.Success
			if time.Now().UnixMilli()/20%2 == 0 {
				class = slo.ServerError
			}
			op.Finish(class, 0)
		})
	}
	loop(func(int) {
		cancel := w.OnBreach(func(context.Context, policy.Breach) { w.Active() })
		time.Sleep(time.Millisecond)
		cancel()
	})
	loop(func(int) {
		for _, b := range w.Active() {
			if b.State != policy.Ongoing && b.State != policy.Stale || b.Rules == nil {
				t.Errorf("Active() has %v", b)
			}
		}
		for _, s := range w.States() {
			if s.Holds && (s.HeldBack || s.Blind) {
				t.Errorf("States() has %+v", s)
			}
		}
	})
	gate := policy.NewGate(tracker, policy.GateConfig{})
	loop(func(int) {
		if d := gate.Decide(context.Background(), feature); len(d.Reasons) < 9 && d.Reasons[0].Code != policy.CodeNoObjectives {
			t.Errorf("Decide() = %v", d)
		}
	})
	for heard.Load() < 150 && !t.Failed() {
		time.Sleep(time.Millisecond) // real time: the point is that things really happen at once
	}
	for range 4 {
		group.Go(w.Close)
		group.Go(tracker.Close)
	}
	close(stop)
	group.Wait()
	if w.Panics() != 0 {
		t.Errorf("Panics() = %d, want 0", w.Panics())
	}
}

// TestConcurrentSafeEnforcer has ticks, people, gates and readers at once on a live tracker, and
// closes everything from several goroutines.
func TestConcurrentSafeEnforcer(t *testing.T) {
	o := hourly()
	o.Window = slo.Rolling(20 * time.Millisecond)
	tracker, err := budget.New(budget.Config{Objectives: []slo.Objective{o}, Resolution: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	p := lights()
	p.Clauses = []policy.Clause{
		{Name: "spent", When: policy.Spent(0.5), Then: act(policy.StopProduction)},
		{Name: "manual", When: policy.Manual("x"), Then: act(policy.Escalate)},
		{Name: "signal", When: policy.Signal("s"), Then: act(policy.Escalate)},
	}
	e, err := policy.Enforce(tracker, p, policy.EnforceConfig{
		Logger: quietLog, Signals: map[string]func() bool{"s": func() bool { return time.Now().UnixMilli()/7%2 == 0 }},
	})
	if err != nil {
		t.Fatal(err)
	}
	var heard atomic.Int64
	tier := ""
	e.OnEnactment(func(_ context.Context, n policy.Enactment) { // one after the other: no lock
		heard.Add(1)
		if n.Action != policy.TierChanged {
			return
		}
		if n.From != tier || n.To == tier {
			t.Errorf("tier %q -> %q after %q", n.From, n.To, tier)
		}
		tier = n.To
	})
	gate := policy.NewGate(tracker, policy.GateConfig{Policy: e, Logger: quietLog})
	var group sync.WaitGroup
	stop := make(chan struct{})
	loop := func(f func(i int)) {
		group.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					f(i)
					time.Sleep(50 * time.Microsecond) // leave the tick a processor
				}
			}
		})
	}
	loop(func(int) {
		op := tracker.HTTP(route)
		op.Start()
		class := slo.Success
		if time.Now().UnixMilli()/30%2 == 0 {
			class = slo.ServerError
		}
		op.Finish(class, 0)
	})
	loop(func(i int) {
		if err := e.Enact("manual", "a", fmt.Sprint(i)); err != nil {
			t.Error(err)
		}
		if err := e.Lift("manual", "b", fmt.Sprint(i)); err != nil {
			t.Error(err)
		}
	})
	loop(func(i int) {
		change := policy.Change{Kind: policy.Feature, ID: fmt.Sprint(i)}
		gate.Decide(context.Background(), change)
		gate.Begin(context.Background(), change)
		gate.Override(context.Background(), change, "a", "b")
		gate.Cancel(change)
		gate.Done(change)
		gate.Snapshot()
	})
	loop(func(int) {
		s := e.Standing()
		if e.Permits("nothing") || s.Tier.Name != "" && s.Since.IsZero() {
			t.Errorf("%+v", s)
		}
		e.Enactments()
		tracker.Snapshot()
	})
	for heard.Load() < 200 && !t.Failed() {
		time.Sleep(time.Millisecond) // real time: the point is that things really happen at once
	}
	for range 3 {
		group.Go(e.Close)
		group.Go(tracker.Close)
	}
	close(stop)
	group.Wait()
}
