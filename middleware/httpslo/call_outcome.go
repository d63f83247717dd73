package httpslo

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/seed-abb722f7/nines/internal/deadline"
	"github.com/seed-abb722f7/nines/slo"
)

// A CallOutcome is how a call of a dependency ended, as a classifier sees it. At most one of
// Cancelled and TimedOut is true.
type CallOutcome struct {
	// Dependency is the name under which the call is counted, without "dependency:".
	Dependency string

	// Status is that of the response; 0 if there was none.
	Status int

	// Err says why there was no response, or why its body broke off; nil if neither. How an
	// event stream ends is none of its business.
	Err error

	// Latency is what will be recorded.
	Latency time.Duration

	// Cancelled says that Err came of this process cancelling the call.
	Cancelled bool

	// TimedOut says that Err came of a deadline: that of the request's context, or
	// http.Client.Timeout. A call that was cancelled within 1 % of its timeout and 5 ms before
	// its deadline ran into it: whoever called this process gave up a moment before its own
	// clock said so.
	TimedOut bool

	// Panicked says that the transport did not return.
	Panicked bool

	// Stream says that the response was an event stream.
	Stream bool
}

// ClassifyCall is the default classifier of [Transport]: a call that this process cancelled is
// slo.Cancelled, which does not count; one that got no response, a broken one or none in time
// is slo.Failed; all else is slo.StatusClass of the status. A body that is closed before its
// end was not broken.
//
// So 4xx are the caller's fault and good, and 429 is a class of its own: good by default, as
// a limit that one exceeds is one's own, and bad for objectives with slo.Strict, where the
// limit is the dependency's to keep up with. The request is not looked at.
func ClassifyCall(_ *http.Request, o CallOutcome) slo.Class { return o.class() }

func (o *CallOutcome) class() slo.Class {
	switch {
	case o.Cancelled:
		return slo.Cancelled
	case o.Err != nil, o.Panicked:
		return slo.Failed
	}
	return slo.StatusClass(o.Status)
}

// failed reports whether the dependency is to blame.
func (o *CallOutcome) failed() bool {
	switch o.class() {
	case slo.Failed, slo.ServerError:
		return true
	}
	return false
}

var errNoResponse = errors.New("httpslo: the transport returned no response and no error")

// attribute says what the error came of, given the context and the request of the call. After
// its context has ended nobody can tell whether a call would have failed by itself.
func (o *CallOutcome) attribute(ctx context.Context, r *http.Request) {
	if o.Err == nil {
		return
	}
	if err := ctx.Err(); err != nil {
		o.TimedOut = errors.Is(err, context.DeadlineExceeded) || errors.Is(context.Cause(ctx), context.DeadlineExceeded) ||
			deadline.Reached(ctx, o.Latency) // whoever called this process says so a moment before the clock here does
		o.Cancelled = !o.TimedOut
		return
	}
	// http.Client has two timers for one deadline, and may hear the other one first.
	if at, ok := ctx.Deadline(); ok && !time.Now().Before(at) {
		o.TimedOut = true
		return
	}
	select {
	case <-r.Cancel: //nolint:staticcheck // deprecated, and still what some callers close
		o.Cancelled = true
	default:
	}
}
