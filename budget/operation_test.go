package budget

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Who was blamed is counted where the event ended badly.
func TestFinishEventCountsBlame(t *testing.T) {
	s := simulate(t, availability)
	o := s.HTTP("GET /a")
	for _, class := range []slo.Class{slo.Success, slo.ServerError, slo.ClientError, slo.Failed, slo.Cancelled} {
		var e slo.Event
		e.Blame("payments")
		o.Start()
		o.FinishEvent(&e, class, 0)
	}
	if got := s.Budget("availability").Counts(); got != (Counts{Good: 2, Bad: 2, Excluded: 1}) {
		t.Errorf("availability: %+v, want what it is without blame", got)
	}
	for _, r := range s.Report().Operations {
		if r.Name != "GET /a" {
			continue
		}
		if len(r.Causes) != 1 || r.Causes[0] != (CauseCount{"payments", 2}) {
			t.Errorf("Causes = %v, want payments twice", r.Causes)
		}
	}
}

func TestFinishEventAppliesMarks(t *testing.T) {
	s := simulate(t, availability, latency)
	o := s.HTTP("GET /a")
	for _, mark := range []func(*slo.Event){
		func(e *slo.Event) { e.Bad("payments") },
		func(e *slo.Event) { e.Exclude("load test") },
		func(e *slo.Event) { e.Degraded() },
		func(e *slo.Event) { e.Subtract(time.Second) },
		func(*slo.Event) {},
	} {
		var e slo.Event
		mark(&e)
		o.Start()
		o.FinishEvent(&e, slo.Success, 1200*time.Millisecond)
	}
	if got := s.Budget("availability").Counts(); got != (Counts{Good: 3, Bad: 1, Excluded: 1}) {
		t.Errorf("availability: %+v", got)
	}
	if got := s.Budget("latency").Counts(); got != (Counts{Good: 1, Bad: 2, Excluded: 2}) {
		t.Errorf("latency: %+v", got)
	}
	for i := range 100 {
		var e slo.Event
		e.Bad(strings.Repeat("x", i+1))
		o.Start()
		o.FinishEvent(&e, slo.Success, 0)
	}
	var sum uint64
	for _, op := range s.Report().Operations {
		if op.Name == "GET /a" {
			if len(op.Causes) > maxCauses+1 {
				t.Errorf("%d causes told apart, want at most %d", len(op.Causes), maxCauses+1)
			}
			for _, c := range op.Causes {
				sum += c.Count
			}
		}
	}
	if sum != 102 {
		t.Errorf("causes sum up to %d, want 102", sum)
	}
}

// An event is counted before its cause: whoever reads in between finds an event without a
// cause, never a cause without an event.
func TestACauseComesAfterItsEvent(t *testing.T) {
	s := simulate(t, availability)
	o := s.HTTP("GET /a")
	o.causesMu.Lock() // a cause that is new waits for it
	waits := !returns(func() { blamed(o, "payments") })
	counts, caused := s.Budget("availability").Counts(), s.Budget("availability").Caused("payments")
	o.causesMu.Unlock()
	if !waits || counts != (Counts{Bad: 1}) || caused != 0 {
		t.Errorf("half way through FinishEvent (%v): %+v, %d of them caused, want 1 bad event, not caused yet", waits, counts, caused)
	}
}

// Requests that come and are withdrawn while others are in flight do not hide those.
func TestConcurrentWithdraw(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		t.Helper()
		s := simulate(t, availability)
		o := s.HTTP("GET /a")
		const held = 3
		for range held {
			o.Start()
		}
		const n = 500_000
		var writer sync.WaitGroup
		writer.Go(func() {
			for range n {
				o.Start()
				o.Withdraw()
			}
		})
		defer writer.Wait()
		for o.withdrawn.Load() < n {
			for range 100 {
				if got := o.current(); got < held {
					t.Fatalf("%d requests in flight, want at least the %d that are", got, held)
				}
			}
			runtime.Gosched()
		}
	})
}
