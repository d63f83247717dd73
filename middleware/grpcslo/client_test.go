package grpcslo_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/internal/recorded"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

func clientInterceptors(tr *budget.Tracker, o ...grpcslo.Option) []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(grpcslo.UnaryClientInterceptor(tr, o...)),
		grpc.WithChainStreamInterceptor(grpcslo.StreamClientInterceptor(tr, o...)),
	}
}

func clientOf(method string) string { return "dependency:" + grpcslo.Client(method).Name() }

// measured is a rig whose client has a tracker of its own.
func measured(t *testing.T, n network, o ...grpcslo.Option) (*rig, *budgettest.Tracker) {
	t.Helper()
	e := newRig(t)
	e.serve(n)
	tr := budgettest.New(t,
		slo.Objective{Name: "unary", Of: grpcslo.Client(unaryMethod), SLI: slo.Availability(), Target: slo.Percent(99)},
		slo.Objective{Name: "first", Of: grpcslo.Client(serverMethod), SLI: slo.Latency(threshold), Target: slo.Percent(99)})
	e.conn = connect(t, e.dial, clientInterceptors(tr.Tracker, o...)...)
	return e, tr
}

// TestClient: what a dependency answers, and what became of calls that it did not.
func TestClient(t *testing.T) {
	wait := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for _, c := range []struct {
		name    string
		context func(context.Context) (context.Context, context.CancelFunc)
		returns func(context.Context) error
		want    string
	}{
		{"OK", nil, func(context.Context) error { return nil }, "OK"},
		{"NotFound", nil, func(context.Context) error { return status.Error(codes.NotFound, "x") }, "NOT_FOUND"},
		{"Internal", nil, func(context.Context) error { return status.Error(codes.Internal, "x") }, "INTERNAL"},
		{"Canceled of its own", nil, func(context.Context) error { return status.Error(codes.Canceled, "x") }, "UNKNOWN"},
		{"our deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 20*time.Millisecond)
		}, wait, "DEADLINE_EXCEEDED"},
		{"our cancel", context.WithCancel, wait, "cancelled"},
	} {
		for name, n := range networks {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				e, tr := measured(t, n)
				e.service.unary = func(ctx context.Context) (*message, error) {
					e.began <- struct{}{}
					return new(message), c.returns(ctx)
				}
				e.service.stream = func(ss grpc.ServerStream) error {
					e.began <- struct{}{}
					return c.returns(ss.Context())
				}
				// Nobody waits for the server: a deadline may pass before a call comes to it.
				for _, call := range []func(context.Context){
					func(ctx context.Context) { _ = e.conn.Invoke(ctx, unaryMethod, new(message), new(message)) },
					func(ctx context.Context) { _ = receive(ctx, e.conn) },
				} {
					ctx, cancel := t.Context(), context.CancelFunc(func() {})
					if c.context != nil {
						ctx, cancel = c.context(ctx)
					}
					var leaving sync.WaitGroup
					if c.name == "our cancel" {
						leaving.Go(func() {
							<-e.began
							cancel()
						})
					}
					call(ctx)
					leaving.Wait()
					cancel()
				}
				recorded.Check(t, tr.Tracker, clientOf(unaryMethod)+" "+c.want+" 1", clientOf(serverMethod)+" "+c.want+" 1")
			})
		}
	}
}

// TestClientCallersDeadline: the context of a call that this process makes for a client of its
// own is cancelled when that one gives up, which may be a moment before the deadline.
func TestClientCallersDeadline(t *testing.T) {
	for _, c := range []struct {
		timeout time.Duration
		want    string
	}{
		{4 * time.Millisecond, "DEADLINE_EXCEEDED"},
		{time.Hour, "cancelled"},
	} {
		e, tr := measured(t, overBufconn)
		ctx, cancel := context.WithTimeout(t.Context(), c.timeout)
		cancel()
		if err := e.conn.Invoke(ctx, unaryMethod, new(message), new(message)); err == nil {
			t.Error("a call with a context that has ended was answered")
		}
		if _, err := e.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, serverMethod); err == nil {
			t.Error("a stream with a context that has ended was made")
		}
		recorded.Check(t, tr.Tracker, clientOf(unaryMethod)+" "+c.want+" 1", clientOf(serverMethod)+" "+c.want+" 1")
	}
}

// TestClientTransport: nobody listens.
func TestClientTransport(t *testing.T) {
	tr := budgettest.New(t, objectives()...)
	conn := connect(t, func(context.Context) (net.Conn, error) { return nil, errors.New("refused") }, clientInterceptors(tr.Tracker)...)
	if err := conn.Invoke(t.Context(), unaryMethod, new(message), new(message)); status.Code(err) != codes.Unavailable {
		t.Errorf("the client saw %v, want Unavailable", err)
	}
	if _, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true}, serverMethod); status.Code(err) != codes.Unavailable {
		t.Errorf("the client saw %v, want Unavailable", err)
	}
	recorded.Check(t, tr.Tracker, clientOf(unaryMethod)+" UNAVAILABLE 1", clientOf(serverMethod)+" UNAVAILABLE 1")
}

