package bench

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-abb722f7/nines/slo"
)

// BenchmarkRecord is the record of one event alone, by instruments that were looked up
// before: no request, no clock.
func BenchmarkRecord(b *testing.B) {
	const took = 12 * time.Millisecond
	t := newTracker(b, slo.HTTP(pattern), 1, 0)
	op := t.HTTP(pattern)
	busy := newTracker(b, slo.HTTP(pattern), 1, 0)
	contended := busy.HTTP(pattern)
	orders := newTracker(b, slo.Events("orders"), 0, 0)
	good := orders.Events("orders")

	registry := prometheus.NewRegistry()
	alone := prometheus.NewCounter(prometheus.CounterOpts{Name: "alone_total"})
	total := prometheus.NewCounter(prometheus.CounterOpts{Name: "total"})
	hist := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "duration_seconds", Buckets: buckets})
	registry.MustRegister(alone, total, hist)
	// Where many write at a time a tracker finds out by what was begun, which is not measured
	// here.
	warm(same(func() {
		contended.Start()
		contended.Finish(slo.Success, took)
	}))
	measure(b, []row{
		{"nines", same(func() { op.Finish(slo.Success, took) }), valid(t)},
		{"nines-contended", same(func() { contended.Finish(slo.Success, took) }), valid(busy)},
		{"nines-event", same(good.Good), valid(orders)},
		{"prom-counter", same(alone.Inc), gathered(b, registry, "alone_total")},
		{"prom-counter-histogram20", same(func() {
			total.Inc()
			hist.Observe(took.Seconds())
		}), gathered(b, registry, "duration_seconds")},
	})
}

// BenchmarkClock is the two readings of the clock that any measurement of a request needs.
func BenchmarkClock(b *testing.B) {
	base := time.Now()
	var d time.Duration
	measure(b, []row{{"two-readings", func() func() {
		return func() {
			began := time.Since(base)
			if took := time.Since(base) - began; took < 0 {
				d = took
			}
		}
	}, nil}})
	_ = d
}
