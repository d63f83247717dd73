package budget

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// What is exported never goes back: buckets at the bounds that stay, sums, counts.
func TestUpdateKeepsHistograms(t *testing.T) {
	at := func(ms ...int) []slo.Objective {
		list := []slo.Objective{availability}
		for _, ms := range ms {
			o := latency
			o.Name, o.SLI = "latency "+time.Duration(ms).String(), slo.Latency(time.Duration(ms)*time.Millisecond)
			list = append(list, o)
		}
		return list
	}
	s, err := NewSimulation(Config{Objectives: at(400)}, noon)
	must(t, err)
	defer s.Close()
	rng := rand.New(rand.NewPCG(4, 5))
	var lasted []time.Duration
	fixed := fixedEdges[:]
	before := map[time.Duration]uint64{}
	for round := range 40 {
		for range 25 {
			d := time.Duration(rng.IntN(900)) * time.Millisecond
			record(s.HTTP("GET /a"), slo.Success, d)
			lasted = append(lasted, d)
		}
		r := s.Report()
		i := slices.IndexFunc(r.Operations, func(o OperationReport) bool { return o.Name == "GET /a" })
		h := r.Operations[i].Good
		if h.Count != uint64(len(lasted)) {
			t.Fatalf("round %d: %d in all, want %d", round, h.Count, len(lasted))
		}
		counts := h.Cumulative(fixed)
		for i, d := range fixed {
			var want uint64
			for _, l := range lasted {
				if l <= d {
					want++
				}
			}
			if counts[i] != want {
				t.Errorf("round %d: %d took at most %v, want %d", round, counts[i], d, want)
			}
		}
		now := map[time.Duration]uint64{}
		bounds := s.Bounds()
		for i, n := range h.Cumulative(bounds) {
			if now[bounds[i]] = n; n < before[bounds[i]] {
				t.Errorf("round %d: %d took at most %v, and %d before", round, n, bounds[i], before[bounds[i]])
			}
			if i > 0 && n < now[bounds[i-1]] {
				t.Errorf("round %d: %d took at most %v, and %d at most %v", round, n, bounds[i], now[bounds[i-1]], bounds[i-1])
			}
		}
		before = now
		must(t, s.Update(at([]int{400, 410, 390, 700}[rng.IntN(4)], 420+rng.IntN(4))))
	}
}

// Quantiles go on over updates, also those of spans that began before.
func TestUpdateKeepsLatencies(t *testing.T) {
	s := simulate(t, latency)
	if _, ok := s.Latency("GET /a", LastHour); ok {
		t.Fatal("a span that has just begun has something to say")
	}
	for i := range 300 {
		record(s.HTTP("GET /a"), slo.Success, time.Duration(300+i)*time.Millisecond)
		s.Advance(10 * time.Second)
		if i%20 == 19 {
			o := latency
			o.SLI = slo.Latency(time.Duration(300+37*i%300) * time.Millisecond)
			must(t, s.Update([]slo.Objective{o}))
			for _, tt := range []struct {
				span Span
				want uint64
			}{{SinceStart, uint64(i + 1)}, {LastHour, uint64(i + 1)}, {LastFiveMinutes, uint64(min(i+1, 31))}} {
				got, ok := s.Latency("GET /a", tt.span)
				if !ok || got.Count > tt.want+1 || got.Count+1 < tt.want {
					t.Fatalf("after %d: %d in span %d, want %d", i+1, got.Count, tt.span, tt.want)
				}
				if most, _ := got.Max(); most < time.Duration(300+i)*time.Millisecond || most > time.Duration(300+i)*time.Millisecond*1091/1000 {
					t.Fatalf("after %d: at most %v in span %d, want %d ms", i+1, most, tt.span, 300+i)
				}
			}
		}
	}
}

// Requests under way are neither lost nor finished by an update.
func TestUpdateKeepsRequestsInFlight(t *testing.T) {
	s := simulate(t, latency)
	o := s.HTTP("GET /a")
	o.Start()
	s.Advance(time.Second)
	faster := latency
	faster.SLI = slo.Latency(100 * time.Millisecond)
	must(t, s.Update([]slo.Objective{faster}))
	if got := s.Budget("latency").Status(); got.InFlight != 1 {
		t.Errorf("%d in flight, want 1", got.InFlight)
	}
	s.Advance(time.Minute)
	if got := s.Budget("latency").Status(); got.Known != Stalled || got.StalledFor < time.Minute {
		t.Errorf("%v for %v, want stalled since before the update", got.Known, got.StalledFor)
	}
	o.Finish(slo.Success, time.Minute)
	if got := s.Budget("latency").Status(); got.InFlight != 0 || got.Counts != (Counts{Bad: 1}) {
		t.Errorf("%d in flight, %+v; want none, 1 bad", got.InFlight, got.Counts)
	}
}

// An objective in slices of time goes on with its slices.
func TestUpdateKeepsSlices(t *testing.T) {
	o := availability
	o.Method, o.Window = slo.Timeslices(time.Minute, slo.Percent(90)), slo.Days(1, noon)
	s := simulate(t, o)
	minutes := func(n int, class slo.Class) {
		for range n * 60 {
			record(s.HTTP("GET /a"), class, 0)
			s.Advance(time.Second)
		}
	}
	minutes(5, slo.Success)
	minutes(2, slo.ServerError)
	s.Advance(30 * time.Second)
	record(s.HTTP("GET /a"), slo.ServerError, 0)
	retargeted := o
	retargeted.Target = slo.Percent(50)
	must(t, s.Update([]slo.Objective{retargeted, everything}))
	s.Advance(30 * time.Second)
	got := s.Budget("availability").Status()
	if want := (Counts{Good: 5, Bad: 3}); got.Counts != want || got.Total != want || got.Renewed != "" {
		t.Errorf("%+v, total %+v, renewed %q; want %+v: the slice under way went on", got.Counts, got.Total, got.Renewed, want)
	}
	if got := s.Budget("availability").Periods(); len(got) != 1 || got[0].Target != slo.Percent(50) || got[0].Counts.Bad != 3 {
		t.Errorf("periods %v, want the one under way with 3 bad slices", got)
	}
	other := o
	other.Method = slo.Timeslices(time.Minute, slo.Percent(99))
	must(t, s.Update([]slo.Objective{other}))
	minutes(1, slo.Success)
	if got := s.Budget("availability").Status(); got.Counts != (Counts{Good: 1}) || got.Total != (Counts{Good: 6, Bad: 3}) || got.Renewed != "budgeting method" {
		t.Errorf("%+v, total %+v, renewed %q; want a new generation", got.Counts, got.Total, got.Renewed)
	}
}

