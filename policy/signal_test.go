package policy_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestSignalsFromHell: one that hangs or ends its goroutine stops no tick, and its clause stays as
// it is; another is heard all the same.
func TestSignalsFromHell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracker, err := budget.New(budget.Config{Service: "shop", Objectives: []slo.Objective{hourly()}})
		if err != nil {
			t.Fatal(err)
		}
		defer tracker.Close()
		clause := func(name string) policy.Clause {
			return policy.Clause{Name: name, When: policy.Signal(name), Then: act(policy.Escalate)}
		}
		hang, says := make(chan struct{}), make(chan bool, 1)
		says <- true
		last := false
		e, err := policy.Enforce(tracker, policy.Policy{Name: "p", Clauses: []policy.Clause{clause("hangs"), clause("exits"), clause("answers")}}, policy.EnforceConfig{
			Logger: quietLog,
			Signals: map[string]func() bool{
				"hangs": func() bool { <-hang; return true },
				"exits": func() bool { runtime.Goexit(); return true },
				"answers": func() bool {
					select {
					case last = <-says:
					default:
					}
					return last
				},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		enacted := func() (names []string) {
			for _, n := range e.Standing().Enacted {
				names = append(names, n.Clause)
			}
			return names
		}
		want := func(names ...string) {
			t.Helper()
			if got := enacted(); len(got) != len(names) || len(got) > 0 && got[0] != names[0] {
				t.Errorf("enacted %q, want %q", got, names)
			}
		}
		time.Sleep(5500 * time.Millisecond)
		synctest.Wait()
		want("answers")
		if s := tracker.Budget("checkout").Status(); s.Known == budget.Stale || e.Standing().At.Before(s.At.Add(-2*time.Second)) {
			t.Errorf("the tick stands still: %v, last at %v", s, e.Standing().At)
		}
		says <- false
		time.Sleep(10 * time.Second)
		synctest.Wait()
		want()
		if e.Panics() < 10 {
			t.Errorf("Panics() = %d, want one for each call that did not return", e.Panics())
		}
		close(hang)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		want("hangs")
	})
}

// TestSignalIsNeverCalledTwiceAtOnce: one that takes longer than a tick is not called again before
// it has returned.
func TestSignalIsNeverCalledTwiceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracker, err := budget.New(budget.Config{Service: "shop", Objectives: []slo.Objective{hourly()}})
		if err != nil {
			t.Fatal(err)
		}
		defer tracker.Close()
		var running, most, calls atomic.Int64
		_, err = policy.Enforce(tracker, policy.Policy{Name: "p", Clauses: []policy.Clause{
			{Name: "slow", When: policy.Signal("slow"), Then: act(policy.Escalate)},
			{Name: "too", When: policy.Signal("slow"), Then: act(policy.Communicate)},
		}}, policy.EnforceConfig{
			Logger: quietLog,
			Signals: map[string]func() bool{"slow": func() bool {
				calls.Add(1)
				most.Store(max(most.Load(), running.Add(1)))
				time.Sleep(3500 * time.Millisecond)
				running.Add(-1)
				return true
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute + time.Millisecond)
		tracker.Close()
		time.Sleep(10 * time.Second) // what is under way returns
		if most.Load() != 1 || calls.Load() != 15 {
			t.Errorf("in a minute: %d calls, %d at once, want 15 of four ticks each, one at a time", calls.Load(), most.Load())
		}
	})
}
