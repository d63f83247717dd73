package budget

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// updated returns the objectives of the n-th update of the tests here. The first is never
// touched; the others change in every way there is.
func updated(n int) []slo.Objective {
	list := []slo.Objective{everything}
	a, l, each := availability, latency, slo.Objective{Name: "each", Of: slo.Each, SLI: slo.Latency(10 * time.Millisecond), Target: slo.Percent(99)}
	a.Target = slo.Percent(90 + float64(n%9))
	l.SLI = slo.Latency([...]time.Duration{400, 10, 11, 12, 13}[n%5] * time.Millisecond)
	l.Window = slo.Rolling(time.Duration(1+n%3) * time.Hour)
	if n%4 > 0 {
		list = append(list, l)
	}
	if n%7 > 0 {
		list = append(list, a)
	}
	if n%3 > 0 {
		list = append(list, each)
	}
	return list
}

// during works until there were so many updates.
func during(updates *atomic.Int64, least int64, work func()) {
	for range 100_000 {
		work()
		if updates.Load() >= least {
			return
		}
		runtime.Gosched()
	}
}

// Updates, ticks, readings, scrapes and snapshots run while writers do: no event is lost or
// counted twice, by cells, by the objective that stays, by those whose thresholds come and
// go, and in flight.
func TestConcurrentUpdatesConserveEvents(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		t.Helper()
		s := simulate(t, everything)
		kept := latency // judged alike from the first update to the last
		kept.Name, kept.Of, kept.SLI = "kept", slo.HTTP("GET /kept"), slo.Latency(20*time.Millisecond)
		must(t, s.Update(append(updated(0), kept)))
		var w truth
		var early, late atomic.Uint64
		var writers, others sync.WaitGroup
		var done atomic.Bool
		var updates atomic.Int64
		for g := range 4 {
			writers.Go(func() { during(&updates, 12, func() { w.work(s, g, 100) }) })
			writers.Go(func() {
				o := s.HTTP("GET /kept")
				during(&updates, 12, func() {
					for i := range 100 {
						d := time.Duration(9+i%5+10*(i%2)) * time.Millisecond // around the thresholds that change, and the one that stays
						record(o, slo.Success, d)
						w.started.Add(1)
						w.good.Add(1)
						if d > 20*time.Millisecond {
							late.Add(1)
						} else {
							early.Add(1)
						}
					}
				})
			})
		}
		others.Go(func() {
			for n := 0; !done.Load(); n++ {
				kept.Target = slo.Percent(80 + float64(n%10))
				s.StepWall(time.Nanosecond) // no two updates are of one moment: what goes and comes again began later
				if err := s.Update(append(updated(n), kept)); err != nil {
					t.Error(err)
				}
				updates.Add(1)
				runtime.Gosched()
			}
		})
		others.Go(func() {
			for !done.Load() {
				s.Advance(time.Second)
				runtime.Gosched()
			}
		})
		others.Go(func() { watch(t, s, &done) })
		others.Go(func() { watchScrapes(t, s, &done) })
		writers.Wait()
		done.Store(true)
		others.Wait()

		for range 2 { // and a tick later
			if err := w.equal(s.Budget("all").Status().Total, requests(s.Report())); err != nil {
				t.Errorf("after %d updates: %v", updates.Load(), err)
			}
			for _, o := range s.Report().Operations {
				if o.InFlight != 0 {
					t.Errorf("%s: %d in flight, want none", o.Name, o.InFlight)
				}
			}
			got := s.Budget("kept").Status()
			if want := (Counts{Good: early.Load(), Bad: late.Load()}); got.Total != want || got.Renewed != "" {
				t.Errorf("kept: %+v in all, renewed %q, want %+v, never", got.Total, got.Renewed, want)
			}
			if got.Counts != got.Total {
				t.Errorf("kept: %+v in the window and %+v in all, want the same", got.Counts, got.Total)
			}
			s.Advance(time.Second)
		}
	})
}

// watchScrapes checks that what is exported of one operation never goes back, at the bounds
// that are there always, and takes snapshots meanwhile.
func watchScrapes(t *testing.T, s *Simulation, done *atomic.Bool) {
	t.Helper()
	last := map[string][]uint64{}
	totals := map[string]Counts{}
	for n := 0; !done.Load(); n++ {
		r := s.Report()
		for _, o := range r.Operations {
			now := append(o.Good.Cumulative(fixedEdges[:]), o.Good.Count, o.Requests())
			for i, n := range now {
				if was := last[o.Name]; was != nil && n < was[i] {
					t.Errorf("%s: bound %d of the histogram went back from %d to %d", o.Name, i, was[i], n)
				}
			}
			last[o.Name] = now
		}
		for _, o := range r.Objectives {
			key := fmt.Sprint(o.Name, o.Began)
			if was := totals[key]; o.Total.Good < was.Good || o.Total.Bad < was.Bad {
				t.Errorf("%s: total went back from %+v to %+v", o.Name, was, o.Total)
			}
			totals[key] = o.Total
		}
		if n%4 == 0 && len(s.Snapshot()) == 0 {
			t.Error("a snapshot is empty")
		}
		runtime.Gosched()
	}
}

// A threshold that changes under load parts no event in two: the totals of all generations
// together are what was recorded.
func TestConcurrentThresholdsConserveEvents(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		t.Helper()
		s := simulate(t, latency)
		var writers, updater sync.WaitGroup
		var done atomic.Bool
		var updates, want atomic.Int64
		for g := range 4 {
			writers.Go(func() {
				o := s.HTTP("GET /a")
				during(&updates, 50, func() {
					for i := range 100 {
						record(o, slo.Success, time.Duration(395+(i+g)%10)*time.Millisecond)
						want.Add(1)
					}
				})
			})
		}
		updater.Go(func() {
			for n := 0; !done.Load(); n++ {
				o := latency
				o.SLI = slo.Latency(time.Duration(396+n%8) * time.Millisecond)
				if err := s.Update([]slo.Objective{o}); err != nil {
					t.Error(err)
				}
				updates.Add(1)
				if st := s.Budget("latency").Status(); st.Counts.Good > st.Total.Good || st.Counts.Bad > st.Total.Bad {
					t.Errorf("%+v in this generation, %+v in all", st.Counts, st.Total)
				}
				runtime.Gosched()
			}
		})
		writers.Wait()
		done.Store(true)
		updater.Wait()
		if got := s.Budget("latency").Status().Total.Valid(); got != uint64(want.Load()) {
			t.Errorf("%d events in all generations, want %d", got, want.Load())
		}
	})
}
