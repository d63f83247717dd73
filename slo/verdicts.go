package slo

// Verdicts maps classes to verdicts: Verdicts{TooManyRequests: Bad}. Classes left
// Unset keep the default. It is an [Option] of every SLI; of several the last one
// that sets a class holds.
type Verdicts [NumClasses]Verdict

// DefaultVerdicts is what every SLI starts from: 101, 2xx, 3xx and 4xx are good (429
// too, as OpenTelemetry, Pyrra, GitLab and Linkerd have it), 5xx and failed are
// bad. Of the gRPC codes, those that OpenTelemetry's server conventions list as
// errors are bad: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE,
// DATA_LOSS. Cancelled, unmatched, health, shutdown and what a handler excludes do
// not count. No class is left Unset.
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

// defaultVerdicts is kept because verdicts are asked for by the class.
var defaultVerdicts = DefaultVerdicts()

// Strict returns the preset for services whose overload is their own fault: 429 is
// bad (as in Sloth's examples), and of the gRPC codes RESOURCE_EXHAUSTED and ABORTED
// too. Everything else is left Unset.
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

func (v Verdicts) apply(s *SLI) {
	s.verdicts = v.Or(s.verdicts)
	if v[Cancelled] != Unset {
		s.cancelAfter = 0 // the last option holds
	}
}
