package grpcslo_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/middleware/grpcslo"
)

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
