package budget_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/slo"
)

func TestTickTellsHowMuchWasWatched(t *testing.T) {
	sim := budgettest.New(t, slo.Objective{Name: "a", Of: slo.HTTP("GET /a"), SLI: slo.Availability(), Target: slo.Percent(99)})
	var ticks int
	var elapsed, watched time.Duration
	sim.Attach(budget.Hook{Tick: func(at budget.Tick) {
		ticks++
		elapsed, watched = at.Elapsed, watched+at.Watched
	}})
	sim.Advance(10 * time.Second)
	if ticks != 10 || elapsed != 10*time.Second || watched != 10*time.Second {
		t.Errorf("after 10 s: %d ticks, Elapsed %v, Watched %v in all, want 10, 10s, 10s", ticks, elapsed, watched)
	}
	sim.StepWall(time.Hour) // a suspend, believed after a minute
	sim.Advance(70 * time.Second)
	if want := 80*time.Second + time.Hour; elapsed != want || watched != 80*time.Second {
		t.Errorf("after a gap of an hour: Elapsed %v, Watched %v in all, want %v, 1m20s", elapsed, watched, want)
	}
}

// Snapshots and updates move time between two ticks, and take nothing from what was watched.
func TestTickWatchesThroughSnapshotsAndUpdates(t *testing.T) {
	o := slo.Objective{Name: "a", Of: slo.HTTP("GET /a"), SLI: slo.Availability(), Target: slo.Percent(99)}
	sim := budgettest.New(t, o)
	var watched time.Duration
	sim.Attach(budget.Hook{Tick: func(at budget.Tick) { watched += at.Watched }})
	between := func(n int) {
		for range n {
			sim.Advance(600 * time.Millisecond)
			sim.Snapshot()
			sim.Advance(200 * time.Millisecond)
			if err := sim.Update([]slo.Objective{o}); err != nil {
				t.Fatal(err)
			}
			sim.Advance(200 * time.Millisecond)
		}
	}
	between(10)
	if watched != 10*time.Second {
		t.Errorf("in 10 s: Watched %v in all, want 10s", watched)
	}
	sim.StepWall(time.Hour) // a suspend, which a snapshot may be the first to believe
	between(70)
	if watched != 80*time.Second {
		t.Errorf("after a gap of an hour: Watched %v in all, want 1m20s", watched)
	}
}

func TestTickThatComesLateWasNotWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracker, err := budget.New(budget.Config{Objectives: []slo.Objective{
			{Name: "a", Of: slo.HTTP("GET /a"), SLI: slo.Availability(), Target: slo.Percent(99)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer tracker.Close()
		var ticks int
		var elapsed, watched time.Duration
		tracker.Attach(budget.Hook{Tick: func(at budget.Tick) {
			elapsed, watched = at.Elapsed, watched+at.Watched
			if ticks++; ticks == 5 {
				time.Sleep(time.Minute) // a hook that hangs holds up the tick
			}
		}})
		time.Sleep(70*time.Second + time.Millisecond)
		synctest.Wait()
		// The tick that was held up came 60 s after the one before, and was not watched.
		if elapsed != 70*time.Second || watched < 9*time.Second || watched > 11*time.Second {
			t.Errorf("Elapsed %v, Watched %v in all, want 1m10s and about 10s", elapsed, watched)
		}
	})
}

func TestWindowCountsCancelled(t *testing.T) {
	op := slo.HTTP("GET /a")
	sim := budgettest.New(t,
		slo.Objective{Name: "availability", Of: op, SLI: slo.Availability(), Target: slo.Percent(99)},
		slo.Objective{Name: "latency", Of: op, SLI: slo.Latency(time.Second), Target: slo.Percent(99)},
		slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(slo.WithCancelled(slo.Bad)), Target: slo.Percent(99)},
	)
	finish := func(n int, c slo.Class, d time.Duration) {
		for range n {
			sim.HTTP("GET /a").Start()
			sim.HTTP("GET /a").Finish(c, d)
		}
	}
	finish(100, slo.Cancelled, time.Minute)
	sim.Advance(10 * time.Minute)
	finish(7, slo.Cancelled, time.Millisecond)
	finish(4, slo.Cancelled, time.Minute)
	finish(80, slo.Success, time.Millisecond)
	for _, name := range []string{"availability", "latency", "all"} {
		w := sim.Budget(name).Windows(nil, 5*time.Minute, time.Hour)
		if w[0].Cancelled != 11 || w[1].Cancelled != 111 {
			t.Errorf("%s: Cancelled = %d in 5m and %d in 1h, want 11 and 111", name, w[0].Cancelled, w[1].Cancelled)
		}
	}
}

func TestBudgetStalledFor(t *testing.T) {
	sim := budgettest.New(t,
		slo.Objective{Name: "a", Of: slo.HTTP("GET /a"), SLI: slo.Availability(), Target: slo.Percent(99)},
		slo.Objective{Name: "stream", Of: slo.Events("stream"), SLI: slo.Correctness(), Target: slo.Percent(99)},
	)
	op := sim.HTTP("GET /a")
	op.Start()
	sim.Advance(time.Second) // the tick that sees it
	stalled := func() time.Duration { return sim.Budget("a").StalledFor() }
	sim.Advance(10 * time.Second)
	if got := stalled(); got != 0 {
		t.Errorf("after 10 s: StalledFor = %v, want 0", got)
	}
	sim.Advance(20 * time.Second)
	if got, want := stalled(), 30*time.Second; got != want || sim.Budget("a").Status().StalledFor != want {
		t.Errorf("after 30 s: StalledFor = %v, in the status %v, want %v", got, sim.Budget("a").Status().StalledFor, want)
	}
	if n := testing.AllocsPerRun(100, func() { stalled() }); n != 0 {
		t.Errorf("StalledFor allocates %v times, want 0", n)
	}
	op.Finish(slo.Success, 30*time.Second)
	sim.Advance(time.Second)
	if got := stalled(); got != 0 {
		t.Errorf("after it finished: StalledFor = %v, want 0", got)
	}
	for _, name := range []string{"stream", "unknown"} {
		if got := sim.Budget(name).StalledFor(); got != 0 {
			t.Errorf("%s: StalledFor = %v, want 0", name, got)
		}
	}
	op.Start()
	sim.Advance(time.Minute)
	sim.Close()
	if got := stalled(); got != 0 {
		t.Errorf("closed: StalledFor = %v, want 0", got)
	}
}

// A hook that is taken off, or put on, while the others are being called changes nothing for
// them.
func TestHooksComeAndGoDuringATick(t *testing.T) {
	sim := budgettest.New(t, slo.Objective{Name: "a", Of: slo.HTTP("GET /a"), SLI: slo.Availability(), Target: slo.Percent(99)})
	var called string
	hook := func(name string) budget.Hook {
		return budget.Hook{Tick: func(budget.Tick) { called += name }}
	}
	var leave func()
	first := hook("1")
	first.Tick = func(budget.Tick) {
		called += "1"
		leave()
		sim.Attach(hook("4"))
	}
	leave = sim.Attach(first)
	sim.Attach(hook("2"))
	sim.Attach(hook("3"))
	for _, want := range []string{"123", "234"} {
		called = ""
		if sim.Advance(time.Second); called != want {
			t.Errorf("a tick called the hooks %s, want %s", called, want)
		}
	}
}
