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

// atProcs runs a test at several GOMAXPROCS: a window that loses events does so at
// one of them and not at another.
func atProcs(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	for _, n := range []int{1, 2, 4, 8} {
		t.Run(fmt.Sprintf("GOMAXPROCS=%d", n), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
			f(t)
		})
	}
}

// returns calls f in a goroutine of its own, lets that run on the only processor, and reports
// whether f has returned. If it has not, it is waiting for something that the caller holds.
func returns(f func()) bool {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var done atomic.Bool
	go func() {
		f()
		done.Store(true)
	}()
	for i := 0; i < 100_000 && !done.Load(); i++ {
		runtime.Gosched()
	}
	return done.Load()
}

// truth is what the writers of a test know they did.
type truth struct{ good, bad, excluded, started atomic.Uint64 }

// work records m requests of every verdict on two operations, and counts them.
func (w *truth) work(s *Simulation, seed, m int) {
	a, b := s.HTTP("GET /a"), s.HTTP(fmt.Sprintf("GET /undeclared/%d", seed%3))
	for i := range m {
		o := a
		if (seed+i)%5 == 0 {
			o = b
		}
		o.Start()
		w.started.Add(1)
		switch (seed + i) % 7 {
		case 0:
			o.Finish(slo.ServerError, time.Millisecond)
			w.bad.Add(1)
		case 1:
			o.Finish(slo.Cancelled, time.Millisecond)
			w.excluded.Add(1)
		default:
			o.Finish(slo.Success, time.Duration(i%40)*time.Millisecond)
			w.good.Add(1)
		}
	}
}

// equal compares what was counted with what was done.
func (w *truth) equal(got Counts, requests uint64) error {
	want := Counts{Good: w.good.Load(), Bad: w.bad.Load(), Excluded: w.excluded.Load()}
	if got != want {
		return fmt.Errorf("counted %+v, want %+v", got, want)
	}
	if requests != w.started.Load() {
		return fmt.Errorf("counted %d requests, want %d", requests, w.started.Load())
	}
	return nil
}

var everything = slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99), Window: slo.Rolling(time.Hour)}

func requests(r Report) (n uint64) {
	for _, o := range r.Operations {
		if o.Kind != slo.EventsSource {
			n += o.Requests()
		}
	}
	return n
}

// Writers run while time ticks, windows rotate and readers read; at the end every
// event is there, once.
func TestConcurrentConservation(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		t.Helper()
		s := simulate(t, everything, availability, latency)
		var done atomic.Bool
		var w truth
		var writers, readers sync.WaitGroup
		for g := range 8 {
			writers.Go(func() { w.work(s, g, 4000) })
		}
		readers.Go(func() {
			for !done.Load() {
				s.Advance(time.Second)
				runtime.Gosched()
			}
		})
		readers.Go(func() { watch(t, s, &done) })
		writers.Wait()
		done.Store(true)
		readers.Wait()
		if err := w.equal(s.Budget("all").Status().Total, requests(s.Report())); err != nil {
			t.Error(err)
		}
		s.Advance(time.Second)
		if err := w.equal(s.Budget("all").Status().Total, requests(s.Report())); err != nil {
			t.Errorf("a tick later: %v", err)
		}
	})
}

// watch checks that readings are consistent and never decrease while writers run.
func watch(t *testing.T, s *Simulation, done *atomic.Bool) {
	t.Helper()
	var last Counts
	var lastRequests uint64
	for !done.Load() {
		st := s.Budget("all").Status()
		r := s.Report()
		n := requests(r)
		switch c := st.Total; {
		case c.Good < last.Good || c.Bad < last.Bad || c.Excluded < last.Excluded || n < lastRequests:
			t.Errorf("readings went back: %+v after %+v, %d requests after %d", c, last, n, lastRequests)
		case st.Counts.Good > st.Total.Good || st.Counts.Bad > st.Total.Bad:
			t.Errorf("the window holds more than the total: %+v of %+v", st.Counts, st.Total)
		case c.Valid()+c.Excluded > n:
			t.Errorf("judged %+v, but a later reading counted %d requests", c, n)
		}
		for _, o := range r.Operations {
			if o.InFlight > 1<<40 { // finished above started would wrap around
				t.Errorf("%s: %d requests in flight: finished is above started", o.Name, o.InFlight)
			}
		}
		last, lastRequests = st.Total, n
	}
}

