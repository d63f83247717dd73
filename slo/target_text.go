package slo

import (
	"strconv"
	"strings"
)

// ParseTarget reads a target as people write it: "99.9%", "99.9 %" or "0.999", in
// plain decimal digits, which it keeps exactly. A bare number above 1 is refused,
// because "99.9" may be either, and so is what [Percent] and [Ratio] refuse. The
// error is a [*FieldError] and matches [ErrInvalid]; the Target is then one whose
// Err is that error.
func ParseTarget(s string) (Target, error) {
	t := parseTarget(s)
	return t, t.Err()
}

func parseTarget(s string) Target {
	given := quote(s)
	digits, isPercent := strings.CutSuffix(strings.TrimSpace(s), "%")
	digits = strings.TrimSpace(digits)
	places := 9
	if isPercent {
		places = 7 // a unit is a billionth either way
	}
	units, exact, ok := decimal(digits, places)
	switch {
	case !ok:
		return refused(given, `want a percentage such as "99.9%" or a ratio such as "0.999"`)
	case isPercent:
		return parsedPercent(given, digits, units, exact)
	}
	return parsedRatio(given, digits, units, exact)
}

func parsedPercent(given, digits string, units uint64, exact bool) Target {
	const percent = billion / 100
	switch {
	case units == billion && exact:
		return refused(given, wantPercent+noBudget)
	case units >= billion || units == 0 && exact:
		return refused(given, wantPercent)
	case units < percent || units == percent && exact:
		return refused(given, wantPercent+textHint(parseTarget(digits)))
	case !exact:
		return refused(given, wantPercent+", with at most 7 digits after the point")
	}
	return Target{allowed: billion - units}
}

func parsedRatio(given, digits string, units uint64, exact bool) Target {
	switch {
	case units == billion && exact:
		return refused(given, wantRatio+noBudget)
	case units >= billion:
		return refused(given, wantRatio+textHint(parseTarget(digits+"%")))
	case units == 0 && exact:
		return refused(given, wantRatio)
	case !exact:
		return refused(given, wantRatio+", with at most 9 digits after the point")
	}
	return Target{allowed: billion - units}
}

// textHint proposes t if it would be a percentage that is accepted.
func textHint(t Target) string {
	if p := t.percentage(); p != "" {
		return hint(strconv.Quote(p + "%"))
	}
	return ""
}

// decimal reads digits with at most one point among or before them and returns
// them as a whole number of units of 10^-places, cut off below. exact is false if
// something was cut off, ok if s is not of this form. Numbers too large for any
// target are returned as some number that is.
func decimal(s string, places int) (units uint64, exact, ok bool) {
	whole, part, _ := strings.Cut(s, ".")
	if strings.Trim(whole+part, "0123456789") != "" || whole+part == "" {
		return 0, false, false
	}
	whole, part, exact = strings.TrimLeft(whole, "0"), strings.TrimRight(part, "0"), true
	if len(whole) > 9 {
		whole = "999999999" // with 9 places it still fits 64 bits
	}
	if len(part) > places {
		part, exact = part[:places], false
	}
	units, err := strconv.ParseUint("0"+whole+part+strings.Repeat("0", places-len(part)), 10, 64)
	return units, exact, err == nil
}

// MarshalText writes the form that [ParseTarget] reads. It returns [Target.Err]
// for an invalid target.
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
