package grpcslo_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
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
