package promslo_test

import (
	"errors"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/internal/golden"
	"github.com/seed-abb722f7/nines/slo"
)

var (
	checkout = slo.HTTP("POST /checkout")

	availability = slo.Objective{
		Name: "checkout-availability", Of: checkout, SLI: slo.Availability(), Target: slo.Percent(99.9),
		Owner: "payments", Region: "eu", Priority: "P1",
	}
	latency = slo.Objective{
		Name: "checkout-latency", Of: checkout, SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95),
		Window: slo.Rolling(7 * slo.Day), Shadow: true,
	}
	orders = slo.Objective{
		Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99),
	}
)

func TestGolden(t *testing.T) {
	tr := simulate(t, availability, latency, orders)
	op := tr.HTTP("POST /checkout")
	record(op, slo.Success, 20*time.Millisecond, 90)
	record(op, slo.Success, 400*time.Millisecond, 5)
	record(op, slo.Success, 400*time.Millisecond+1, 2)
	record(op, slo.ServerError, 3*time.Second, 2)
	record(op, slo.Cancelled, 100*time.Millisecond, 1)
	op.Start()
	record(tr.HTTP("GET /"), slo.ClientError, time.Millisecond, 7)
	record(tr.Unmatched(), slo.Unmatched, time.Millisecond, 3)
	tr.Events("orders").Add(41, 42)
	tr.Events("odrers").Add(5, 5)
	tr.Advance(time.Hour)

	var families []*dto.MetricFamily
	for _, f := range gather(t, promslo.NewCollector(tr.Tracker).WithLocalRatios()) {
		switch f.GetName() {
		case "nines_self_memory_bytes", "nines_self_history_points", "nines_self_ticks_total":
			// Not of the exporter's making.
		default:
			families = append(families, f)
		}
	}
	for file, got := range map[string][]byte{
		"testdata/shop.txt":         encode(t, textFormat, families),
		"testdata/shop.openmetrics": encode(t, openMetricsFormat, families, expfmt.WithCreatedLines()),
	} {
		golden.Check(t, file, string(got))
	}
}

