package slo

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// String returns the window as [ParseWindow] reads it: the length of a rolling one in the
// largest whole unit, such as "28d" or "90m"; "month Europe/Berlin", "quarter UTC", "year UTC";
// or what is counted from where, such as "4w from 2025-12-29 Europe/Berlin".
func (w Window) String() string {
	if !w.Calendar() {
		return FormatDuration(w.Length())
	}
	if name := w.yearPart(); name != "" {
		return name + " " + w.zone.String()
	}
	return strconv.Itoa(w.n) + unitNames[w.unit] + " from " + w.anchorText() + " " + w.zone.String()
}

var unitNames = [...]string{days: "d", weeks: "w", months: "mo"}

// yearPart returns the name of a window that has one.
func (w Window) yearPart() string {
	if w.unit != months || w.anchor != 0 {
		return ""
	}
	switch w.n {
	case 1:
		return "month"
	case 3:
		return "quarter"
	case 12:
		return "year"
	}
	return ""
}

func (w Window) anchorText() string {
	if w.anchor == noAnchor {
		return "nowhere"
	}
	return w.anchorDate().Format(time.DateOnly)
}

// goText returns a calendar window as it was declared.
func (w Window) goText() string {
	if name := w.yearPart(); name != "" {
		return "slo." + strings.ToUpper(name[:1]) + name[1:] + "(" + w.zone.String() + ")"
	}
	name := [...]string{days: "Days", weeks: "Weeks", months: "Months"}[w.unit]
	return fmt.Sprintf("slo.%s(%d, %s %v)", name, w.n, w.anchorText(), w.zone)
}

// ParseWindow reads a window as people write it: "28d", "4w" or what else [ParseDuration]
// reads is a rolling one; "month", "quarter" and "year" are calendar ones, and so is what is
// counted from a date: "1d from 2026-01-01", "4w from 2025-12-29", "6mo from 2026-04-01".
// A calendar window may be followed by its time zone, as "Europe/Berlin", "+05:45" or "Local";
// without one it is in UTC.
//
// It reads back what String returns, for a zone that time.LoadLocation knows by its name.
// The error is a [*FieldError] and matches [ErrInvalid]. Time zones are looked up where
// time.LoadLocation does, so it may read a file.
func ParseWindow(s string) (Window, error) {
	w, reason := parseWindow(s)
	if reason != "" {
		return Window{}, &FieldError{Field: "Window", Value: s, Reason: reason}
	}
	return w, nil
}

const wantWindow = `want a window such as "28d", "month Europe/Berlin" or "4w from 2025-12-29 Europe/Berlin"`

func parseWindow(s string) (w Window, reason string) {
	words := strings.Fields(s)
	if len(words) == 0 {
		return Window{}, wantWindow
	}
	if d, err := ParseDuration(words[0]); err == nil && len(words) == 1 {
		if d < minWindow {
			return Window{}, fmt.Sprintf("want at least %v", minWindow)
		}
		return Rolling(d), ""
	}
	declare, words := parsePeriod(words)
	if declare == nil || len(words) > 1 {
		return Window{}, wantWindow
	}
	loc := time.UTC
	if len(words) == 1 {
		if loc = parseZone(words[0]); loc == nil {
			return Window{}, `want a time zone that this host knows, such as "Europe/Berlin", or an offset such as "+05:45"`
		}
	}
	w = declare(loc)
	return w, w.refusal()
}

// parsePeriod reads what the periods of a calendar window are, and returns how to declare
// it in a zone and the words that are left; nil if words do not begin so.
func parsePeriod(words []string) (declare func(*time.Location) Window, rest []string) {
	switch words[0] {
	case "month":
		return Month, words[1:]
	case "quarter":
		return Quarter, words[1:]
	case "year":
		return Year, words[1:]
	}
	if len(words) < 3 || words[1] != "from" {
		return nil, nil
	}
	digits := strings.TrimRight(words[0], "dwmo")
	n, err := strconv.ParseUint(digits, 10, 31)
	date, dateErr := time.Parse(time.DateOnly, words[2])
	if err != nil || dateErr != nil {
		return nil, nil
	}
	var of func(int, time.Time) Window
	switch words[0][len(digits):] {
	case "d":
		of = Days
	case "w":
		of = Weeks
	case "mo":
		of = Months
	default:
		return nil, nil
	}
	return func(loc *time.Location) Window {
		w := of(int(n), date)
		w.zone = zoneOf(loc) // now: there may be zones that left this date out
		return w
	}, words[3:]
}

// parseZone returns the zone of a name or an offset, nil if there is none.
func parseZone(s string) *time.Location {
	if sign := s[0]; sign == '+' || sign == '-' {
		t, err := time.Parse("15:04", s[1:])
		if err != nil || len(s) != len("+00:00") {
			return nil
		}
		offset := t.Hour()*3600 + t.Minute()*60
		if sign == '-' {
			offset = -offset
		}
		return time.FixedZone(s, offset)
	}
	if len(s) > maxZoneName {
		return nil
	}
	loc, err := time.LoadLocation(s)
	if err != nil {
		return nil
	}
	return loc
}

// MarshalText writes the form that [ParseWindow] reads. It returns [Window.Err] for a
// window that is refused.
func (w Window) MarshalText() ([]byte, error) {
	if err := w.Err(); err != nil {
		return nil, err
	}
	return []byte(w.String()), nil
}

// UnmarshalText reads what [ParseWindow] reads. On error w is unchanged.
func (w *Window) UnmarshalText(text []byte) error {
	parsed, err := ParseWindow(string(text))
	if err != nil {
		return err
	}
	*w = parsed
	return nil
}