// Periods that have closed and episodes stay with an objective that is judged as before, and
// go with the generation that they were of.
func TestUpdateKeepsPeriodsAndEpisodes(t *testing.T) {
	o := availability
	o.Window = slo.Days(1, noon)
	s := simulate(t, o)
	hour := func(bad int) {
		for i := range 3600 {
			class := slo.Success
			if i < bad {
				class = slo.ServerError
			}
			record(s.HTTP("GET /a"), class, 0)
			s.Advance(time.Second)
		}
	}
	hour(600)
	hour(0)
	s.Advance(23 * time.Hour)
	hour(0)
	retargeted := o
	retargeted.Target = slo.Percent(99)
	must(t, s.Update([]slo.Objective{retargeted}))
	b := s.Budget("availability")
	if got := b.Periods(); len(got) != 2 || got[0].Counts.Bad != 600 || got[0].Target != o.Target || got[1].Target != retargeted.Target {
		t.Errorf("periods %v, want the closed one with its target, and the one under way with the new", got)
	}
	if got := b.Episodes(); len(got) != 1 || got[0].Counts.Bad != 600 {
		t.Errorf("episodes %v, want one", got)
	}
	renewed := retargeted
	renewed.SLI = slo.Availability(slo.Strict())
	must(t, s.Update([]slo.Objective{renewed}))
	if got := b.Periods(); len(got) != 1 || got[0].Counts != (Counts{}) || got[0].Observed != 0 {
		t.Errorf("periods %v of a new generation, want one that has just begun", got)
	}
	if got := b.Episodes(); len(got) != 0 {
		t.Errorf("episodes %v of a new generation, want none", got)
	}
	hour(600)
	if got := b.Episodes(); len(got) != 1 || got[0].Counts.Bad != 600 || len(got[0].Operations) != 1 || got[0].Operations[0].Bad != 600 {
		t.Errorf("episodes %+v, want one of the 600 since", got)
	}
}

// An update between a boundary and the tick that sees it belongs to the period that has begun:
// the one before ended under its own target, and what is new has no part in it.
func TestUpdateRightAfterABoundary(t *testing.T) {
	o := fourWeeks(0)
	o.Window = slo.Days(1, monday)
	s := simulateAt(t, monday, o)
	hours(s, 23, 10)
	s.Advance(59 * time.Minute)
	s.hand.move(90 * time.Second) // no tick
	retargeted, added, renewed := o, o, o
	retargeted.Target = slo.Percent(98)
	added.Name = "added"
	must(t, s.Update([]slo.Objective{retargeted, added}))
	s.Events("orders").Bad()
	s.Advance(time.Minute)
	p := s.Budget("orders").Periods()
	if len(p) != 2 || p[0].Target != o.Target || p[0].Counts != (Counts{Good: 23 * 990, Bad: 230}) || p[1].Target != retargeted.Target || p[1].Counts != (Counts{Bad: 1}) {
		t.Errorf("retargeted: %+v, want the day under the target that it had, and another", p)
	}
	if p := s.Budget("added").Periods(); len(p) != 1 || p[0].Counts != (Counts{Bad: 1}) {
		t.Errorf("added: %+v, want the day that has begun", p)
	}
	s.AdvanceTo(monday.Add(48*time.Hour - time.Minute))
	s.hand.move(90 * time.Second)
	renewed.Method = slo.Timeslices(time.Minute, slo.Percent(90))
	must(t, s.Update([]slo.Objective{renewed}))
	s.Events("orders").Bad()
	s.Advance(3 * time.Minute)
	if p := s.Budget("orders").Periods(); len(p) != 1 || p[0].Counts != (Counts{Bad: 1}) {
		t.Errorf("renewed: %+v, want the day that has begun, with one bad slice", p)
	}
}

// However often objectives change, memory is bounded by those that there are.
func TestUpdateBoundsMemory(t *testing.T) {
	s := simulate(t, availability, latency, everything)
	var after10 int
	for i := range 500 {
		for range 10 {
			record(s.HTTP("GET /a"), slo.Success, time.Duration(i)*time.Millisecond)
		}
		s.Advance(time.Second)
		o := latency
		o.SLI = slo.Latency(400*time.Millisecond + time.Duration(i%40)*time.Microsecond)
		must(t, s.Update([]slo.Objective{availability, o, everything}))
		if got := len(s.engine.tallier.splits); got > 4 {
			t.Fatalf("after %d updates: %d splits, want those of one latency objective", i+1, got)
		}
		if i == 9 {
			after10 = s.HTTP("GET /a").table.Bytes()
		}
	}
	if got := s.HTTP("GET /a").table.Bytes(); got != after10 {
		t.Errorf("cells take %d bytes after 500 updates, %d after 10", got, after10)
	}
	if got := len(s.engine.scopes); got != 1 {
		t.Errorf("%d histories of operations, want the one that is judged", got)
	}
}
