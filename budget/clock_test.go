package budget

import (
	"slices"
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
	sliced := longest
	sliced.Name, sliced.Method = "sliced", slo.Timeslices(time.Minute, slo.Percent(95))
	const almost = window - 10*time.Millisecond
	for _, leaps := range [][]time.Duration{
		{almost, window / 2, window, window / 2, window},
		{almost, window / 4, window / 4, window, window / 4, window, window / 4, window},
		{window - time.Second, window / 2, window, window, window},
		{window / 5, window / 5, window / 5, window / 5, window/5 - time.Second, window / 5, window / 5, window, window / 5, window},
		slices.Repeat([]time.Duration{window / 9 * 2}, 15), // no leap, and not so many ticks that all are visited
	} {
		s, err := NewSimulation(Config{Objectives: []slo.Objective{longest, sliced}, Resolution: time.Millisecond}, noon)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		blamed(s.HTTP("GET /a"), "payments")
		s.Advance(10 * time.Millisecond)
		for i, d := range leaps {
			s.Advance(d)
			var want Counts
			if s.Now() <= window {
				want.Bad = 1
			}
			for _, name := range []string{"availability", "sliced"} {
				if got := s.Budget(name).Counts(); got != want {
					t.Errorf("%s after %v, leap %d of %v: %+v, want %+v", name, s.Now(), i, leaps, got, want)
				}
			}
			if got := s.Budget("availability").ByCause(0); len(got) != int(want.Bad) {
				t.Errorf("after %v, leap %d of %v: %+v, want %d causes", s.Now(), i, leaps, got, want.Bad)
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

// The wall clock steps, the machine sleeps: nothing is lost, doubled or revived, and no
// budget is refilled by a clock that is wrong for less than a minute.
func TestClockSteps(t *testing.T) {
	o := availability
	o.Window = slo.Rolling(24 * time.Hour)
	start := func(t *testing.T) *Simulation {
		t.Helper()
		s := simulate(t, o)
		many(s, 500)
		record(s.HTTP("GET /a"), slo.ServerError, 0)
		s.Advance(time.Hour)
		return s
	}
	want := Counts{Good: 500, Bad: 1}
	for _, step := range []time.Duration{-30 * slo.Day, -time.Hour, time.Hour, 30 * slo.Day} {
		s := start(t)
		s.StepWall(step)
		s.Advance(30 * time.Second)
		if got := s.Budget("availability").Counts(); got != want {
			t.Errorf("step of %v: Counts() = %+v, want %+v", step, got, want)
		}
		if got := s.Budget("availability").Status(); got.ClockSuspect != (step > 0) {
			t.Errorf("step of %v: ClockSuspect = %v", step, got.ClockSuspect)
		}
		s.StepWall(-step) // mended
		s.Advance(2 * time.Hour)
		if got := s.Budget("availability").Status(); got.Counts != want || got.ClockSuspect {
			t.Errorf("step of %v, mended: %+v, suspect %v, want %+v and not", step, got.Counts, got.ClockSuspect, want)
		}
	}
	s := start(t)
	s.HTTP("GET /a").Start()
	s.StepWall(3 * time.Hour) // a suspend: the wall clock went on, the monotonic one stood still
	s.Advance(2 * time.Minute)
	s.HTTP("GET /a").Finish(slo.Success, 0)
	st := s.Budget("availability").Status()
	if st.Counts != (Counts{Good: 501, Bad: 1}) || st.Observed != time.Hour+2*time.Minute {
		t.Errorf("after a suspend: %+v observed for %v, want 501 good, 1 bad, observed for 1h2m", st.Counts, st.Observed)
	}
	if got := s.Elapsed(); got != 4*time.Hour+2*time.Minute {
		t.Errorf("after a suspend: engine time %v, want 4h2m", got)
	}
	s.Advance(20*time.Hour + 20*time.Minute) // a day after the first events, and one percent
	if got := s.Budget("availability").Counts(); got != (Counts{Good: 1}) {
		t.Errorf("a day later: %+v, want what came after the suspend: 1 good", got)
	}
}
