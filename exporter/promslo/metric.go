package promslo

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/seed-abb722f7/nines/internal/escape"
)

// A series is one label set of one family. It is made once and never changed, so
// that a scrape costs no labels: they would be most of its allocations.
type series struct {
	desc    *prometheus.Desc
	counter bool
	labels  []*dto.LabelPair
}

// series returns the series of a family with these values of its labels.
func (d *descs) series(f family, values ...string) *series {
	for i, v := range values {
		values[i] = escape.UTF8(v)
	}
	return &series{desc: d[f], counter: families[f].counter, labels: prometheus.MakeLabelPairs(d[f], values)}
}

// Desc implements [prometheus.Metric].
func (s *series) Desc() *prometheus.Desc { return s.desc }

// A sample is the value of a series at one scrape, a counter or a gauge.
type sample struct {
	*series
	value    float64
	began    *timestamppb.Timestamp // of a counter
	exemplar *dto.Exemplar          // of a counter; nil for none
}

// Write implements [prometheus.Metric].
func (s *sample) Write(m *dto.Metric) error {
	m.Label = s.labels
	if s.counter {
		m.Counter = &dto.Counter{Value: &s.value, CreatedTimestamp: s.began, Exemplar: s.exemplar}
	} else {
		m.Gauge = &dto.Gauge{Value: &s.value}
	}
	return nil
}

// A histogram is the value of a series at one scrape, a classic and a native histogram: the
// text formats write the first, and Prometheus chooses.
type histogram struct {
	*series
	durations
	began     *timestamppb.Timestamp
	exemplars []*dto.Exemplar // newest first
}

// Write implements [prometheus.Metric].
func (h *histogram) Write(m *dto.Metric) error {
	m.Label = h.labels
	buckets := make([]dto.Bucket, len(h.le))
	pointers := make([]*dto.Bucket, len(h.le))
	for i := range buckets {
		b := &buckets[i]
		b.UpperBound, b.CumulativeCount = &h.le[i], &h.counts[i]
		pointers[i] = b
	}
	m.Histogram = &dto.Histogram{
		SampleCount: &h.count, SampleSum: &h.sum, Bucket: pointers, CreatedTimestamp: h.began,
	}
	native(m.Histogram, &h.exponential)
	exemplify(m.Histogram, h.exemplars)
	return nil
}
