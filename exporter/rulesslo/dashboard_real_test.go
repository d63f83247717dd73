package rulesslo_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/slo"
)

// Every query of a dashboard has an answer, from a server that scrapes a live service of
// that name and evaluates the rules.
func TestRealPrometheusAnswersDashboard(t *testing.T) {
	cfg := shop
	cfg.Service, cfg.Interval = `sh"op $datasource`, time.Second
	cfg.Objectives = append([]slo.Objective{
		{Name: "everything", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)},
		{Name: "rpc $1 {{ .x }}", Of: slo.RPC("/shop.v1.Cart/Add"), SLI: slo.Latency(time.Second), Target: slo.Percent(90)},
		{Name: "payments", Of: slo.Dependency("payments"), SLI: slo.Availability(), Target: slo.Percent(90)},
		{Name: "month", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99), Window: slo.Month(time.UTC)},
	}, cfg.Objectives...)
	tracker, err := budget.New(budget.Config{Service: cfg.Service, Objectives: cfg.Objectives})
	if err != nil {
		t.Fatal(err)
	}
	defer tracker.Close()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(promslo.NewCollector(tracker))
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go serveAll(ctx, tracker)

	rules := generate(t, cfg)
	scrape := realprom.ScrapeConfig(strings.TrimPrefix(server.URL, "http://"))
	scrape = strings.TrimPrefix(scrape, "global: {scrape_interval: 1s, scrape_timeout: 1s}\n")
	prom := realprom.Start(t, "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\nrule_files: ["+rulesFile(t, rules)+"]\n"+scrape)
	dashboard := rules.Dashboard()
	for _, q := range queries(t, dashboard) {
		samples := prom.WaitFor(strings.ReplaceAll(q, "$__rate_interval", "10s"), func(s []realprom.Sample) bool { return len(s) > 0 })
		for _, s := range samples {
			if s.Value != s.Value {
				t.Errorf("%s: %v is NaN", q, s.Labels)
			}
		}
	}
	if n := len(queries(t, dashboard)); n < 60 {
		t.Errorf("%d queries, want several for each of %d objectives", n, len(cfg.Objectives))
	}
}

// serveAll has events on every source until the test is over.
func serveAll(ctx context.Context, tracker *budget.Tracker) {
	operations := []*budget.Operation{
		tracker.HTTP("POST /checkout"), tracker.HTTP("GET /items/{id}"), tracker.HTTP("GET /search"), tracker.RPC("/shop.v1.Cart/Add"),
		tracker.Dependency("payments"),
	}
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, op := range operations {
			class := slo.Success
			if n%50 == 0 {
				class = slo.StatusClass(http.StatusInternalServerError)
			}
			op.Start()
			op.Finish(class, 30*time.Millisecond)
		}
		tracker.Events("orders").Add(9, 10)
	}
}
