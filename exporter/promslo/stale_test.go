package promslo_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/slo"
)

// A tick that does not come leaves counts as they are, and ratios of this process
// absent; when it comes at last, its lag is told, until that tracker is closed.
func TestTickThatDoesNotCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := func(o slo.Objective) *budget.Tracker {
			tr, err := budget.New(budget.Config{Service: "shop", Objectives: []slo.Objective{o}})
			if err != nil {
				t.Fatal(err)
			}
			return tr
		}
		stuck, other := start(availability), start(orders)
		defer other.Close()
		defer stuck.Close()
		release := make(chan struct{})
		stuck.Attach(budget.Hook{Tick: func(budget.Tick) { <-release }})
		c := promslo.NewCollector(stuck, other).WithLocalRatios()
		record(stuck.HTTP("POST /checkout"), slo.Success, time.Millisecond, 5)
		other.Events("orders").Good()
		want(t, points(gather(t, c)), 1, "nines_error_budget_remaining_ratio", "slo", "checkout-availability")

		time.Sleep(time.Minute)
		record(stuck.HTTP("POST /checkout"), slo.Success, time.Millisecond, 5)
		got := points(gather(t, c))
		absent(t, got, "nines_error_budget_remaining_ratio", "slo", "checkout-availability")
		absent(t, got, "nines_burn_rate_ratio", "slo", "checkout-availability")
		want(t, got, 1, "nines_error_budget_remaining_ratio", "slo", "orders")
		want(t, got, 10, "nines_events_total", "slo", "checkout-availability", "outcome", "good")
		want(t, got, 10, "nines_window_events", "slo", "checkout-availability", "outcome", "good")

		close(release)
		synctest.Wait()
		want(t, points(gather(t, c)), 58, "nines_self_tick_lag_seconds") // due after 2 s, taken up after 60
		stuck.Close()
		want(t, points(gather(t, c)), 0, "nines_self_tick_lag_seconds")
		other.Close()
		absent(t, points(gather(t, c)), "nines_self_tick_lag_seconds")
	})
}
