package promslo_test

import (
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/slo"
)

func TestTrackersOfSeveralServices(t *testing.T) {
	shop := simulate(t, availability)
	depot := budgettest.NewConfig(t, budget.Config{Service: "depot", Objectives: []slo.Objective{availability}})
	record(shop.HTTP("POST /checkout"), slo.Success, time.Millisecond, 3)
	record(depot.HTTP("POST /checkout"), slo.Success, time.Millisecond, 4)
	got := points(gather(t, promslo.NewCollector(shop.Tracker, depot.Tracker)))
	want(t, got, 3, "nines_events_total", "slo_service", "shop", "slo", "checkout-availability", "outcome", "good")
	want(t, got, 4, "nines_events_total", "slo_service", "depot", "slo", "checkout-availability", "outcome", "good")
	if n := sum(named(got, "nines_requests_total")); n != 7 {
		t.Errorf("nines_requests_total sums to %v, want 7", n)
	}
}

// Two trackers of one service share the series of operations, and keep those of
// objectives apart.
func TestTrackersOfOneServiceAreAddedUp(t *testing.T) {
	public, admin := simulate(t, availability), simulate(t, latency, orders)
	public.Advance(time.Hour)
	for i, tr := range []*budgettest.Tracker{public, admin} {
		record(tr.HTTP("POST /checkout"), slo.Success, 350*time.Millisecond, 10+i)
		record(tr.HTTP("POST /checkout"), slo.Cancelled, time.Second, 1)
		record(tr.HTTP("GET /"), slo.Success, time.Millisecond, 2)
		tr.HTTP("GET /").Start()
	}
	record(admin.HTTP("GET /debug"), slo.ServerError, time.Millisecond, 1)
	c := promslo.NewCollector(public.Tracker, admin.Tracker)
	got := points(gather(t, c))
	want(t, got, 21, "nines_requests_total", "operation", "POST /checkout", "class", "2xx-3xx")
	want(t, got, 2, "nines_excluded_events_total", "operation", "POST /checkout", "reason", "cancelled")
	want(t, got, 4, "nines_requests_total", "operation", "GET /", "class", "2xx-3xx")
	want(t, got, 1, "nines_requests_total", "operation", "GET /debug", "class", "5xx")
	want(t, got, 2, "nines_requests_in_flight", "operation", "GET /")
	want(t, got, 10, "nines_events_total", "slo", "checkout-availability", "outcome", "good")
	want(t, got, 11, "nines_events_total", "slo", "checkout-latency", "outcome", "good")
	want(t, got, 400, "nines_self_undeclared_operations_limit")
	want(t, got, 21, "nines_request_duration_seconds", "operation", "POST /checkout", "class", "good")
	h := named(got, "nines_request_duration_seconds", "class", "good")[0].metric.GetHistogram()
	for _, b := range h.GetBucket() {
		if b.GetUpperBound() == 0.4 {
			t.Error("le=0.4 is a threshold of one tracker only: the sum is not exact there")
		}
		if got, within := b.GetCumulativeCount(), b.GetUpperBound() >= 0.5; within != (got == 21) {
			t.Errorf("le=%v counts %d of 21 requests of 350 ms", b.GetUpperBound(), got)
		}
	}
	if len(h.GetBucket()) != 12 {
		t.Errorf("%d buckets, want the 12 fixed ones that both trackers have", len(h.GetBucket()))
	}

	admin.Close()
	got = points(gather(t, c))
	want(t, got, 21, "nines_requests_total", "operation", "POST /checkout", "class", "2xx-3xx")
	want(t, got, 1, "nines_requests_in_flight", "operation", "GET /")
	absent(t, got, "nines_requests_in_flight", "operation", "GET /debug")
	absent(t, got, "nines_window_events", "slo", "checkout-latency")
}

