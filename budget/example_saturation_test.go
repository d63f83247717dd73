package budget_test

import (
	"fmt"
	"log"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A pool of connections says how full the service is: more wait for one than there are.
func ExampleTracker_Saturation() {
	const size, used, waiting = 20, 20, 5
	tracker, err := budget.NewSimulation(budget.Config{
		Objectives: []slo.Objective{{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)}},
		Saturation: func() float64 { return float64(used+waiting) / size },
	}, start)
	if err != nil {
		log.Fatal(err)
	}
	defer tracker.Close()
	fmt.Println(tracker.Saturation())
	// Output: 1.25 true
}
