package otelslo

import (
	"encoding/hex"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// exemplars are the events of an operation that can be found in a trace, by the histogram
// they are in.
type exemplars struct {
	good, other []metricdata.Exemplar[float64]
}

// exemplarsOf returns the bad and slow events of a tracker, by operation: each once, however
// many objectives it was bad for.
func exemplarsOf(t *budget.Tracker) map[string]*exemplars {
	type event struct{ operation, trace, span string }
	seen := map[event]bool{}
	all := map[string]*exemplars{}
	defaults := slo.DefaultVerdicts()
	for _, name := range t.Objectives() {
		for _, x := range t.Budget(name).Exemplars() {
			trace, badTrace := hex.DecodeString(x.TraceID)
			span, badSpan := hex.DecodeString(x.SpanID)
			id := event{x.Operation, x.TraceID, x.SpanID}
			if badTrace != nil || badSpan != nil || seen[id] {
				continue
			}
			seen[id] = true
			of := all[x.Operation]
			if of == nil {
				of = &exemplars{}
				all[x.Operation] = of
			}
			list := &of.other
			if defaults[x.Class] == slo.Good {
				list = &of.good
			}
			*list = append(*list, metricdata.Exemplar[float64]{Time: x.At, Value: x.Latency.Seconds(), TraceID: trace, SpanID: span})
		}
	}
	return all
}
