package promslo_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/internal/hostile"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/slo"
)

// tracker returns a live tracker, which is closed after the test.
func tracker(t *testing.T, service string, objectives ...slo.Objective) *budget.Tracker {
	t.Helper()
	tr, err := budget.New(budget.Config{Service: service, Objectives: objectives})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	return tr
}

// serve runs a service over real connections: its routes count themselves, and
// /metrics is what the collector has.
func serve(t *testing.T, tr *budget.Tracker, c prometheus.Collector) *httptest.Server {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	for pattern, status := range map[string]int{"POST /checkout": http.StatusOK, "GET /broken": http.StatusInternalServerError} {
		op := tr.HTTP(pattern)
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			op.Start()
			began := tr.Now()
			w.WriteHeader(status)
			op.Finish(slo.StatusClass(status), tr.Now()-began)
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// send sends n requests over real connections.
func send(t *testing.T, method, url string, n int) {
	t.Helper()
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			for range n / 4 {
				req, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
				if err != nil {
					t.Error(err)
					return
				}
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body) // only the status matters
				_ = resp.Body.Close()
			}
		})
	}
	senders.Wait()
}

func address(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }

func TestRealPrometheusScrapes(t *testing.T) {
	tr := tracker(t, "shop", availability, latency, orders,
		slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)})
	server := serve(t, tr, promslo.NewCollector(tr).WithLocalRatios())
	prom := realprom.Start(t, realprom.ScrapeConfig(address(server)))

	// Before any traffic: a rate needs a series that begins at zero.
	prom.WaitForValue(`nines_events_total{slo="checkout-availability",outcome="bad"}`, 0)

	send(t, http.MethodPost, server.URL+"/checkout", 400)
	send(t, http.MethodGet, server.URL+"/broken", 40)
	tr.Events("orders").Add(41, 42)

	prom.WaitForValue(`sum(nines_requests_total)`, 440)
	prom.WaitForValue(`sum by (class) (nines_requests_total{operation="GET /broken"})`, 40)
	for query, value := range map[string]float64{
		`nines_events_total{slo="checkout-availability",outcome="good"}`:                           400,
		`nines_events_total{slo="checkout-availability",outcome="bad"}`:                            0,
		`sum(nines_events_total{slo="checkout-latency"})`:                                          400,
		`nines_events_total{slo="all",operation="",outcome="good"}`:                                400,
		`nines_events_total{slo="all",outcome="bad"}`:                                              40,
		`nines_events_total{slo="orders",outcome="good"}`:                                          41,
		`nines_window_events{slo="all",outcome="bad"}`:                                             40,
		`nines_request_duration_seconds_count{operation="POST /checkout",class="good"}`:            400,
		`nines_request_duration_seconds_bucket{operation="POST /checkout",class="good",le="+Inf"}`: 400,
		`sum(nines_requests_in_flight)`:                                                            0,
		`count(nines_objective_info)`:                                                              4,
	} {
		prom.WaitForValue(query, value)
	}

	series := prom.WaitFor(`{__name__=~"nines_.*"}`, func(s []realprom.Sample) bool { return len(s) > 0 })
	exported := prom.WaitFor(`nines_self_series`, func(s []realprom.Sample) bool { return len(s) == 1 })
	if len(series) != int(exported[0].Value) {
		t.Errorf("Prometheus has %d series, nines_self_series says %v", len(series), exported[0].Value)
	}
	for _, s := range series {
		if s.Labels["slo_service"] != "shop" {
			t.Errorf("%v: slo_service = %q, want shop", s.Labels, s.Labels["slo_service"])
		}
		for name := range s.Labels {
			if strings.HasPrefix(name, "exported_") {
				t.Errorf("%v: Prometheus had to rename a label to %s", s.Labels, name)
			}
		}
		for name, value := range realprom.Discovered() {
			if s.Labels[name] != value {
				t.Errorf("%v: %s = %q, want the discovered %q", s.Labels, name, s.Labels[name], value)
			}
		}
	}
}

// Any byte in a name gives a scrape that Prometheus takes, and comes back from its
// query API as it was printed.
func TestRealPrometheusScrapesHostileNames(t *testing.T) {
	names := unprintedAlike(hostileNames)
	service := strings.Join(hostileNames, "")
	tr := tracker(t, service, hostileObjectives(names)...)
	for _, name := range hostileNames {
		record(tr.HTTP("/"+name), slo.Success, time.Millisecond, 1)
	}
	server := serve(t, tr, promslo.NewCollector(tr))
	prom := realprom.Start(t, realprom.ScrapeConfig(address(server)))
	prom.WaitForValue(`sum(nines_requests_total)`, float64(len(hostileNames)))
	info := prom.WaitFor(`nines_objective_info`, func(s []realprom.Sample) bool { return len(s) == len(names) })
	var got []string
	for _, s := range info {
		got = append(got, s.Labels["slo"])
		if s.Labels["slo_service"] != hostile.Printed(service) {
			t.Errorf("slo_service = %q, want %q", s.Labels["slo_service"], hostile.Printed(service))
		}
	}
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(printedAll(names))); !slices.Equal(got, want) {
		t.Errorf("slo = %q, want %q", got, want)
	}
}

func TestRealPromtoolChecksMetrics(t *testing.T) {
	tr := budgettest.NewConfig(t, budget.Config{
		Service: strings.Join(hostileNames, ""), Objectives: append(hostileObjectives(unprintedAlike(hostileNames)), availability, latency),
	})
	record(tr.HTTP("POST /checkout"), slo.Success, time.Millisecond, 10)
	realprom.CheckMetrics(t, encode(t, textFormat, gather(t, promslo.NewCollector(tr.Tracker).WithLocalRatios())))
}
