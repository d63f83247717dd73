package policy_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestTenThousandBreachesASecond: every callback from hell at once, an enricher that hangs, and
// 10,000 breaches that start and end within a second. Every request is counted, the tick
// keeps its time, healthy subscribers hear everything in order and within a second, the others
// lose what does not fit into their queues and nothing else, and Shutdown returns by its
// deadline.
func TestTenThousandBreachesASecond(t *testing.T) {
	const objectives = 5000
	synctest.Test(t, func(t *testing.T) {
		cfg, rules := fickle(objectives)
		cfg.Resolution = 100 * time.Millisecond
		rules.Rules[0].When = policy.BurnRate{Factor: 1, Long: 200 * time.Millisecond, Short: 100 * time.Millisecond}
		rules.Logger = quietLog
		hang := make(chan struct{})
		defer close(hang) // the bubble wants its goroutines back
		rules.Enrich = func(context.Context, policy.Breach) []policy.Fact { <-hang; return nil }
		tracker, err := budget.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		w, err := policy.Watch(tracker, rules)
		if err != nil {
			t.Fatal(err)
		}
		healthy := func() func() {
			var heard, late int
			last := map[string]policy.State{}
			w.OnBreach(func(_ context.Context, b policy.Breach) {
				heard++
				if time.Since(b.At) > time.Second {
					late++
				}
				if want := map[policy.State]policy.State{policy.Started: policy.Resolved, policy.Resolved: policy.Started}[b.State]; last[b.Key] != want && last[b.Key] != 0 {
					t.Errorf("%s: %v after %v", b.Key, b.State, last[b.Key])
				}
				last[b.Key] = b.State
			})
			return func() {
				t.Helper()
				if heard != 2*objectives || late != 0 {
					t.Errorf("a healthy callback heard %d, %d of them late, want %d and 0", heard, late, 2*objectives)
				}
			}
		}
		first := healthy()
		var blocked, slow, ended atomic.Int64
		w.OnBreach(func(_ context.Context, b policy.Breach) { panic("from hell: " + b.Name) })
		w.OnBreach(func(context.Context, policy.Breach) { blocked.Add(1); <-hang }) // for ever, whatever its context says
		w.OnBreach(func(ctx context.Context, _ policy.Breach) {
			slow.Add(1)
			select {
			case <-time.After(10 * time.Second):
			case <-ctx.Done():
			}
		})
		w.OnBreach(func(context.Context, policy.Breach) { ended.Add(1); runtime.Goexit() })
		w.OnBreach(func(_ context.Context, b policy.Breach) {
			b.Rules[0].Rule, b.Timeline[0].Text = "changed", "changed"
			tracker.Budget(b.Name).Remaining()
			w.OnBreach(func(context.Context, policy.Breach) {})()
		})
		last := healthy()

		sent := 0
		serve := func(class slo.Class) {
			for i := range objectives {
				op := tracker.HTTP(fmt.Sprintf("GET /%d", i))
				op.Start()
				op.Finish(class, 0)
				op.Start()
				op.Finish(class, 0)
				sent += 2
			}
			time.Sleep(100 * time.Millisecond)
		}
		for range 3 {
			serve(slo.ServerError)
		}
		for range 7 {
			serve(slo.Success)
		}
		time.Sleep(time.Second)
		first()
		last()
		if n := len(w.Active()); n != 0 {
			t.Errorf("%d breaches are open, want none", n)
		}
		report := tracker.Report()
		counted := 0
		for _, o := range report.Operations {
			counted += int(o.Requests())
		}
		if counted != sent || report.Self.TickLag != 0 || report.Self.HookPanics != 0 {
			t.Errorf("%d of %d requests counted, the tick late by %v, %d panics of hooks; want all, 0, 0", counted, sent, report.Self.TickLag, report.Self.HookPanics)
		}
		if w.Panics() != 2*objectives || ended.Load() != 2*objectives || blocked.Load() != 1 || slow.Load() != 1 {
			t.Errorf("%d panics, %d ended, %d blocked, %d slow; want %d, %d, 1, 1", w.Panics(), ended.Load(), blocked.Load(), slow.Load(), 2*objectives, 2*objectives)
		}
		if w.Dropped() != 0 { // what one tick brings always fits
			t.Errorf("dropped %d, want 0", w.Dropped())
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		began := time.Now()
		if err := w.Shutdown(ctx); err == nil || time.Since(began) != 300*time.Millisecond {
			t.Errorf("Shutdown() = %v after %v, want its deadline, by it", err, time.Since(began))
		}
		if got := w.Dropped(); got != 2*(2*objectives-1) {
			t.Errorf("dropped %d, want what waited for the two that hang, %d", got, 2*(2*objectives-1))
		}
		tracker.Close()
	})
}

// BenchmarkDeliver is what one breach costs, from the tick to eight subscribers.
func BenchmarkDeliver(b *testing.B) {
	cfg, rules := fickle(1)
	tracker, err := budget.NewSimulation(cfg, time.Unix(0, 0))
	if err != nil {
		b.Fatal(err)
	}
	defer tracker.Close()
	w, err := policy.Watch(tracker.Tracker, rules)
	if err != nil {
		b.Fatal(err)
	}
	var heard sync.Map
	for i := range 8 {
		w.OnBreach(func(_ context.Context, b policy.Breach) { heard.Store(i, b.State) })
	}
	op := tracker.HTTP("GET /0")
	b.ReportAllocs()
	for b.Loop() { // one that starts and ends: four seconds
		for _, class := range []slo.Class{slo.ServerError, slo.ServerError, slo.Success, slo.Success} {
			op.Start()
			op.Finish(class, 0)
			tracker.Advance(time.Second)
		}
	}
}
