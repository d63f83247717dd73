package otlp

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/otelslo"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/slo"
)

// A collector is the OTLP receiver of the OpenTelemetry collector, with what it received.
type collector struct {
	sink     *consumertest.MetricsSink
	receiver component.Component
}

func startCollector(tb testing.TB, address string) *collector {
	tb.Helper()
	c := &collector{sink: new(consumertest.MetricsSink)}
	factory := otlpreceiver.NewFactory()
	cfg := factory.CreateDefaultConfig().(*otlpreceiver.Config)
	http := cfg.Protocols.HTTP.GetOrInsertDefault()
	http.ServerConfig.NetAddr = confignet.AddrConfig{Endpoint: address, Transport: confignet.TransportTypeTCP}
	receiver, err := factory.CreateMetrics(context.Background(), receivertest.NewNopSettings(factory.Type()), cfg, c.sink)
	if err != nil {
		tb.Fatal(err)
	}
	if err := receiver.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		tb.Fatal(err)
	}
	c.receiver = receiver
	tb.Cleanup(func() { c.stop(tb) })
	return c
}

func (c *collector) stop(tb testing.TB) {
	tb.Helper()
	if c.receiver == nil {
		return
	}
	if err := c.receiver.Shutdown(context.Background()); err != nil {
		tb.Error(err)
	}
	c.receiver = nil
}

// last returns the metrics of the last export, by name.
func (c *collector) last(tb testing.TB) map[string]pmetric.Metric {
	tb.Helper()
	all := c.sink.AllMetrics()
	if len(all) == 0 {
		tb.Fatal("nothing was received")
	}
	byName := map[string]pmetric.Metric{}
	for _, r := range all[len(all)-1].ResourceMetrics().All() {
		if name, ok := r.Resource().Attributes().Get("service.name"); !ok || name.AsString() != "shop" {
			tb.Errorf("service.name of the resource is %q, %v, want shop", name.AsString(), ok)
		}
		for _, s := range r.ScopeMetrics().All() {
			for _, m := range s.Metrics().All() {
				byName[m.Name()] = m
			}
		}
	}
	return byName
}

// A tally counts what was sent, on its own.
type tally struct {
	good, bad map[string]uint64 // by objective
	classes   map[string]uint64 // of requests
	seconds   []float64         // latencies of good requests
	requests  uint64
}