// Bursts after idle gaps, in which a lock-free window that rotates in place loses
// events: every burst is counted whole, and gone once its window has passed.
func TestConcurrentIdleThenBurst(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		t.Helper()
		s := simulate(t, everything)
		var w truth
		for burst := range 200 {
			before := s.Budget("all").Status().Total
			var writers sync.WaitGroup
			start := make(chan struct{})
			for g := range 8 {
				writers.Go(func() {
					<-start
					w.work(s, g, 10)
				})
			}
			writers.Go(func() {
				<-start
				s.Advance(time.Second)
			})
			close(start)
			writers.Wait()
			st := s.Budget("all").Status()
			if got, want := st.Total.Valid()+st.Total.Excluded, before.Valid()+before.Excluded+80; got != want {
				t.Fatalf("burst %d: %d events in all, want %d", burst, got, want)
			}
			if got := st.Counts.Valid() + st.Counts.Excluded; got != 80 {
				t.Fatalf("burst %d: the window holds %d events, want the 80 of this burst", burst, got)
			}
			s.Advance(time.Hour + time.Duration(burst)*time.Second + time.Minute)
			if got := s.Budget("all").Counts(); got != (Counts{}) {
				t.Fatalf("burst %d: an hour later the window holds %+v, want nothing", burst, got)
			}
		}
		if err := w.equal(s.Budget("all").Status().Total, requests(s.Report())); err != nil {
			t.Error(err)
		}
	})
}

// The check above can fail: one increment that is dropped on purpose is noticed.
func TestConservationCheckNoticesALostEvent(t *testing.T) {
	s := simulate(t, everything)
	var w truth
	w.work(s, 1, 100)
	w.started.Add(1)
	w.good.Add(1) // done, and not recorded
	if err := w.equal(s.Budget("all").Status().Total, requests(s.Report())); err == nil {
		t.Error("a lost event was not noticed")
	}
}

// New operations appear while the limit is reached from all sides: the limit holds
// and every request is counted somewhere.
func TestConcurrentUndeclaredOperations(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		t.Helper()
		s := simulate(t, everything, availability)
		var writers sync.WaitGroup
		const each = 2000
		for g := range 8 {
			writers.Go(func() {
				for i := range each {
					record(s.HTTP(fmt.Sprintf("GET /%d/%d", g, i)), slo.Success, 0)
				}
			})
		}
		writers.Wait()
		record(s.HTTP("GET /a"), slo.Success, 0)
		r := s.Report()
		if got := requests(r); got != 8*each+1 {
			t.Errorf("%d requests counted, want %d", got, 8*each+1)
		}
		if limit := DefaultMaxOperations + 4; r.Self.Operations > limit+1 {
			t.Errorf("%d operations, want at most %d", r.Self.Operations, limit+1)
		}
		if got := s.Budget("availability").Counts(); got != (Counts{Good: 1}) {
			t.Errorf("the declared operation counted %+v after the flood, want 1 good", got)
		}
	})
}

func TestConcurrentEvents(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		t.Helper()
		o := slo.Objective{Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99)}
		s := simulate(t, o)
		var writers sync.WaitGroup
		for range 8 {
			writers.Go(func() {
				for range 1000 {
					s.Events("orders").Good()
					s.Events("orders").Bad()
					s.Events("orders").Add(3, 5)
				}
			})
		}
		writers.Go(func() {
			for range 100 {
				s.Advance(time.Second)
			}
		})
		writers.Wait()
		want := Counts{Good: 8 * 4000, Bad: 8 * 3000}
		if got := s.Budget("orders").Counts(); got != want {
			t.Errorf("Counts() = %+v, want %+v", got, want)
		}
	})
}
