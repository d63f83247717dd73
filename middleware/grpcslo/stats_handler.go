package grpcslo

import (
	"context"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/deadline"
)

// StatsHandler returns a stats handler for grpc.StatsHandler, which records what
// interceptors cannot see: calls of methods that no service registers, which count under
// the operation _OTHER as unmatched, and calls that fail before their handler, such as
// those with a request above grpc.MaxRecvMsgSize. It costs more: grpc-go makes about 18
// allocations for a call that has a stats handler.
//
// Alone it judges by the final status and the deadline, as it is told of the end only when
// the context is over anyway. With the interceptors of the same tracker in the same server
// each call is still counted once, by this handler, and with all that they know: who
// cancelled, what panicked, [Draining], marks. That is the advised way to use it.
//
// It takes no notice of connections, nor of calls that a client makes, should it be given
// to one. The result is safe for concurrent use. If t is nil it does nothing.
func StatsHandler(t *budget.Tracker, options ...Option) stats.Handler {
	if t == nil {
		return noStats{}
	}
	return &statsHandler{newLayer(t, false, "StatsHandler", options)}
}

type statsHandler struct{ layer *layer }

// A statsCall is what a stats handler knows of a call under way.
type statsCall struct {
	progress progress
	begun    atomic.Bool
	stream   bool
	unsure   bool                    // whether any service registers the method
	outcome  atomic.Pointer[Outcome] // as interceptors saw it; nil if none did
}

func (s *statsCall) told(o Outcome) { s.outcome.CompareAndSwap(nil, &o) }

// TagRPC puts the call into its context.
func (h *statsHandler) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	l := h.layer
	// Names of methods that nobody registers are the client's: nothing is kept of them
	// before the call begins, which it never does.
	c := &call{Context: ctx, layer: l, method: &method{name: info.FullMethodName}, start: l.tracker.Now(), stats: &statsCall{}}
	return c.context()
}

// HandleRPC follows the call.
func (h *statsHandler) HandleRPC(ctx context.Context, s stats.RPCStats) {
	if s.IsClient() {
		return
	}
	c, _ := ctx.Value(serverCall{}).(*call)
	for c != nil && c.layer != h.layer {
		c, _ = c.Context.Value(serverCall{}).(*call)
	}
	if c == nil {
		return
	}
	l, st := h.layer, c.stats
	switch s := s.(type) {
	case *stats.Begin:
		st.stream = s.IsClientStream || s.IsServerStream
		if s.IsClientStream && s.IsServerStream && !l.knows(c.method.name) {
			// It may be one of a grpc.UnknownServiceHandler, with any name: the end tells.
			st.unsure = true
			c.method = l.unregistered(c.method.name)
		} else {
			c.method = l.method(methodKey{name: c.method.name})
		}
		c.method.op.Start()
		st.begun.Store(true)
	case *stats.OutHeader:
		if st.stream && st.begun.Load() {
			st.progress.establish(c.method.op, l.tracker.Now, c.start)
		}
	case *stats.OutPayload:
		if st.stream {
			st.progress.message(c.method.op, l.tracker.Now, c.start)
		}
	case *stats.InPayload:
		if st.stream {
			st.progress.arrived(c.method.op, l.tracker.Now, c.start)
		}
	case *stats.OutTrailer:
		if !st.begun.Load() {
			h.unknown(ctx, c)
		}
	case *stats.End:
		h.end(ctx, c, s)
	}
}

// unknown records a call that grpc-go answered by itself.
func (h *statsHandler) unknown(ctx context.Context, c *call) {
	m := h.layer.unregistered(c.method.name)
	o := Outcome{
		Method: m.name, Code: codes.Unimplemented, Latency: h.layer.tracker.Now() - c.start,
		Unregistered: true, Health: h.layer.health[service(m.name)],
	}
	m.op.Start()
	h.layer.record(ctx, c, m, &o)
}

func (h *statsHandler) end(ctx context.Context, c *call, s *stats.End) {
	l, m := h.layer, c.method
	elapsed := l.tracker.Now() - c.start
	o := Outcome{Method: m.name, Err: s.Error, Code: codeOf(s.Error), Health: m.health}
	o.Unregistered = c.stats.unsure && o.Code == codes.Unimplemented
	if told := c.stats.outcome.Load(); told != nil && (told.Panicked || told.Code != codes.OK || s.Error == nil) {
		o = *told
	} else {
		// grpc-go cancels the context before it says that the call is over, so there is no
		// more in it than the deadline. What was answered a little before it was in time.
		at, ok := ctx.Deadline()
		o.TimedOut = ok && time.Until(at) <= 0 || o.Code == codes.Canceled && deadline.Reached(ctx, elapsed)
		if o.Code == codes.Canceled && !o.TimedOut {
			o.Drained = l.draining.Begun()
			o.Cancelled = !o.Drained
		}
	}
	o.Latency = elapsed
	if c.stats.stream {
		c.stats.progress.end(m.op, &o)
	}
	if c.stats.unsure && !o.Unregistered {
		m.op.Withdraw()
		m = l.method(methodKey{name: m.name})
		m.op.Start()
		o.Health = m.health
	}
	l.record(ctx, c, m, &o)
}

// TagConn does nothing.
func (h *statsHandler) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn does nothing.
func (h *statsHandler) HandleConn(context.Context, stats.ConnStats) {}

// noStats is the stats handler of no tracker.
type noStats struct{}

// TagRPC does nothing.
func (noStats) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC does nothing.
func (noStats) HandleRPC(context.Context, stats.RPCStats) {}

// TagConn does nothing.
func (noStats) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn does nothing.
func (noStats) HandleConn(context.Context, stats.ConnStats) {}
