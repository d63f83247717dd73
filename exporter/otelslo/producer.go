package otelslo

import (
	"context"

	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed-abb722f7/nines/budget"
)

// scope is the name under which the metrics are known to OpenTelemetry.
const scope = "github.com/seed-abb722f7/nines/exporter/otelslo"

// A Producer is a [metric.Producer] of one tracker. Make it with [NewProducer]; the zero
// Producer has nothing. It is safe for concurrent use, by several readers too.
type Producer struct {
	tracker *budget.Tracker
}

var _ metric.Producer = (*Producer)(nil)

// NewProducer returns a producer of a tracker. That of nil has nothing. A process with several
// trackers gives each a producer; two of one service must not record the same operation or
// declare the same objective, because nobody could tell their points apart.
func NewProducer(t *budget.Tracker) *Producer { return &Producer{t} }

// Produce reads the tracker once and returns its metrics in one scope. Sums are cumulative
// since the tracker was made, whatever temporality the reader has chosen, which neither that
// nor its views change. Of a closed tracker the sums stand, and there are no gauges. It costs
// time in proportion to the points. The error is that of ctx if it has ended, and else nil.
func (p *Producer) Produce(ctx context.Context) ([]metricdata.ScopeMetrics, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p == nil || p.tracker == nil {
		return nil, nil
	}
	r := p.tracker.Report()
	return []metricdata.ScopeMetrics{{
		Scope:   instrumentation.Scope{Name: scope},
		Metrics: collect(&r, p.tracker),
	}}, nil
}
