package slo

// A Class is what happened to one event, from a closed set. Classes are recorded;
// each objective maps them to verdicts when it is read, so two objectives on one
// source may judge the same event differently. The zero Class is [Success], as the
// status of a response is 200 until a handler says otherwise.
type Class uint8

// The classes of HTTP requests, of events, and those that any request can have.
const (
	Success         Class = iota // 2xx, 3xx, and a final 101
	ClientError                  // 4xx but 429
	TooManyRequests              // 429
	ServerError                  // 5xx
	Failed                       // panic, abort, runtime.Goexit, or the handler said Bad
	Cancelled                    // the client went away before it was served
	Degraded                     // served, but the handler said Degraded
	Unmatched                    // no route matched: 404 or 405 without a pattern
	Health                       // a health check or a scrape
	Shutdown                     // a stream ended because the server drains
	Exempt                       // the handler said Exclude
	EventGood                    // an event recorded as good
	EventBad                     // an event recorded as bad
)

// The classes of RPCs, one for each gRPC status code, in the order of the codes.
const (
	RPCOK Class = iota + EventBad + 1
	RPCCancelled
	RPCUnknown
	RPCInvalidArgument
	RPCDeadlineExceeded
	RPCNotFound
	RPCAlreadyExists
	RPCPermissionDenied
	RPCResourceExhausted
	RPCFailedPrecondition
	RPCAborted
	RPCOutOfRange
	RPCUnimplemented
	RPCInternal
	RPCUnavailable
	RPCDataLoss
	RPCUnauthenticated

	// NumClasses is how many classes there are; every Class is below it.
	NumClasses
)

var classNames = [NumClasses]string{
	Success: "2xx-3xx", ClientError: "4xx", TooManyRequests: "429", ServerError: "5xx",
	Failed: "failed", Cancelled: "cancelled", Degraded: "degraded", Unmatched: "unmatched",
	Health: "health", Shutdown: "shutdown", Exempt: "excluded", EventGood: "good", EventBad: "bad",
	RPCOK: "OK", RPCCancelled: "CANCELLED", RPCUnknown: "UNKNOWN", RPCInvalidArgument: "INVALID_ARGUMENT",
	RPCDeadlineExceeded: "DEADLINE_EXCEEDED", RPCNotFound: "NOT_FOUND", RPCAlreadyExists: "ALREADY_EXISTS",
	RPCPermissionDenied: "PERMISSION_DENIED", RPCResourceExhausted: "RESOURCE_EXHAUSTED",
	RPCFailedPrecondition: "FAILED_PRECONDITION", RPCAborted: "ABORTED", RPCOutOfRange: "OUT_OF_RANGE",
	RPCUnimplemented: "UNIMPLEMENTED", RPCInternal: "INTERNAL", RPCUnavailable: "UNAVAILABLE",
	RPCDataLoss: "DATA_LOSS", RPCUnauthenticated: "UNAUTHENTICATED",
}

// String returns the class as metrics and reports name it, such as "2xx-3xx",
// "failed" or "DEADLINE_EXCEEDED"; "unknown class" outside the set.
func (c Class) String() string {
	if c >= NumClasses {
		return "unknown class"
	}
	return classNames[c]
}

// Reason returns the word under which an excluded event of this class is counted:
// cancelled, unmatched, health, shutdown, handler; for a class that only a user's
// [Verdicts] exclude, the class's own name.
func (c Class) Reason() string {
	if c == Exempt {
		return "handler"
	}
	return c.String()
}

// StatusClass returns the class of a final HTTP status code. Codes from 500 on are
// server errors, and so is what is no status at all, below 100 or from 600 on (as
// OpenTelemetry counts them). 0 is among these: where nothing was written, ask for
// 200, which is what net/http sends.
func StatusClass(code int) Class {
	switch {
	case code >= 500, code < 100:
		return ServerError
	case code == 429:
		return TooManyRequests
	case code >= 400:
		return ClientError
	}
	return Success
}

// RPCClass returns the class of a gRPC status code; codes outside the registered
// ones (above 16) are UNKNOWN, as gRPC itself treats them.
func RPCClass(code uint32) Class {
	if code > uint32(RPCUnauthenticated-RPCOK) {
		return RPCUnknown
	}
	return RPCOK + Class(code)
}
