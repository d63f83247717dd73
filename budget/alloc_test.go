//go:build !race

package budget

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Recording and reading allocate nothing. (Under the race detector sync.Pool drops
// tokens on purpose, so this file is left out there.)
func TestNothingIsAllocated(t *testing.T) {
	s := simulate(t, availability, latency, everything)
	o := s.HTTP("GET /a")
	for i := range DefaultMaxOperations {
		s.HTTP("GET /" + strconv.Itoa(i))
	}
	if s.HTTP("GET /beyond") != s.HTTP(otherName) {
		t.Fatal("there is room for more names")
	}
	record(o, slo.Success, time.Millisecond)
	record(o, slo.ServerError, time.Millisecond)
	s.Events("orders").Add(1, 2)
	s.Advance(time.Second)
	b := s.Budget("availability")
	windows := make([]Window, 0, 4)
	var e, torn slo.Event
	torn.Bad("a" + strings.Repeat("\u00e9", 200)) // is cut within a letter
	o.Start()
	o.FinishEvent(&torn, slo.Success, 0)
	for _, tt := range []struct {
		name string
		f    func()
	}{
		{"Start and Finish", func() { o.Start(); o.Finish(slo.Success, time.Millisecond) }},
		{"FinishEvent", func() { o.Start(); o.FinishEvent(&e, slo.ServerError, time.Millisecond) }},
		{"FinishEvent of a cause", func() { o.Start(); o.FinishEvent(&torn, slo.Success, 0) }},
		{"AddExemplar", func() { o.AddExemplar(traced(1), &e, slo.ServerError, 0) }},
		{"ParseTraceparent", func() { ParseTraceparent(goodTraceparent) }},
		{"HTTP", func() { s.HTTP("GET /a") }},
		{"HTTP beyond the limit", func() { s.HTTP("GET /beyond").Withdraw() }},
		{"Events", func() { s.Events("orders").Add(1, 2) }},
		{"Budget and Remaining", func() { s.Budget("availability").Remaining() }},
		{"BurnRate", func() { b.BurnRate(time.Hour) }},
		{"Counts", func() { s.Budget("all").Counts() }},
		{"Windows", func() { windows = b.Windows(windows[:0], time.Hour, time.Minute) }},
		{"a tick after an event", func() { o.Start(); o.Finish(slo.Success, time.Millisecond); s.Advance(time.Second) }},
		{"an idle tick", func() { s.Advance(time.Second) }},
		{"a tick with failures", func() { record(o, slo.ServerError, time.Second); s.Advance(time.Second) }},
	} {
		if got := testing.AllocsPerRun(100, tt.f); got != 0 {
			t.Errorf("%s: %v allocations, want 0", tt.name, got)
		}
	}
}
