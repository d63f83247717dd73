package grpcslo_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/seed-abb722f7/nines/middleware/grpcslo"
)

// TestClientCancels: the client leaves while the handler is at work.
func TestClientCancels(t *testing.T) {
	for _, c := range []struct {
		name    string
		returns func(ctx context.Context) error
		want    string
	}{
		{"handler returns ctx.Err()", context.Context.Err, "cancelled"},
		{"handler returns nil late", func(context.Context) error { return nil }, "cancelled"},
		{"handler returns Internal", func(context.Context) error { return status.Error(codes.Internal, "x") }, "INTERNAL"},
		{"handler returns NotFound", func(context.Context) error { return status.Error(codes.NotFound, "x") }, "NOT_FOUND"},
		{"far deadline, handler returns ctx.Err()", context.Context.Err, "cancelled"},
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
				var want [3]uint64
				switch c.want {
				case "cancelled":
					want[2] = 1 // it does not count
				case "NOT_FOUND":
					want[0] = 1
				default:
					want[1] = 1
				}
				e.Want("unary", want[0], want[1], want[2])
				e.Want("server", want[0], want[1], want[2])
			})
		})
	}
}

// TestClientCancelsLate: whoever leaves after the threshold has waited too long.
func TestClientCancelsLate(t *testing.T) {
	everywhere(t, func(t *testing.T, start func(...grpcslo.Option) *rig) {
		t.Helper()
		e := start()
		e.hold()
		for _, waited := range []time.Duration{threshold, threshold + time.Second} {
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-e.began
				e.Advance(waited)
				cancel()
			}()
			e.call(ctx)
		}
		e.recorded(unaryMethod + " cancelled 2")
		e.Want("unary", 0, 0, 2)
		e.Want("quick", 0, 1, 1)
	})
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
			across(t, allModes, func(t *testing.T, start func(...grpcslo.Option) *rig) {
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

// statsModes are those that see what never comes to a handler.
var statsModes = map[string]mode{"both": both, "stats handler": statsHandler}

// TestUnknownMethod: only the stats handler sees it.
func TestUnknownMethod(t *testing.T) {
	across(t, statsModes, func(t *testing.T, start func(...grpcslo.Option) *rig) {
		t.Helper()
		e := start()
		for i, method := range []string{"/no.such.Service/X", "/nines.test.Row/Nothing", "/" + strings.Repeat("x", 2000) + "/y"} {
			if err := e.conn.Invoke(t.Context(), method, new(message), new(message)); status.Code(err) != codes.Unimplemented {
				t.Errorf("%d: the client saw %v, want Unimplemented", i, err)
			}
			<-e.over
		}
		e.recorded("_OTHER unmatched 3")
	})
}

// TestOversizedRequest: only the stats handler sees it.
func TestOversizedRequest(t *testing.T) {
	for network, n := range networks {
		for mode, options := range statsModes {
			t.Run(network+"/"+mode, func(t *testing.T) {
				e := newRig(t)
				e.serve(n, append(options(e.Tracker.Tracker), grpc.MaxRecvMsgSize(100))...)
				err := e.conn.Invoke(t.Context(), unaryMethod, &message{Value: strings.Repeat("x", 1000)}, new(message))
				if status.Code(err) != codes.ResourceExhausted {
					t.Errorf("the client saw %v, want ResourceExhausted", err)
				}
				<-e.over
				e.recorded(unaryMethod + " RESOURCE_EXHAUSTED 1")
			})
		}
	}
}

// TestUnseenByInterceptors holds what the documentation says of interceptors alone.
func TestUnseenByInterceptors(t *testing.T) {
	for network, n := range networks {
		t.Run(network, func(t *testing.T) {
			e := newRig(t)
			e.serve(n, append(interceptors(e.Tracker.Tracker), grpc.MaxRecvMsgSize(100))...)
			for _, c := range []struct {
				method string
				size   int
				want   codes.Code
			}{{"/no.such.Service/X", 0, codes.Unimplemented}, {unaryMethod, 1000, codes.ResourceExhausted}} {
				err := e.conn.Invoke(t.Context(), c.method, &message{Value: strings.Repeat("x", c.size)}, new(message))
				if status.Code(err) != c.want {
					t.Errorf("%s: the client saw %v, want %v", c.method, err, c.want)
				}
				<-e.over
			}
			e.recorded()
		})
	}
}

// TestVerdicts: which codes are bad by default, and which the strict verdicts add.
func TestVerdicts(t *testing.T) {
	bad := map[codes.Code]bool{
		codes.Unknown: true, codes.DeadlineExceeded: true, codes.Unimplemented: true,
		codes.Internal: true, codes.Unavailable: true, codes.DataLoss: true,
	}
	strict := map[codes.Code]bool{codes.ResourceExhausted: true, codes.Aborted: true}
	for network, n := range networks {
		for mode, options := range allModes {
			t.Run(network+"/"+mode, func(t *testing.T) {
				e := newRig(t)
				e.serve(n, options(e.Tracker.Tracker)...)
				var good, failed, more, excluded uint64
				for c := codes.OK; c <= codes.Unauthenticated; c++ {
					e.service.unary = func(context.Context) (*message, error) { return new(message), status.Error(c, "x") }
					if got := e.call(t.Context()); got != c {
						t.Errorf("the client saw %v, want %v", got, c)
					}
					switch {
					case bad[c]:
						failed++
					case strict[c]:
						more++
					case c == codes.Canceled && mode == "stats handler":
						excluded++ // it cannot tell that nobody had left
					default:
						good++
					}
					e.Want("unary", good+more, failed, excluded)
					e.Want("strict", good, failed+more, excluded)
				}
			})
		}
	}
}

// TestServerStops: told of it before, by word or by its listener, the server's fault for
// unary calls and nothing for streams; not told, as a cancel.
func TestServerStops(t *testing.T) {
	for _, c := range []struct {
		name          string
		told, listens bool
		unary, stream string
	}{
		{"told", true, false, "UNAVAILABLE", "shutdown"},
		{"listener", false, true, "UNAVAILABLE", "shutdown"},
		{"not told", false, false, "cancelled", "cancelled"},
	} {
		for network, n := range networks {
			for mode, options := range allModes {
				t.Run(c.name+"/"+network+"/"+mode, func(t *testing.T) {
					var draining grpcslo.Draining
					e := newRig(t)
					if c.listens {
						e.draining = &draining
					}
					e.serve(n, options(e.Tracker.Tracker, grpcslo.WithDraining(&draining))...)
					e.hold()
					saw := make(chan codes.Code, 2)
					go func() { saw <- e.call(t.Context()) }()
					go func() { saw <- e.stream(t.Context(), bidiMethod) }()
					<-e.began
					<-e.began
					if c.told {
						draining.Begin()
					}
					e.server.Stop()
					for range 2 {
						if got := <-saw; got != codes.Unavailable {
							t.Errorf("the client saw %v, want Unavailable", got)
						}
					}
					e.recorded(unaryMethod+" "+c.unary+" 1", bidiMethod+" "+c.stream+" 1")
				})
			}
		}
	}
}

// TestServerStopsGracefully: what is under way ends as it would, and a client that leaves
// before the server is stopped has left.
func TestServerStopsGracefully(t *testing.T) {
	for network, n := range networks {
		for mode, options := range allModes {
			t.Run(network+"/"+mode, func(t *testing.T) {
				var draining grpcslo.Draining
				e := newRig(t)
				e.draining = &draining
				e.serve(n, options(e.Tracker.Tracker, grpcslo.WithDraining(&draining))...)
				e.hold()
				ctx, cancel := context.WithCancel(t.Context())
				go func() {
					<-e.began
					cancel()
				}()
				if got := e.call(ctx); got != codes.Canceled {
					t.Errorf("the client saw %v, want Canceled", got)
				}

				release := make(chan struct{})
				e.service.unary = func(context.Context) (*message, error) {
					e.began <- struct{}{}
					<-release
					return new(message), nil
				}
				saw := make(chan codes.Code, 1)
				go func() { saw <- e.call(t.Context()) }()
				<-e.began
				stopped := make(chan struct{})
				go func() {
					defer close(stopped)
					e.server.GracefulStop()
				}()
				close(release)
				if got := <-saw; got != codes.OK {
					t.Errorf("the client saw %v, want OK", got)
				}
				<-stopped
				if !draining.Begun() {
					t.Error("the server has stopped, and the draining has not begun")
				}
				e.recorded(unaryMethod+" cancelled 1", unaryMethod+" OK 1")
			})
		}
	}
}

// hold makes handlers wait until their call is over.
func (e *rig) hold() {
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
}

// TestDrainingListener: what is closed is the listener, and of no draining it is the same.
func TestDrainingListener(t *testing.T) {
	l := bufconn.Listen(1)
	if got := (*grpcslo.Draining)(nil).Listener(l); got != net.Listener(l) {
		t.Errorf("Listener of a nil Draining = %v, want the listener itself", got)
	}
	var draining grpcslo.Draining
	served := draining.Listener(l)
	if served.Addr() != l.Addr() || draining.Begun() {
		t.Errorf("Addr = %v, begun %v, want %v and not begun", served.Addr(), draining.Begun(), l.Addr())
	}
	if err := served.Close(); err != nil || !draining.Begun() {
		t.Errorf("Close = %v, begun %v, want nil and begun", err, draining.Begun())
	}
	if _, err := l.Accept(); err == nil {
		t.Error("the listener is open, want it closed")
	}
}

// TestHealth: probes and reflection do not count, unary or stream.
func TestHealth(t *testing.T) {
	for network, n := range networks {
		for mode, options := range allModes {
			t.Run(network+"/"+mode, func(t *testing.T) {
				e := newRig(t)
				e.register = func(s *grpc.Server) {
					healthpb.RegisterHealthServer(s, health.NewServer())
					reflection.Register(s)
				}
				e.serve(n, options(e.Tracker.Tracker)...)
				for range 3 {
					if _, err := healthpb.NewHealthClient(e.conn).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
						t.Error(err)
					}
					<-e.over
				}
				s, err := reflectionpb.NewServerReflectionClient(e.conn).ServerReflectionInfo(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				list := &reflectionpb.ServerReflectionRequest_ListServices{}
				if err := s.Send(&reflectionpb.ServerReflectionRequest{MessageRequest: list}); err != nil {
					t.Error(err)
				}
				if _, err := s.Recv(); err != nil {
					t.Error(err)
				}
				_ = s.CloseSend() // always nil
				if _, err := s.Recv(); !errors.Is(err, io.EOF) {
					t.Errorf("the stream ended with %v, want io.EOF", err)
				}
				<-e.over
				e.recorded("unmatched health 4")
			})
		}
	}
}
