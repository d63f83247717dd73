package slo

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// billion is the unit targets are kept in: allowed bad events per 10^9 valid
// ones. 99.9999 % is 1,000 of them, so there is room for three nines more, and
// 128 bits hold its product with any count.
const billion = 1_000_000_000

// A Target is the share of valid events that must be good, strictly between 0
// and 1. It is exact: it stores the allowed bad events per billion, so 1,000 bad
// in 1,000,000 at 99.9 % leaves exactly nothing. Make one with [Percent], [Ratio]
// or [ParseTarget].
//
// A Target that was refused, and the zero Target, are invalid: [Target.Err] says
// why, constructors refuse them by name, and they promise nothing, so that none
// of the questions below has the answer true but TooFew. Targets are comparable
// values, safe to copy and to share.
type Target struct {
	allowed uint64 // bad events per billion, 0 when invalid
	given   string // what was refused, as it was written; "" when nothing was
	reason  string // why
}

// What the constructors of targets accept.
const (
	wantPercent = "want a percentage above 1 and below 100"
	wantRatio   = "want a ratio above 0 and below 1"
	noBudget    = " (100 % leaves no error budget to spend)"
)

// Percent converts a percentage to a Target: Percent(99.9) allows 1 bad event in
// 1,000. It rounds once, so a computed 100 * 0.999 is 99.9 too.
//
// Percentages at or below 1 are taken for ratios and refused, as are 100 and
// above, and those with more than seven digits after the point (they are finer
// than one event per billion). A refused Target is returned all the same: its
// [Target.Err] says why, and constructors report it.
func Percent(p float64) Target {
	given := "Percent(" + formatFloat(p) + ")"
	switch {
	case p == 100:
		return refused(given, wantPercent+noBudget)
	case p > 0 && p <= 1:
		return refused(given, wantPercent+hint(Ratio(p).percentage()))
	case p > 1 && p < 100:
		return fromUnits((100-p)*(billion/100), given, wantPercent+", with at most 7 digits after the point")
	}
	return refused(given, wantPercent)
}

// Ratio converts a ratio to a Target: Ratio(0.999) allows 1 bad event in 1,000.
// It rounds once, and refuses what is not strictly between 0 and 1 or has more
// than nine digits after the point, as [Percent] does.
func Ratio(r float64) Target {
	given := "Ratio(" + formatFloat(r) + ")"
	switch {
	case r == 1:
		return refused(given, wantRatio+noBudget)
	case r > 0 && r < 1:
		return fromUnits((1-r)*billion, given, wantRatio+", with at most 9 digits after the point")
	case r > 1 && Percent(r).allowed > 0:
		return refused(given, wantRatio+hint("Percent("+formatFloat(r)+")"))
	}
	return refused(given, wantRatio)
}

// tolerance is how far from a whole unit the result of one subtraction may be.
// Near 100 the error of a float64 is 1e-7 units, of a computed percentage a few
// times that; the first digit that a target cannot keep is worth 0.1.
const tolerance = 1e-5

func fromUnits(units float64, given, reason string) Target {
	allowed := math.Round(units)
	if allowed < 1 || allowed >= billion || math.Abs(units-allowed) > tolerance {
		return refused(given, reason)
	}
	return Target{allowed: uint64(allowed)}
}

func refused(given, reason string) Target { return Target{given: given, reason: reason} }

func hint(better string) string {
	if better == "" {
		return ""
	}
	return " (did you mean " + better + "?)"
}

