package budget

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func TestPlannedDowntime(t *testing.T) {
	calendar := fourWeeks(672_000)
	rolling := calendar
	rolling.Name, rolling.Window, rolling.ExpectedEvents = "rolling", slo.Rolling(28*slo.Day), 0
	s := simulateAt(t, monday, calendar, rolling)
	hours(s, 1, 1000) // an hour of 672, of 1 %: 0.1488 of the budget
	hours(s, 335, 0)
	const hour = 1 / 6.72
	base := 1000. / 336_000
	for _, tt := range []struct {
		name             string
		budget           string
		in, length       time.Duration
		cost, start, end float64
	}{
		{"now", "orders", 0, time.Hour, hour, 1 - hour, 1 - 2*hour},
		{"tomorrow", "orders", slo.Day, time.Hour, hour, 1 - hour - base*24*hour, 1 - 2*hour - base*24*hour},
		{"next period", "orders", 14 * slo.Day, 2 * time.Hour, 2 * hour, 1, 1 - 2*hour},
		{"rolling, half a window seen", "rolling", 0, time.Hour, hour, 1 - hour, 1 - 2*hour},
		{"rolling, once the old hour has left", "rolling", 20 * slo.Day, time.Hour, hour, 1 - base*480*hour, 1 - base*480*hour - hour},
		{"more than there is", "orders", 0, 8 * time.Hour, 8 * hour, 1 - hour, 1 - 9*hour},
	} {
		d, ok := s.Budget(tt.budget).PlanDowntime(s.Time().Add(tt.in), tt.length)
		if !ok || !near(d.Cost, tt.cost, 1e-9) || !near(d.LeftAtStart, tt.start, 1e-9) || !near(d.LeftAtEnd, tt.end, 1e-9) || d.Affordable() != (tt.end > 0) {
			t.Errorf("%s: %+v, %v, affordable %v; want cost %v, %v left at its start, %v at its end", tt.name, d, ok, d.Affordable(), tt.cost, tt.start, tt.end)
		}
	}
	for _, tt := range []struct {
		name       string
		in, length time.Duration
	}{{"no length", 0, 0}, {"negative", 0, -time.Hour}, {"longer than the window", 0, 29 * slo.Day}, {"in another year", 300 * slo.Day, time.Hour}} {
		if d, ok := s.Budget("orders").PlanDowntime(s.Time().Add(tt.in), tt.length); ok || d != (Downtime{}) {
			t.Errorf("%s: %+v, %v, want nothing, false", tt.name, d, ok)
		}
	}
	if d, ok := s.Budget("nobody").PlanDowntime(s.Time(), time.Hour); ok || d != (Downtime{}) {
		t.Errorf("of an unknown objective: %+v, %v, want nothing, false", d, ok)
	}
}

// In a first period the rest is expected to be as what was seen, so that a plan for its end
// is what the end will be.
func TestPlannedDowntimeInAFirstPeriod(t *testing.T) {
	s := simulateAt(t, monday, fourWeeks(0))
	hours(s, 168, 5) // half the rate that spends the budget, for a quarter of the period
	const cost = 1 / 6.72
	for _, in := range []time.Duration{0, 7 * slo.Day, 21*slo.Day - time.Hour} {
		start := 1 - 0.5*float64(7*slo.Day+in)/float64(28*slo.Day)
		d, ok := s.Budget("orders").PlanDowntime(s.Time().Add(in), time.Hour)
		if !ok || !near(d.Cost, cost, 1e-9) || !near(d.LeftAtStart, start, 1e-9) || !near(d.LeftAtEnd, start-cost, 1e-9) {
			t.Errorf("in %v: %+v, %v; want %v left at its start, a cost of %v", in, d, ok, start, cost)
		}
	}
}

// An outage costs nothing where failures are left to another objective, and the same where
// they count.
func TestDowntimeOfLatencyObjectives(t *testing.T) {
	alone, slices := latency, latency
	alone.Name, alone.Of = "alone", slo.HTTP("GET /b")
	slices.Name, slices.Method = "slices", slo.RatioTimeslices(time.Minute)
	s := simulate(t, availability, latency, alone, slices)
	for range 100 {
		record(s.HTTP("GET /a"), slo.Success, 0)
		record(s.HTTP("GET /b"), slo.Success, 0)
		s.Advance(time.Minute)
	}
	for name, costs := range map[string]bool{"availability": true, "latency": false, "alone": true, "slices": false} {
		d, ok := s.Budget(name).PlanDowntime(s.Time(), time.Hour)
		if !ok || (d.Cost > 0) != costs || (d.LeftAtEnd < d.LeftAtStart) != costs {
			t.Errorf("%s: %+v, %v, want it to cost something: %v", name, d, ok, costs)
		}
	}
}
