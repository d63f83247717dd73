package slo

import "time"

// A Verdict is what an objective makes of a class.
type Verdict uint8

// The verdicts. The zero Verdict, Unset, leaves a class to the default.
const (
	Unset    Verdict = iota
	Good             // counts, and as it should be
	Bad              // counts, and spends budget
	Excluded         // does not count; exported with a reason, never silent
)

// String returns "unset", "good", "bad" or "excluded".
func (v Verdict) String() string {
	switch v {
	case Good:
		return "good"
	case Bad:
		return "bad"
	case Excluded:
		return "excluded"
	}
	return "unset"
}

// Verdicts maps classes to verdicts: Verdicts{TooManyRequests: Bad}. Classes left
// Unset keep the default. It is an [Option] of every SLI.
type Verdicts [NumClasses]Verdict

// DefaultVerdicts is what every SLI starts from: 101, 2xx, 3xx and 4xx are good (429
// too, as OpenTelemetry, Pyrra, GitLab and Linkerd have it), 5xx and failed are
// bad. Of the gRPC codes, those that OpenTelemetry's server conventions list as
// errors are bad: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE,
// DATA_LOSS. Cancelled, unmatched, health, shutdown and what a handler excludes do
// not count.
func DefaultVerdicts() Verdicts {
	v := Verdicts{
		Success: Good, ClientError: Good, TooManyRequests: Good, Degraded: Good, EventGood: Good,
		ServerError: Bad, Failed: Bad, EventBad: Bad,
		Cancelled: Excluded, Unmatched: Excluded, Health: Excluded, Shutdown: Excluded, Exempt: Excluded,
		RPCUnknown: Bad, RPCDeadlineExceeded: Bad, RPCUnimplemented: Bad,
		RPCInternal: Bad, RPCUnavailable: Bad, RPCDataLoss: Bad,
	}
	for c := RPCOK; c < NumClasses; c++ {
		if v[c] == Unset {
			v[c] = Good
		}
	}
	return v
}

// Strict returns the preset for services whose overload is their own fault: 429 is
// bad (as in Sloth's examples), and of the gRPC codes RESOURCE_EXHAUSTED and ABORTED
// too.
func Strict() Verdicts {
	return Verdicts{TooManyRequests: Bad, RPCResourceExhausted: Bad, RPCAborted: Bad}
}

// Or returns v with the classes it leaves Unset taken from other.
func (v Verdicts) Or(other Verdicts) Verdicts {
	for c := range v {
		if v[c] == Unset {
			v[c] = other[c]
		}
	}
	return v
}

func (v Verdicts) apply(s *SLI) { s.verdicts = v.Or(s.verdicts) }

// A CancelledVerdict says what a cancelled request counts as: [Bad], [Excluded] or
// [BadAfter] a delay.
type CancelledVerdict interface {
	cancelled() (Verdict, time.Duration)
}

func (v Verdict) cancelled() (Verdict, time.Duration) { return v, 0 }

type badAfter time.Duration

func (d badAfter) cancelled() (Verdict, time.Duration) { return Bad, time.Duration(d) }

// BadAfter makes a cancelled request bad if its client had waited longer than d,
// and excluded if it left earlier. d must be positive.
func BadAfter(d time.Duration) CancelledVerdict { return badAfter(d) }
