package main

import (
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/internal/realprom"
)

// TestRealPrometheusScrapesQuickstart holds that what a Prometheus has of the shop is what
// was sent to it, under labels that discovery does not take away.
func TestRealPrometheusScrapesQuickstart(t *testing.T) {
	q, err := open(options{Options: live.Options{Addr: "127.0.0.1:0", Length: live.Length(5 * time.Second)}}, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := q.finish(); err != nil {
			t.Error(err)
		}
	}()
	prom := realprom.Start(t, realprom.ScrapeConfig(strings.TrimPrefix(q.server.url(), "http://")))
	q.drive(t.Context())

	sent := q.load.Compare(q.tracker.Report()).Sent
	prom.WaitForValue(`sum(nines_requests_total)`, float64(q.load.Sent()))
	samples := prom.WaitFor(`nines_requests_total > 0`, func(s []realprom.Sample) bool { return len(s) > 0 })
	got := map[string]uint64{}
	for _, s := range samples {
		got[s.Labels["operation"]+" "+s.Labels["class"]] += uint64(s.Value)
	}
	want := map[string]uint64{}
	good, bad := uint64(0), uint64(0)
	for o, n := range sent {
		want[o.Operation+" "+o.Class.String()] = n
		switch key := fmt.Sprint(o.Operation, " ", o.Class); key {
		case "POST /checkout 2xx-3xx":
			good = n
		case "POST /checkout 5xx":
			bad = n
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("nines_requests_total = %v, want as sent %v", got, want)
	}
	prom.WaitForValue(`nines_events_total{slo="checkout-availability",outcome="good"}`, float64(good))
	prom.WaitForValue(`nines_events_total{slo="checkout-availability",outcome="bad"}`, float64(bad))
	prom.WaitForValue(`sum(nines_requests_in_flight)`, 0)
	prom.WaitForValue(`nines_breach_active{slo="checkout-availability",severity="page",rule!="stalled"}`, 0) // over

	series := prom.WaitFor(`{__name__=~"nines_.*"}`, func(s []realprom.Sample) bool { return len(s) > 0 })
	for _, s := range series {
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
		if s.Labels["slo_service"] != "shop" {
			t.Errorf("%v: slo_service = %q, want shop", s.Labels, s.Labels["slo_service"])
		}
	}
}
