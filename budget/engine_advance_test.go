package budget

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Middleware that records requests which it never started is heard, if late: an idle operation
// is visited now and then, so that such a request leaves the window after its time.
func TestFinishOfAnIdleOperation(t *testing.T) {
	short := availability
	short.Window = slo.Rolling(time.Hour)
	s := simulate(t, short)
	s.Attach(Hook{Tick: func(Tick) {}}) // so that every tick comes
	o := s.HTTP("GET /a")
	for s.Advance(time.Minute); !s.engine.due(o); { // it has just been visited
		s.Advance(time.Second)
	}
	const n = 5
	for range n {
		o.Finish(slo.ServerError, 0)
	}
	visited := 0
	for i := 1; i <= visitAgain; i++ {
		s.Advance(time.Second)
		if o.seen.total() == n && visited == 0 {
			visited = i
		}
	}
	if visited != visitAgain {
		t.Errorf("an idle operation was visited after %d ticks, want %d", visited, visitAgain)
	}
	if got := s.Budget("availability").Counts(); got != (Counts{Bad: n}) {
		t.Errorf("at once: %+v, want %d bad", got, n)
	}
	s.Advance(time.Hour + 37*time.Second) // the window, 1 % of it, and a tick
	if got := s.Budget("availability").Counts(); got != (Counts{}) {
		t.Errorf("a window later: %+v, want nothing", got)
	}
}

// The visits to idle operations are spread over the ticks.
func TestIdleOperationsTakeTurns(t *testing.T) {
	s := simulate(t, everything)
	for i := range 2 * visitAgain {
		s.HTTP(string(rune('a' + i)))
	}
	for range visitAgain {
		s.Advance(time.Second)
		due := 0
		for _, o := range s.requests.all() {
			if s.engine.due(o) {
				due++
			}
		}
		if total := len(s.requests.all()); due < total/visitAgain || due > total/visitAgain+1 {
			t.Fatalf("%d of %d idle operations are visited at one tick, want one in %d", due, total, visitAgain)
		}
	}
}