func formatFloat(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// Err reports why the target is refused, or nil. The error is a [*FieldError] and
// matches [ErrInvalid].
func (t Target) Err() error {
	switch {
	case t.allowed > 0:
		return nil
	case t.given == "":
		return &FieldError{Field: "Target", Value: literal("unset"), Reason: "want slo.Percent(p) or slo.Ratio(r)"}
	}
	return &FieldError{Field: "Target", Value: literal(t.given), Reason: t.reason}
}

// AllowedPerBillion returns how many of 10^9 valid events may be bad, in
// [1, 999,999,999]; 0 for an invalid target.
func (t Target) AllowedPerBillion() uint64 { return t.allowed }

// Ratio returns the target as a ratio in (0, 1), correctly rounded; 0 for an
// invalid target.
func (t Target) Ratio() float64 {
	if t.allowed == 0 {
		return 0
	}
	return float64(billion-t.allowed) / billion
}

// ErrorBudget returns 1 - target as a ratio in (0, 1): the share of valid events
// that may be bad. It is correctly rounded; 0 for an invalid target.
func (t Target) ErrorBudget() float64 { return float64(t.allowed) / billion }

// MaxBurnRate returns 1 / (1 - target), the burn rate when every valid event is
// bad: no burn rate can exceed it, so no rule with a factor at or above it can
// ever hold. It is above 1, correctly rounded; 0 for an invalid target.
func (t Target) MaxBurnRate() float64 {
	if t.allowed == 0 {
		return 0
	}
	return billion / float64(t.allowed)
}

// AllowedDowntime returns how long a total outage under even traffic may last in a window
// of length d before the error budget is spent: 43m12s of 30 days at 99.9 %. It is exact,
// rounded down to the nanosecond, and 0 for an invalid target or a d that is not positive.
func (t Target) AllowedDowntime(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(t.allowed, uint64(d))
	quotient, _ := bits.Div64(hi, lo, billion) // allowed < 10^9, so it is less than d
	return time.Duration(quotient)
}

// AllowedBad returns how many of so many valid events may be bad: 1,000 of 1,000,000 at
// 99.9 %. It is exact, rounded down, so that one more breaks the objective; 0 for an invalid
// target.
func (t Target) AllowedBad(valid uint64) uint64 {
	hi, lo := bits.Mul64(t.allowed, valid)
	quotient, _ := bits.Div64(hi, lo, billion) // allowed < 10^9, so it is less than valid
	return quotient
}

// String returns the target as [ParseTarget] reads it: a percentage such as
// "99.9%"; a ratio such as "0.005" at or below 1 %, where a percentage would be
// taken for a mistake; "invalid" for an invalid target.
func (t Target) String() string {
	switch p := t.percentage(); {
	case t.allowed == 0:
		return "invalid"
	case p == "":
		return "0." + strings.TrimRight(fmt.Sprintf("%09d", billion-t.allowed), "0")
	default:
		return p + "%"
	}
}

// percentage returns the digits of the percentage, "" if they are not accepted as
// one: for an invalid target, and at or below 1 %.
func (t Target) percentage() string {
	const percent = billion / 100
	kept := billion - t.allowed
	if t.allowed == 0 || kept <= percent {
		return ""
	}
	s := strconv.FormatUint(kept/percent, 10)
	if part := kept % percent; part != 0 {
		s += "." + strings.TrimRight(fmt.Sprintf("%07d", part), "0")
	}
	return s
}

// Exhausted reports whether bad of valid events have spent the whole budget:
// bad * 10^9 >= allowed * valid. At equality the budget is exhausted and the
// objective still met. It is false when valid is 0, and exact for all counts.
func (t Target) Exhausted(bad, valid uint64) bool {
	return t.judges(valid) && t.compare(bad, valid) >= 0
}

// Met reports whether the objective is met: bad * 10^9 <= allowed * valid. It is
// false when valid is 0: nothing was promised to nobody, and nothing kept. It is
// exact for all counts.
func (t Target) Met(bad, valid uint64) bool { return t.judges(valid) && t.compare(bad, valid) <= 0 }

// Overspent reports whether more than the budget is spent:
// bad * 10^9 > allowed * valid. It is false when valid is 0, the opposite of Met
// otherwise, and exact for all counts.
func (t Target) Overspent(bad, valid uint64) bool {
	return t.judges(valid) && t.compare(bad, valid) > 0
}

func (t Target) judges(valid uint64) bool { return valid > 0 && t.allowed > 0 }

// TooFew reports whether the valid events seen are so few that one bad event is
// worth more than the whole budget: allowed * valid < 10^9. It is true when valid
// is 0, and exact for all counts.
func (t Target) TooFew(valid uint64) bool {
	hi, lo := bits.Mul64(t.allowed, valid)
	return hi == 0 && lo < billion
}

// Consumed returns the share of the budget that bad of valid events spend:
// (bad / valid) / (1 - target). 0 is nothing, 1 the whole budget, more is
// overspent; over a window it is the burn rate. ok is false when valid is 0 or t
// is invalid. It is never NaN or infinite, and within one unit in the last place
// of the true ratio for all counts; what must be exact asks Exhausted, Met or
// Overspent.
func (t Target) Consumed(bad, valid uint64) (share float64, ok bool) {
	if !t.judges(valid) {
		return 0, false
	}
	spentHi, spentLo := bits.Mul64(bad, billion)
	budgetHi, budgetLo := bits.Mul64(t.allowed, valid)
	return quotient(spentHi, spentLo, budgetHi, budgetLo), true
}

// compare returns the sign of bad*10^9 - allowed*valid, in 128 bits.
func (t Target) compare(bad, valid uint64) int {
	spentHi, spentLo := bits.Mul64(bad, billion)
	budgetHi, budgetLo := bits.Mul64(t.allowed, valid)
	lo, borrow := bits.Sub64(spentLo, budgetLo, 0)
	hi, borrow := bits.Sub64(spentHi, budgetHi, borrow)
	switch {
	case borrow != 0:
		return -1
	case hi|lo == 0:
		return 0
	}
	return 1
}

// quotient returns n / d for 128-bit n and d, d above 0. Both are shifted until
// their top bit is set, so that 64 bits of d and of the quotient are enough: what
// is cut off weighs less than 2^-8 of the rounding to float64 that follows, where
// three float operations on converted counts could be off by two units.
func quotient(nHi, nLo, dHi, dLo uint64) float64 {
	if nHi|nLo == 0 {
		return 0
	}
	nHi, nLo, nShift := normalize(nHi, nLo)
	dHi, _, dShift := normalize(dHi, dLo)
	// Halved, n is below d * 2^64, as the division demands.
	q, _ := bits.Div64(nHi>>1, nHi<<63|nLo>>1, dHi)
	return math.Ldexp(float64(q), dShift-nShift-63)
}

func normalize(hi, lo uint64) (uint64, uint64, int) {
	shift := 0
	if hi == 0 {
		hi, lo, shift = lo, 0, 64
	}
	n := bits.LeadingZeros64(hi)
	return hi<<n | lo>>(64-n), lo << n, shift + n
}
