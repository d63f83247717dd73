package grpcslo_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/middleware/grpcslo"
)

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
