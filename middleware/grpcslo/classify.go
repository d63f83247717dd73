package grpcslo

import (
	"context"

	"google.golang.org/grpc/codes"

	"github.com/seed-abb722f7/nines/slo"
)

// Classify is the default classifier. The first that applies holds:
//
//   - a call of a health service is slo.Health, a panic slo.Failed;
//   - Unimplemented is slo.Unmatched if no service registers the method;
//   - a stream that its draining server ended is slo.Shutdown;
//   - what the handler calls the server's fault (Unknown, Unimplemented, Internal,
//     Unavailable, DataLoss) is that, even if nobody waits for it any more;
//   - a call whose deadline passed is DeadlineExceeded, whatever its handler returned
//     then, as its client saw nothing else;
//   - a unary call that was cut off by a draining server is Unavailable;
//   - a call that was cancelled is slo.Cancelled, which does not count, if the handler
//     returned OK or Canceled; but an established stream is RPCCancelled, which is good:
//     its client had what it wanted, and closing it is how most such streams end;
//   - on a client, Canceled that this process did not ask for is Unknown;
//   - all else is slo.RPCClass of the code.
//
// What a class means for an objective is package slo's business. The context is not
// looked at.
func Classify(_ context.Context, o Outcome) slo.Class { return o.class() }

func (o *Outcome) class() slo.Class {
	switch {
	case o.Health:
		return slo.Health
	case o.Panicked:
		return slo.Failed
	case o.Unregistered && o.Code == codes.Unimplemented:
		return slo.Unmatched
	case o.Stream && o.Drained:
		return slo.Shutdown
	case isFault(o.Code):
		return slo.RPCClass(uint32(o.Code))
	case o.TimedOut:
		return slo.RPCDeadlineExceeded
	case o.Drained:
		return slo.RPCUnavailable
	case o.Cancelled && (o.Code == codes.OK || o.Code == codes.Canceled):
		if o.Established {
			return slo.RPCCancelled
		}
		return slo.Cancelled
	case o.Client && o.Code == codes.Canceled:
		return slo.RPCUnknown
	}
	return slo.RPCClass(uint32(o.Code))
}

// isFault reports whether the code is one of those that are the server's fault, whatever
// became of the client. Codes outside the registered ones are Unknown.
func isFault(c codes.Code) bool {
	switch c {
	case codes.Unknown, codes.Unimplemented, codes.Internal, codes.Unavailable, codes.DataLoss:
		return true
	}
	return c > codes.Unauthenticated
}
