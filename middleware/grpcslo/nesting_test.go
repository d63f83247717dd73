package grpcslo_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

// TestTwice: two interceptors of one tracker on one call count it once, those of two
// trackers once each.
func TestTwice(t *testing.T) {
	for name, same := range map[string]bool{"the same one": true, "one of its own": false} {
		for _, stats := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/stats %v", name, stats), func(t *testing.T) {
				e, other := newRig(t), budgettest.New(t, objectives()...)
				tr := e.Tracker.Tracker
				u, s := grpcslo.UnaryServerInterceptor(tr), grpcslo.StreamServerInterceptor(tr)
				u2, s2 := u, s
				if !same {
					u2, s2 = grpcslo.UnaryServerInterceptor(tr), grpcslo.StreamServerInterceptor(tr)
				}
				refuse := true
				gate := func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, h grpc.UnaryHandler) (any, error) {
					if refuse {
						return nil, status.Error(codes.Unauthenticated, "x")
					}
					return h(ctx, req)
				}
				options := []grpc.ServerOption{
					grpc.ChainUnaryInterceptor(u, gate, grpcslo.UnaryServerInterceptor(other.Tracker), u2),
					grpc.ChainStreamInterceptor(s, grpcslo.StreamServerInterceptor(other.Tracker), s2),
				}
				if stats {
					options = append(options, grpc.StatsHandler(grpcslo.StatsHandler(tr)))
				}
				e.serve(overBufconn, options...)
				e.service.unary = func(context.Context) (*message, error) { return new(message), nil }
				e.service.stream = func(grpc.ServerStream) error { return nil }
				e.call(t.Context())
				refuse = false
				for range 5 {
					e.call(t.Context())
					e.stream(t.Context(), serverMethod)
				}
				e.recorded(unaryMethod+" UNAUTHENTICATED 1", unaryMethod+" OK 5", serverMethod+" OK 5")
				checkRecorded(t, other.Tracker, unaryMethod+" OK 5", serverMethod+" OK 5")
			})
		}
	}
}

// TestMarking is what a handler may say, also where only the inner of two layers marks.
func TestMarking(t *testing.T) {
	for _, c := range []struct {
		name string
		say  func(*slo.Event)
		want string
	}{
		{"nothing", func(*slo.Event) {}, "OK"},
		{"Bad", func(e *slo.Event) { e.Bad("payments") }, "failed"},
		{"Exclude", func(e *slo.Event) { e.Exclude("load test") }, "excluded"},
		{"Degraded", func(e *slo.Event) { e.Degraded() }, "degraded"},
	} {
		for where, options := range map[string]func(*budget.Tracker) []grpc.ServerOption{
			"interceptors": func(tr *budget.Tracker) []grpc.ServerOption { return interceptors(tr, grpcslo.WithMarking()) },
			"both":         func(tr *budget.Tracker) []grpc.ServerOption { return both(tr, grpcslo.WithMarking()) },
			"stats handler": func(tr *budget.Tracker) []grpc.ServerOption {
				return []grpc.ServerOption{grpc.StatsHandler(grpcslo.StatsHandler(tr, grpcslo.WithMarking()))}
			},
			"inner": func(tr *budget.Tracker) []grpc.ServerOption {
				return append(interceptors(tr), interceptors(tr, grpcslo.WithMarking())...)
			},
		} {
			t.Run(where+"/"+c.name, func(t *testing.T) {
				e := newRig(t)
				e.serve(overBufconn, options(e.Tracker.Tracker)...)
				say := func(ctx context.Context) {
					event := slo.FromContext(ctx)
					if event == nil {
						t.Error("no event in the context")
					}
					c.say(event)
				}
				e.service.unary = func(ctx context.Context) (*message, error) { say(ctx); return new(message), nil }
				e.service.stream = func(ss grpc.ServerStream) error { say(ss.Context()); return nil }
				for range 3 {
					e.call(t.Context())
					e.stream(t.Context(), serverMethod)
				}
				e.recorded(unaryMethod+" "+c.want+" 3", serverMethod+" "+c.want+" 3")
			})
		}
	}
}

