package slo

import "time"

// An SLI is what an objective measures: good / valid events of its source. The
// zero SLI is refused by constructors. SLIs are comparable values.
type SLI struct {
	kind          sliKind
	name          string
	threshold     time.Duration
	verdicts      Verdicts // what options set; Unset is the default of the SLI
	countFailures bool
	cancelAfter   time.Duration // above 0: a cancelled request is bad after this long
	withCancelled string        // the option WithCancelled as Go text, "" if not given
	misused       bool          // ... which is refused
}

// An sliKind tells apart the SLIs that are judged in a way of their own.
type sliKind uint8

const (
	noSLI sliKind = iota
	availability
	latency
	fidelity
	ofEvents // only events recorded as good or bad can tell
)

// The names of the SLIs that know requests.
const (
	nameAvailability = "availability"
	nameLatency      = "latency"
	nameFidelity     = "fidelity"
)

// minLatency is the shortest threshold, and the shortest delay of BadAfter, that
// constructors accept. Anything shorter is a bare number, as in Latency(400), which
// is 400 nanoseconds.
const minLatency = time.Microsecond

// Availability is the share of requests that were served, as [DefaultVerdicts]
// judge their class.
func Availability(options ...Option) SLI { return newSLI(availability, nameAvailability, 0, options) }

// Latency is the share of requests served within the threshold, the threshold
// itself included: Latency(400*time.Millisecond). Constructors refuse a threshold
// below one microsecond. Valid are the requests that availability counts as good, and
// those cancelled after the threshold, which are bad; see [CountFailures] for the
// failed ones. A fast failure is never good. Shares are exact for any threshold,
// and several objectives may share a source.
func Latency(threshold time.Duration, options ...Option) SLI {
	return newSLI(latency, nameLatency, threshold, options)
}

// Correctness is the share of events that were processed rightly.
func Correctness(options ...Option) SLI { return newSLI(ofEvents, "correctness", 0, options) }

// Freshness is the share of events served from data young enough.
func Freshness(options ...Option) SLI { return newSLI(ofEvents, "freshness", 0, options) }

// Completeness is the share of a data set that was processed (the book calls this
// SLI coverage, a word that here means observed time).
func Completeness(options ...Option) SLI { return newSLI(ofEvents, "completeness", 0, options) }

// Fidelity is the share of served events that got the full feature set: those a
// handler marks degraded are bad, failed ones are left out: they have spent the
// availability budget already. What an option calls bad is bad here too.
func Fidelity(options ...Option) SLI { return newSLI(fidelity, nameFidelity, 0, options) }

// Durability is the share of stored data that could be read back.
func Durability(options ...Option) SLI { return newSLI(ofEvents, "durability", 0, options) }

// Throughput is the share of intervals, or of units of work, done at the agreed
// pace.
func Throughput(options ...Option) SLI { return newSLI(ofEvents, "throughput", 0, options) }

// Custom is an SLI of your own over an event stream, under the name that exporters
// show. Constructors refuse an empty name, one above 256 bytes, and those of the SLIs
// that know requests: availability, latency and fidelity.
func Custom(name string, options ...Option) SLI { return newSLI(ofEvents, name, 0, options) }

func newSLI(kind sliKind, name string, threshold time.Duration, options []Option) SLI {
	s := SLI{kind: kind, name: name, threshold: threshold}
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
func (s SLI) Threshold() (d time.Duration, ok bool) { return s.threshold, s.kind == latency }

// CountsFailures reports whether [CountFailures] was given.
func (s SLI) CountsFailures() bool { return s.countFailures }

// CancelledAfter returns the delay after which a cancelled request is bad; ok is
// false if cancelled requests are judged whatever their age.
func (s SLI) CancelledAfter() (d time.Duration, ok bool) {
	switch {
	case s.cancelAfter > 0:
		return s.cancelAfter, true
	case s.kind == latency && s.verdicts[Cancelled] == Unset:
		return s.threshold, true
	}
	return 0, false
}

// Verdict returns what the SLI makes of an event of class c, its latency aside: a
// latency SLI further splits good events at its threshold and leaves bad ones out
// where failures do not count, and [SLI.CancelledAfter] overrides the verdict on
// cancelled ones that took longer. It is never [Unset]; classes outside the set are
// excluded.
func (s SLI) Verdict(c Class) Verdict {
	if c >= NumClasses {
		return Excluded
	}
	if v := s.verdicts[c]; v != Unset {
		return v
	}
	v := defaultVerdicts[c]
	if s.kind == fidelity {
		switch {
		case c == Degraded:
			return Bad
		case v == Bad && c != EventBad:
			return Excluded
		}
	}
	return v
}

// String returns the SLI as reports show it, such as "availability" or
// "latency 400ms"; "" for the zero SLI.
func (s SLI) String() string {
	if d, ok := s.Threshold(); ok {
		return s.name + " " + d.String()
	}
	return s.name
}
