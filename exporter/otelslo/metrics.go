package otelslo

import (
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed-abb722f7/nines/budget"
)

// metrics returns what has points.
func (c *collection) metrics() []metricdata.Metrics {
	list := []metricdata.Metrics{
		counter("nines.events", "{event}", "Events that an objective judged good or bad.", c.events),
		counter("nines.requests", "{request}", "Finished requests by what happened to them, whatever objectives make of it.", c.requests),
		counter("nines.excluded_events", "{request}", "Requests that count as neither good nor bad by default, by reason.", c.excluded),
		{
			Name: "nines.request.duration", Unit: "s", Description: "How long requests took that are good by default, and all others.",
			Data: metricdata.ExponentialHistogram[float64]{Temporality: metricdata.CumulativeTemporality, DataPoints: c.durations},
		},
		{
			Name: "nines.requests.in_flight", Unit: "{request}", Description: "Requests that have arrived and not been answered yet.",
			Data: metricdata.Sum[int64]{Temporality: metricdata.CumulativeTemporality, DataPoints: c.inFlight},
		},
		gauges("nines.saturation", "1", "How full the service says it is, as a share of what it can take.", c.saturation),
		gauges("nines.window.events", "{event}", "Good and bad events of the objective's own window.", c.windowEvents),
		gauges("nines.window.coverage", "1", "Share of the objective's window that the process was there to see.", c.coverage),
		gauges("nines.objective", "1", "Share of valid events that must be good.", c.target),
	}
	some := list[:0]
	for _, m := range list {
		if points(m) > 0 {
			some = append(some, m)
		}
	}
	return some
}

// points returns how many points a metric has.
func points(m metricdata.Metrics) int {
	switch d := m.Data.(type) {
	case metricdata.Sum[int64]:
		return len(d.DataPoints)
	case metricdata.Gauge[int64]:
		return len(d.DataPoints)
	case metricdata.Gauge[float64]:
		return len(d.DataPoints)
	case metricdata.ExponentialHistogram[float64]:
		return len(d.DataPoints)
	}
	return 0
}

// self returns what the tracker knows of itself.
func (c *collection) self(s *budget.Self, closed bool) []metricdata.Metrics {
	one := func(n uint64) []metricdata.DataPoint[int64] { return []metricdata.DataPoint[int64]{c.sum(n, nil)} }
	seconds := func(v float64) []metricdata.DataPoint[float64] {
		return []metricdata.DataPoint[float64]{c.gauge(v, nil)}
	}
	list := []metricdata.Metrics{
		counter("nines.self.overflow_requests", "{request}", "Requests of undeclared operations beyond the limit.", one(s.Overflowed)),
		counter("nines.self.unnamed", "{request}", "Requests that were served although nothing could name their operation.", one(s.Unnamed)),
		counter("nines.self.unjudged_events", "{event}", "Events of streams that no objective judges.", one(c.unjudged)),
		counter("nines.self.misused_calls", "{call}", "Calls that recorded more good events than events, and were ignored.", one(s.Misused)),
		counter("nines.self.recovered_panics", "{panic}", "Panics that were recovered in what is attached, and in functions given to middleware.", one(s.HookPanics)),
		counter("nines.self.ticks", "{tick}", "Ticks of the engine so far.", one(s.Ticks)),
		gauges("nines.self.operations", "{operation}", "Operations and event streams that are recorded.", one(uint64(s.Operations))),
		gauges("nines.self.undeclared_operations", "{operation}", "Of those, not named by an objective.", one(uint64(s.Undeclared))),
		gauges("nines.self.undeclared_operations_limit", "{operation}", "How many undeclared ones have a name of their own.", one(uint64(s.Limit))),
		gauges("nines.self.memory", "By", "Memory of counters and history, roughly.", one(uint64(s.Bytes))),
		gauges("nines.self.history_points", "{point}", "Change points of history that are kept.", one(uint64(s.HistoryPoints))),
	}
	if !closed {
		list = append(list,
			gauges("nines.self.tick.lag", "s", "How late the last tick came.", seconds(s.TickLag.Seconds())),
			gauges("nines.self.tick.duration", "s", "How long the last tick worked.", seconds(s.TickDuration.Seconds())))
	}
	return list
}

func counter(name, unit, text string, points []metricdata.DataPoint[int64]) metricdata.Metrics {
	return metricdata.Metrics{Name: name, Unit: unit, Description: text, Data: metricdata.Sum[int64]{
		Temporality: metricdata.CumulativeTemporality, IsMonotonic: true, DataPoints: points,
	}}
}

func gauges[N int64 | float64](name, unit, text string, points []metricdata.DataPoint[N]) metricdata.Metrics {
	return metricdata.Metrics{Name: name, Unit: unit, Description: text, Data: metricdata.Gauge[N]{DataPoints: points}}
}
