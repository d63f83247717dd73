package slo

import (
	"fmt"
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

// A Window is the stretch of time over which an objective is judged: rolling, always the
// last so many days ([Rolling]), or calendar, one period after the other with a full
// budget each ([Days], [Weeks], [Months], [Month], [Quarter], [Year]). The zero Window is
// rolling, over the last 28 days.
//
// Windows are comparable values: those declared alike are ==, also where each has loaded
// its time zone for itself. They are safe to copy and to share. A window that cannot be
// meant is kept: [Window.Err] says why, and constructors refuse it by name.
type Window struct {
	length time.Duration // of a rolling window: 0 is DefaultWindow, explicitZero is 0
	unit   unit          // of a calendar one
	n      int           // how many units a period has
	anchor int32         // the first day of a period, in days since 1970-01-01
	zone   *zone         // nil is UTC
}

// A unit is what the periods of a calendar window are counted in; the zero unit belongs
// to rolling windows.
type unit uint8

const (
	rolling unit = iota
	days
	weeks
	months
)

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
		return Window{length: explicitZero}
	}
	return Window{length: d}
}

// Calendar reports whether the window consists of calendar periods, see [Window.Period].
func (w Window) Calendar() bool { return w.unit != rolling }

// Length returns how long the window is: 28 days for the zero Window. Of calendar windows
// it is nominal, whatever the clocks of a zone do: a day has 24 hours, a month 30 days, a
// quarter 90 and twelve months 365. Burn rates and their factors are in terms of it; how
// long one period is [Window.Period] tells. It is 0 for a calendar window that is refused.
func (w Window) Length() time.Duration {
	switch {
	case w.Calendar():
		return w.nominal()
	case w.length == 0:
		return DefaultWindow
	case w.length == explicitZero:
		return 0
	}
	return w.length
}

// MaxLength returns a length that no period of the window exceeds between the years 1970
// and 2100, nominal days and months at their longest and every clock of the zone turned
// back included: 25 hours for a day in Europe/Berlin. For rolling windows it is Length.
func (w Window) MaxLength() time.Duration {
	if !w.Calendar() || !w.periodic() {
		return w.Length()
	}
	return time.Duration(w.maxDays())*Day + w.zone.spread()
}

// Location returns the time zone that decides where calendar periods begin. It is time.UTC
// for rolling windows, which have no boundaries.
func (w Window) Location() *time.Location { return w.zone.location() }

// Err reports why the window is refused, or nil. The error is a [*FieldError] and matches
// [ErrInvalid].
func (w Window) Err() error {
	var value, reason string
	if w.Calendar() {
		value, reason = w.goText(), w.refusal()
	} else if d := w.Length(); d < minWindow {
		value = "slo.Rolling(" + d.String() + ")"
		reason = fmt.Sprintf("want at least %v, such as slo.Rolling(7*slo.Day), or the zero Window for 28 days", minWindow)
	}
	if reason == "" {
		return nil
	}
	return &FieldError{Field: "Window", Value: literal(value), Reason: reason}
}
