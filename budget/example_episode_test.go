package budget_test

import (
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// outage lets a shop serve an hour well, deploys a version that fails for ten minutes, and
// serves well again.
func outage() *budget.Simulation {
	tracker := shop()
	minutes := func(n int, class slo.Class) {
		for range n {
			serve(tracker.Tracker, 100, class, 20*time.Millisecond)
			tracker.Advance(time.Minute)
		}
	}
	tracker.MarkDeployment("v2.4.0")
	minutes(60, slo.Success)
	tracker.MarkDeployment("v2.5.0")
	minutes(10, slo.ServerError)
	tracker.Annotate("rolled back by hand")
	minutes(180, slo.Success)
	return tracker
}

func ExampleBudget_Episodes() {
	tracker := outage()
	defer tracker.Close()
	for _, episode := range tracker.Budget("checkout-availability").Episodes() {
		fmt.Println(episode)
	}
	// Output:
	// 2025-03-03 13:00:00 to 2025-03-03 13:09:01 UTC: 4000 % of the budget in 9m1s, 26617 %/h, peak burn rate 1000, 1000 bad of 1000, after deployment v2.5.0
}

func ExampleSummarize() {
	tracker := outage()
	defer tracker.Close()
	sum := budget.Summarize(tracker.Budget("checkout-availability").Episodes())
	fmt.Println(sum.Episodes, "episode,", sum.Total, "in all")
	// Output: 1 episode, 9m1s in all
}

func ExampleBudget_ForgottenEpisodes() {
	tracker := outage()
	defer tracker.Close()
	fmt.Println(tracker.Budget("checkout-availability").ForgottenEpisodes())
	// Output: 0
}

func ExampleTracker_MarkDeployment() {
	tracker := outage()
	defer tracker.Close()
	for _, marker := range tracker.Markers() {
		fmt.Println(marker.At.Format(time.TimeOnly), marker.Kind, marker.Text)
	}
	// Output:
	// 12:00:00 deployment v2.4.0
	// 13:00:00 deployment v2.5.0
	// 13:10:00 annotation rolled back by hand
}

func ExampleTracker_Annotate() {
	tracker := shop()
	defer tracker.Close()
	tracker.Annotate("load test began")
	fmt.Println(tracker.Markers()[0].Text)
	// Output: load test began
}

func ExampleBudget_SinceDeployment() {
	tracker := outage()
	defer tracker.Close()
	since, ok := tracker.Budget("checkout-availability").SinceDeployment()
	if !ok {
		return
	}
	fmt.Printf("since %s: %d bad events, burn rate %.0f, %.0f before\n",
		since.Deployment.Text, since.After.Counts.Bad, since.After.BurnRate, since.Before.BurnRate)
	// Output: since v2.5.0: 1000 bad events, burn rate 53, 0 before
}
