package grpcslo_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/middleware/grpcslo"
)

// TestClientCancels: the client leaves while the handler is at work.
func TestClientCancels(t *testing.T) {
	for _, c := range []struct {
		name    string
		returns func(ctx context.Context) error
		want    string
	}{
		{"handler returns ctx.Err()", context.Context.Err, "CANCELLED"},
		{"handler returns nil late", func(context.Context) error { return nil }, "CANCELLED"},
		{"handler returns Internal", func(context.Context) error { return status.Error(codes.Internal, "x") }, "INTERNAL"},
		{"handler returns NotFound", func(context.Context) error { return status.Error(codes.NotFound, "x") }, "NOT_FOUND"},
		{"far deadline, handler returns ctx.Err()", context.Context.Err, "CANCELLED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, start func(...grpcslo.Option) *rig) {
				t.Helper()
				e := start()
				e.service.unary = func(ctx context.Context) (*message, error) {
					e.began <- struct{}{}
					<-ctx.Done()
					return new(message), c.returns(ctx)
				}
				e.service.stream = func(ss grpc.ServerStream) error {
					e.began <- struct{}{}
					<-ss.Context().Done()
					return c.returns(ss.Context())
				}
				for method, call := range map[string]func(context.Context) codes.Code{
					unaryMethod:  e.call,
					serverMethod: func(ctx context.Context) codes.Code { return e.stream(ctx, serverMethod) },
				} {
					ctx, cancel := context.WithCancel(t.Context())
					if strings.HasPrefix(c.name, "far deadline") {
						ctx, cancel = context.WithTimeout(t.Context(), time.Hour)
					}
					go func() {
						<-e.began
						cancel()
					}()
					if got := call(ctx); got != codes.Canceled {
						t.Errorf("%s: the client saw %v, want Canceled", method, got)
					}
				}
				e.recorded(unaryMethod+" "+c.want+" 1", serverMethod+" "+c.want+" 1")
			})
		})
	}
}

