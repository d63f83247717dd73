package slo

import (
	"strconv"
	"strings"
	"time"
)

// Day is 24 hours. A rolling window counts days of this length, whatever the
// civil calendar does with its clocks.
const Day = 24 * time.Hour

// DefaultWindow is the length of the zero [Window]: four weeks, so that each
// holds the same number of each weekday (Google, The Site Reliability Workbook,
// chapter 2).
const DefaultWindow = 28 * Day

// A Window is the stretch of time over which an objective is judged. The zero
// Window is rolling, over the last 28 days. Windows are comparable values.
type Window struct {
	length time.Duration
}

// Rolling returns the window that always covers the last d. d must be positive;
// constructors refuse anything else, and anything shorter than they can resolve.
func Rolling(d time.Duration) Window {
	if d == DefaultWindow {
		return Window{}
	}
	if d == 0 {
		d = -1 // the zero Window means 28 days: an explicit zero must not
	}
	return Window{length: d}
}

// Length returns how long the window is: 28 days for the zero Window.
func (w Window) Length() time.Duration {
	if w.length == 0 {
		return DefaultWindow
	}
	return w.length
}

// String returns the length in the largest whole unit, such as "28d" or "90m".
func (w Window) String() string { return FormatDuration(w.Length()) }

// FormatDuration prints a length the way windows are named: whole days as "3d",
// else whole hours, minutes or seconds, else as time.Duration does.
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

// ParseDuration reads what [FormatDuration] prints: a time.Duration, or whole
// days such as "28d" or weeks such as "4w" (a day is 24 hours). The error
// matches [ErrInvalid].
func ParseDuration(s string) (time.Duration, error) {
	for _, u := range [...]struct {
		suffix string
		unit   time.Duration
	}{{"d", Day}, {"w", 7 * Day}} {
		if digits, ok := strings.CutSuffix(s, u.suffix); ok {
			n, err := strconv.ParseInt(digits, 10, 64)
			if err == nil && n >= 0 && n <= int64(1<<63-1)/int64(u.unit) {
				return time.Duration(n) * u.unit, nil
			}
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, &FieldError{Field: "Duration", Value: s, Reason: `want a length such as "28d", "6h" or "90m"`}
	}
	return d, nil
}
