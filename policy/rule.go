package policy

import (
	"math"
	"math/bits"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A Rule is a burn-rate rule: it holds while the error budget burns faster than Factor
// over a long window and over a short one. The long window says that it matters, the
// short one that it still goes on (Google, The Site Reliability Workbook, chapter 5).
//
// What is compared is budget that was spent, so time that nobody observed counts as not
// spent: burn rate x coverage of the window must be above the factor, in both windows. A
// burn rate equal to it is not above it; the comparison is exact.
type Rule struct {
	// Name identifies the rule in breaches, labels and reports. A rule takes the place of
	// the default rule of the same name, such as "1h/5m", for the objectives it applies
	// to. No two rules of one objective may share a name.
	Name string

	// Severity is required: Page or Ticket.
	Severity Severity

	// Objectives are the names of the objectives that the rule applies to. Empty is all. The
	// name of an objective on slo.Each stands for all of its operations, and name +
	// "/" + operation for one.
	Objectives []string

	// Long and Short are the lengths of the windows: 0 < Short < Long, and Long at most the
	// longest window of the tracker's objectives. A breach ends at the earliest when the
	// rule has not held for Short.
	Long, Short time.Duration

	// Factor is the burn rate above which the rule holds: 1 spends the whole budget in
	// exactly one window of the objective. It is above 0, and below 1 / (1 - target) of
	// every objective that the rule applies to, because no burn rate is greater. It is
	// taken to nine digits after the point, so that a decimal such as 13.44 is compared
	// as just that, and never changed otherwise.
	Factor float64

	// MinBad is how many bad events the long window must hold. Zero is 2 for a ticket, and
	// 5 for a page, which a total outage of at least 3 events may fall short of. A positive
	// MinBad has no such exception; 1 asks for nothing that a burn rate does not need anyway.
	MinBad uint64
}

// The minimum of bad events in the long window of a rule that does not set its own. One
// failed request in a quiet night is a burn rate of 1 / (1 - target), and no incident.
const (
	minBadPage   = 5
	minBadTicket = 2
	minAllBad    = 3 // of a page, when no valid event was good
)

// billion is the unit of targets and factors: both are kept in billionths.
const billion = 1_000_000_000

// billionths converts a factor to the unit in which it is compared; 0 for one that no
// burn rate could have.
func billionths(factor float64) uint64 {
	if !(factor > 0 && factor < billion) { // also true of NaN
		return 0
	}
	return uint64(math.Round(factor * billion))
}

// reachable reports whether a factor, in billionths, is below 1 / (1 - target).
func reachable(factor uint64, target slo.Target) bool {
	hi, lo := bits.Mul64(factor, target.AllowedPerBillion())
	return hi == 0 && lo < billion*billion
}

// above reports whether burn rate x coverage of a window is above a factor in
// billionths, where allowed is the target's allowance per billion:
//
//	bad / valid x 10^9 / allowed x observed / length > factor / 10^9
func above(w *budget.Window, allowed, factor uint64) bool {
	if w.Counts.Bad == 0 || w.Observed <= 0 || w.Length <= 0 {
		return false
	}
	spent := product(w.Counts.Bad, billion, billion, uint64(w.Observed))
	limit := product(w.Counts.Valid(), allowed, factor, uint64(w.Length))
	return limit.less(spent)
}

// A wide is an unsigned integer of 256 bits, lowest word first: room for a count of 64
// bits, a duration of 63 and two factors of 30 and 60.
type wide [4]uint64

func product(factors ...uint64) wide {
	w := wide{1}
	for _, f := range factors {
		var carry uint64
		for i := range w {
			hi, lo := bits.Mul64(w[i], f)
			var c uint64
			w[i], c = bits.Add64(lo, carry, 0)
			carry = hi + c // does not overflow: hi is at most 2^64 - 2
		}
	}
	return w
}

func (w wide) less(other wide) bool {
	var borrow uint64
	for i := range w {
		_, borrow = bits.Sub64(w[i], other[i], borrow)
	}
	return borrow != 0
}
