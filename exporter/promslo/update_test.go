package promslo_test

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/slo"
)

// When objectives change, series that stay go on, those that come begin at 0 and say when,
// and those that go are gone.
func TestObjectivesThatChange(t *testing.T) {
	tr := simulate(t, availability, latency, orders)
	c := promslo.NewCollector(tr.Tracker)
	op := tr.HTTP("POST /checkout")
	update := func(objectives ...slo.Objective) {
		t.Helper()
		if err := tr.Update(objectives); err != nil {
			t.Fatal(err)
		}
	}
	began := func(list []point, at time.Duration, labels ...string) {
		t.Helper()
		for _, p := range named(list, "nines_events_total", labels...) {
			if got, want := p.metric.GetCounter().GetCreatedTimestamp().AsTime(), budgettest.Start.Add(at); !got.Equal(want) {
				t.Errorf("nines_events_total%v: created %v, want %v", p.labels, got, want)
			}
		}
	}
	record(op, slo.Success, 300*time.Millisecond, 7)
	record(op, slo.ServerError, 0, 2)
	tr.Events("orders").Add(1, 3)
	gather(t, c)
	tr.Advance(time.Minute)

	retargeted, faster := availability, latency
	retargeted.Target, retargeted.Owner = slo.Percent(90), "others"
	faster.SLI = slo.Latency(200 * time.Millisecond)
	all := slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)}
	update(retargeted, faster, all)
	record(op, slo.Success, 300*time.Millisecond, 10)
	got := points(gather(t, c))
	want(t, got, 17, "nines_events_total", "slo", "checkout-availability", "outcome", "good")
	want(t, got, 2, "nines_events_total", "slo", "checkout-availability", "outcome", "bad")
	want(t, got, 0.9, "nines_objective_ratio", "slo", "checkout-availability")
	want(t, got, 1, "nines_objective_info", "slo", "checkout-availability", "owner", "others")
	want(t, got, 7, "nines_events_total", "slo", "checkout-latency", "outcome", "good") // by the threshold of then
	want(t, got, 10, "nines_events_total", "slo", "checkout-latency", "outcome", "bad")
	want(t, got, 1, "nines_objective_info", "slo", "checkout-latency", "threshold", "200ms")
	want(t, got, 10, "nines_window_events", "slo", "checkout-latency", "outcome", "bad")
	want(t, got, 10, "nines_events_total", "slo", "all", "outcome", "good")
	want(t, got, 0, "nines_events_total", "slo", "all", "outcome", "bad")
	for _, name := range []string{"nines_events_total", "nines_window_events", "nines_objective_info", "nines_objective_ratio", "nines_window_coverage_ratio"} {
		absent(t, got, name, "slo", "orders")
	}
	absent(t, got, "nines_objective_info", "threshold", "400ms")
	want(t, got, 3, "nines_self_unjudged_events_total") // nobody judges orders now
	began(got, 0, "slo", "checkout-availability")
	began(got, 0, "slo", "checkout-latency")
	began(got, time.Minute, "slo", "all")
	hasBound := func(le float64) (has bool) {
		for _, b := range bounds(t, got) {
			has = has || b == le
		}
		return has
	}
	if !hasBound(0.2) || hasBound(0.4) {
		t.Errorf("bounds are %v, want 0.2 in the place of 0.4", bounds(t, got))
	}

	tr.Advance(time.Minute)
	other := availability
	other.Name, other.SLI = "checkout-latency", slo.Availability(slo.Strict())
	update(other, all)
	record(op, slo.Success, 0, 1)
	got = points(gather(t, c))
	absent(t, got, "nines_events_total", "sli", "latency")
	want(t, got, 1, "nines_events_total", "slo", "checkout-latency", "sli", "availability", "outcome", "good")
	began(got, 2*time.Minute, "slo", "checkout-latency")
	want(t, got, 11, "nines_events_total", "slo", "all", "outcome", "good")
	want(t, got, 18, "nines_requests_total", "operation", "POST /checkout", "class", "2xx-3xx")
}
