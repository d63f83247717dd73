package grpcslo_test

import (
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

// TestClassify: which of two things holds that are true of one call.
func TestClassify(t *testing.T) {
	for _, c := range []struct {
		o    grpcslo.Outcome
		want slo.Class
	}{
		{grpcslo.Outcome{}, slo.RPCOK},
		{grpcslo.Outcome{Code: 99}, slo.RPCUnknown},
		{grpcslo.Outcome{Code: codes.Internal, Health: true, Panicked: true}, slo.Health},
		{grpcslo.Outcome{Code: codes.Unknown, Panicked: true, TimedOut: true}, slo.Failed},
		{grpcslo.Outcome{Code: codes.Unknown, Panicked: true, Cancelled: true}, slo.Failed},
		{grpcslo.Outcome{Code: codes.Unimplemented, Unregistered: true}, slo.Unmatched},
		{grpcslo.Outcome{Code: codes.Unimplemented}, slo.RPCUnimplemented},
		{grpcslo.Outcome{Code: codes.Internal, Unregistered: true}, slo.RPCInternal},
		{grpcslo.Outcome{Code: codes.Internal, Stream: true, Drained: true}, slo.Shutdown},
		{grpcslo.Outcome{Code: codes.Internal, Drained: true}, slo.RPCInternal},
		{grpcslo.Outcome{Code: codes.Internal, TimedOut: true}, slo.RPCInternal},
		{grpcslo.Outcome{Code: codes.DataLoss, Cancelled: true}, slo.RPCDataLoss},
		{grpcslo.Outcome{Code: codes.OK, TimedOut: true}, slo.RPCDeadlineExceeded},
		{grpcslo.Outcome{Code: codes.NotFound, TimedOut: true}, slo.RPCDeadlineExceeded},
		{grpcslo.Outcome{Code: codes.Canceled, TimedOut: true, Established: true}, slo.RPCDeadlineExceeded},
		{grpcslo.Outcome{Code: codes.OK, Drained: true}, slo.RPCUnavailable},
		{grpcslo.Outcome{Code: codes.OK, Cancelled: true}, slo.Cancelled},
		{grpcslo.Outcome{Code: codes.Canceled, Cancelled: true}, slo.Cancelled},
		{grpcslo.Outcome{Code: codes.Canceled, Cancelled: true, Stream: true, Established: true}, slo.RPCCancelled},
		{grpcslo.Outcome{Code: codes.NotFound, Cancelled: true}, slo.RPCNotFound},
		{grpcslo.Outcome{Code: codes.Canceled}, slo.RPCCancelled},
		{grpcslo.Outcome{Code: codes.Canceled, Client: true}, slo.RPCUnknown},
		{grpcslo.Outcome{Code: codes.Canceled, Client: true, Cancelled: true}, slo.Cancelled},
	} {
		if got := grpcslo.Classify(t.Context(), c.o); got != c.want {
			t.Errorf("Classify(%+v) = %v, want %v", c.o, got, c.want)
		}
	}
}
