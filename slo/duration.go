package slo

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Day is 24 hours. A rolling window counts days of this length, whatever the
// civil calendar does with its clocks.
const Day = 24 * time.Hour

const week = 7 * Day

// FormatDuration prints a length the way windows are named: whole days as "3d",
// else whole hours, minutes or seconds, else as time.Duration does. Zero is "0s".
func FormatDuration(d time.Duration) string {
	for _, u := range [...]struct {
		unit time.Duration
		name string
	}{{Day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if d >= u.unit && d%u.unit == 0 {
			return strconv.FormatInt(int64(d/u.unit), 10) + u.name
		}
	}
	return d.String()
}

// ParseDuration reads a length, at least 0: what time.ParseDuration reads, whole
// days such as "28d" (of 24 hours) or whole weeks such as "4w". It reads back
// exactly what [FormatDuration] prints of one. The error is a [*FieldError] and
// matches [ErrInvalid].
func ParseDuration(s string) (time.Duration, error) {
	d, ok := parseWhole(s, "d", Day)
	if !ok {
		d, ok = parseWhole(s, "w", week)
	}
	if !ok {
		parsed, err := time.ParseDuration(s)
		d, ok = parsed, err == nil && parsed >= 0
	}
	if !ok {
		return 0, &FieldError{Field: "Duration", Value: s, Reason: `want a length such as "28d", "6h" or "90m"`}
	}
	return d, nil
}

func parseWhole(s, suffix string, unit time.Duration) (time.Duration, bool) {
	digits, ok := strings.CutSuffix(s, suffix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n > uint64(math.MaxInt64/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}
