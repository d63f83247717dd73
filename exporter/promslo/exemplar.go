package promslo

import (
	"math"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// traceLabels are those that Grafana looks for by default, with the IDs of one exemplar.
func traceLabels(x *budget.Exemplar) []*dto.LabelPair {
	trace, span := "trace_id", "span_id"
	return []*dto.LabelPair{{Name: &span, Value: &x.SpanID}, {Name: &trace, Value: &x.TraceID}}
}

// newExemplar returns an exemplar with a value of its own: 1 for a counter, seconds for a
// histogram.
func newExemplar(x *budget.Exemplar, value float64) *dto.Exemplar {
	return &dto.Exemplar{Label: traceLabels(x), Value: &value, Timestamp: timestamppb.New(x.At)}
}

// recorded returns the exemplars whose trace somebody has, newest first.
func recorded(list []budget.Exemplar) []budget.Exemplar {
	return slices.DeleteFunc(list, func(x budget.Exemplar) bool { return !x.Sampled })
}

// counterExemplar returns the newest of a class; nil if there is none.
func counterExemplar(list []budget.Exemplar, class slo.Class) *dto.Exemplar {
	for i := range list {
		if list[i].Class == class {
			return newExemplar(&list[i], 1)
		}
	}
	return nil
}

// histogramExemplars returns those that are good by default, or all others.
func histogramExemplars(list []budget.Exemplar, good bool) []*dto.Exemplar {
	var own []*dto.Exemplar
	verdicts := slo.DefaultVerdicts()
	for i := range list {
		if (verdicts[list[i].Class] == slo.Good) == good {
			own = append(own, newExemplar(&list[i], list[i].Latency.Seconds()))
		}
	}
	return own
}

// exemplify puts each exemplar into its bucket, the newest if there are several, and all of
// them beside the native ones. The buckets of a classic histogram end below +Inf, unless
// there is an exemplar above.
func exemplify(h *dto.Histogram, list []*dto.Exemplar) {
	for _, x := range slices.Backward(list) { // oldest first: the newest stays
		i, _ := slices.BinarySearchFunc(h.Bucket, x.GetValue(), func(b *dto.Bucket, v float64) int {
			if b.GetUpperBound() < v {
				return -1
			}
			return 1
		})
		if i == len(h.Bucket) {
			h.Bucket = append(h.Bucket, &dto.Bucket{CumulativeCount: h.SampleCount, UpperBound: &infinity})
		}
		h.Bucket[i].Exemplar = x
		h.Exemplars = append(h.Exemplars, x)
	}
}

var infinity = math.Inf(1)
