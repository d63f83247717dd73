package budget_test

import (
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A service that reads its objectives from a file can read them again, while it serves.
func ExampleTracker_Update() {
	checkout := slo.HTTP("POST /checkout")
	objectives := []slo.Objective{
		{Name: "availability", Of: checkout, SLI: slo.Availability(), Target: slo.Percent(99)},
		{Name: "latency", Of: checkout, SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95)},
	}
	tracker, err := budget.NewSimulation(budget.Config{Objectives: objectives}, time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tracker.Close()
	request := func() {
		op := tracker.HTTP("POST /checkout")
		op.Start()
		op.Finish(slo.Success, 300*time.Millisecond)
	}
	for range 100 {
		request()
	}
	tracker.Advance(time.Hour)

	objectives[0].Target = slo.Percent(99.9)                // promised more
	objectives[1].SLI = slo.Latency(200 * time.Millisecond) // measured otherwise
	if err := tracker.Update(objectives); err != nil {
		fmt.Println(err)
		return
	}
	request()
	for _, s := range tracker.Statuses() {
		fmt.Printf("%s: %d good, %d bad since %s", s.Name, s.Counts.Good, s.Counts.Bad, s.Since.UTC().Format(time.TimeOnly))
		if s.Renewed != "" {
			fmt.Printf(": another %s", s.Renewed)
		}
		fmt.Println()
	}

	objectives[0].Target = slo.Percent(100)
	fmt.Println(tracker.Update(objectives))
	// Output:
	// availability: 101 good, 0 bad since 09:00:00
	// latency: 0 good, 1 bad since 10:00:00: another threshold
	// slo: Objectives[0] "availability".Target is Percent(100): want a percentage above 1 and below 100 (100 % leaves no error budget to spend)
}

// Who keeps something of the objectives looks at the revision to notice that they changed.
func ExampleTracker_Revision() {
	orders := slo.Objective{Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99)}
	tracker, err := budget.New(budget.Config{Objectives: []slo.Objective{orders}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tracker.Close()
	seen := tracker.Revision()
	orders.Target = slo.Percent(99.9)
	if err := tracker.Update([]slo.Objective{orders}); err != nil {
		fmt.Println(err)
		return
	}
	if tracker.Revision() != seen {
		fmt.Println(tracker.Declared()[0].Target)
	}
	// Output: 99.9%
}
