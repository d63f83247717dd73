package budget

import "math"

// Signals are the four golden signals of an operation (Google, Site Reliability Engineering,
// chapter 6): how much is asked of it, how long that takes, how often it fails, and how full
// the service is. It is a plain value.
type Signals struct {
	Operation string

	// Traffic is in requests per second. Errors is the share of them that was bad by
	// default, in [0, 1]; 0 if there was none. Neither counts requests that are excluded by
	// default, such as cancelled ones.
	Traffic, Errors float64

	// Latency is what they took: Latency.Quantile(0.99) is the p99.
	Latency Latency

	// InFlight is the number of requests under way now.
	InFlight uint64

	// Saturation is what Config.Saturation says now, for the whole service: at least 0, and
	// above 1 where more is asked than there is; 0 if SaturationKnown is false.
	Saturation      float64
	SaturationKnown bool
}

// Signals returns the golden signals of an operation, named as in [Report.Operations], over a
// span. ok is false where [Tracker.Latency] has nothing to say: it keeps what the signals
// come from, and costs the same.
func (t *Tracker) Signals(operation string, span Span) (s Signals, ok bool) {
	s.Latency, ok = t.Latency(operation, span)
	if !ok {
		return Signals{}, false
	}
	s.Operation = operation
	if seconds := s.Latency.Observed.Seconds(); seconds > 0 {
		s.Traffic = float64(s.Latency.Count) / seconds
	}
	if s.Latency.Count > 0 {
		s.Errors = float64(s.Latency.Bad) / float64(s.Latency.Count)
	}
	if o, known := t.reported(operation); known {
		s.InFlight = o.current()
	}
	s.Saturation, s.SaturationKnown = t.Saturation()
	return s, true
}

// Saturation returns what Config.Saturation says now, for the whole service, for exporters:
// at least 0. ok is false if it was not given, or says nothing that can be, and on a nil or
// closed tracker. It costs what that function costs, and is called without any lock.
func (t *Tracker) Saturation() (share float64, ok bool) {
	if t == nil || t.closed.Load() || t.engine.Saturation == nil {
		return 0, false
	}
	t.guard(func() {
		share = t.engine.Saturation()
		ok = share >= 0 && !math.IsInf(share, 1) // no number is at least 0
	})
	if !ok {
		return 0, false
	}
	return share, true
}