// TestHandlerReturns: what a handler's error counts as while its client waits.
func TestHandlerReturns(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want string
		code codes.Code
	}{
		{"nil", nil, "OK", codes.OK},
		{"context.DeadlineExceeded", context.DeadlineExceeded, "DEADLINE_EXCEEDED", codes.DeadlineExceeded},
		{"context.DeadlineExceeded wrapped", fmt.Errorf("query: %w", context.DeadlineExceeded), "DEADLINE_EXCEEDED", codes.DeadlineExceeded},
		{"plain error", errors.New("x"), "UNKNOWN", codes.Unknown},
		{"status wrapped", fmt.Errorf("x: %w", status.Error(codes.NotFound, "x")), "NOT_FOUND", codes.NotFound},
		{"Unimplemented of a registered method", status.Error(codes.Unimplemented, "x"), "UNIMPLEMENTED", codes.Unimplemented},
		{"code outside the registered ones", status.Error(99, "x"), "UNKNOWN", 99},
	} {
		t.Run(c.name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, start func(...grpcslo.Option) *rig) {
				t.Helper()
				e := start()
				e.service.unary = func(context.Context) (*message, error) { return new(message), c.err }
				e.service.stream = func(grpc.ServerStream) error { return c.err }
				if got := e.call(t.Context()); got != c.code {
					t.Errorf("unary: the client saw %v, want %v", got, c.code)
				}
				if got := e.stream(t.Context(), bidiMethod); got != c.code {
					t.Errorf("stream: the client saw %v, want %v", got, c.code)
				}
				e.recorded(unaryMethod+" "+c.want+" 1", bidiMethod+" "+c.want+" 1")
			})
		})
	}
}

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
		for name, want := range map[string]string{"recovery outside": "failed", "recovery inside": "UNKNOWN"} {
			t.Run(network+"/"+name, func(t *testing.T) {
				e := newRig(t)
				unary := []grpc.UnaryServerInterceptor{recoveryUnary(t, value), grpcslo.UnaryServerInterceptor(e.Tracker.Tracker)}
				stream := []grpc.StreamServerInterceptor{recoveryStream(t, value), grpcslo.StreamServerInterceptor(e.Tracker.Tracker)}
				if name == "recovery inside" {
					unary[0], unary[1] = unary[1], unary[0]
					stream[0], stream[1] = stream[1], stream[0]
				}
				e.serve(n, grpc.ChainUnaryInterceptor(unary...), grpc.ChainStreamInterceptor(stream...))
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

// TestUnknownMethod: only the stats handler sees it.
func TestUnknownMethod(t *testing.T) {
	for network, n := range networks {
		t.Run(network, func(t *testing.T) {
			e := newRig(t)
			e.serve(n, both(e.Tracker.Tracker)...)
			for i, method := range []string{"/no.such.Service/X", "/nines.test.Row/Nothing", "/" + strings.Repeat("x", 2000) + "/y"} {
				if err := e.conn.Invoke(t.Context(), method, new(message), new(message)); status.Code(err) != codes.Unimplemented {
					t.Errorf("%d: the client saw %v, want Unimplemented", i, err)
				}
				<-e.over
			}
			e.recorded("_OTHER unmatched 3")
		})
	}
}

// TestOversizedRequest: only the stats handler sees it.
func TestOversizedRequest(t *testing.T) {
	for network, n := range networks {
		t.Run(network, func(t *testing.T) {
			e := newRig(t)
			e.serve(n, append(both(e.Tracker.Tracker), grpc.MaxRecvMsgSize(100))...)
			err := e.conn.Invoke(t.Context(), unaryMethod, &message{Value: strings.Repeat("x", 1000)}, new(message))
			if status.Code(err) != codes.ResourceExhausted {
				t.Errorf("the client saw %v, want ResourceExhausted", err)
			}
			<-e.over
			e.recorded(unaryMethod + " RESOURCE_EXHAUSTED 1")
		})
	}
}

// TestServerStops: told of it before, the server's fault for unary calls and nothing for
// streams; not told, as a cancel.
func TestServerStops(t *testing.T) {
	for name, told := range map[string]bool{"told": true, "not told": false} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, start func(...grpcslo.Option) *rig) {
				t.Helper()
				var draining grpcslo.Draining
				e := start(grpcslo.WithDraining(&draining))
				e.service.unary = func(ctx context.Context) (*message, error) {
					e.began <- struct{}{}
					<-ctx.Done()
					return nil, ctx.Err()
				}
				e.service.stream = func(ss grpc.ServerStream) error {
					e.began <- struct{}{}
					<-ss.Context().Done()
					return ss.Context().Err()
				}
				saw := make(chan codes.Code, 2)
				go func() { saw <- e.call(t.Context()) }()
				go func() { saw <- e.stream(t.Context(), bidiMethod) }()
				<-e.began
				<-e.began
				if told {
					draining.Begin()
				}
				e.server.Stop()
				for range 2 {
					if got := <-saw; got != codes.Unavailable {
						t.Errorf("the client saw %v, want Unavailable", got)
					}
				}
				if told {
					e.recorded(unaryMethod+" UNAVAILABLE 1", bidiMethod+" shutdown 1")
				} else {
					e.recorded(unaryMethod+" CANCELLED 1", bidiMethod+" CANCELLED 1")
				}
			})
		})
	}
}

func TestHealth(t *testing.T) {
	for mode, options := range modes {
		t.Run(mode, func(t *testing.T) {
			e := newRig(t)
			e.register = func(s *grpc.Server) { healthpb.RegisterHealthServer(s, health.NewServer()) }
			e.serve(overBufconn, options(e.Tracker.Tracker)...)
			for range 3 {
				if _, err := healthpb.NewHealthClient(e.conn).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
					t.Error(err)
				}
				<-e.over
			}
			e.recorded("unmatched health 3")
		})
	}
}