func TestLint(t *testing.T) {
	tr := simulate(t, availability, latency, orders)
	record(tr.HTTP("POST /checkout"), slo.Success, time.Millisecond, 1)
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(promslo.NewCollector(tr.Tracker).WithLocalRatios())
	problems, err := testutil.GatherAndLint(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// Target discovery attaches these: Prometheus would rename ours.
func TestNoLabelThatDiscoveryAttaches(t *testing.T) {
	tr := simulate(t, availability, latency, orders)
	record(tr.HTTP("POST /checkout"), slo.Success, time.Millisecond, 1)
	attached := []string{"service", "endpoint", "job", "instance", "namespace", "pod", "container", "node"}
	for _, p := range points(gather(t, promslo.NewCollector(tr.Tracker).WithLocalRatios())) {
		if p.labels["slo_service"] != "shop" {
			t.Errorf("%s%v: slo_service = %q, want shop", p.name, p.labels, p.labels["slo_service"])
		}
		for _, name := range attached {
			if _, has := p.labels[name]; has {
				t.Errorf("%s has the label %s", p.name, name)
			}
		}
	}
}

func TestDeclaredSeriesExistFromTheStart(t *testing.T) {
	tr := simulate(t, availability, latency, orders)
	got := points(gather(t, promslo.NewCollector(tr.Tracker)))
	for _, name := range []string{"checkout-availability", "checkout-latency", "orders"} {
		for _, outcome := range []string{"good", "bad"} {
			want(t, got, 0, "nines_events_total", "slo", name, "outcome", outcome)
			want(t, got, 0, "nines_window_events", "slo", name, "outcome", outcome)
		}
		want(t, got, 0, "nines_window_coverage_ratio", "slo", name)
		want(t, got, 1, "nines_objective_info", "slo", name)
	}
	want(t, got, 0.999, "nines_objective_ratio", "slo", "checkout-availability")
	for _, class := range []string{"2xx-3xx", "4xx", "429", "5xx", "failed", "cancelled", "shutdown", "excluded"} {
		want(t, got, 0, "nines_requests_total", "operation", "POST /checkout", "class", class)
	}
	for _, reason := range []string{"cancelled", "shutdown", "handler"} {
		want(t, got, 0, "nines_excluded_events_total", "operation", "POST /checkout", "reason", reason)
	}
	for _, class := range []string{"good", "other"} {
		want(t, got, 0, "nines_request_duration_seconds", "operation", "POST /checkout", "class", class)
	}
	want(t, got, 0, "nines_requests_in_flight", "operation", "POST /checkout")
	for _, p := range got {
		began := p.metric.GetCounter().GetCreatedTimestamp()
		if p.metric.Histogram != nil {
			began = p.metric.GetHistogram().GetCreatedTimestamp()
		}
		if p.metric.Gauge == nil && !began.AsTime().Equal(budgettest.Start) {
			t.Errorf("%s%v: created %v, want %v", p.name, p.labels, began.AsTime(), budgettest.Start)
		}
	}
}

func TestEventStreamsAreNotRequests(t *testing.T) {
	tr := simulate(t, availability, orders)
	tr.Events("orders").Add(7, 9)
	tr.Events("undeclared").Add(3, 4)
	record(tr.HTTP("POST /checkout"), slo.Success, time.Millisecond, 5)
	got := points(gather(t, promslo.NewCollector(tr.Tracker)))
	want(t, got, 7, "nines_events_total", "slo", "orders", "sli", "correctness", "operation", "orders", "outcome", "good")
	want(t, got, 2, "nines_events_total", "slo", "orders", "outcome", "bad")
	want(t, got, 4, "nines_self_unjudged_events_total")
	if n := sum(named(got, "nines_requests_total")); n != 5 {
		t.Errorf("nines_requests_total sums to %v, want the 5 requests", n)
	}
	for _, name := range []string{"nines_requests_total", "nines_requests_in_flight", "nines_request_duration_seconds"} {
		absent(t, got, name, "operation", "orders")
		absent(t, got, name, "operation", "undeclared")
	}
}

func TestEachIsNamedAfterItsOperations(t *testing.T) {
	tr := simulate(t, slo.Objective{Name: "avail", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(99)}, availability)
	c := promslo.NewCollector(tr.Tracker)
	absent(t, points(gather(t, c)), "nines_events_total", "slo", "avail/GET /a")
	record(tr.HTTP("GET /a"), slo.Success, time.Millisecond, 3)
	record(tr.HTTP("POST /checkout"), slo.Success, time.Millisecond, 3)
	record(tr.Unmatched(), slo.Unmatched, time.Millisecond, 3)
	got := points(gather(t, c))
	want(t, got, 3, "nines_events_total", "slo", "avail/GET /a", "operation", "GET /a", "outcome", "good")
	want(t, got, 0.99, "nines_objective_ratio", "slo", "avail/GET /a")
	if n := len(named(got, "nines_objective_info")); n != 2 {
		t.Errorf("%d objectives, want 2: the explicit one takes the place of Each's, and reserved operations have none", n)
	}
}

func TestServiceScopeHasNoOperation(t *testing.T) {
	tr := simulate(t, slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)})
	record(tr.HTTP("GET /a"), slo.Success, time.Millisecond, 3)
	record(tr.RPC("/a.B/C"), slo.RPCInternal, time.Millisecond, 2)
	got := points(gather(t, promslo.NewCollector(tr.Tracker)))
	want(t, got, 3, "nines_events_total", "slo", "all", "operation", "", "outcome", "good")
	want(t, got, 2, "nines_events_total", "slo", "all", "operation", "", "outcome", "bad")
	want(t, got, 2, "nines_requests_total", "operation", "/a.B/C", "class", "INTERNAL")
}

// What a proxy calls can have the name of what it serves.
func TestDependenciesAreToldApart(t *testing.T) {
	const method = "/a.B/C"
	tr := simulate(t,
		slo.Objective{Name: "served", Of: slo.RPC(method), SLI: slo.Availability(), Target: slo.Percent(99)},
		slo.Objective{Name: "called", Of: slo.Dependency(method), SLI: slo.Availability(), Target: slo.Percent(99)})
	record(tr.RPC(method), slo.RPCOK, time.Millisecond, 3)
	record(tr.Dependency(method), slo.RPCInternal, time.Millisecond, 2)
	got := points(gather(t, promslo.NewCollector(tr.Tracker)))
	want(t, got, 3, "nines_requests_total", "operation", method, "class", "OK")
	want(t, got, 0, "nines_requests_total", "operation", "dependency:"+method, "class", "OK")
	want(t, got, 2, "nines_requests_total", "operation", "dependency:"+method, "class", "INTERNAL")
	want(t, got, 2, "nines_events_total", "slo", "called", "operation", "dependency:"+method, "outcome", "bad")
	want(t, got, 0, "nines_requests_in_flight", "operation", "dependency:_OTHER")
}

