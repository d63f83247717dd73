package promslo_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/slo"
)

// simulate returns a tracker of the service "shop".
func simulate(tb testing.TB, objectives ...slo.Objective) *budgettest.Tracker {
	tb.Helper()
	return budgettest.NewConfig(tb, budget.Config{Service: "shop", Objectives: objectives})
}

func record(o *budget.Operation, class slo.Class, latency time.Duration, times int) {
	for range times {
		o.Start()
		o.Finish(class, latency)
	}
}

// gather registers the collector with a registry that checks everything, and
// gathers once.
func gather(tb testing.TB, c prometheus.Collector) []*dto.MetricFamily {
	tb.Helper()
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(c); err != nil {
		tb.Fatalf("Register: %v", err)
	}
	families, err := r.Gather()
	if err != nil {
		tb.Fatalf("Gather: %v", err)
	}
	return families
}

// encode writes families in a format of expfmt.
func encode(tb testing.TB, format expfmt.Format, families []*dto.MetricFamily, options ...expfmt.EncoderOption) []byte {
	tb.Helper()
	var b bytes.Buffer
	enc := expfmt.NewEncoder(&b, format, options...)
	for _, f := range families {
		if err := enc.Encode(f); err != nil {
			tb.Fatalf("Encode: %v", err)
		}
	}
	if closer, ok := enc.(expfmt.Closer); ok {
		if err := closer.Close(); err != nil {
			tb.Fatalf("Close: %v", err)
		}
	}
	return b.Bytes()
}

var (
	textFormat        = expfmt.NewFormat(expfmt.TypeTextPlain)
	openMetricsFormat = expfmt.NewFormat(expfmt.TypeOpenMetrics)
	protobufFormat    = expfmt.NewFormat(expfmt.TypeProtoDelim)
)

// A point is one series with its value: a histogram has its count here.
type point struct {
	name   string
	labels map[string]string
	value  float64
	metric *dto.Metric
}

func points(families []*dto.MetricFamily) (list []point) {
	for _, f := range families {
		for _, m := range f.GetMetric() {
			p := point{name: f.GetName(), labels: map[string]string{}, metric: m}
			for _, l := range m.GetLabel() {
				p.labels[l.GetName()] = l.GetValue()
			}
			switch {
			case m.Counter != nil:
				p.value = m.GetCounter().GetValue()
			case m.Gauge != nil:
				p.value = m.GetGauge().GetValue()
			case m.Histogram != nil:
				p.value = float64(m.GetHistogram().GetSampleCount())
			}
			list = append(list, p)
		}
	}
	return list
}

// named returns the points of a family that have these labels, given as name, value
// and so on.
func named(list []point, name string, labels ...string) []point {
	var found []point
	for _, p := range list {
		matches := p.name == name
		for i := 0; i < len(labels); i += 2 {
			matches = matches && p.labels[labels[i]] == labels[i+1]
		}
		if matches {
			found = append(found, p)
		}
	}
	return found
}

func sum(list []point) (total float64) {
	for _, p := range list {
		total += p.value
	}
	return total
}

// want checks one series.
func want(t *testing.T, list []point, value float64, name string, labels ...string) {
	t.Helper()
	switch found := named(list, name, labels...); {
	case len(found) != 1:
		t.Errorf("%s%q: %d series, want 1", name, labels, len(found))
	case found[0].value != value:
		t.Errorf("%s%q = %v, want %v", name, labels, found[0].value, value)
	}
}

func absent(t *testing.T, list []point, name string, labels ...string) {
	t.Helper()
	if found := named(list, name, labels...); len(found) > 0 {
		t.Errorf("%s%q: %d series, want none", name, labels, len(found))
	}
}
