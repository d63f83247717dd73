package httpslo

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// An Outcome is how a request ended, as a classifier sees it. At most one of ClientGone,
// TimedOut and Drained is true, and none if the handler returned after a complete response
// (but for a deadline that passed: whoever set it may have answered already). Complete means
// that the declared Content-Length was reached; or the status allows no body; or the method
// is HEAD; or, where no length was declared, that no write failed. What is written after the
// context has ended is sent to nobody, and completes nothing. A stream of no declared length
// is never complete.
type Outcome struct {
	// Operation is the name that was found; "" if nothing could name the request.
	Operation string

	// Status is the first final status sent. It is 200 if the handler returned without
	// one, as net/http does then, and 101 if it hijacked the connection before any.
	Status int

	// Written is the number of body bytes that were accepted. What goes through a hijacked
	// connection is not seen.
	Written int64

	// Latency is what will be recorded, but for what the handler subtracted.
	Latency time.Duration

	// Panicked says that the handler did not return: it panicked or called
	// runtime.Goexit. It is false for http.ErrAbortHandler once the client had gone.
	Panicked bool

	// ClientGone says that the client went away first.
	ClientGone bool

	// TimedOut says that the server gave up first: the deadline of the request's own
	// context passed, as that of a timeout middleware, a write met the server's write
	// deadline, or the context was cancelled with a cause of its own.
	TimedOut bool

	// Drained says that the context was cancelled while the server was [Draining].
	Drained bool

	// Stream says that the response was an established stream.
	Stream bool

	// Health says that the path is one of the health paths.
	Health bool
}

// Classify is the default classifier: health checks are slo.Health; panics are slo.Failed;
// a stream is judged by its status, or slo.Shutdown if the server drained; what the server
// did not answer in time or before it stopped is slo.Failed; what the client did not wait
// for is slo.Cancelled; 404 and 405 are slo.Unmatched if nothing could name the request;
// all else is slo.StatusClass of the status. The request is not looked at.
func Classify(_ *http.Request, o Outcome) slo.Class { return o.class() }

func (o *Outcome) class() slo.Class {
	switch {
	case o.Health:
		return slo.Health
	case o.Panicked:
		return slo.Failed
	case o.Stream && o.Drained:
		return slo.Shutdown
	case o.Stream:
		return slo.StatusClass(o.Status)
	case o.TimedOut, o.Drained:
		return slo.Failed
	case o.ClientGone:
		return slo.Cancelled
	case o.Operation == "" && (o.Status == http.StatusNotFound || o.Status == http.StatusMethodNotAllowed):
		return slo.Unmatched
	}
	return slo.StatusClass(o.Status)
}

// Method returns the request's method if it is one of RFC 9110 or PATCH, else "_OTHER", for
// use in a [WithNamer] function: anyone may send any method.
func Method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace, http.MethodPatch:
		return r.Method
	case "":
		return http.MethodGet // as net/http has it for requests that are made by hand
	}
	return "_OTHER"
}

// outcome completes the outcome of the exchange, but for its operation. ctx is the context
// that the request came with: handlers may have replaced it.
func (x *response) outcome(ctx context.Context, o *Outcome, l *layer, returned bool) {
	o.Status = x.finalStatus()
	o.Written = x.written
	o.Panicked = !returned
	o.Stream = x.flags&established != 0
	o.Health = x.flags&healthPath != 0

	// Why did the context end, if it did?
	switch err := ctx.Err(); {
	case err == nil && x.flags&writeTimedOut == 0:
	case errors.Is(err, context.DeadlineExceeded):
		o.TimedOut = true
	case returned && x.complete():
	case x.flags&writeTimedOut != 0:
		o.TimedOut = true
	case l.drains(x):
		o.Drained = true
	case context.Cause(ctx) != context.Canceled: //nolint:errorlint // net/http cancels with this very cause; another is somebody else's
		o.TimedOut = true
	default:
		o.ClientGone = true
	}
}

// finalStatus returns the status of a request whose handler has returned.
func (x *response) finalStatus() int {
	switch {
	case x.status != 0:
		return int(x.status)
	case x.flags&hijacked != 0:
		return http.StatusSwitchingProtocols
	}
	return http.StatusOK
}

// complete reports whether the client can have got all of the response.
func (x *response) complete() bool {
	switch status := x.status; {
	case status == 0, x.flags&aliveAtCommit == 0:
		return false
	case x.flags&headMethod != 0, status < 200, status == http.StatusNoContent, status == http.StatusNotModified:
		return true
	}
	if declared := x.under.Header()["Content-Length"]; len(declared) > 0 {
		if n, err := strconv.ParseInt(declared[0], 10, 64); err == nil && n >= 0 {
			return x.served >= n
		}
	}
	return x.flags&(writeFailed|aliveAtWrite|established) == aliveAtWrite // a stream has no last write
}
