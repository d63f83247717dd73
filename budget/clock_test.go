package budget

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Ring time counts modulo 2^32: what has left every window must not come back when it
// has gone round, neither step by step nor in one leap.
func TestOldEventsNeverComeBack(t *testing.T) {
	short := availability
	short.Window = slo.Rolling(time.Hour)
	for _, tt := range []struct {
		name       string
		resolution time.Duration
		step       time.Duration
		steps      int
	}{
		{"an hour at a time, ticks of a millisecond", time.Millisecond, time.Hour, 24 * 14},
		{"half an hour at a time", time.Millisecond, 30 * time.Minute, 2 * 24 * 14},
		{"in one leap", time.Millisecond, 149 * time.Hour, 4}, // 2^32 units of an eighth of a millisecond are 149.13 hours
		{"just round", time.Millisecond, 1<<32*time.Millisecond/8 - time.Minute, 3},
		{"years, ticks of a second", time.Second, 17 * 365 * slo.Day, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := NewSimulation(Config{Objectives: []slo.Objective{short}, Resolution: tt.resolution}, noon)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for range 5 {
				record(s.HTTP("GET /a"), slo.ServerError, 0)
				s.Advance(10 * tt.resolution)
			}
			if got := s.Budget("availability").Counts(); got != (Counts{Bad: 5}) {
				t.Fatalf("at once: %+v, want 5 bad", got)
			}
			for i := range tt.steps {
				s.Advance(tt.step)
				if got := s.Budget("availability").Counts(); got.Bad > 5 || (got.Bad != 0 && time.Duration(i+1)*tt.step > time.Hour+time.Minute) {
					t.Fatalf("after %d steps of %v: %+v, want nothing", i+1, tt.step, got)
				}
			}
			record(s.HTTP("GET /a"), slo.ServerError, 0)
			s.Advance(tt.resolution)
			if got := s.Budget("availability").Counts(); got != (Counts{Bad: 1}) {
				t.Errorf("in the end: %+v, want the last event", got)
			}
		})
	}
}

// The longest window that ring time allows is half as long as it counts to: leaps just
// within it, and just between two sweeps, do not bring back what has left it either.
func TestLongestWindowNeverComesRound(t *testing.T) {
	const window = maxSlots * time.Millisecond
	longest := availability
	longest.Window = slo.Rolling(window)
	const almost = window - 10*time.Millisecond
	for _, leaps := range [][]time.Duration{
		{almost, window / 2, window, window / 2, window},
		{almost, window / 4, window / 4, window, window / 4, window, window / 4, window},
		{window - time.Second, window / 2, window, window, window},
		{window / 5, window / 5, window / 5, window / 5, window/5 - time.Second, window / 5, window / 5, window, window / 5, window},
	} {
		s, err := NewSimulation(Config{Objectives: []slo.Objective{longest}, Resolution: time.Millisecond}, noon)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		record(s.HTTP("GET /a"), slo.ServerError, 0)
		s.Advance(10 * time.Millisecond)
		for i, d := range leaps {
			s.Advance(d)
			var want Counts
			if s.Now() <= window {
				want.Bad = 1
			}
			if got := s.Budget("availability").Counts(); got != want {
				t.Errorf("after %v, leap %d of %v: %+v, want %+v", s.Now(), i, leaps, got, want)
			}
		}
	}
}

// A suspend that is longer than ring time counts to does not bring back what happened
// just before it.
func TestVeryLongSuspend(t *testing.T) {
	short := availability
	short.Window = slo.Rolling(time.Hour)
	s, err := NewSimulation(Config{Objectives: []slo.Objective{short}, Resolution: time.Millisecond}, noon)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Advance(time.Minute)
	record(s.HTTP("GET /a"), slo.ServerError, 0)
	s.Advance(time.Millisecond) // seen by a tick
	s.StepWall(1 << 32 * time.Millisecond / 8)
	s.Advance(time.Minute) // suspect since the first tick
	record(s.HTTP("GET /a"), slo.ServerError, 0)
	s.Advance(time.Millisecond) // believed: the second event came after the gap
	if got := s.Budget("availability").Status(); got.Counts != (Counts{Bad: 1}) || got.Total.Bad != 2 || got.Observed > 2*time.Millisecond {
		t.Errorf("after 149 hours: %+v of %+v in all, observed for %v; want 1 bad of 2, observed for a tick", got.Counts, got.Total, got.Observed)
	}
}
