package grpcslo_test

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
)

// TestOversizedResponse: what fails after its handler has returned OK, only the stats handler
// sees, with interceptors beside it too.
func TestOversizedResponse(t *testing.T) {
	for mode, options := range statsModes {
		t.Run(mode, func(t *testing.T) {
			e := newRig(t)
			e.service.unary = func(context.Context) (*message, error) {
				return &message{Value: strings.Repeat("x", 1000)}, nil
			}
			e.serve(overBufconn, append(options(e.Tracker.Tracker), grpc.MaxSendMsgSize(100))...)
			if got := e.call(t.Context()); got != codes.ResourceExhausted {
				t.Errorf("the client saw %v, want ResourceExhausted", got)
			}
			e.recorded(unaryMethod + " RESOURCE_EXHAUSTED 1")
		})
	}
}
