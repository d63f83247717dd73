package httpslo

import (
	"net/http"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/contain"
	"github.com/seed-abb722f7/nines/slo"
)

// WithTrace finds the trace of requests that were bad or slow by a function of your own, in
// place of the traceparent header that they came with: the IDs of the span under way, 32
// and 16 lower-case hexadecimal digits. With OpenTelemetry, and its middleware outside of
// this one:
//
//	httpslo.WithTrace(func(r *http.Request) (traceID, spanID string) {
//		s := trace.SpanContextFromContext(r.Context())
//		return s.TraceID().String(), s.SpanID().String()
//	})
//
// It is called after the handler returned, and not for requests that were good and fast
// enough. What is no trace, such as two empty strings, is left out. When it panics, the
// panic is counted in budget.Self.HookPanics. Of two layers of the same tracker the outer
// one's holds.
func WithTrace(find func(*http.Request) (traceID, spanID string)) Option {
	return optionFunc(func(c *config) { c.trace = find })
}

// exemplify keeps where a request that was bad or slow is found in a trace.
func (l *layer) exemplify(x *response, op *budget.Operation, class slo.Class, latency time.Duration) {
	op.AddExemplar(traceOf(l.tracker, l.trace, x.r), &x.event, class, latency)
}

// WithCallTrace is [WithTrace] for the calls of a [Transport]. Without it their trace is that
// of the traceparent header of the request as it is given to the transport: those that a
// transport further in adds are not seen.
func WithCallTrace(find func(*http.Request) (traceID, spanID string)) TransportOption {
	return transportOptionFunc(func(c *transportConfig) { c.trace = find })
}

// traceOf returns where a request is found in a trace; the zero value if it is in none.
func traceOf(t *budget.Tracker, find func(*http.Request) (traceID, spanID string), r *http.Request) (c budget.TraceContext) {
	if find == nil {
		c, _ = budget.ParseTraceparent(r.Header.Get("Traceparent"))
		return c
	}
	contain.Call(t, func() {
		traceID, spanID := find(r)
		c, _ = budget.ParseTrace(traceID, spanID)
	})
	return c
}
