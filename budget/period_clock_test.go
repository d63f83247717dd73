package budget

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Wall clock steps change no count: a boundary is crossed once, not while the clock is in
// doubt, and is not uncrossed.
func TestPeriodsAndClockSteps(t *testing.T) {
	o := fourWeeks(672_000)
	o.Window = slo.Days(1, monday)
	s := simulateAt(t, monday, o)
	b := s.Budget("orders")
	hours(s, 12, 10)
	s.StepWall(30 * slo.Day)
	s.Advance(time.Minute)
	if p := b.Periods(); len(p) != 1 || p[0].Counts.Bad != 120 {
		t.Errorf("while the clock is suspect: %v, want one period with 120 bad", p)
	}
	s.StepWall(-30 * slo.Day) // it was an error
	hours(s, 12, 10)
	if p := b.Periods(); len(p) != 2 || p[0].Counts.Bad != 240 || p[1].Counts.Bad != 0 {
		t.Errorf("the first day: %v, want one closed with 240 bad and another begun", p)
	}
	s.StepWall(-3 * time.Hour)
	hours(s, 2, 10)
	if p := b.Periods(); len(p) != 2 || p[1].Counts.Bad != 20 {
		t.Errorf("after the clock went back over midnight: %v, want the boundary to stay crossed", p)
	}
	hours(s, 25, 0)
	s.StepWall(40 * slo.Day) // asleep
	s.Advance(2 * time.Minute)
	s.Events("orders").Add(0, 1)
	periods := b.Periods()
	var all Counts
	for i, p := range periods {
		all.Good, all.Bad = all.Good+p.Counts.Good, all.Bad+p.Counts.Bad
		if i > 0 && p.Start.Before(periods[i-1].End) {
			t.Errorf("period %v begins before the one before it ends: %v", p, periods[i-1])
		}
		if p.Coverage < 0 || p.Coverage > 1.0001 {
			t.Errorf("period %v: coverage %v, want a share", p, p.Coverage)
		}
	}
	if want := (Counts{Good: 0, Bad: 1}); all != want || len(periods) != 14 || periods[13].Counts != want {
		t.Errorf("%d periods hold %+v, want the 13 empty ones kept and the one event since", len(periods), all)
	}
}

// A clock that went back makes a period longer than its dates say. It was observed at most
// whole, and what is written of it can be read again.
func TestPeriodOfAClockThatWentBack(t *testing.T) {
	o := fourWeeks(0)
	o.Window = slo.Days(1, monday)
	s := simulateAt(t, monday, o)
	hours(s, 12, 10)
	s.StepWall(-time.Hour)
	hours(s, 18, 10)
	check := func(when string) {
		p := s.Budget("orders").Periods()
		if want := (Counts{Good: 25 * 990, Bad: 250}); len(p) != 2 || p[0].Counts != want || p[0].Observed != slo.Day || p[0].Coverage != 1 {
			t.Errorf("%s: periods %+v, want one of %+v, observed whole", when, p, want)
		}
		if want := uint64(5*1000 + 19*1000); len(p) != 2 || p[1].Expected != want || p[1].Basis != ForecastBasis {
			t.Errorf("%s: %+v, want %d expected: a thousand an hour", when, p[len(p)-1], want)
		}
	}
	check("then")
	s = restart(t, s, 0, Config{Objectives: []slo.Objective{o}, Resolution: time.Minute})
	check("after a restart")
}

// A clock that goes back over a boundary does not uncross it, and no budget is spent before
// its period began.
func TestExhaustedAfterTheClockWentBack(t *testing.T) {
	o := fourWeeks(24_000)
	o.Window = slo.Days(1, monday)
	s := simulateAt(t, monday, o)
	hours(s, 24, 0)
	s.Advance(time.Minute)
	s.StepWall(-3 * time.Hour)
	hours(s, 1, 900)
	s.Advance(time.Minute)
	p := s.Budget("orders").Periods()
	if d, ok := p[len(p)-1].TimeToExhaustion(); len(p) != 2 || d != 0 || !ok {
		t.Errorf("%v: exhausted after %v, %v; want 0, true", p, d, ok)
	}
}
