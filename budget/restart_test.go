package budget

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// restart ends a simulation and begins another where it left off, after a while.
func restart(tb testing.TB, s *Simulation, away time.Duration, cfg Config) *Simulation {
	tb.Helper()
	cfg.Restore = s.Snapshot()
	if len(cfg.Restore) == 0 {
		tb.Fatal("Snapshot() is empty")
	}
	next, err := NewSimulation(cfg, s.Time().Add(away))
	if err != nil {
		tb.Fatal(err)
	}
	s.Close()
	tb.Cleanup(next.Close)
	return next
}

// A restart does not refill a budget, and exported counts start at zero all the same.
func TestRestartKeepsBudgets(t *testing.T) {
	orders := slo.Objective{Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(90)}
	each := slo.Objective{Name: "each", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(90)}
	cfg := Config{Service: "test", Objectives: []slo.Objective{availability, latency, orders, each, everything}}
	s, err := NewSimulation(cfg, noon)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		class := slo.Success
		if i%500 == 0 {
			class = slo.ServerError
		}
		record(s.HTTP("GET /a"), class, time.Duration(i%10)*100*time.Millisecond)
		record(s.HTTP("GET /b"), slo.Success, 0)
		s.Advance(time.Second)
	}
	s.Events("orders").Add(7, 9)
	before := s.Statuses()
	s = restart(t, s, 10*time.Minute, cfg)
	after := s.Statuses()
	if len(after) != len(before) {
		t.Fatalf("objectives %q after the restart, want %d", s.Objectives(), len(before))
	}
	for _, was := range before {
		is := s.Budget(was.Name).Status()
		if is.Counts != was.Counts || is.Remaining != was.Remaining {
			t.Errorf("%s: %+v with %v remaining after the restart, want %+v with %v", was.Name, is.Counts, is.Remaining, was.Counts, was.Remaining)
		}
		if is.Total != (Counts{}) || !is.Restored || is.Renewed != "" {
			t.Errorf("%s: total %+v, restored %v, renewed %q; want nothing, true, nothing", was.Name, is.Total, is.Restored, is.Renewed)
		}
		if is.Observed != was.Observed || is.Since != was.Since || !is.At.Equal(was.At.Add(10*time.Minute)) {
			t.Errorf("%s: observed %v since %v at %v, want %v since %v ten minutes later than %v", was.Name, is.Observed, is.Since, is.At, was.Observed, was.Since, was.At)
		}
	}
	record(s.HTTP("GET /a"), slo.ServerError, 0)
	if got := s.Budget("availability").Status(); got.Counts.Bad != 5 || got.Total != (Counts{Bad: 1}) {
		t.Errorf("one failure later: %+v, %+v in all, want 5 bad, and 1 by this process", got.Counts, got.Total)
	}
	if got := requests(s.Report()); got != 1 {
		t.Errorf("%d requests reported, want the one of this process", got)
	}
	s = restart(t, s, 0, cfg) // once more, what was restored included
	if got := s.Budget("availability").Counts(); got.Bad != 5 {
		t.Errorf("after another restart: %+v, want 5 bad", got)
	}
	s.Advance(29 * slo.Day)
	if got := s.Budget("availability").Counts(); got != (Counts{}) {
		t.Errorf("a window later: %+v, want nothing", got)
	}
}

// Windows that reach back beyond a restart hold what they would have held without it.
func TestWindowsAcrossRestarts(t *testing.T) {
	o := availability
	o.Window = slo.Rolling(6 * time.Hour)
	cfg := Config{Objectives: []slo.Objective{o}}
	s, err := NewSimulation(cfg, noon)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	m := &model{objective: o}
	var slack time.Duration // each restart may round a point by a tick
	for i := range 20_000 {
		class := slo.Success
		if rng.IntN(20) == 0 {
			class = slo.ServerError
		}
		record(s.HTTP("GET /a"), class, 0)
		m.add(modelEvent{s.Elapsed(), class, 0, 1})
		s.Advance(time.Duration(rng.Int64N(int64(4 * time.Second))))
		if i%4000 == 3999 {
			cfg.Resolution = time.Duration(1+i/4000) * 500 * time.Millisecond
			s = restart(t, s, time.Duration(rng.Int64N(int64(20*time.Minute))), cfg)
			slack += 3 * time.Second
		}
		if i%50 != 0 {
			continue
		}
		for _, d := range []time.Duration{time.Minute, time.Hour, 6 * time.Hour} {
			now := s.Elapsed()
			got := s.Budget("availability").Windows(nil, d)[0].Counts
			least, most := m.counts(now-d), m.counts(now-d-max(d/50, 2*time.Second)-slack)
			if !got.between(least, most) {
				t.Fatalf("event %d, window %v: %+v, want from %+v to %+v", i, d, got, least, most)
			}
		}
	}
}

func TestRestoredHistoryFromTheFuture(t *testing.T) {
	s := simulate(t, availability)
	many(s, 10)
	s.Advance(time.Minute)
	next := restart(t, s, -30*slo.Day, Config{Objectives: []slo.Objective{availability}})
	if got := next.Budget("availability").Status(); got.Counts.Good != 10 || got.Observed != time.Minute {
		t.Errorf("%+v observed for %v, want 10 good observed for 1m: no time has passed", got.Counts, got.Observed)
	}
}