// What is added up began with the first of its trackers, an objective with its own.
func TestTrackersOfOneServiceBeganApart(t *testing.T) {
	late := budgettest.Start.Add(time.Hour)
	second, err := budget.NewSimulation(budget.Config{Service: "shop", Objectives: []slo.Objective{orders}}, late)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	first := simulate(t, availability)
	for _, trackers := range [][]*budget.Tracker{{first.Tracker, second.Tracker}, {second.Tracker, first.Tracker}} {
		for _, p := range points(gather(t, promslo.NewCollector(trackers...))) {
			want := budgettest.Start
			if p.labels["slo"] == "orders" {
				want = late
			}
			if began := p.metric.GetCounter().GetCreatedTimestamp().AsTime(); p.metric.Counter != nil && !began.Equal(want) {
				t.Errorf("%s%v: created %v, want %v", p.name, p.labels, began, want)
			}
		}
	}
}

// An objective of Each may come to bear the name of another tracker's objective only
// while serving: the scrape must stay valid.
func TestNamesThatMeetWhileServing(t *testing.T) {
	each := simulate(t, slo.Objective{Name: "avail", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(99)})
	explicit := simulate(t, slo.Objective{Name: "avail/GET /a", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(90)})
	record(each.HTTP("GET /a"), slo.Success, time.Millisecond, 3)
	got := points(gather(t, promslo.NewCollector(each.Tracker, explicit.Tracker)))
	want(t, got, 3, "nines_events_total", "slo", "avail/GET /a", "outcome", "good")
}

// The trackers of one service belong into one collector.
func TestSecondCollectorOfOneServiceIsRefused(t *testing.T) {
	r := prometheus.NewRegistry()
	if err := r.Register(promslo.NewCollector(simulate(t, availability).Tracker)); err != nil {
		t.Fatal(err)
	}
	if err := r.Register(promslo.NewCollector(simulate(t, latency).Tracker)); err == nil {
		t.Error("Register of a second collector for the same service = nil, want an error")
	}
	depot := budgettest.NewConfig(t, budget.Config{Service: "depot", Objectives: []slo.Objective{availability}})
	if err := r.Register(promslo.NewCollector(depot.Tracker).WithLocalRatios()); err != nil {
		t.Errorf("Register of a collector for another service = %v, want nil", err)
	}
	if _, err := r.Gather(); err != nil {
		t.Errorf("Gather = %v, want nil", err)
	}
}

func TestServicesThatPrintAlikeAreOne(t *testing.T) {
	var trackers []*budget.Tracker
	for _, service := range []string{"\xff", `\xff`} {
		tr := budgettest.NewConfig(t, budget.Config{Service: service, Objectives: []slo.Objective{availability}})
		trackers = append(trackers, tr.Tracker)
	}
	if err := promslo.NewCollector(trackers...).Err(); err == nil {
		t.Error("Err() = nil, want a refusal: both services print as \\xff")
	}
}

// Many collectors may share a tracker, in registries of their own.
func TestScrapesShareNothingThatChanges(t *testing.T) {
	tr := simulate(t, availability, latency)
	c := promslo.NewCollector(tr.Tracker)
	record(tr.HTTP("POST /checkout"), slo.Success, time.Millisecond, 1)
	first := points(gather(t, c))
	record(tr.HTTP("POST /checkout"), slo.Success, time.Millisecond, 1)
	second := points(gather(t, c))
	want(t, first, 1, "nines_requests_total", "operation", "POST /checkout", "class", "2xx-3xx")
	want(t, second, 2, "nines_requests_total", "operation", "POST /checkout", "class", "2xx-3xx")
	counts := func(list []point) (n []uint64) {
		for _, b := range named(list, "nines_request_duration_seconds", "class", "good")[0].metric.GetHistogram().GetBucket() {
			n = append(n, b.GetCumulativeCount())
		}
		return n
	}
	if a, b := counts(first), counts(second); slices.Equal(a, b) || slices.Max(a) != 1 {
		t.Errorf("buckets of two scrapes = %v and %v, want one request more in the second and none in the first", a, b)
	}
}
