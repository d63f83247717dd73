package grpcslo_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
)

// idle is a stream of which only the context is asked for.
type idle struct {
	grpc.ServerStream
	ctx context.Context
}

func (i idle) Context() context.Context { return i.ctx }

func serveUnary(tr *budget.Tracker, ctx context.Context, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) func(...grpcslo.Option) func() { //nolint:revive // the order of the interceptor
	return func(o ...grpcslo.Option) func() {
		intercept := grpcslo.UnaryServerInterceptor(tr, o...)
		return func() { _, _ = intercept(ctx, nil, info, handler) }
	}
}

// BenchmarkUnaryServer compares a handler alone with one below the interceptor.
func BenchmarkUnaryServer(b *testing.B) {
	tr, err := budget.New(budget.Config{Objectives: objectives()})
	if err != nil {
		b.Fatal(err)
	}
	defer tr.Close()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	info := &grpc.UnaryServerInfo{FullMethod: unaryMethod}
	handler := func(context.Context, any) (any, error) { return nil, nil }
	for _, c := range []struct {
		name string
		call func()
	}{
		{"bare", func() { _, _ = handler(ctx, nil) }},
		{"interceptor", serveUnary(tr, ctx, info, handler)()},
		{"marking", serveUnary(tr, ctx, info, handler)(grpcslo.WithMarking())},
	} {
		c.call()
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.call()
			}
		})
		b.Run(c.name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					c.call()
				}
			})
		})
	}
}
