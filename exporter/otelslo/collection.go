package otelslo

import (
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/escape"
	"github.com/seed-abb722f7/nines/slo"
)

// A collection gathers the points of one report by metric.
type collection struct {
	began, at time.Time
	service   attribute.KeyValue
	kinds     map[string]slo.SourceKind // of operations, by name

	events, requests, excluded, inFlight, windowEvents []metricdata.DataPoint[int64]
	durations                                          []metricdata.ExponentialHistogramDataPoint[float64]
	coverage, target, saturation                       []metricdata.DataPoint[float64]
	unjudged                                           uint64
}

// collect turns a report into metrics, in the order of the package documentation.
func collect(r *budget.Report, t *budget.Tracker) []metricdata.Metrics {
	c := &collection{
		began: r.Began, at: r.At, service: serviceKey.String(escape.UTF8(r.Service)),
		kinds: make(map[string]slo.SourceKind, len(r.Operations)),
	}
	traced := exemplarsOf(t)
	for i := range r.Operations {
		c.operation(&r.Operations[i], r.Closed, traced[r.Operations[i].Name])
	}
	if share, ok := t.Saturation(); ok {
		c.saturation = append(c.saturation, c.gauge(share, nil))
	}
	for i := range r.Objectives {
		c.objective(&r.Objectives[i], r.Closed)
	}
	return append(c.metrics(), c.self(&r.Self, r.Closed)...)
}

func (c *collection) operation(o *budget.OperationReport, closed bool, traced *exemplars) {
	if o.Kind == slo.EventsSource {
		if !o.Declared {
			c.unjudged += o.Requests()
		}
		return
	}
	c.kinds[o.Name] = o.Kind
	own := operationAttributes(o.Kind, o.Name)
	for _, class := range o.Classes {
		c.requests = append(c.requests, c.sum(class.Count, own, classKey.String(class.Class.String())))
	}
	for _, x := range o.Excluded {
		c.excluded = append(c.excluded, c.sum(x.Count, own, reasonKey.String(escape.UTF8(x.Reason))))
	}
	if !closed {
		c.inFlight = append(c.inFlight, c.sum(o.InFlight, own))
	}
	if o.Declared {
		good, other := c.duration(o.Good, own, "good"), c.duration(o.Other, own, "other")
		if traced != nil {
			good.Exemplars, other.Exemplars = traced.good, traced.other
		}
		c.durations = append(c.durations, good, other)
	}
}

func (c *collection) objective(s *budget.Status, closed bool) {
	name := sloKey.String(escape.UTF8(s.Name))
	own := append(operationAttributes(c.kinds[s.Operation], s.Operation), name, sliKey.String(s.Objective.SLI.Name()))
	good, bad := outcomeKey.String("good"), outcomeKey.String("bad")
	for _, p := range [...]metricdata.DataPoint[int64]{c.sum(s.Total.Good, own, good), c.sum(s.Total.Bad, own, bad)} {
		p.StartTime = s.Began // the objective may have come later than the tracker
		c.events = append(c.events, p)
	}
	only := []attribute.KeyValue{name}
	c.target = append(c.target, c.gauge(s.Objective.Target.Ratio(), only))
	if closed {
		return
	}
	c.windowEvents = append(c.windowEvents, c.sum(s.Counts.Good, only, good), c.sum(s.Counts.Bad, only, bad))
	c.coverage = append(c.coverage, c.gauge(s.Coverage, only))
}

// attributes joins what names the service, what names the thing, and what tells its points
// apart.
func (c *collection) attributes(own []attribute.KeyValue, more ...attribute.KeyValue) attribute.Set {
	all := make([]attribute.KeyValue, 0, len(own)+len(more)+1)
	return attribute.NewSet(append(append(append(all, c.service), own...), more...)...)
}

func (c *collection) sum(n uint64, own []attribute.KeyValue, more ...attribute.KeyValue) metricdata.DataPoint[int64] {
	return metricdata.DataPoint[int64]{
		Attributes: c.attributes(own, more...), StartTime: c.began, Time: c.at,
		Value: int64(min(n, math.MaxInt64)),
	}
}

func (c *collection) gauge(v float64, own []attribute.KeyValue) metricdata.DataPoint[float64] {
	return metricdata.DataPoint[float64]{Attributes: c.attributes(own), StartTime: c.began, Time: c.at, Value: v}
}

func (c *collection) duration(h budget.Histogram, own []attribute.KeyValue, class string) metricdata.ExponentialHistogramDataPoint[float64] {
	e := h.Exponential()
	return metricdata.ExponentialHistogramDataPoint[float64]{
		Attributes: c.attributes(own, classKey.String(class)), StartTime: c.began, Time: c.at,
		Count: e.Count, Sum: e.Sum, Scale: budget.ExponentialScale,
		ZeroCount: e.ZeroCount, ZeroThreshold: budget.ExponentialZero,
		PositiveBucket: metricdata.ExponentialBucket{Offset: budget.ExponentialOffset, Counts: e.Counts},
	}
}
