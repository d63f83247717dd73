package bench

import (
	"context"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// buckets are 20, about as many as Nines exports.
var buckets = prometheus.ExponentialBucketsRange(0.001, 60, 20)

// gathered returns a function that sums what a registry has under a name: the values of
// counters, the counts of histograms.
func gathered(b *testing.B, registry prometheus.Gatherer, name string) func() float64 {
	b.Helper()
	return func() (sum float64) {
		families, err := registry.Gather()
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() != name {
				continue
			}
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
		return sum
	}
}

// newMeter returns OpenTelemetry's SDK, and a function that returns how many observations
// its histogram of that name has.
func newMeter(b *testing.B, name string) (*metric.MeterProvider, func() float64) {
	b.Helper()
	reader := metric.NewManualReader()
	provider := metric.NewMeterProvider(metric.WithReader(reader))
	return provider, func() (n float64) {
		var all metricdata.ResourceMetrics
		if err := reader.Collect(context.Background(), &all); err != nil {
			b.Fatal(err)
		}
		for _, scope := range all.ScopeMetrics {
			for _, m := range scope.Metrics {
				if h, ok := m.Data.(metricdata.Histogram[float64]); ok && m.Name == name {
					for _, p := range h.DataPoints {
						n += float64(p.Count)
					}
				}
			}
		}
		return n
	}
}
