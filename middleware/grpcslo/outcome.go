package grpcslo

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/internal/deadline"
)

// An Outcome is how a call ended, as a classifier sees it. At most one of Cancelled,
// TimedOut and Drained is true.
type Outcome struct {
	// Method is the full method, such as "/shop.v1.Cart/Add".
	Method string

	// Code is the status code that the handler's error stands for, as grpc-go has it: a
	// plain error is Unknown, context.DeadlineExceeded and context.Canceled, wrapped or
	// not, are the codes of their names. On a client it is the code of the call.
	Code codes.Code

	// Err is what the handler, or the call, returned; nil for a success and a panic.
	Err error

	// Latency is what will be recorded, but for what the handler subtracted. Of a
	// stream it is the time to its first message: the first that a server sent, or that
	// a client received. Of one without any it is the time to its end; but if it was
	// established and then cancelled, the time to that.
	Latency time.Duration

	// Panicked says that the handler did not return: it panicked or called
	// runtime.Goexit.
	Panicked bool

	// Cancelled says that the call was cancelled before it was over: on a server that
	// its client went away, on a client that this process did it, or closed
	// the connection.
	Cancelled bool

	// TimedOut says that the deadline of the call passed. A call that was cancelled within
	// 1 % of its timeout and 5 ms before its deadline, or after it, counts as timed out:
	// the client, or on a client whoever called this process, gave up because of that
	// deadline, and its word came before the clock here struck.
	TimedOut bool

	// Drained says that the call was cancelled while the server was [Draining].
	Drained bool

	// Stream says that the call is a stream.
	Stream bool

	// Established says that the stream had come so far that it may stay open: its first
	// message or header was sent (on a client: received), or a second message came in.
	Established bool

	// Client says that this process made the call.
	Client bool

	// Health says that the method is of one of the health services.
	Health bool

	// Unregistered says that no service registers the method: the server answered
	// Unimplemented by itself, or called its grpc.UnknownServiceHandler.
	Unregistered bool
}

// codeOf returns the status code that grpc-go makes of a handler's error.
func codeOf(err error) codes.Code {
	if err == nil {
		return codes.OK
	}
	if s, ok := status.FromError(err); ok {
		return s.Code()
	}
	return status.FromContextError(err).Code()
}

// ended notes how a server's call ended. elapsed is the time since it began, also of a
// stream.
func (o *Outcome) ended(ctx context.Context, err error, elapsed time.Duration, draining *Draining) {
	o.Err = err
	o.Code = codeOf(err)
	switch cancelled := ctx.Err(); {
	case cancelled == nil:
	case errors.Is(cancelled, context.DeadlineExceeded), deadline.Reached(ctx, elapsed):
		o.TimedOut = true
	case draining.Begun():
		o.Drained = true
	default:
		o.Cancelled = true
	}
}
