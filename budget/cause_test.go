package budget

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// blamed records a request that its handler calls bad.
func blamed(o *Operation, cause string) {
	var e slo.Event
	e.Bad(cause)
	o.Start()
	o.FinishEvent(&e, slo.Success, 0)
}

// causesOf prints causes without their cost.
func causesOf(list []CauseCost) (s []string) {
	for _, c := range list {
		s = append(s, fmt.Sprintf("%q %d %.3g", c.Cause, c.Bad, c.Share))
	}
	return s
}

// Half of it was payments: over each window, of one operation and of all.
func TestByCause(t *testing.T) {
	s := simulate(t, availability, everything, latency)
	a, b := s.HTTP("GET /a"), s.HTTP("GET /b")
	for range 7 {
		blamed(a, "storage")
	}
	s.Advance(2 * time.Hour)
	for i := range 10 {
		if i < 5 {
			blamed(a, "payments")
		} else if i < 8 {
			blamed(a, "search")
		} else {
			record(a, slo.ServerError, 0)
		}
		blamed(b, "payments")
		record(a, slo.Success, 0)
		s.Advance(time.Second)
	}
	var excluded, degraded slo.Event
	excluded.Exclude("load test")
	degraded.Degraded()
	degraded.Blame("payments")
	for _, e := range []*slo.Event{&excluded, &degraded} {
		a.Start()
		a.FinishEvent(e, slo.Success, 0)
	}
	for _, tt := range []struct {
		name   string
		window time.Duration
		want   []string
	}{
		{"availability", time.Hour, []string{`"payments" 5 0.5`, `"search" 3 0.3`, `"" 2 0.2`}},
		{"availability", 5 * time.Second, []string{`"search" 3 0.6`, `"" 2 0.4`}},
		{"availability", 0, []string{`"storage" 7 0.412`, `"payments" 5 0.294`, `"search" 3 0.176`, `"" 2 0.118`}},
		{"all", time.Hour, []string{`"payments" 15 0.75`, `"search" 3 0.15`, `"" 2 0.1`}},
		{"latency", 0, nil}, // failures are the other budget's
	} {
		if got := causesOf(s.Budget(tt.name).ByCause(tt.window)); !slices.Equal(got, tt.want) {
			t.Errorf("%s over %v: %q, want %q", tt.name, tt.window, got, tt.want)
		}
	}
	var cost float64
	for _, c := range s.Budget("availability").ByCause(0) {
		cost += c.Cost
	}
	if consumed, _ := s.Budget("availability").Consumed(); !near(cost, consumed, 1e-9) {
		t.Errorf("costs sum up to %v, want the %v that are consumed", cost, consumed)
	}
	for _, window := range []time.Duration{-1, 29 * slo.Day} {
		if got := s.Budget("availability").ByCause(window); got != nil {
			t.Errorf("over %v: %v, want nil", window, got)
		}
	}
	if got := s.Budget("nobody").ByCause(0); got != nil {
		t.Errorf("of nobody: %v, want nil", got)
	}
	s.Advance(29 * slo.Day)
	if got := s.Budget("availability").ByCause(0); got == nil || len(got) != 0 {
		t.Errorf("a window later: %v, want an empty list", got)
	}
	s.Advance(400 * slo.Day) // ring time comes round
	if got := s.Budget("availability").ByCause(28 * slo.Day); len(got) != 0 {
		t.Errorf("a year later: %v, want an empty list", got)
	}
}

// Causes are bounded, by operation and of all together, and sums stay exact.
func TestCausesAreBounded(t *testing.T) {
	s := simulate(t, availability, everything)
	for i := range 100 {
		blamed(s.HTTP("GET /a"), fmt.Sprint("a", i))
		blamed(s.HTTP("GET /b"), fmt.Sprint("b", i))
	}
	for name, want := range map[string]uint64{"availability": 100, "all": 200} {
		list := s.Budget(name).ByCause(0)
		var sum uint64
		for _, c := range list {
			sum += c.Bad
		}
		if last := list[len(list)-1]; len(list) != maxCauses+1 || last.Cause != otherName || sum != want {
			t.Errorf("%s: %d causes of %d events, the last %+v; want %d of %d, the last %s", name, len(list), sum, last, maxCauses+1, want, otherName)
		}
	}
}

