package policy_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestConcurrentSafe has everything happen at once, on a live tracker: requests, ticks,
// functions of users, subscribers that come and go, readers, snapshots, gates, and four
// Closes. Every subscriber that stays must hear starts and ends by turns, for every breach.
// The bubble's clock moves on only when everybody sleeps, so at each of its moments all that
// are awake really run at once.
func TestConcurrentSafe(t *testing.T) { synctest.Test(t, testConcurrentSafe) }

func testConcurrentSafe(t *testing.T) {
	cfg, rules := fickle(8)
	cfg.Resolution = time.Millisecond
	cfg.Objectives = append(cfg.Objectives, slo.Objective{
		Name: "each", Of: slo.Each, SLI: slo.Fidelity(), Target: slo.Percent(90), Window: slo.Rolling(time.Minute),
	})
	rules.Rules[0].When = policy.BurnRate{Factor: 1, Long: 4 * time.Millisecond, Short: 2 * time.Millisecond}
	var asked, enriched atomic.Int64
	rules.Rules = append(rules.Rules, policy.Rule{
		Name: "mine", Severity: policy.Ticket, Objectives: []string{"o0"}, Every: 5 * time.Millisecond,
		When: policy.Func(func(s budget.Status) (bool, string) { return asked.Add(1)%7 < 3, s.Name }),
	})
	rules.Enrich = func(context.Context, policy.Breach) []policy.Fact {
		enriched.Add(1)
		return []policy.Fact{{Name: "n", Value: "1"}}
	}
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
			before, seen := last[b.Key]
			if b.State == before || !seen && b.State != policy.Started {
				t.Errorf("%s: %v after %v", b.Key, b.State, before)
			}
			last[b.Key] = b.State
		})
	}
	var group sync.WaitGroup
	stop := make(chan struct{})
	loop := func(pause time.Duration, f func(i int)) {
		group.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-time.After(pause):
					f(i)
				}
			}
		})
	}
	for g := range 2 {
		loop(50*time.Microsecond, func(i int) { // some milliseconds of errors, then some without
			op := tracker.HTTP(fmt.Sprintf("GET /%d", (i+g)%9))
			op.Start()
			class := slo.Success
			if time.Now().UnixMilli()/20%2 == 0 {
				class = slo.ServerError
			}
			op.Finish(class, 0)
		})
	}
	loop(500*time.Microsecond, func(int) {
		cancel := w.OnBreach(func(context.Context, policy.Breach) { w.Active() })
		time.Sleep(time.Millisecond)
		cancel()
	})
	loop(200*time.Microsecond, func(int) {
		for _, b := range w.Active() {
			if b.State != policy.Ongoing && b.State != policy.Stale || b.Rules == nil {
				t.Errorf("Active() has %v", b)
			}
		}
		for _, s := range w.States() {
			if s.Holds && (s.HeldBack || s.Pending || s.Blind) {
				t.Errorf("States() has %+v", s)
			}
		}
	})
	loop(5*time.Millisecond, func(int) {
		if tracker.Snapshot() == nil {
			t.Error("Snapshot() = nil")
		}
	})
	gate := policy.NewGate(tracker, policy.GateConfig{})
	loop(200*time.Microsecond, func(int) {
		if d := gate.Decide(context.Background(), feature); len(d.Reasons) < 9 && d.Reasons[0].Code != policy.CodeNoObjectives {
			t.Errorf("Decide() = %v", d)
		}
	})
	time.Sleep(300 * time.Millisecond)
	close(stop)
	group.Wait()
	for range 4 {
		group.Go(w.Close)
		group.Go(tracker.Close)
	}
	group.Wait()
	if w.Panics() != 0 || heard.Load() < 200 || asked.Load() < 40 || enriched.Load() == 0 {
		t.Errorf("%d panics, %d heard, %d asked, %d enriched; want 0, and some of each", w.Panics(), heard.Load(), asked.Load(), enriched.Load())
	}
}

// TestConcurrentCloses while everything goes on: whoever comes later finds it closed.
func TestConcurrentCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 20 {
			l := newLive(t, 3)
			l.OnBreach(func(context.Context, policy.Breach) { l.Active() })
			var group sync.WaitGroup
			for i := range 8 {
				group.Go(func() {
					for range 30 {
						op := l.HTTP(fmt.Sprintf("GET /%d", i%3))
						op.Start()
						op.Finish(slo.ServerError, 0)
						time.Sleep(100 * time.Millisecond)
					}
				})
				group.Go(func() {
					time.Sleep(time.Second + time.Duration(i)*time.Millisecond)
					switch i % 3 {
					case 0:
						l.Watcher.Close()
					case 1:
						l.Tracker.Close()
					default:
						_ = l.Shutdown(t.Context())
					}
				})
			}
			group.Wait()
		}
	})
}

// TestConcurrentSafeEnforcer has ticks, people, gates and readers at once on a live tracker, and
// closes everything from several goroutines.
func TestConcurrentSafeEnforcer(t *testing.T) { synctest.Test(t, testConcurrentSafeEnforcer) }

func testConcurrentSafeEnforcer(t *testing.T) {
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
					time.Sleep(50 * time.Microsecond)
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
	loop(func(i int) {
		text := p
		text.Version = fmt.Sprint(i)
		if err := e.Update(text); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Millisecond)
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
		time.Sleep(time.Millisecond)
	}
	for range 3 {
		group.Go(e.Close)
		group.Go(tracker.Close)
	}
	close(stop)
	group.Wait()
}
