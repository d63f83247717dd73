package grpcslo_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/internal/recorded"
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
				recorded.Check(t, other.Tracker, unaryMethod+" OK 5", serverMethod+" OK 5")
			})
		}
	}
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

func TestExplain(t *testing.T) {
	e := newRig(t)
	tr := e.Tracker.Tracker
	grpcslo.UnaryServerInterceptor(tr, grpcslo.WithDraining(new(grpcslo.Draining)))
	grpcslo.UnaryClientInterceptor(tr, grpcslo.WithNamer(func(string, string) string { return "" }))
	grpcslo.StreamClientInterceptor(tr, grpcslo.WithBlame())
	var b strings.Builder
	_ = tr.Explain(&b)
	for _, want := range []string{
		"grpcslo.UnaryServerInterceptor: classes by grpcslo.Classify\n",
		"health services: grpc.health.v1.Health grpc.reflection.v1.ServerReflection grpc.reflection.v1alpha.ServerReflection\n",
		"events not in the context; draining told, not begun\n",
		"operations named by the namer, then grpcslo.Client; failed calls blame nobody\n",
		"operations named by grpcslo.Client; failed calls blame the dependency\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("Explain = %s\nwant %q in it", b.String(), want)
		}
	}
}
