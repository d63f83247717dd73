package grpcslo_test

import (
	"context"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/middleware/grpcslo"
)

// recovery is as other people's recovery interceptors are.
func recoveryUnary(t *testing.T, want any) grpc.UnaryServerInterceptor {
	t.Helper()
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
		defer func() { recovered(t, recover(), want, &err) }()
		return handler(ctx, req)
	}
}

func recoveryStream(t *testing.T, want any) grpc.StreamServerInterceptor {
	t.Helper()
	return func(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
		defer func() { recovered(t, recover(), want, &err) }()
		return handler(srv, ss)
	}
}

func recovered(t *testing.T, value, want any, err *error) {
	t.Helper()
	if value != want {
		t.Errorf("recovered %v, want the very value of the handler", value)
	}
	if !strings.Contains(string(debug.Stack()), "panickingHandler") {
		t.Error("the handler is not on the stack of its panic")
	}
	*err = status.Error(codes.Unknown, "recovered")
}

func panickingHandler(value any) { panic(value) }

func TestPanic(t *testing.T) {
	value := &struct{ x int }{1}
	for network, n := range networks {
		for name, want := range map[string]string{
			"recovery outside": "failed", "recovery inside": "UNKNOWN",
			"recovery outside, stats": "failed", "recovery inside, stats": "UNKNOWN",
		} {
			t.Run(network+"/"+name, func(t *testing.T) {
				e := newRig(t)
				unary := []grpc.UnaryServerInterceptor{recoveryUnary(t, value), grpcslo.UnaryServerInterceptor(e.Tracker.Tracker)}
				stream := []grpc.StreamServerInterceptor{recoveryStream(t, value), grpcslo.StreamServerInterceptor(e.Tracker.Tracker)}
				if strings.HasPrefix(name, "recovery inside") {
					unary[0], unary[1] = unary[1], unary[0]
					stream[0], stream[1] = stream[1], stream[0]
				}
				options := []grpc.ServerOption{grpc.ChainUnaryInterceptor(unary...), grpc.ChainStreamInterceptor(stream...)}
				if strings.HasSuffix(name, "stats") {
					options = append(options, statsHandler(e.Tracker.Tracker)...)
				}
				e.serve(n, options...)
				e.service.unary = func(context.Context) (*message, error) { panickingHandler(value); return nil, nil }
				e.service.stream = func(grpc.ServerStream) error { panickingHandler(value); return nil }
				for range 2 { // the first is marked, see nesting
					if got := e.call(t.Context()); got != codes.Unknown {
						t.Errorf("the client saw %v, want Unknown", got)
					}
				}
				if got := e.stream(t.Context(), serverMethod); got != codes.Unknown {
					t.Errorf("the client saw %v, want Unknown", got)
				}
				e.recorded(unaryMethod+" "+want+" 2", serverMethod+" "+want+" 1")
			})
		}
	}
}

func TestGoexit(t *testing.T) {
	e := newRig(t)
	e.serve(overBufconn, interceptors(e.Tracker.Tracker)...)
	e.service.unary = func(context.Context) (*message, error) { runtime.Goexit(); return nil, nil }
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = e.conn.Invoke(ctx, unaryMethod, new(message), new(message)) // hangs: grpc-go answers nothing
	}()
	<-e.over
	cancel()
	<-done
	e.recorded(unaryMethod + " failed 1")
}
