package slo

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// billion is the unit targets are kept in: allowed bad events per 10^9 valid
// ones. 99.9999 % is 1,000 of them, so seven nines after the point still fit.
const billion = 1_000_000_000

// A Target is the share of valid events that must be good, strictly between 0
// and 1. It is exact: it stores the allowed bad events per billion, so 1,000 bad
// in 1,000,000 at 99.9 % leaves exactly nothing. Make one with [Percent], [Ratio]
// or [ParseTarget]. The zero Target is invalid, and constructors refuse it by
// name. Targets are comparable values, safe to copy and to share.
type Target struct {
	allowed  uint64 // bad events per billion, 0 when rejected
	rejected string // what was given and why it is refused, "" when valid
}

// Percent converts a percentage to a Target: Percent(99.9) allows 1 bad event in
// 1,000. Percentages at or below 1 are taken for ratios and refused, as are 100
// and above and those with more than seven digits after the point (they are
// finer than one event per billion). A refused Target is returned all the same:
// its [Target.Err] says why, and constructors report it.
func Percent(p float64) Target {
	given := "Percent(" + strconv.FormatFloat(p, 'g', -1, 64) + ")"
	switch {
	case math.IsNaN(p) || math.IsInf(p, 0) || p < 0:
		return Target{rejected: given + ": a percentage above 1 and below 100"}
	case p > 0 && p <= 1:
		hint := strconv.FormatFloat(math.Round(p*1e9)/1e7, 'f', -1, 64)
		return Target{rejected: given + ": a percentage above 1 and below 100 (did you mean " + hint + "?)"}
	case p == 0:
		return Target{rejected: given + ": a percentage above 1 and below 100"}
	}
	return fromBillionths(given, (100-p)*1e7, "a percentage above 1 and below 100, with at most 7 digits after the point")
}

// Ratio converts a ratio to a Target: Ratio(0.999) allows 1 bad event in 1,000.
// It refuses what is not strictly between 0 and 1 or has more than nine digits
// after the point, as [Percent] does.
func Ratio(r float64) Target {
	given := "Ratio(" + strconv.FormatFloat(r, 'g', -1, 64) + ")"
	switch {
	case math.IsNaN(r) || math.IsInf(r, 0) || r <= 0:
		return Target{rejected: given + ": a ratio above 0 and below 1"}
	case r > 1 && r < 100:
		return Target{rejected: given + ": a ratio above 0 and below 1 (did you mean Percent(" + strconv.FormatFloat(r, 'g', -1, 64) + ")?)"}
	}
	return fromBillionths(given, (1-r)*billion, "a ratio above 0 and below 1, with at most 9 digits after the point")
}

// fromBillionths rounds once. A hundred-thousandth of a unit is far above the
// error of one float64 subtraction (1e-7 units) and far below a real digit.
func fromBillionths(given string, units float64, accepted string) Target {
	if units <= 0 {
		return Target{rejected: given + ": " + accepted + " (a target of 100 % leaves no budget to spend)"}
	}
	allowed := math.Round(units)
	if allowed >= billion || math.Abs(units-allowed) > 1e-5 {
		return Target{rejected: given + ": " + accepted}
	}
	return Target{allowed: uint64(allowed)}
}

// ParseTarget reads a target as people write it: "99.9%", "99.9 %" or "0.999". A
// bare number above 1 is refused, because "99.9" may be either. The error
// matches [ErrInvalid].
func ParseTarget(s string) (Target, error) {
	text := strings.TrimSpace(s)
	digits, percent := strings.CutSuffix(text, "%")
	number, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if err != nil {
		return Target{}, &FieldError{Field: "Target", Value: s, Reason: `want a percentage such as "99.9%" or a ratio such as "0.999"`}
	}
	t := Ratio(number)
	if percent {
		t = Percent(number)
	}
	return t, t.Err()
}

// Err reports why the target is refused, or nil. The error matches [ErrInvalid].
func (t Target) Err() error {
	switch {
	case t.rejected != "":
		given, reason, _ := strings.Cut(t.rejected, ": ")
		return &FieldError{Field: "Target", Value: literal(given), Reason: "want " + reason}
	case t.allowed == 0:
		return &FieldError{Field: "Target", Value: literal("unset"), Reason: "want slo.Percent(p) or slo.Ratio(r)"}
	}
	return nil
}

// literal is printed as it is, where a string would be quoted.
type literal string

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
// ever hold. It is 0 for an invalid target.
func (t Target) MaxBurnRate() float64 {
	if t.allowed == 0 {
		return 0
	}
	return billion / float64(t.allowed)
}

// String returns the target as a percentage, such as "99.9%"; "invalid" for an
// invalid one.
func (t Target) String() string {
	if t.allowed == 0 {
		return "invalid"
	}
	kept := billion - t.allowed
	whole, part := kept/10_000_000, kept%10_000_000
	s := strconv.FormatUint(whole, 10)
	if part != 0 {
		s += "." + strings.TrimRight(fmt.Sprintf("%07d", part), "0")
	}
	return s + "%"
}

// MarshalText writes the form that [ParseTarget] reads.
func (t Target) MarshalText() ([]byte, error) {
	if err := t.Err(); err != nil {
		return nil, err
	}
	return []byte(t.String()), nil
}

// UnmarshalText reads what [ParseTarget] reads. On error t is unchanged.
func (t *Target) UnmarshalText(text []byte) error {
	parsed, err := ParseTarget(string(text))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}

// Exhausted reports whether bad of valid events have spent the whole budget:
// bad * 10^9 >= allowed * valid. At equality the budget is exhausted and the
// objective still met. It is false when valid is 0, and exact for all counts.
func (t Target) Exhausted(bad, valid uint64) bool { return valid > 0 && t.compare(bad, valid) >= 0 }

// Met reports whether the objective is met: bad * 10^9 <= allowed * valid. It is
// false when valid is 0: nothing was promised to nobody, and nothing kept.
func (t Target) Met(bad, valid uint64) bool { return valid > 0 && t.compare(bad, valid) <= 0 }

// Overspent reports whether more than the budget is spent:
// bad * 10^9 > allowed * valid. It is false when valid is 0.
func (t Target) Overspent(bad, valid uint64) bool { return valid > 0 && t.compare(bad, valid) > 0 }

// TooFew reports whether the valid events seen are so few that one bad event is
// worth more than the whole budget: allowed * valid < 10^9.
func (t Target) TooFew(valid uint64) bool {
	hi, lo := bits.Mul64(t.allowed, valid)
	return hi == 0 && lo < billion
}

// Consumed returns the share of the budget that bad of valid events spend:
// (bad / valid) / (1 - target). 1 is the whole budget, more is overspent. Over a
// window it is the burn rate. ok is false when valid is 0 or t is invalid.
func (t Target) Consumed(bad, valid uint64) (share float64, ok bool) {
	if valid == 0 || t.allowed == 0 {
		return 0, false
	}
	if t.compare(bad, valid) == 0 {
		return 1, true // exactly spent reads as exactly 1
	}
	return float64(bad) / float64(valid) * billion / float64(t.allowed), true
}

// compare returns the sign of bad*10^9 - allowed*valid, in 128 bits.
func (t Target) compare(bad, valid uint64) int {
	badHi, badLo := bits.Mul64(bad, billion)
	okHi, okLo := bits.Mul64(t.allowed, valid)
	switch {
	case badHi != okHi && badHi > okHi, badHi == okHi && badLo > okLo:
		return 1
	case badHi == okHi && badLo == okLo:
		return 0
	}
	return -1
}
