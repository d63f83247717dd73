package promslo_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

func ExampleNewCollector() {
	tracker, err := budget.New(budget.Config{Service: "shop", Objectives: []slo.Objective{{
		Name: "checkout-availability", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9),
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tracker.Close()
	registry := prometheus.NewRegistry() // or prometheus.MustRegister, for the default one
	registry.MustRegister(promslo.NewCollector(tracker))

	op := tracker.HTTP("POST /checkout") // middleware does this
	op.Start()
	op.Finish(slo.Success, 120*time.Millisecond)
	op.Start()
	op.Finish(slo.ServerError, 3*time.Second)

	page := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).
		ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	text, _ := io.ReadAll(page.Body) // a recorder's body does not fail
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "nines_events_total") {
			fmt.Print(line)
		}
	}
	// Output:
	// nines_events_total{operation="POST /checkout",outcome="bad",sli="availability",slo="checkout-availability",slo_service="shop"} 1
	// nines_events_total{operation="POST /checkout",outcome="good",sli="availability",slo="checkout-availability",slo_service="shop"} 1
}

func ExampleCollector_Err() {
	checkout := slo.Objective{Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9)}
	cfg := budget.Config{Service: "shop", Objectives: []slo.Objective{checkout}}
	first, err := budget.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer first.Close()
	second, err := budget.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer second.Close()
	fmt.Println(promslo.NewCollector(first, second).Err())
	// Output:
	// promslo: trackers[1] is "shop": want one tracker for each objective of a service, and trackers[0] has "checkout" too
}

// One process and no recording rules: the budget can be read from /metrics.
func ExampleCollector_WithLocalRatios() {
	start := time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC)
	tracker, err := budget.NewSimulation(budget.Config{Service: "batch", Objectives: []slo.Objective{{
		Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99),
	}}}, start)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tracker.Close()
	tracker.Events("orders").Add(9_960, 10_000)

	registry := prometheus.NewRegistry()
	registry.MustRegister(promslo.NewCollector(tracker.Tracker).WithLocalRatios())
	families, err := registry.Gather()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range families {
		if f.GetName() == "nines_error_budget_remaining_ratio" {
			fmt.Println(f.GetHelp()[:34], f.GetMetric()[0].GetGauge().GetValue())
		}
	}
	// Output:
	// This process only; do not average. 0.6
}

func ExampleCollector_WithWatcher() {
	start := time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC)
	tracker, err := budget.NewSimulation(budget.Config{Service: "batch", Objectives: []slo.Objective{{
		Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99.9),
	}}}, start)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tracker.Close()
	watcher, err := policy.Watch(tracker.Tracker, policy.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(promslo.NewCollector(tracker.Tracker).WithWatcher(watcher))

	for range 120 { // two minutes in which every event fails
		tracker.Events("orders").Add(0, 100)
		tracker.Advance(time.Second)
	}
	families, err := registry.Gather()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range families {
		if f.GetName() != "nines_breach_active" {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, label := range m.GetLabel()[:2] {
				fmt.Printf("%s=%s ", label.GetName(), label.GetValue())
			}
			fmt.Println(m.GetGauge().GetValue())
		}
	}
	// Output:
	// rule=1d/2h severity=ticket 0
	// rule=1h/5m severity=page 1
	// rule=3d/6h severity=ticket 0
	// rule=6h/30m severity=page 0
}
