package budgettest_test

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/slo"
)

// A test of a service's wiring: one slow request, and nothing else, spends budget.
func Example() {
	_ = func(t *testing.T) { // TestCheckoutIsMeasured, in a service's own tests
		t.Helper()
		tracker := budgettest.New(t, slo.Objective{
			Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95),
		})

		// Serve through the service's handlers, wrapped with tracker.Tracker; a handler
		// that calls tracker.Advance takes that long.
		operation := tracker.HTTP("POST /checkout")
		operation.Start()
		began := tracker.Now()
		tracker.Advance(500 * time.Millisecond)
		operation.Finish(slo.Success, tracker.Now()-began)

		tracker.Want("checkout", 0, 1, 0)
	}
	// Output:
}
