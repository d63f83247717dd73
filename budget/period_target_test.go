package budget

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// TestExhaustedByAnotherTarget: a target that changes in a period tells anew when its budget
// was spent, whether it changes by an update or with a restart.
func TestExhaustedByAnotherTarget(t *testing.T) {
	for name, change := range map[string]func(*Simulation, slo.Objective) *Simulation{
		"update": func(s *Simulation, o slo.Objective) *Simulation {
			must(t, s.Update([]slo.Objective{o}))
			return s
		},
		"restart": func(s *Simulation, o slo.Objective) *Simulation {
			return restart(t, s, 0, Config{Objectives: []slo.Objective{o}, Resolution: time.Minute})
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := fourWeeks(672_000) // at 99 % 6,720 may be bad: the hundred of each hour spend that in 67.2 h
			s := simulateAt(t, monday, o)
			exhausted := func(hours, late float64) {
				t.Helper()
				s.Advance(time.Minute)
				got, ok := s.Budget("orders").Periods()[0].TimeToExhaustion()
				if want := hours > 0; ok != want || want && (got.Hours() < hours || got.Hours() > hours+late) {
					t.Errorf("under %v exhausted after %v, %v; want %v h or up to %v h later", o.Target, got, ok, hours, late)
				}
			}
			hours(s, 100, 100)
			exhausted(67, 0.6) // on the half hour
			o.Target = slo.Ratio(0.99)
			s = change(s, o) // the same
			exhausted(67, 0.6)
			o.Target = slo.Percent(95)
			s = change(s, o)
			exhausted(0, 0)
			hours(s, 300, 100)
			exhausted(336, 1.3) // by what history still tells of 64 hours ago
			o.Target = slo.Percent(99)
			s = change(s, o)
			exhausted(67, 4)
			o.Target = slo.Percent(85)
			s = change(s, o)
			exhausted(0, 0)
			hours(s, 273, 100)
			if p := s.Budget("orders").Periods()[0]; !p.Closed || !p.Exhausted.IsZero() || p.Target != o.Target {
				t.Errorf("closed %v, exhausted at %v of %v; want closed, and never under 85%%", p.Closed, p.Exhausted, p.Target)
			}
		})
	}
}

// TestAnotherTargetBeforeARestart: what only history tells, it tells after a restart too.
func TestAnotherTargetBeforeARestart(t *testing.T) {
	o := fourWeeks(0) // nothing is expected: nothing is spent before the period has closed
	o.Target = slo.Percent(95)
	s := simulateAt(t, monday, o)
	hours(s, 100, 100)
	o.Target = slo.Percent(99)
	must(t, s.Update([]slo.Objective{o}))
	s.Advance(time.Minute)
	o.ExpectedEvents = 672_000
	s = restart(t, s, 0, Config{Objectives: []slo.Objective{o}, Resolution: time.Minute})
	s.Events("orders").Good()
	s.Advance(time.Minute)
	if got, ok := s.Budget("orders").Periods()[0].TimeToExhaustion(); !ok || got < 67*time.Hour || got > 68*time.Hour {
		t.Errorf("exhausted after %v, %v; want 67 h", got, ok)
	}
}
