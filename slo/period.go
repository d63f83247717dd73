package slo

import (
	"fmt"
	"time"
)

// maxPeriod is the longest calendar period that constructors accept, in days: ten years.
// Nobody waits longer for a budget; a larger number is not meant.
const maxPeriod = 3660

// The years an anchor may lie in; the zero time.Time lies outside.
const (
	firstAnchor = 1900
	lastAnchor  = 2199
)

// noAnchor stands for an anchor that was not given, or that no calendar has use for.
const noAnchor = 1<<31 - 1

// Days returns the calendar window whose periods are n days long, counted from the date of
// the anchor, in the zone of the anchor, forwards and backwards: Days(1, anchor) is each
// day from midnight to midnight, be it of 23, 24 or 25 hours. The time of day of the anchor
// does not matter. Constructors refuse an n below 1, periods above ten years, and an anchor
// outside the years 1900 to 2199, such as the zero time.
func Days(n int, anchor time.Time) Window { return newCalendar(days, n, anchor) }

// Weeks returns the calendar window whose periods are n weeks long, counted as [Days] counts:
// Weeks(4, FirstWeek(2026, nil)) is four weeks from the first week of 2026 on.
func Weeks(n int, anchor time.Time) Window { return newCalendar(weeks, n, anchor) }

// Months returns the calendar window whose periods are n months long, each beginning on the
// anchor's day of the month, counted as [Days] counts: a Months(3, anchor) with an anchor on
// the first of February has the quarters of a fiscal year that begins there. Constructors
// refuse an anchor after the 28th, which some months do not have.
func Months(n int, anchor time.Time) Window { return newCalendar(months, n, anchor) }

// Month returns the calendar window of each month in a time zone; nil is UTC.
func Month(loc *time.Location) Window { return Months(1, yearStart(loc)) }

// Quarter returns the calendar window of each quarter of the year in a time zone: January
// to March, and so on. nil is UTC.
func Quarter(loc *time.Location) Window { return Months(3, yearStart(loc)) }

// Year returns the calendar window of each year in a time zone; nil is UTC.
func Year(loc *time.Location) Window { return Months(12, yearStart(loc)) }

// yearStart is the start of the year from which Month, Quarter and Year count.
func yearStart(loc *time.Location) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	return time.Date(1970, time.January, 1, 12, 0, 0, 0, loc) // noon exists everywhere
}

func newCalendar(u unit, n int, anchor time.Time) Window {
	w := Window{unit: u, n: n, anchor: noAnchor, zone: zoneOf(anchor.Location())}
	y, m, d := anchor.Date()
	if y < firstAnchor || y > lastAnchor {
		return w
	}
	if u == months && d == 1 && (n == 1 || n == 3 || n == 12) && (int(m)-1)%n == 0 {
		y, m = 1970, time.January // a Month, Quarter or Year, whatever it is counted from
	}
	w.anchor = int32(civilDay(y, m, d))
	return w
}

// refusal returns what would have been accepted in place of a calendar window, "" if the
// window is.
func (w Window) refusal() string {
	names := [...]string{days: "days", weeks: "weeks", months: "months"}
	most := [...]int{days: maxPeriod, weeks: maxPeriod / 7, months: 120}
	switch {
	case w.n < 1 || w.n > most[w.unit]:
		return fmt.Sprintf("want 1 to %d %s", most[w.unit], names[w.unit])
	case w.anchor == noAnchor:
		return fmt.Sprintf("want an anchor between the years %d and %d, such as slo.FirstWeek(2026, nil): the date that periods are counted from",
			firstAnchor, lastAnchor)
	case w.unit == months && w.anchorDate().Day() > 28:
		return "want an anchor on a day that every month has, 1 to 28"
	}
	return w.zone.refusal()
}

// periodic reports whether a calendar window can be asked for its periods.
func (w Window) periodic() bool { return w.refusal() == "" }

// Period returns the period of a calendar window that t lies in: from start, inclusive, to
// end, exclusive, both in the window's zone. The next period is that of end.
//
// A period begins at the first instant at which the clocks of the zone show its first date.
// So if they go forward over midnight it begins where they go on, at 01:00; if they go back
// over midnight it begins the first time; and a date that a zone has left out (30 December
// 2011 in Apia) belongs to no period of its own. Every t lies in exactly one period.
//
// A rolling window has no periods, nor has a window that is refused: start and end are then
// both the zero time. It does not allocate, and takes less than a microsecond; who asks
// often keeps the answer until end.
func (w Window) Period(t time.Time) (start, end time.Time) {
	if !w.Calendar() || !w.periodic() {
		return time.Time{}, time.Time{}
	}
	loc := w.Location()
	y, m, d := t.In(loc).Date()
	k := w.index(civilDay(y, m, d))
	start, end = firstInstant(w.firstDay(k), loc), firstInstant(w.firstDay(k+1), loc)
	for !t.Before(end) { // clocks went back over midnight, and t shows the date before again
		k++
		start, end = end, firstInstant(w.firstDay(k+1), loc)
	}
	return start, end
}

// index returns the number of the period that a day lies in; that of the anchor is 0.
func (w Window) index(day int64) int64 {
	if w.unit != months {
		return floorDiv(day-int64(w.anchor), w.unitDays())
	}
	anchor := w.anchorDate()
	y, m, d := dateOf(day).Date()
	at := monthIndex(y, m)
	if d < anchor.Day() {
		at--
	}
	return floorDiv(at-monthIndex(anchor.Year(), anchor.Month()), int64(w.n))
}

// firstDay returns the first day of a period, in days since 1970-01-01.
func (w Window) firstDay(k int64) int64 {
	if w.unit != months {
		return int64(w.anchor) + k*w.unitDays()
	}
	anchor := w.anchorDate()
	at := monthIndex(anchor.Year(), anchor.Month()) + k*int64(w.n)
	return civilDay(int(floorDiv(at, 12)), time.Month(at-12*floorDiv(at, 12)+1), anchor.Day())
}

// unitDays returns how many days a period of days or weeks has.
func (w Window) unitDays() int64 {
	if w.unit == weeks {
		return 7 * int64(w.n)
	}
	return int64(w.n)
}

// nominal returns the length of a calendar window.
func (w Window) nominal() time.Duration {
	switch {
	case !w.periodic():
		return 0
	case w.unit == months:
		return time.Duration(w.n/12*365+w.n%12*30) * Day
	}
	return time.Duration(w.unitDays()) * Day
}

// maxDays returns how many dates the longest period has.
func (w Window) maxDays() int64 {
	if w.unit != months {
		return w.unitDays()
	}
	longest := int64(0)
	for k := range int64(48) { // four years hold every pattern of months, leap day included
		longest = max(longest, w.firstDay(k+1)-w.firstDay(k))
	}
	return longest
}

func (w Window) anchorDate() time.Time { return dateOf(int64(w.anchor)) }

// civilDay returns a date as days since 1970-01-01.
func civilDay(y int, m time.Month, d int) int64 {
	return floorDiv(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix(), secondsPerDay)
}

func dateOf(day int64) time.Time { return time.Unix(day*secondsPerDay, 0).UTC() }

func monthIndex(y int, m time.Month) int64 { return int64(y)*12 + int64(m) - 1 }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
