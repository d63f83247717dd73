package promslo_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/slo"
)

// busy returns a tracker with n declared operations, each with an availability
// objective and requests of three classes.
func busy(b *testing.B, n int) *budgettest.Tracker {
	b.Helper()
	objectives := make([]slo.Objective, n)
	for i := range objectives {
		of := slo.HTTP(fmt.Sprintf("GET /%d", i))
		objectives[i] = slo.Objective{Name: fmt.Sprintf("available-%d", i), Of: of, SLI: slo.Availability(), Target: slo.Percent(99.9)}
	}
	tr := budgettest.NewConfig(b, budget.Config{Service: "shop", Objectives: objectives})
	for _, o := range objectives {
		op := tr.HTTP(o.Of.Name())
		record(op, slo.Success, 20*time.Millisecond, 10)
		record(op, slo.ClientError, time.Millisecond, 2)
		record(op, slo.ServerError, time.Second, 1)
	}
	tr.Advance(time.Minute)
	return tr
}

// mirror returns the families of c as client_golang's own vectors, with the same
// series.
func mirror(b *testing.B, c prometheus.Collector) *prometheus.Registry {
	b.Helper()
	r := prometheus.NewRegistry()
	for _, f := range gather(b, c) {
		var names []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			names = append(names, l.GetName())
		}
		counters := prometheus.NewCounterVec(prometheus.CounterOpts{Name: f.GetName(), Help: f.GetHelp()}, names)
		gauges := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: f.GetName(), Help: f.GetHelp()}, names)
		var bounds []float64
		for _, bucket := range f.GetMetric()[0].GetHistogram().GetBucket() {
			bounds = append(bounds, bucket.GetUpperBound())
		}
		histograms := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: f.GetName(), Help: f.GetHelp(), Buckets: bounds}, names)
		for _, m := range f.GetMetric() {
			var values []string
			for _, l := range m.GetLabel() {
				values = append(values, l.GetValue())
			}
			switch {
			case m.Counter != nil:
				counters.WithLabelValues(values...).Add(m.GetCounter().GetValue())
			case m.Gauge != nil:
				gauges.WithLabelValues(values...).Set(m.GetGauge().GetValue())
			default:
				histograms.WithLabelValues(values...).Observe(0.02)
			}
		}
		switch m := f.GetMetric()[0]; {
		case m.Counter != nil:
			r.MustRegister(counters)
		case m.Gauge != nil:
			r.MustRegister(gauges)
		default:
			r.MustRegister(histograms)
		}
	}
	return r
}

func scrape(b *testing.B, r *prometheus.Registry) {
	b.Helper()
	families, err := r.Gather()
	if err != nil {
		b.Fatal(err)
	}
	enc := expfmt.NewEncoder(io.Discard, textFormat)
	for _, f := range families {
		if err := enc.Encode(f); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScrape compares a whole scrape, encoded as text, with one of
// client_golang's own vectors of the same series, and shows what part of it is
// Collect, and what part of that the tracker's Report.
func BenchmarkScrape(b *testing.B) {
	for _, n := range []int{100, 1000} {
		tr := busy(b, n)
		c := promslo.NewCollector(tr.Tracker)
		b.Run(fmt.Sprintf("operations=%d/promslo", n), func(b *testing.B) {
			r := prometheus.NewRegistry()
			r.MustRegister(c)
			b.ReportAllocs()
			for b.Loop() {
				scrape(b, r)
			}
		})
		b.Run(fmt.Sprintf("operations=%d/vectors", n), func(b *testing.B) {
			r := mirror(b, c)
			b.ReportAllocs()
			for b.Loop() {
				scrape(b, r)
			}
		})
		b.Run(fmt.Sprintf("operations=%d/collect", n), func(b *testing.B) {
			ch := make(chan prometheus.Metric, 1000)
			go func() {
				for range ch {
				}
			}()
			b.ReportAllocs()
			for b.Loop() {
				c.Collect(ch)
			}
			close(ch)
		})
		b.Run(fmt.Sprintf("operations=%d/report", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = tr.Report()
			}
		})
	}
}
