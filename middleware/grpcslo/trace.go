package grpcslo

import (
	"context"

	"google.golang.org/grpc/metadata"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/contain"
)

// WithTrace finds the trace of calls that were bad or slow by a function of your own, in
// place of the traceparent in their metadata: the IDs of the span under way, 32 and 16
// lower-case hexadecimal digits. With OpenTelemetry's stats handler:
//
//	grpcslo.WithTrace(func(ctx context.Context) (traceID, spanID string) {
//		s := trace.SpanContextFromContext(ctx)
//		return s.TraceID().String(), s.SpanID().String()
//	})
//
// It is called with the context of the call, when that is over, and not for calls that were
// good and fast enough. What is no trace, such as two empty strings, is left out. When it
// panics, the panic is counted in budget.Self.HookPanics. Of two layers of the same tracker
// the outer one's holds.
func WithTrace(find func(ctx context.Context) (traceID, spanID string)) Option {
	return optionFunc(func(c *config) { c.trace = find })
}

// record counts a call, and keeps where it is found in a trace if it was bad or slow.
func (l *layer) record(ctx context.Context, c *call, m *method, o *Outcome) {
	event, class := c.said(), l.class(ctx, c, o)
	l.blameFor(ctx, m, class)
	if m.op.FinishEvent(event, class, o.Latency) {
		m.op.AddExemplar(l.traceOf(ctx), event, class, o.Latency)
	}
}

const traceparent = "traceparent"

// traceOf returns where a call is found in a trace; the zero value if it is in none.
func (l *layer) traceOf(ctx context.Context) (t budget.TraceContext) {
	if l.trace != nil {
		contain.Call(l.tracker, func() {
			traceID, spanID := l.trace(ctx)
			t, _ = budget.ParseTrace(traceID, spanID)
		})
		return t
	}
	if l.client {
		if out, ok := metadata.FromOutgoingContext(ctx); ok {
			if t, ok = only(out.Get(traceparent)); ok {
				return t
			}
		} // else that of the call that this process is serving
	}
	t, _ = only(metadata.ValueFromIncomingContext(ctx, traceparent))
	return t
}

// only parses the one value that there must be.
func only(values []string) (budget.TraceContext, bool) {
	if len(values) != 1 {
		return budget.TraceContext{}, false
	}
	return budget.ParseTraceparent(values[0])
}
