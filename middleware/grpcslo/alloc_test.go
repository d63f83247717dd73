//go:build !race

package grpcslo_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
)

// TestAllocations counts what the interceptors add to a call.
func TestAllocations(t *testing.T) {
	tr := budgettest.New(t, objectives()...).Tracker
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	info := &grpc.UnaryServerInfo{FullMethod: unaryMethod}
	handler := func(context.Context, any) (any, error) { return nil, nil }
	invoker := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil }
	streamInfo := &grpc.StreamServerInfo{FullMethod: bidiMethod, IsClientStream: true, IsServerStream: true}
	var stream grpc.ServerStream = idle{ctx: ctx}
	for _, c := range []struct {
		name string
		want float64
		call func(options ...grpcslo.Option) func()
		opts []grpcslo.Option
	}{
		{"unary server", 0, serveUnary(tr, ctx, info, handler), nil},
		{"unary server, a classifier", 0, serveUnary(tr, ctx, info, handler), []grpcslo.Option{grpcslo.WithClassifier(grpcslo.Classify)}},
		{"unary server, marking", 2, serveUnary(tr, ctx, info, handler), []grpcslo.Option{grpcslo.WithMarking()}},
		{"stream server", 1, func(o ...grpcslo.Option) func() {
			intercept := grpcslo.StreamServerInterceptor(tr, o...)
			return func() {
				_ = intercept(t, stream, streamInfo, func(any, grpc.ServerStream) error { return nil })
			}
		}, nil},
		{"unary client, blame", 0, func(o ...grpcslo.Option) func() {
			intercept := grpcslo.UnaryClientInterceptor(tr, o...)
			return func() { _ = intercept(ctx, unaryMethod, nil, nil, nil, invoker) }
		}, []grpcslo.Option{grpcslo.WithBlame()}},
		{"unary client", 0, func(o ...grpcslo.Option) func() {
			intercept := grpcslo.UnaryClientInterceptor(tr, o...)
			return func() { _ = intercept(ctx, unaryMethod, nil, nil, nil, invoker) }
		}, nil},
	} {
		f := c.call(c.opts...)
		f() // the first is marked
		if got := testing.AllocsPerRun(200, f); got > c.want {
			t.Errorf("%s: %v allocations, want at most %v", c.name, got, c.want)
		}
	}
}