func TestUndeclaredOperationsAreBounded(t *testing.T) {
	tr := simulate(t, availability)
	for i := range 300 {
		record(tr.HTTP("GET /"+strings.Repeat("x", i)), slo.Success, time.Millisecond, 2)
	}
	record(tr.HTTP("POST /checkout"), slo.Success, time.Millisecond, 2)
	got := points(gather(t, promslo.NewCollector(tr.Tracker)))
	operations := map[string]bool{}
	for _, p := range named(got, "nines_requests_in_flight") {
		operations[p.labels["operation"]] = true
	}
	if len(operations) != 200+1+3 {
		t.Errorf("%d operations, want 200 undeclared, 1 declared and 3 reserved", len(operations))
	}
	if n := sum(named(got, "nines_requests_total")); n != 602 {
		t.Errorf("nines_requests_total sums to %v, want all 602 requests", n)
	}
	want(t, got, 200, "nines_requests_total", "operation", "_OTHER", "class", "2xx-3xx")
	want(t, got, 200, "nines_self_overflow_requests_total")
	if n := len(named(got, "nines_request_duration_seconds")); n != 2 {
		t.Errorf("%d histograms, want the 2 of the declared operation", n)
	}
}

func TestNothingSeenIsAbsentNotNaN(t *testing.T) {
	tr := simulate(t, availability, latency, orders)
	got := points(gather(t, promslo.NewCollector(tr.Tracker).WithLocalRatios()))
	absent(t, got, "nines_error_budget_remaining_ratio")
	absent(t, got, "nines_burn_rate_ratio")
	for _, p := range got {
		if math.IsNaN(p.value) || math.IsInf(p.value, 0) {
			t.Errorf("%s%v = %v", p.name, p.labels, p.value)
		}
	}
}

// Counters go on when the window has moved past what they counted.
func TestCountersOutliveTheWindow(t *testing.T) {
	brief := orders
	brief.Window = slo.Rolling(time.Hour)
	tr := simulate(t, brief)
	tr.Events("orders").Add(3, 5)
	tr.Advance(2 * time.Hour)
	tr.Events("orders").Add(1, 2)
	got := points(gather(t, promslo.NewCollector(tr.Tracker)))
	want(t, got, 4, "nines_events_total", "slo", "orders", "outcome", "good")
	want(t, got, 3, "nines_events_total", "slo", "orders", "outcome", "bad")
	want(t, got, 1, "nines_window_events", "slo", "orders", "outcome", "good")
	want(t, got, 1, "nines_window_events", "slo", "orders", "outcome", "bad")
	want(t, got, 1, "nines_window_coverage_ratio", "slo", "orders")
}

func TestLocalRatios(t *testing.T) {
	tr := simulate(t, availability)
	record(tr.HTTP("POST /checkout"), slo.Success, time.Millisecond, 998)
	record(tr.HTTP("POST /checkout"), slo.ServerError, time.Millisecond, 2)
	plain := promslo.NewCollector(tr.Tracker)
	absent(t, points(gather(t, plain)), "nines_burn_rate_ratio")
	got := gather(t, plain.WithLocalRatios())
	want(t, points(got), -1, "nines_error_budget_remaining_ratio", "slo", "checkout-availability")
	for _, window := range []string{"5m", "30m", "1h", "2h", "6h", "1d", "3d"} {
		want(t, points(got), 2, "nines_burn_rate_ratio", "slo", "checkout-availability", "window", window)
	}
	for _, f := range got {
		if n := f.GetName(); n == "nines_error_budget_remaining_ratio" || n == "nines_burn_rate_ratio" {
			if begin := "This process only; do not average."; !strings.HasPrefix(f.GetHelp(), begin) {
				t.Errorf("HELP of %s = %q, want it to begin %q", n, f.GetHelp(), begin)
			}
		}
	}
	absent(t, points(gather(t, plain)), "nines_burn_rate_ratio") // the first collector is as it was
}