func TestSubtract(t *testing.T) {
	e := newRig(t)
	e.serve(overBufconn, interceptors(e.Tracker.Tracker, grpcslo.WithMarking())...)
	e.service.unary = func(ctx context.Context) (*message, error) {
		e.Advance(3 * threshold)
		slo.FromContext(ctx).Subtract(2 * threshold)
		return new(message), nil
	}
	e.call(t.Context())
	e.Want("quick", 1, 0, 0)
}

// TestClassifier: the innermost holds, and one that panics is contained.
func TestClassifier(t *testing.T) {
	everywhere(t, func(t *testing.T, start func(...grpcslo.Option) *rig) {
		t.Helper()
		e := start(grpcslo.WithClassifier(func(ctx context.Context, o grpcslo.Outcome) slo.Class {
			if o.Code == codes.NotFound {
				return slo.Failed
			}
			if o.Code == codes.Aborted {
				panic("x")
			}
			return grpcslo.Classify(ctx, o)
		}))
		for _, c := range []codes.Code{codes.OK, codes.NotFound, codes.Aborted} {
			e.service.unary = func(context.Context) (*message, error) { return new(message), status.Error(c, "x") }
			e.call(t.Context())
		}
		e.recorded(unaryMethod+" OK 1", unaryMethod+" failed 1", unaryMethod+" ABORTED 1")
		if got := e.Report().Self.HookPanics; got != 1 {
			t.Errorf("HookPanics = %d, want 1", got)
		}
	})
}

// TestNilTracker: everything passes.
func TestNilTracker(t *testing.T) {
	e := newRig(t)
	e.serve(overBufconn, both(nil, nil, grpcslo.WithMarking())...)
	e.service.unary = func(ctx context.Context) (*message, error) {
		slo.FromContext(ctx).Bad("nobody hears")
		return new(message), nil
	}
	e.service.stream = func(grpc.ServerStream) error { return nil }
	grpcslo.Register(nil, e.server)
	if err := grpcslo.Check(nil, e.server); err != nil {
		t.Errorf("Check = %v, want nil", err)
	}
	e.conn = connect(t, e.dial, grpc.WithChainUnaryInterceptor(grpcslo.UnaryClientInterceptor(nil)),
		grpc.WithChainStreamInterceptor(grpcslo.StreamClientInterceptor(nil)))
	if got := e.call(t.Context()); got != codes.OK {
		t.Errorf("the client saw %v, want OK", got)
	}
	if got := e.stream(t.Context(), bidiMethod); got != codes.OK {
		t.Errorf("the client saw %v, want OK", got)
	}
	e.recorded()
}

// TestManyMethods: 10,000 unknown methods are one operation more.
func TestManyMethods(t *testing.T) {
	e := newRig(t)
	e.serve(overBufconn, append(both(e.Tracker.Tracker), grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error {
		return status.Error(codes.Unimplemented, "x")
	}))...)
	for i := range 2_000 {
		_ = e.conn.Invoke(t.Context(), fmt.Sprintf("/no.such.Service/X%d", i), new(message), new(message))
		<-e.over
	}
	e.recorded("_OTHER unmatched 2000")
}

func TestExplain(t *testing.T) {
	e := newRig(t)
	tr := e.Tracker.Tracker
	grpcslo.UnaryServerInterceptor(tr, grpcslo.WithDraining(new(grpcslo.Draining)))
	grpcslo.UnaryClientInterceptor(tr, grpcslo.WithNamer(func(string, string) string { return "" }))
	var b strings.Builder
	_ = tr.Explain(&b)
	for _, want := range []string{
		"grpcslo.UnaryServerInterceptor: classes by grpcslo.Classify\n",
		"health services: grpc.health.v1.Health grpc.reflection.v1.ServerReflection grpc.reflection.v1alpha.ServerReflection\n",
		"events not in the context; draining told, not begun\n",
		"operations named by the namer, then grpcslo.Client\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("Explain = %s\nwant %q in it", b.String(), want)
		}
	}
}
