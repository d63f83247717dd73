package slo

import "time"

// FirstWeek returns the Monday of the first week of a year in a time zone, nil for UTC: the
// week that holds its first Thursday, as ISO 8601 counts. It is the anchor of periods that
// are "four weeks counted from the year's first week": Weeks(4, FirstWeek(2026, loc)). Thirteen
// of them are 52 weeks; after a year of 53 the first week of a year is within a period, so
// who wants to begin anew then declares a window with the new anchor.
func FirstWeek(year int, loc *time.Location) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC) // always in week 1
	sinceMonday := (int64(fourth.Weekday()) + 6) % 7
	return firstInstant(floorDiv(fourth.Unix(), secondsPerDay)-sinceMonday, loc)
}
