package slo

import (
	"strings"
	"time"
)

// An SLI is what an objective measures: good / valid events of its source. The
// zero SLI is refused by constructors. SLIs are comparable values.
type SLI struct {
	name          string
	threshold     time.Duration
	verdicts      Verdicts // what options set; Unset is the default of the SLI
	countFailures bool
	cancelled     Verdict       // Unset: excluded, or for latency bad after the threshold
	cancelAfter   time.Duration // with cancelled Bad: only after this long
}

// The names of the SLIs that this package makes.
const (
	nameAvailability = "availability"
	nameLatency      = "latency"
	nameFidelity     = "fidelity"
)

// An Option changes how an [SLI] judges: a [Verdicts] map such as [Strict],
// [CountFailures] or [WithCancelled].
type Option interface{ apply(*SLI) }

type optionFunc func(*SLI)

func (f optionFunc) apply(s *SLI) { f(s) }

// CountFailures makes failed requests bad for a latency objective. Without it they
// are left out if the source also has an availability objective (they have spent
// that budget already) and count as bad if it has none.
var CountFailures Option = optionFunc(func(s *SLI) { s.countFailures = true })

// WithCancelled changes what a request counts as whose client went away: [Bad],
// [Excluded], or [BadAfter] a delay. The default is excluded, and for a latency
// objective bad after its threshold: the client was right to leave.
func WithCancelled(c CancelledVerdict) Option {
	return optionFunc(func(s *SLI) {
		if c == nil {
			return
		}
		s.cancelled, s.cancelAfter = c.cancelled()
		if _, isDelay := c.(badAfter); isDelay && s.cancelAfter <= 0 {
			s.cancelAfter = -1 // refused by name in validate
		}
	})
}

// Availability is the share of requests that were served, as [DefaultVerdicts]
// judge their class.
func Availability(options ...Option) SLI { return newSLI(nameAvailability, 0, options) }

// Latency is the share of requests served within the threshold, the threshold
// itself included. Valid are the requests that availability counts as good, and
// those cancelled after the threshold, which are bad; see [CountFailures] for the
// failed ones. A fast failure is never good. Shares are exact for any threshold,
// and several objectives may share a source.
func Latency(threshold time.Duration, options ...Option) SLI {
	return newSLI(nameLatency, threshold, options)
}

// Correctness is the share of events that were processed rightly.
func Correctness(options ...Option) SLI { return newSLI("correctness", 0, options) }

// Freshness is the share of events served from data young enough.
func Freshness(options ...Option) SLI { return newSLI("freshness", 0, options) }

// Completeness is the share of a data set that was processed (the book calls this
// SLI coverage, a word that here means observed time).
func Completeness(options ...Option) SLI { return newSLI("completeness", 0, options) }

// Fidelity is the share of served events that got the full feature set: those a
// handler marks degraded are bad, failed ones are left out.
func Fidelity(options ...Option) SLI { return newSLI(nameFidelity, 0, options) }

// Durability is the share of stored data that could be read back.
func Durability(options ...Option) SLI { return newSLI("durability", 0, options) }

// Throughput is the share of intervals, or of units of work, done at the agreed
// pace.
func Throughput(options ...Option) SLI { return newSLI("throughput", 0, options) }

// Custom is an SLI of your own over an event stream, under the name that exporters
// show.
func Custom(name string, options ...Option) SLI { return newSLI(name, 0, options) }

func newSLI(name string, threshold time.Duration, options []Option) SLI {
	s := SLI{name: name, threshold: threshold}
	for _, o := range options {
		if o != nil {
			o.apply(&s)
		}
	}
	return s
}

// Name returns what is measured, such as "availability" or "latency"; "" for the
// zero SLI.
func (s SLI) Name() string { return s.name }

// Threshold returns the latency within which a request is good; ok is false for
// every SLI but latency.
func (s SLI) Threshold() (d time.Duration, ok bool) { return s.threshold, s.name == nameLatency }

// CountsFailures reports whether [CountFailures] was given.
func (s SLI) CountsFailures() bool { return s.countFailures }

// CancelledAfter returns the delay after which a cancelled request is bad; ok is
// false if cancelled requests are judged whatever their age.
func (s SLI) CancelledAfter() (d time.Duration, ok bool) {
	switch {
	case s.cancelled == Bad && s.cancelAfter > 0:
		return s.cancelAfter, true
	case s.cancelled == Unset && s.verdicts[Cancelled] == Unset && s.name == nameLatency:
		return s.threshold, true
	}
	return 0, false
}

// Verdict returns what the SLI makes of an event of class c, its latency aside: a
// latency SLI further splits good events at its threshold, and [SLI.CancelledAfter]
// overrides the verdict on cancelled ones that took longer. Unknown classes are
// excluded.
func (s SLI) Verdict(c Class) Verdict {
	if c >= NumClasses {
		return Excluded
	}
	if _, delayed := s.CancelledAfter(); c == Cancelled && delayed {
		return Excluded
	}
	if c == Cancelled && s.cancelled != Unset {
		return s.cancelled
	}
	if v := s.verdicts[c]; v != Unset {
		return v
	}
	v := defaultVerdicts[c]
	if s.name == nameFidelity {
		switch {
		case c == Degraded:
			return Bad
		case v == Bad && c != EventBad:
			return Excluded
		}
	}
	return v
}

var defaultVerdicts = DefaultVerdicts()

// String returns the SLI as reports show it, such as "availability" or
// "latency 400ms".
func (s SLI) String() string {
	if d, ok := s.Threshold(); ok {
		return s.name + " " + d.String()
	}
	return s.name
}

// ParsePercentile reads the percentile form of a latency objective and normalises
// it to the share form that nines keeps: "p95 < 500ms" is 95 % within 500 ms. The
// percentile may have digits after the point ("p99.9 <= 1s"); < and <= mean the
// same. The error matches [ErrInvalid].
func ParsePercentile(s string) (SLI, Target, error) {
	bad := func(reason string) (SLI, Target, error) {
		return SLI{}, Target{}, &FieldError{Field: "Percentile", Value: s, Reason: reason}
	}
	left, right, ok := strings.Cut(s, "<")
	percentile, hasP := strings.CutPrefix(strings.ToLower(strings.TrimSpace(left)), "p")
	if !ok || !hasP || percentile == "" || strings.ContainsAny(percentile, " %") {
		return bad(`want a form such as "p95 < 500ms"`)
	}
	target, err := ParseTarget(percentile + "%")
	if err != nil {
		return bad(`want a percentile above 1 and below 100, such as "p95"`)
	}
	threshold, err := ParseDuration(strings.TrimSpace(strings.TrimPrefix(right, "=")))
	if err != nil || threshold <= 0 {
		return bad(`want a positive latency such as "500ms" after the "<"`)
	}
	return Latency(threshold), target, nil
}
