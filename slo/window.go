package slo

import (
	"math"
	"time"
)

// DefaultWindow is the length of the zero [Window]: four weeks, so that each
// holds the same number of each weekday (Google, The Site Reliability Workbook,
// chapter 2).
const DefaultWindow = 28 * Day

// minWindow is the shortest window, and the shortest StallAfter, that constructors
// accept: the shortest tick. Anything shorter is a bare number, as in Rolling(28),
// which is 28 nanoseconds.
const minWindow = time.Millisecond

// A Window is the stretch of time over which an objective is judged. The zero
// Window is rolling, over the last 28 days. Windows are comparable values.
type Window struct {
	length time.Duration // 0 is DefaultWindow, explicitZero is 0
}

// explicitZero keeps Rolling(0), which is refused, apart from the zero Window.
const explicitZero = math.MinInt64

// Rolling returns the window that always covers the last d: Rolling(7*Day).
// Constructors refuse a d below one millisecond, and anything shorter than they can
// resolve.
func Rolling(d time.Duration) Window {
	switch d {
	case DefaultWindow:
		return Window{}
	case 0:
		return Window{explicitZero}
	}
	return Window{d}
}

// Length returns how long the window is: 28 days for the zero Window.
func (w Window) Length() time.Duration {
	switch w.length {
	case 0:
		return DefaultWindow
	case explicitZero:
		return 0
	}
	return w.length
}

// String returns the length in the largest whole unit, such as "28d" or "90m".
func (w Window) String() string { return FormatDuration(w.Length()) }
