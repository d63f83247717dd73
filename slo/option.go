package slo

import "time"

// An Option changes how an [SLI] judges: a [Verdicts] map such as [Strict],
// [CountFailures] or [WithCancelled]. Of options that contradict each other the
// last holds; a nil Option is none.
type Option interface{ apply(*SLI) }

type optionFunc func(*SLI)

func (f optionFunc) apply(s *SLI) { f(s) }

// CountFailures makes failed requests bad for a latency objective. Without it they
// are left out if the source also has an availability objective (they have spent
// that budget already) and count as bad if it has none. Constructors refuse it on
// any other SLI.
var CountFailures Option = optionFunc(func(s *SLI) { s.countFailures = true })

// WithCancelled changes what a request counts as whose client went away: [Bad],
// [Excluded], or [BadAfter] a delay. The default is excluded, and for a latency
// objective bad after its threshold: the client was right to leave. Constructors
// refuse any other verdict and nil, and the whole option on an event stream, whose
// events have no client to leave.
func WithCancelled(c CancelledVerdict) Option {
	return optionFunc(func(s *SLI) {
		v, after, valid := Unset, time.Duration(0), false
		text := "nil"
		if c != nil {
			v, after, valid, text = c.cancelled()
		}
		s.withCancelled, s.misused = "slo.WithCancelled("+text+")", !valid
		if valid {
			s.verdicts[Cancelled], s.cancelAfter = v, after
		}
	})
}
