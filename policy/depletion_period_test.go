package policy

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// What was spent before the calendar period under way is forgiven: a budget that is whole
// again is not depleted by it.
func TestDepletionIsOfThePeriodUnderWay(t *testing.T) {
	monday := time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC)
	s, err := budget.NewSimulation(budget.Config{Resolution: time.Minute, Objectives: []slo.Objective{{
		Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99),
		Window: slo.Days(1, monday), ExpectedEvents: 24_000,
	}}}, monday)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w, err := Watch(s.Tracker, Config{NoDefaults: true, NoHealth: true, Rules: []Rule{
		{Name: "fast", Severity: Page, When: Depletion{Share: 0.3, Within: 12 * time.Hour}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	play := func(hours int, bad uint64) {
		for range hours {
			s.Events("orders").Add(1000-bad, 1000)
			s.Advance(time.Hour)
		}
	}
	play(24, 20) // twice the day's budget
	if got := len(w.Active()); got != 1 {
		t.Fatalf("%d breaches at the end of a day that spent its budget twice, want 1", got)
	}
	play(1, 0)
	if got := w.Active(); len(got) != 0 {
		t.Errorf("an hour into the next day: %v, want no breach", got)
	}
}
