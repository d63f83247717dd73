package grpcslo

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/seed-abb722f7/nines/budget"
)

// UnaryServerInterceptor returns an interceptor that records every unary call of a server
// in t, each under its full method, which costs one map look-up and no allocation (but for
// the first calls of a method). Put it outside of interceptors that refuse calls, such as
// for authentication, for their refusals to count.
//
// The result is safe for concurrent use, and may serve several servers. If t is nil it
// only passes on.
func UnaryServerInterceptor(t *budget.Tracker, options ...Option) grpc.UnaryServerInterceptor {
	if t == nil {
		return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
			return handler(ctx, req)
		}
	}
	return newLayer(t, false, "UnaryServerInterceptor", options).serveUnary
}

func (l *layer) serveUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
	m := l.method(methodKey{name: info.FullMethod})
	if l.marking || m.nesting.Load() != nestingNone {
		return l.serveMarked(ctx, req, m, handler)
	}
	start := l.tracker.Now()
	m.op.Start()
	returned := false
	// A panic passes by untouched, with the handler still on its stack, and so does
	// runtime.Goexit.
	defer func() { l.served(ctx, nil, m, start, returned, err) }()
	resp, err = handler(ctx, req)
	returned = true
	return resp, err
}

// serveMarked is serveUnary with the call in the context.
func (l *layer) serveMarked(ctx context.Context, req any, m *method, handler grpc.UnaryHandler) (resp any, err error) {
	start := l.tracker.Now()
	returned := false
	if outer := l.outer(ctx, m.name); outer != nil {
		m.nested()
		if outer.stats != nil {
			defer func() { outer.stats.told(l.outcome(ctx, m, start, returned, err)) }()
		}
		resp, err = handler(outer.enter(l, ctx), req)
		returned = true
		return resp, err
	}
	c := &call{Context: ctx, layer: l, method: m, start: start}
	m.op.Start()
	defer func() { l.served(ctx, c, m, start, returned, err) }()
	resp, err = handler(c.context(), req)
	returned = true
	m.settle(c, err == nil)
	return resp, err
}

// served records a unary call, or one that is left by a panic.
func (l *layer) served(ctx context.Context, c *call, m *method, start time.Duration, returned bool, err error) {
	o := l.outcome(ctx, m, start, returned, err)
	l.record(ctx, c, m, &o)
}

// outcome says how a server's call ended.
func (l *layer) outcome(ctx context.Context, m *method, start time.Duration, returned bool, err error) Outcome {
	o := Outcome{
		Method: m.name, Latency: l.tracker.Now() - start,
		Panicked: !returned, Health: m.health, Unregistered: m.unregistered,
	}
	o.ended(ctx, err, o.Latency, l.draining)
	if o.Panicked {
		o.Code = codes.Unknown
	}
	return o
}
