//go:build !race

package grpcslo_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
)

// TestUnknownMethodsFlat: 100,000 methods that nobody registers are one operation more, and
// nothing is kept of them, whether grpc-go answers or a grpc.UnknownServiceHandler does.
func TestUnknownMethodsFlat(t *testing.T) {
	for _, c := range []struct {
		name    string
		calls   int
		options []grpc.ServerOption
	}{
		{"grpc-go", 100_000, nil},
		{"a handler", 20_000, []grpc.ServerOption{grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error {
			return status.Error(codes.Unimplemented, "x")
		})}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newRig(t)
			e.serve(overBufconn, append(both(e.Tracker.Tracker), c.options...)...)
			flood(e, 4_000, "warm") // the connection, and all that is made once
			operations, before := len(e.Report().Operations), heap()
			flood(e, c.calls, "no.such")
			if after := heap(); after > before+heapSlack {
				t.Errorf("the heap grew from %d to %d bytes", before, after)
			}
			if got := len(e.Report().Operations); got != operations {
				t.Errorf("%d operations, want the %d from before", got, operations)
			}
			e.recorded(fmt.Sprint("_OTHER unmatched ", c.calls+4_000))
		})
	}
}

// TestClientMethodsFlat: so it is for a client that is asked for methods of any name.
func TestClientMethodsFlat(t *testing.T) {
	tr := budgettest.New(t, objectives()...).Tracker
	call := grpcslo.UnaryClientInterceptor(tr)
	invoker := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil }
	ask := func(n int, service string) {
		for i := range n {
			if err := call(t.Context(), fmt.Sprintf("/%s/X%d", service, i), nil, nil, nil, invoker); err != nil {
				t.Fatal(err)
			}
		}
	}
	ask(4_000, "warm")
	self := tr.Report().Self
	if self.Undeclared > self.Limit+5 {
		t.Errorf("Undeclared = %d, want the limit of %d, and the reserved ones", self.Undeclared, self.Limit)
	}
	before := heap()
	ask(100_000, "no.such")
	if after := heap(); after > before+heapSlack {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
	got := tr.Report().Self
	if got.Undeclared != self.Undeclared || got.Overflowed != self.Overflowed+100_000 {
		t.Errorf("Undeclared, Overflowed = %d, %d, want %d, and 100,000 more than %d", got.Undeclared, got.Overflowed, self.Undeclared, self.Overflowed)
	}
}

// heapSlack is what the heap may vary by, less than a byte for each call.
const heapSlack = 1 << 16

// flood calls n methods that nobody registers, and waits until all were recorded.
func flood(e *rig, n int, service string) {
	e.t.Helper()
	const clients = 4
	var wait sync.WaitGroup
	for client := range clients {
		wait.Go(func() {
			for i := range n / clients {
				err := e.conn.Invoke(e.t.Context(), fmt.Sprintf("/%s.Service%d/X%d", service, client, i), new(message), new(message))
				if status.Code(err) != codes.Unimplemented {
					e.t.Errorf("the client saw %v, want Unimplemented", err)
				}
				<-e.over
			}
		})
	}
	wait.Wait()
}

// heap returns the bytes in use.
func heap() uint64 {
	var m runtime.MemStats
	for range 3 { // pools take two to be emptied
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
