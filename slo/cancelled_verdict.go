package slo

import (
	"fmt"
	"time"
)

// A CancelledVerdict says what a cancelled request counts as: [Bad], [Excluded] or
// [BadAfter] a delay. It is for [WithCancelled].
type CancelledVerdict interface {
	// cancelled returns the verdict on requests cancelled at once, the delay after
	// which they are bad (0 for none), whether both are accepted, and the Go text.
	cancelled() (v Verdict, after time.Duration, valid bool, text string)
}

func (v Verdict) cancelled() (Verdict, time.Duration, bool, string) {
	text := fmt.Sprintf("slo.Verdict(%d)", uint8(v))
	switch v {
	case Unset, Good, Bad, Excluded:
		text = [...]string{"slo.Unset", "slo.Good", "slo.Bad", "slo.Excluded"}[v]
	}
	return v, 0, v == Bad || v == Excluded, text
}

type badAfter time.Duration

func (d badAfter) cancelled() (Verdict, time.Duration, bool, string) {
	delay := time.Duration(d)
	return Excluded, delay, delay >= minLatency, "slo.BadAfter(" + delay.String() + ")"
}

// BadAfter makes a cancelled request bad if its client had waited longer than d,
// and excluded if it left earlier or just then. Constructors refuse a d below one
// microsecond.
func BadAfter(d time.Duration) CancelledVerdict { return badAfter(d) }
