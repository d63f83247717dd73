package policy_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestSimulatedCallbacksRunInsideAdvance, on its goroutine, and may do what live ones may.
func TestSimulatedCallbacksRunInsideAdvance(t *testing.T) {
	cfg, rules := fickle(2)
	rules.Logger = quietLog
	newSim := func(t *testing.T) (*budgettest.Tracker, *policy.Watcher, func()) {
		t.Helper()
		sim := budgettest.NewConfig(t, cfg)
		w, err := policy.Watch(sim.Tracker, rules)
		if err != nil {
			t.Fatal(err)
		}
		return sim, w, func() {
			for i := range 2 {
				for range 10 {
					sim.HTTP(fmt.Sprintf("GET /%d", i)).Start()
					sim.HTTP(fmt.Sprintf("GET /%d", i)).Finish(slo.ServerError, 0)
				}
			}
			sim.Advance(time.Second)
		}
	}

	t.Run("order and reentry", func(t *testing.T) {
		_, w, fail := newSim(t)
		var heard []string // without a lock: the race detector watches
		w.OnBreach(func(_ context.Context, b policy.Breach) {
			heard = append(heard, "a "+b.Name)
			if len(w.Active()) != 2 || len(w.States()) != 2 {
				t.Error("a callback sees something else than what it was told of")
			}
		})
		w.OnBreach(func(_ context.Context, b policy.Breach) { heard = append(heard, "b "+b.Name); panic("b") })
		w.OnBreach(func(_ context.Context, b policy.Breach) { heard = append(heard, "c "+b.Name) })
		fail()
		if want := []string{"a o0", "a o1", "b o0", "b o1", "c o0", "c o1"}; !slices.Equal(heard, want) || w.Panics() != 2 {
			t.Errorf("heard %q, %d panics, want %q and 2", heard, w.Panics(), want)
		}
	})
	t.Run("close", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { // for a clock that tells what is waited for
			_, w, fail := newSim(t)
			w.OnBreach(func(context.Context, policy.Breach) { w.Close() })
			before := time.Now()
			fail()
			if waited := time.Since(before); waited != 0 {
				t.Errorf("Close waited %v for the callback that called it", waited)
			}
		})
		for name, closing := range map[string]func(*budgettest.Tracker, *policy.Watcher){
			"watcher": func(_ *budgettest.Tracker, w *policy.Watcher) { w.Close() },
			"tracker": func(sim *budgettest.Tracker, _ *policy.Watcher) { sim.Close() },
		} {
			sim, w, fail := newSim(t)
			var heard []string
			w.OnBreach(func(_ context.Context, b policy.Breach) { heard = append(heard, "a "+b.Name); closing(sim, w) })
			w.OnBreach(func(_ context.Context, b policy.Breach) { heard = append(heard, "b "+b.Name) })
			fail()
			if want := []string{"a o0", "a o1", "b o0", "b o1"}; !slices.Equal(heard, want) || w.Dropped() != 0 {
				t.Errorf("%s closed: heard %q, dropped %d, want %q and 0", name, heard, w.Dropped(), want)
			}
		}
	})
	t.Run("advance", func(t *testing.T) { // time that moves in a callback moves on in order
		sim, w, fail := newSim(t)
		var first, second []string
		w.OnBreach(func(_ context.Context, b policy.Breach) {
			first = append(first, b.Name+" "+b.State.String())
			if len(first) == 1 {
				sim.Advance(10 * time.Second)
				fine := sim.HTTP("GET /0")
				fine.Start()
				fine.Finish(slo.Success, 0)
				sim.Advance(10 * time.Second)
			}
		})
		w.OnBreach(func(_ context.Context, b policy.Breach) { second = append(second, b.Name+" "+b.State.String()) })
		fail()
		if want := []string{"o0 started", "o1 started", "o0 resolved"}; !slices.Equal(first, want) || !slices.Equal(second, want) {
			t.Errorf("heard %q and %q, want %q by both", first, second, want)
		}
	})
	t.Run("goexit", func(t *testing.T) { // as t.FailNow does
		_, w, fail := newSim(t)
		w.OnBreach(func(context.Context, policy.Breach) { runtime.Goexit() })
		done := make(chan struct{})
		go func() { defer close(done); fail() }()
		<-done
		w.Close()
	})
}
