package budget_test

import (
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func ExampleBudget_ByCause() {
	tracker := shop()
	defer tracker.Close()
	operation := tracker.HTTP("POST /checkout")
	for _, cause := range []string{"payments", "payments", "stock", ""} {
		var event slo.Event // which middleware makes, and httpslo.Event(w) finds
		event.Bad(cause)
		operation.Start()
		operation.FinishEvent(&event, slo.Success, 20*time.Millisecond)
	}
	for _, c := range tracker.Budget("checkout-availability").ByCause(time.Hour) {
		fmt.Printf("%.0f %% of it was %q\n", 100*c.Share, c.Cause)
	}
	// Output:
	// 50 % of it was "payments"
	// 25 % of it was "stock"
	// 25 % of it was ""
}
