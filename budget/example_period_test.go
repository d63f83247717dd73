package budget_test

import (
	"fmt"
	"log"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// january returns a tracker of orders, one in a hundred of which may be wrong in a calendar
// month, in which a thousand an hour are expected.
func january() *budget.Simulation {
	tracker, err := budget.NewSimulation(budget.Config{
		Service: "shop",
		Objectives: []slo.Objective{{
			Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99),
			Window: slo.Month(time.UTC), ExpectedEvents: 744_000,
		}},
		Resolution: time.Minute,
	}, time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		log.Fatal(err)
	}
	return tracker
}

// take records hours of a thousand orders each, of which so many are wrong.
func take(tracker *budget.Simulation, hours int, wrong uint64) {
	for range hours {
		tracker.Events("orders").Add(1000-wrong, 1000)
		tracker.Advance(time.Hour)
	}
}

func ExampleBudget_Periods() {
	tracker := january()
	defer tracker.Close()
	take(tracker, 700, 5)
	take(tracker, 44, 100)
	take(tracker, 24, 0)
	for _, period := range tracker.Budget("orders").Periods() {
		fmt.Println(period)
	}
	// Output:
	// 2026-01-01 to 2026-02-01: broken, -6.2% left
	// 2026-02-01 to 2026-03-01: fulfilled so far, 100.0% left
}

func ExamplePeriod_TimeToExhaustion() {
	tracker := january()
	defer tracker.Close()
	take(tracker, 300, 0)
	take(tracker, 24, 400)
	period := tracker.Budget("orders").Periods()[0]
	if after, exhausted := period.TimeToExhaustion(); exhausted {
		fmt.Printf("nothing was left after %v: %.0f%% now\n", after.Round(time.Hour), 100*period.Remaining)
	}
	// Output: nothing was left after 318h0m0s: -29% now
}

func ExampleBudget_Depletion() {
	tracker := january()
	defer tracker.Close()
	take(tracker, 24, 0)
	take(tracker, 24, 155) // a day of trouble
	take(tracker, 24, 0)
	for _, point := range tracker.Budget("orders").Depletion(12 * time.Hour) {
		fmt.Printf("%s %3.0f%%\n", point.At.Format("Jan _2 15:04"), 100*point.Remaining)
	}
	// Output:
	// Jan  1 00:00 100%
	// Jan  1 12:00 100%
	// Jan  2 00:00 100%
	// Jan  2 12:00  75%
	// Jan  3 00:00  50%
	// Jan  3 12:00  50%
	// Jan  4 00:00  50%
}

func ExampleBudget_Spent() {
	tracker := january()
	defer tracker.Close()
	take(tracker, 200, 25)
	if share, ok := tracker.Budget("orders").Spent(7 * slo.Day); ok && share >= 0.5 {
		fmt.Printf("the last week spent %.0f%% of the month's budget\n", 100*share)
	}
	// Output: the last week spent 56% of the month's budget
}

func ExampleBudget_PlanDowntime() {
	tracker := january()
	defer tracker.Close()
	take(tracker, 200, 0)
	sunday := time.Date(2026, time.January, 11, 3, 0, 0, 0, time.UTC)
	plan, ok := tracker.Budget("orders").PlanDowntime(sunday, 2*time.Hour)
	fmt.Printf("%v: costs %.0f%%, %.0f%% left at its start, %.0f%% at its end, affordable %v\n",
		ok, 100*plan.Cost, 100*plan.LeftAtStart, 100*plan.LeftAtEnd, plan.Affordable())
	// Output: true: costs 27%, 100% left at its start, 73% at its end, affordable true
}

func ExampleBudget_Status_timeslices() {
	tracker, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{{
		Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99),
		Method: slo.Timeslices(time.Minute, slo.Percent(95)), // a minute is good if 95 % of its orders are
	}}}, time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		log.Fatal(err)
	}
	defer tracker.Close()
	for minute := range 300 {
		wrong := uint64(0)
		if minute == 100 {
			wrong = 30
		}
		tracker.Events("orders").Add(100-wrong, 100)
		tracker.Advance(time.Minute)
	}
	status := tracker.Budget("orders").Status()
	fmt.Printf("%d of %d %v were good, %.0f%% of the budget is left\n", status.Counts.Good, status.Expected, status.Basis, 100*status.Remaining)
	// Output: 299 of 300 slices were good, 67% of the budget is left
}
