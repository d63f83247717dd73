package grpcslo

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/deadline"
)

// UnaryClientInterceptor returns an interceptor that records every unary call that a
// client makes, as a dependency of this process: each under the name of [Client], or that
// of [WithNamer]. Attempts that grpc-go repeats by its retry policy are one call. Failures
// of transport are Unavailable; calls that this process cancels, or whose connection it
// closes, do not count.
//
// The result is safe for concurrent use, and may serve several connections. It costs one
// map look-up and no allocation but for the first calls of a method. If t is nil it only
// passes on.
func UnaryClientInterceptor(t *budget.Tracker, options ...Option) grpc.UnaryClientInterceptor {
	if t == nil {
		return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			return invoker(ctx, method, req, reply, cc, opts...)
		}
	}
	return newLayer(t, true, "UnaryClientInterceptor", options).callUnary
}

func (l *layer) callUnary(ctx context.Context, name string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) (err error) {
	m := l.method(l.clientKey(name, cc))
	var c *call
	given := ctx
	if m.nesting.Load() != nestingNone {
		if outer := l.outer(ctx, name); outer != nil {
			m.nested()
			outer.contains(l)
			return invoker(ctx, name, req, reply, cc, opts...)
		}
		c = &call{Context: ctx, layer: l, method: m}
		given = c
	}
	start := l.tracker.Now()
	m.op.Start()
	returned := false
	defer func() {
		o := l.called(ctx, cc, m, l.tracker.Now()-start, returned, err)
		l.record(ctx, c, m, &o)
	}()
	err = invoker(given, name, req, reply, cc, opts...)
	returned = true
	if c != nil {
		m.settle(c, err == nil)
	}
	return err
}

// clientKey finds a method by the target too where a namer asks for it.
func (l *layer) clientKey(name string, cc *grpc.ClientConn) methodKey {
	key := methodKey{name: name}
	if l.namer != nil && cc != nil {
		key.target = cc.Target()
	}
	return key
}

// called says how a client's call ended.
func (l *layer) called(ctx context.Context, cc *grpc.ClientConn, m *method, latency time.Duration, returned bool, err error) Outcome {
	o := Outcome{Method: m.name, Err: err, Code: codeOf(err), Latency: latency, Panicked: !returned, Client: true}
	switch {
	case o.Panicked:
		o.Code = codes.Unknown
	case o.Code == codes.DeadlineExceeded:
		o.TimedOut = true
	case o.Code == codes.Canceled && ctx.Err() != nil && deadline.Reached(ctx, latency):
		// Whoever called this process ran out of patience with its dependency, and says so a
		// moment before the clock here does.
		o.TimedOut = true
	case o.Code == codes.Canceled:
		// A call on a connection that this process closed ends with Canceled too.
		o.Cancelled = ctx.Err() != nil || cc != nil && cc.GetState() == connectivity.Shutdown
	}
	return o
}