// TestClientAbandons: a stream that is left with its context, or its connection, is over.
func TestClientAbandons(t *testing.T) {
	for _, name := range []string{"context", "connection"} {
		t.Run(name, func(t *testing.T) {
			e, tr := measured(t, overBufconn)
			e.service.stream = func(ss grpc.ServerStream) error {
				_ = ss.SendMsg(new(message))
				<-ss.Context().Done()
				return nil
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s, err := e.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, serverMethod)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.RecvMsg(new(message)); err != nil {
				t.Fatal(err)
			}
			tr.Advance(2 * threshold) // it is established, and its latency known
			if name == "context" {
				cancel()
			} else {
				_ = e.conn.Close()
			}
			<-e.over
			for err == nil { // what it says is grpc-go's business; that it ends is what counts
				err = s.RecvMsg(new(message))
			}
			recorded.Check(t, tr.Tracker, clientOf(serverMethod)+" CANCELLED 1")
		})
	}
}

// TestClientRetries: attempts that grpc-go repeats are one call of the client, and one each
// of the server.
func TestClientRetries(t *testing.T) {
	for name, n := range networks {
		t.Run(name, func(t *testing.T) {
			e, tr := measured(t, n)
			e.conn = connect(t, e.dial, append(clientInterceptors(tr.Tracker), grpc.WithDefaultServiceConfig(`{"methodConfig": [{
				"name": [{"service": "nines.test.Row"}],
				"retryPolicy": {"maxAttempts": 3, "initialBackoff": "0.001s", "maxBackoff": "0.001s", "backoffMultiplier": 1,
					"retryableStatusCodes": ["UNAVAILABLE"]}}]}`))...)
			attempts := 0
			attempt := func() error {
				attempts++
				if attempts%3 == 0 {
					return nil
				}
				return status.Error(codes.Unavailable, "x")
			}
			e.service.unary = func(context.Context) (*message, error) { return new(message), attempt() }
			e.service.stream = func(grpc.ServerStream) error { return attempt() }
			if got := e.call(t.Context()); got != codes.OK {
				t.Errorf("the client saw %v, want OK", got)
			}
			if got := e.stream(t.Context(), serverMethod); got != codes.OK {
				t.Errorf("the client saw %v, want OK", got)
			}
			recorded.Check(t, tr.Tracker, clientOf(unaryMethod)+" OK 1", clientOf(serverMethod)+" OK 1")
			if attempts != 6 {
				t.Errorf("the server was asked %d times, want 6", attempts)
			}
		})
	}
}

// TestClientTwice: counted once; and a call that is made while another is under way is one
// of its own.
func TestClientTwice(t *testing.T) {
	e, tr := measured(t, overBufconn)
	inner := func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if s, err := cc.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, serverMethod); err == nil {
			for err == nil {
				err = s.RecvMsg(new(message))
			}
		}
		return invoker(ctx, method, req, reply, cc, opts...)
	}
	twice := clientInterceptors(tr.Tracker)
	e.conn = connect(t, e.dial, append(append(clientInterceptors(tr.Tracker), grpc.WithChainUnaryInterceptor(inner)), twice...)...)
	e.service.unary = func(context.Context) (*message, error) { return new(message), nil }
	e.service.stream = func(grpc.ServerStream) error { return nil }
	for range 3 {
		e.call(t.Context())
		<-e.over
	}
	recorded.Check(t, tr.Tracker, clientOf(unaryMethod)+" OK 3", clientOf(serverMethod)+" OK 3")
}

// TestClientNamer: bounded names of one's own.
func TestClientNamer(t *testing.T) {
	e, tr := measured(t, overBufconn, grpcslo.WithNamer(func(target, method string) string {
		switch method {
		case unaryMethod:
			return "payments at " + target
		case bidiMethod:
			panic("x")
		}
		return ""
	}))
	e.service.unary = func(context.Context) (*message, error) { return new(message), nil }
	e.service.stream = func(grpc.ServerStream) error { return nil }
	for range 2 {
		e.call(t.Context())
		e.stream(t.Context(), serverMethod)
		e.stream(t.Context(), bidiMethod)
	}
	recorded.Check(t, tr.Tracker, "dependency:payments at passthrough:row OK 2", clientOf(serverMethod)+" OK 2", clientOf(bidiMethod)+" OK 2")
	if got := tr.Report().Self.HookPanics; got != 1 {
		t.Errorf("HookPanics = %d, want 1", got)
	}
}
