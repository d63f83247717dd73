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

// What was restored shows in windows, never in a counter.
func TestRestoredHistoryIsNotCounted(t *testing.T) {
	before := simulate(t, availability, orders)
	record(before.HTTP("POST /checkout"), slo.ServerError, time.Millisecond, 2)
	before.Events("orders").Add(8, 10)
	before.Advance(time.Hour)
	now := before.Time().Add(time.Minute)
	after, err := budget.NewSimulation(budget.Config{
		Service: "shop", Objectives: []slo.Objective{availability, orders}, Restore: before.Snapshot(),
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	defer after.Close()
	after.Events("orders").Bad()
	after.Advance(time.Hour)
	got := points(gather(t, promslo.NewCollector(after.Tracker)))
	want(t, got, 0, "nines_events_total", "slo", "orders", "outcome", "good")
	want(t, got, 1, "nines_events_total", "slo", "orders", "outcome", "bad")
	want(t, got, 0, "nines_events_total", "slo", "checkout-availability", "outcome", "bad")
	want(t, got, 0, "nines_requests_total", "operation", "POST /checkout", "class", "5xx")
	want(t, got, 8, "nines_window_events", "slo", "orders", "outcome", "good")
	want(t, got, 3, "nines_window_events", "slo", "orders", "outcome", "bad")
	want(t, got, 2, "nines_window_events", "slo", "checkout-availability", "outcome", "bad")
	want(t, got, 2.0/(28*24), "nines_window_coverage_ratio", "slo", "orders")
	for _, p := range got {
		if began := p.metric.GetCounter().GetCreatedTimestamp().AsTime(); p.metric.Counter != nil && !began.Equal(now) {
			t.Errorf("%s%v: created %v, want %v", p.name, p.labels, began, now)
		}
	}
}