// Sums, /metrics and an independent tally agree exactly at rest, buckets included, before
// and after the receiver was away.
func TestRealCollectorReceivesWhatWasCounted(t *testing.T) {
	address := freeAddress(t)
	checkout := slo.HTTP("POST /checkout")
	s, err := budget.NewSimulation(budget.Config{Service: "shop", Objectives: []slo.Objective{
		{Name: "available", Of: checkout, SLI: slo.Availability(), Target: slo.Percent(99)},
		{Name: "fast", Of: checkout, SLI: slo.Latency(300 * time.Millisecond), Target: slo.Percent(90)},
		{Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(95)},
	}}, time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	registry := prometheus.NewRegistry()
	registry.MustRegister(promslo.NewCollector(s.Tracker))

	exporter, err := otlpmetrichttp.New(context.Background(), otlpmetrichttp.WithEndpoint(address), otlpmetrichttp.WithInsecure(),
		otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{Enabled: false}))
	if err != nil {
		t.Fatal(err)
	}
	provider := metric.NewMeterProvider(
		metric.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"))),
		metric.WithReader(metric.NewPeriodicReader(exporter, metric.WithInterval(time.Hour), metric.WithProducer(otelslo.NewProducer(s.Tracker)))))

	sent := &tally{good: map[string]uint64{}, bad: map[string]uint64{}, classes: map[string]uint64{}}
	rng := rand.New(rand.NewPCG(1, 2))
	traffic := func() {
		op := s.HTTP(checkout.Name())
		for range 5000 {
			class, latency := slo.Success, time.Duration(math.Exp(rng.NormFloat64()*2-3)*float64(time.Second))
			if rng.IntN(50) == 0 {
				class = slo.ServerError
			}
			op.Start()
			op.Finish(class, latency)
			sent.request(class, latency)
		}
		s.Events("orders").Add(90, 100)
		sent.good["orders"] += 90
		sent.bad["orders"] += 10
		s.Advance(time.Second)
	}

	c := startCollector(t, address)
	traffic()
	flush(t, provider, true)
	sent.check(t, c.last(t), registry)

	c.stop(t) // an outage
	traffic()
	flush(t, provider, false)

	c = startCollector(t, address)
	traffic()
	flush(t, provider, true)
	sent.check(t, c.last(t), registry)
	if err := provider.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

func (s *tally) request(class slo.Class, latency time.Duration) {
	s.requests++
	s.classes[class.String()]++
	if class != slo.Success {
		s.bad["available"]++
		return
	}
	s.good["available"]++
	s.seconds = append(s.seconds, latency.Seconds())
	if latency <= 300*time.Millisecond {
		s.good["fast"]++
	} else {
		s.bad["fast"]++
	}
}

func (s *tally) check(t *testing.T, received map[string]pmetric.Metric, registry *prometheus.Registry) {
	t.Helper()
	events := points(t, received["nines.events"], "slo", "outcome")
	want := map[string]uint64{}
	for name, n := range s.good {
		want[name+" good"] = n
	}
	for name, n := range s.bad {
		want[name+" bad"] = n
	}
	if !maps.Equal(events, want) {
		t.Errorf("nines.events: %v, want %v", events, want)
	}
	requests := points(t, received["nines.requests"], "class")
	for class, n := range s.classes {
		if requests[class] != n {
			t.Errorf("nines.requests of class %s: %d, want %d", class, requests[class], n)
		}
	}
	scraped := gather(t, registry)
	exposed := map[string]uint64{}
	for _, m := range scraped["nines_events_total"].GetMetric() {
		exposed[label(m, "slo")+" "+label(m, "outcome")] = uint64(m.GetCounter().GetValue())
	}
	if !maps.Equal(exposed, want) {
		t.Errorf("nines_events_total: %v, want %v", exposed, want)
	}
	s.checkBuckets(t, received["nines.request.duration"], scraped["nines_request_duration_seconds"])
}

// checkBuckets compares every bucket with the latencies themselves, and the count with what
// is scraped.
func (s *tally) checkBuckets(t *testing.T, m pmetric.Metric, scraped *dto.MetricFamily) {
	t.Helper()
	var classic uint64
	for _, h := range scraped.GetMetric() {
		if label(h, "class") == "good" {
			classic = h.GetHistogram().GetSampleCount()
		}
	}
	if classic != uint64(len(s.seconds)) {
		t.Errorf("nines_request_duration_seconds counts %d good requests, want %d", classic, len(s.seconds))
	}
	found := false
	for _, p := range m.ExponentialHistogram().DataPoints().All() {
		if class, _ := p.Attributes().Get("class"); class.AsString() != "good" {
			continue
		}
		found = true
		if p.Count() != uint64(len(s.seconds)) || p.Scale() != 3 {
			t.Errorf("the histogram counts %d at scale %d, want %d at 3", p.Count(), p.Scale(), len(s.seconds))
		}
		var zero uint64
		want := make([]uint64, p.Positive().BucketCounts().Len())
		for _, v := range s.seconds {
			if v <= p.ZeroThreshold() {
				zero++
				continue
			}
			want[min(int(math.Ceil(math.Log2(v)*8))-1-int(p.Positive().Offset()), len(want)-1)]++
		}
		if p.ZeroCount() != zero {
			t.Errorf("%d requests within the zero bucket, want %d", p.ZeroCount(), zero)
		}
		for i, n := range want {
			if got := p.Positive().BucketCounts().At(i); got != n {
				t.Errorf("bucket %d holds %d requests, want %d", i, got, n)
			}
		}
	}
	if !found {
		t.Error("there is no histogram of good requests")
	}
}

// points returns the values of a sum by some of its attributes.
func points(tb testing.TB, m pmetric.Metric, by ...string) map[string]uint64 {
	tb.Helper()
	values := map[string]uint64{}
	if m.Type() != pmetric.MetricTypeSum || !m.Sum().IsMonotonic() || m.Sum().AggregationTemporality() != pmetric.AggregationTemporalityCumulative {
		tb.Fatalf("%s is a %v, want a monotonic cumulative sum", m.Name(), m.Type())
	}
	for _, p := range m.Sum().DataPoints().All() {
		var key strings.Builder
		for i, name := range by {
			if i > 0 {
				key.WriteString(" ")
			}
			key.WriteString(value(p.Attributes(), name))
		}
		values[key.String()] += uint64(p.IntValue())
		if p.StartTimestamp() == 0 {
			tb.Errorf("a point of %s has no start", m.Name())
		}
	}
	return values
}

func value(m pcommon.Map, name string) string {
	v, _ := m.Get(name)
	return v.AsString()
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

func gather(tb testing.TB, registry *prometheus.Registry) map[string]*dto.MetricFamily {
	tb.Helper()
	families, err := registry.Gather()
	if err != nil {
		tb.Fatal(err)
	}
	byName := map[string]*dto.MetricFamily{}
	for _, f := range families {
		byName[f.GetName()] = f
	}
	return byName
}

// flush exports once, and wants that to succeed or to fail.
func flush(tb testing.TB, provider *metric.MeterProvider, succeeds bool) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := provider.ForceFlush(ctx); (err == nil) != succeeds {
		tb.Fatalf("export: %v, want it to succeed: %v", err, succeeds)
	}
}

func freeAddress(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return fmt.Sprint(l.Addr())
}