func TestClosedTrackerKeepsItsCounters(t *testing.T) {
	tr := simulate(t, availability, orders)
	c := promslo.NewCollector(tr.Tracker).WithLocalRatios()
	op := tr.HTTP("POST /checkout")
	record(op, slo.Success, time.Millisecond, 5)
	op.Start()
	tr.Events("orders").Add(2, 3)
	before := points(gather(t, c))
	tr.Close()
	op.Finish(slo.Success, time.Millisecond)
	after := points(gather(t, c))
	for _, p := range before {
		same := slices.ContainsFunc(after, func(q point) bool {
			return p.name == q.name && p.value == q.value && slices.EqualFunc(p.metric.GetLabel(), q.metric.GetLabel(), sameLabel)
		})
		if p.metric.Gauge == nil && !same {
			t.Errorf("%s%v = %v before Close: gone or different after", p.name, p.labels, p.value)
		}
	}
	for _, name := range []string{
		"nines_requests_in_flight", "nines_window_events", "nines_window_coverage_ratio",
		"nines_error_budget_remaining_ratio", "nines_burn_rate_ratio",
	} {
		if len(named(before, name)) == 0 {
			t.Errorf("%s is absent before Close", name)
		}
		absent(t, after, name)
	}
}

func sameLabel(a, b *dto.LabelPair) bool {
	return a.GetName() == b.GetName() && a.GetValue() == b.GetValue()
}

func TestSelf(t *testing.T) {
	tr := budgettest.NewConfig(t, budget.Config{
		Service: "shop", Objectives: []slo.Objective{availability}, Logger: slog.New(slog.DiscardHandler),
	})
	record(tr.Unnamed(), slo.Success, time.Millisecond, 4)
	tr.Events("x").Add(2, 1)
	tr.Attach(budget.Hook{Tick: func(budget.Tick) { panic("hook") }})
	tr.Advance(3 * time.Second)
	got := points(gather(t, promslo.NewCollector(tr.Tracker)))
	want(t, got, 4, "nines_self_unnamed_total")
	want(t, got, 1, "nines_self_misused_calls_total")
	want(t, got, 3, "nines_self_recovered_panics_total")
	want(t, got, 3, "nines_self_ticks_total")
	want(t, got, 200, "nines_self_undeclared_operations_limit")
	series := 0
	for _, p := range got {
		series++
		if h := p.metric.GetHistogram(); h != nil {
			series += len(h.GetBucket()) + 2
		}
	}
	want(t, got, float64(series), "nines_self_series")
}

func TestInvalidCollectorIsRefused(t *testing.T) {
	one, two := simulate(t, availability, latency), simulate(t, orders, availability)
	c := promslo.NewCollector(one.Tracker, nil, two.Tracker)
	text := `promslo: trackers[2] is "shop": want one tracker for each objective of a service, and trackers[0] has "checkout-availability" too`
	for from, err := range map[string]error{
		"Err":      c.Err(),
		"Register": prometheus.NewRegistry().Register(c),
		"Collect":  collectError(c),
	} {
		if !errors.Is(err, slo.ErrInvalid) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, want an error that matches slo.ErrInvalid and contains %s", from, err, text)
		}
	}
	if err := promslo.NewCollector(one.Tracker, one.Tracker).Err(); err == nil {
		t.Error("the same tracker twice: Err() = nil, want an error")
	}
}

func collectError(c prometheus.Collector) error {
	ch := make(chan prometheus.Metric, 1)
	c.Collect(ch)
	return (<-ch).Write(&dto.Metric{})
}

func TestNoTrackers(t *testing.T) {
	for _, c := range []*promslo.Collector{promslo.NewCollector(), promslo.NewCollector(nil, nil), {}} {
		if err := c.Err(); err != nil {
			t.Errorf("Err() = %v, want nil", err)
		}
		if got := gather(t, c); len(got) != 0 {
			t.Errorf("gathered %d families, want none", len(got))
		}
	}
}
