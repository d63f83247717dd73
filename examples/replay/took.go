package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A timeFormat says how the request time at the end of a line is written. It is the
// value of a flag.
type timeFormat string

const (
	timeAuto    timeFormat = "auto" // until the first line decides
	timeNone    timeFormat = "none"
	timeSeconds timeFormat = "s"
)

var timeUnits = map[timeFormat]time.Duration{
	timeAuto: 0, timeNone: 0,
	timeSeconds: time.Second, "ms": time.Millisecond, "us": time.Microsecond,
}

// String returns the flag's value.
func (f *timeFormat) String() string { return string(*f) }

// Set takes the flag's value.
func (f *timeFormat) Set(s string) error {
	if _, ok := timeUnits[timeFormat(s)]; !ok {
		return errors.New("want auto, none, s, ms or us")
	}
	*f = timeFormat(s)
	return nil
}

// decide settles auto by the first line: seconds if it ends with a decimal fraction. An
// integer could be anything, seconds, microseconds or a size; whoever wants it read says
// which.
func (f *timeFormat) decide(e *entry) {
	*f = timeNone
	if _, ok := parseNumber(e.last, time.Second); ok && strings.Contains(e.last, ".") {
		*f = timeSeconds
	}
}

// timed reports whether lines have request times.
func (f timeFormat) timed() bool { return timeUnits[f] != 0 }

// took returns the request time of a line, 0 if lines have none. In a log that has them
// a line without one is malformed: counted as fast, it would make the log look better
// than it is.
func (f timeFormat) took(e *entry) (time.Duration, error) {
	unit := timeUnits[f]
	if unit == 0 {
		return 0, nil
	}
	d, ok := parseNumber(e.last, unit)
	if !ok {
		return 0, fmt.Errorf("no request time: the last field is %s, want a number of %s", quote(e.last), string(f))
	}
	return d, nil
}

// parseNumber reads a number of units with at most nine digits after the point, and no
// more than fits a time.Duration.
func parseNumber(s string, unit time.Duration) (time.Duration, bool) {
	whole, fraction, point := strings.Cut(s, ".")
	if !digits(whole) || point && (!digits(fraction) || len(fraction) > 9) {
		return 0, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n >= int64(1<<63-1)/int64(unit) {
		return 0, false
	}
	d := time.Duration(n) * unit
	for i, scale := 0, unit; i < len(fraction); i++ {
		scale /= 10
		d += time.Duration(fraction[i]-'0') * scale
	}
	return d, true
}