// An episode says what it was blamed on, as far as it goes.
func TestCausesOfAnEpisode(t *testing.T) {
	s := simulate(t, availability, everything)
	o := s.HTTP("GET /a")
	blamed(o, "before")
	run := func(n int, cause string) {
		for range n {
			if cause != "" {
				blamed(o, cause)
			}
			record(o, slo.Success, 0)
			s.Advance(time.Second)
		}
	}
	run(2*3600, "")
	run(60, "payments")
	run(20, "search")
	run(1800, "")
	want := []CauseCount{{"payments", 60}, {"search", 20}}
	for _, name := range []string{"availability", "all"} {
		list := s.Budget(name).Episodes()
		if got := list[len(list)-1]; got.Open != (name == "availability") || !slices.Equal(got.Causes, want) {
			t.Errorf("%s: %v because of %v, want it open (of all, closed) because of %v", name, got, got.Causes, want)
		}
	}
	run(7200, "")
	blamed(o, "after")
	s.Advance(time.Second)
	for _, name := range []string{"availability", "all"} {
		list := s.Budget(name).Episodes()
		if got := list[len(list)-1]; got.Open || !slices.Equal(got.Causes, want) {
			t.Errorf("%s: %v because of %v, want it closed because of %v", name, got, got.Causes, want)
		}
	}
}

// Of slices of time the causes are those of the events in them, and share what they cost.
func TestByCauseOfSlices(t *testing.T) {
	o := availability
	o.Method = slo.Timeslices(time.Minute, slo.Percent(95))
	s := simulate(t, o)
	for i := range 600 {
		if i < 60 {
			blamed(s.HTTP("GET /a"), []string{"payments", "search"}[i%2])
		}
		record(s.HTTP("GET /a"), slo.Success, 0)
		s.Advance(time.Second)
	}
	list := s.Budget("availability").ByCause(time.Hour)
	consumed, _ := s.Budget("availability").Consumed()
	if want := []string{`"payments" 30 0.5`, `"search" 30 0.5`}; !slices.Equal(causesOf(list), want) || list[0].Cost != consumed/2 {
		t.Errorf("%+v, want %q at %v each", list, want, consumed/2)
	}
}

// Whatever is going on, causes never sum up to more than the bad events, and in the end to
// all of them.
func TestConcurrentSafeCauses(t *testing.T) {
	o := availability
	o.Window = slo.Rolling(slo.Day)
	tr, err := New(Config{Objectives: []slo.Objective{o}, Resolution: 2 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 5000 {
				blamed(tr.HTTP("GET /a"), fmt.Sprint(i, n%10))
			}
		})
	}
	for range 200 {
		for _, c := range tr.Budget("availability").ByCause(time.Hour) {
			if c.Share < 0 || c.Share > 1 {
				t.Fatalf("%+v, want a share in (0, 1]", c)
			}
		}
	}
	wg.Wait()
	var sum uint64
	for _, c := range tr.Budget("availability").ByCause(0) {
		sum += c.Bad
	}
	if sum != 20_000 {
		t.Errorf("causes of %d events, want 20000", sum)
	}
}

// Events that come while causes are read do not hide those of which nobody said anything.
func TestConcurrentCausesHideNoOthers(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		t.Helper()
		s := simulate(t, availability)
		o := s.HTTP("GET /a")
		const silent = 5
		for range silent {
			record(o, slo.ServerError, 0)
		}
		var done atomic.Bool
		var writer sync.WaitGroup
		writer.Go(func() {
			for !done.Load() {
				for range 1000 {
					blamed(o, "payments")
				}
				runtime.Gosched()
			}
		})
		for range 2000 {
			list := s.Budget("availability").ByCause(time.Hour)
			if last := list[len(list)-1]; last.Cause != "" || last.Bad < silent {
				t.Errorf("%+v, want the last to be at least %d without a cause", list, silent)
				break
			}
		}
		done.Store(true)
		writer.Wait()
	})
}
