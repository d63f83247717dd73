package grpcslo_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"google.golang.org/grpc"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/internal/recorded"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

// TestHedged: an interceptor between two layers may make a call several times at once, of one
// context. It is one event, and the classifier of the inner layer judges it. Under the race
// detector nothing that the layers tell each other is torn.
func TestHedged(t *testing.T) {
	const times = 4
	tr := budgettest.New(t, objectives()...).Tracker
	asFailed := grpcslo.WithClassifier(func(context.Context, grpcslo.Outcome) slo.Class { return slo.Failed })
	hedge := func(attempt func()) {
		var attempts sync.WaitGroup
		defer attempts.Wait()
		for range times {
			attempts.Go(attempt)
		}
	}

	outer, inner := grpcslo.UnaryClientInterceptor(tr), grpcslo.UnaryClientInterceptor(tr, asFailed)
	answered := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil }
	twice := func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, opts ...grpc.CallOption) error {
		hedge(func() { _ = inner(ctx, method, req, reply, cc, answered, opts...) })
		return nil
	}
	outerStream, innerStream := grpcslo.StreamClientInterceptor(tr), grpcslo.StreamClientInterceptor(tr, asFailed)
	refuse := func(context.Context, *grpc.StreamDesc, *grpc.ClientConn, string, ...grpc.CallOption) (grpc.ClientStream, error) {
		return nil, context.Canceled
	}
	twiceStream := func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		hedge(func() { _, _ = innerStream(ctx, desc, cc, method, refuse, opts...) })
		return nil, context.Canceled
	}
	const calls = 50
	for range calls {
		if err := outer(t.Context(), unaryMethod, nil, nil, nil, twice); err != nil {
			t.Errorf("the call fails: %v", err)
		}
		if _, err := outerStream(t.Context(), &grpc.StreamDesc{}, nil, serverMethod, twiceStream); err == nil {
			t.Error("a stream is opened")
		}
	}
	recorded.Check(t, tr,
		fmt.Sprint(clientOf(unaryMethod), " failed ", calls), fmt.Sprint(clientOf(serverMethod), " failed ", calls))
}
