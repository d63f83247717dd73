package grpcslo_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/recorded"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

// TestBlame: a service that calls payments, over real connections on both sides. Both have
// the methods of the same test service.
func TestBlame(t *testing.T) {
	named, blame := grpcslo.WithNamer(func(_, _ string) string { return "payments" }), grpcslo.WithBlame()
	down := status.Error(codes.Unavailable, "down")
	pass := func(_ context.Context, err error) error { return err }
	own := func(context.Context, error) error { return status.Error(codes.Internal, "x") }
	for _, c := range []struct {
		name    string
		options []grpcslo.Option
		answer  error                                      // of payments
		hang    bool                                       // payments do not answer
		returns func(ctx context.Context, err error) error // of the service, for the error of its call
		class   string
		cause   string // "" for none
	}{
		{"payments fail", []grpcslo.Option{named, blame}, down, false, pass, "UNAVAILABLE", "payments"},
		{"they hang", []grpcslo.Option{named, blame}, nil, true, pass, "DEADLINE_EXCEEDED", "payments"},
		{"they fail, and it does not matter", []grpcslo.Option{named, blame}, down, false, func(context.Context, error) error { return nil }, "OK", ""},
		{"they fail, and so does the service", []grpcslo.Option{named, blame}, down, false, own, "INTERNAL", "payments"},
		{"a client fault is no failure", []grpcslo.Option{named, blame}, status.Error(codes.NotFound, "x"), false, own, "INTERNAL", ""},
		{"they work", []grpcslo.Option{named, blame}, nil, false, own, "INTERNAL", ""},
		{"Bad goes before it", []grpcslo.Option{named, blame}, down, false, func(ctx context.Context, err error) error {
			slo.FromContext(ctx).Bad("ourselves")
			return err
		}, "failed", "ourselves"},
		{"nobody is blamed", []grpcslo.Option{named}, down, false, pass, "UNAVAILABLE", ""},
	} {
		for network, n := range networks {
			t.Run(c.name+"/"+network, func(t *testing.T) {
				answer := func(ctx context.Context) error {
					if c.hang {
						<-ctx.Done()
						return ctx.Err() // an OK might still be in time
					}
					return c.answer
				}
				provider := newRig(t)
				provider.service.unary = func(ctx context.Context) (*message, error) { return new(message), answer(ctx) }
				provider.service.stream = func(ss grpc.ServerStream) error { return answer(ss.Context()) }
				provider.serve(n)

				e := newRig(t)
				e.serve(n, interceptors(e.Tracker.Tracker, grpcslo.WithMarking())...)
				payments := connect(t, provider.dial, clientInterceptors(e.Tracker.Tracker, c.options...)...)
				limit := time.Minute
				if c.hang {
					limit = 20 * time.Millisecond
				}
				e.service.unary = func(ctx context.Context) (*message, error) {
					ask, cancel := context.WithTimeout(ctx, limit)
					defer cancel()
					return new(message), c.returns(ctx, payments.Invoke(ask, unaryMethod, new(message), new(message)))
				}
				e.service.stream = func(ss grpc.ServerStream) error {
					ask, cancel := context.WithTimeout(ss.Context(), limit)
					defer cancel()
					err := receive(ask, payments)
					if errors.Is(err, io.EOF) {
						err = nil
					}
					return c.returns(ss.Context(), err)
				}
				e.call(t.Context())
				e.stream(t.Context(), bidiMethod)
				var want []budget.CauseCount
				if c.cause != "" {
					want = []budget.CauseCount{{Cause: c.cause, Count: 1}}
				}
				for _, o := range e.Report().Operations {
					if o.Kind != slo.RPCSource || o.Requests() == 0 {
						continue
					}
					if !slices.Equal(o.Causes, want) {
						t.Errorf("%s: causes %v, want %v", o.Name, o.Causes, want)
					}
					for _, class := range o.Classes {
						if class.Count > 0 && class.Class.String() != c.class {
							t.Errorf("%s: %d %v, want %s", o.Name, class.Count, class.Class, c.class)
						}
					}
				}
			})
		}
	}
}

// TestBlameByMethod: who is to blame has the name of the dependency; and without an event
// under way nobody is told.
func TestBlameByMethod(t *testing.T) {
	e, tr := measured(t, overBufconn, grpcslo.WithBlame())
	e.service.unary = func(context.Context) (*message, error) { return nil, status.Error(codes.Internal, "x") }
	for _, event := range []*slo.Event{nil, new(slo.Event)} {
		ctx := t.Context()
		if event != nil {
			ctx = slo.NewContext(ctx, event)
		}
		e.call(ctx)
		want := ""
		if event != nil {
			want = unaryMethod
		}
		if got := event.CauseOf(slo.RPCInternal); got != want {
			t.Errorf("the cause is %q, want %q", got, want)
		}
	}
	recorded.Check(t, tr.Tracker, clientOf(unaryMethod)+" INTERNAL 2")
}
