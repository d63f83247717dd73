package budget

import (
	"math"

	"github.com/seed-abb722f7/nines/slo"
)

// Counts are the events of a source over some time, as one objective judges them; of one in
// slices of time they are slices, see [slo.Timeslices] and [slo.RatioTimeslices].
// Good and Bad were read as one pair. The zero Counts say that nothing happened.
type Counts struct {
	Good     uint64 // events that counted and were as they should be
	Bad      uint64 // events that counted and spent budget
	Excluded uint64 // events that did not count, for any reason
}

// Valid returns good + bad, at most 2^64 - 1.
func (c Counts) Valid() uint64 {
	if sum := c.Good + c.Bad; sum >= c.Good {
		return sum
	}
	return math.MaxUint64
}

// SLI returns good / valid, in [0, 1]; ok is false when there was no valid event.
func (c Counts) SLI() (ratio float64, ok bool) {
	if c.Valid() == 0 {
		return 0, false
	}
	return float64(c.Good) / float64(c.Valid()), true
}

// Consumed returns the share of the error budget of target that the bad events
// spend: 0 for none, 1 for all of it, more for overspent. ok is false when there was
// no valid event.
func (c Counts) Consumed(target slo.Target) (share float64, ok bool) {
	return target.Consumed(c.Bad, c.Valid())
}

// since returns what was counted from one cumulative count to a later one. It cannot
// go below zero, whatever a restored history says.
func (c Counts) since(past Counts) Counts {
	less := func(a, b uint64) uint64 { return a - min(a, b) }
	return Counts{less(c.Good, past.Good), less(c.Bad, past.Bad), less(c.Excluded, past.Excluded)}
}

// A ReasonCount says how many events were excluded for one reason.
type ReasonCount struct {
	Reason string // cancelled, unmatched, health, shutdown, handler, or the name of a class
	Count  uint64
}
