package slo

import (
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

const secondsPerDay = 24 * 60 * 60

// A zone is a time zone as windows keep it, one for each zone of a process, so that
// windows are == though each declaration loads a time.Location of its own. Nil is UTC.
type zone struct {
	loc    *time.Location
	name   string        // as ParseWindow reads it
	swing  time.Duration // largest offset - smallest: clocks go back no further within a period
	reason string        // what would be accepted, if this zone is not
}

// zones holds the one zone of each name. A name is an IANA one or an offset in whole
// minutes, so there are a few thousand at most.
var zones sync.Map

// zoneOf returns the zone of a location. The first of a name costs some 50 microseconds,
// and so does a Location that was loaded anew.
func zoneOf(loc *time.Location) *zone {
	z := &zone{loc: loc, name: loc.String()}
	if offset, fixed := fixedOffset(loc); fixed {
		if offset == 0 {
			return nil
		}
		if offset%60 != 0 || offset <= -secondsPerDay || offset >= secondsPerDay {
			z.reason = "want a time zone that is whole minutes, and less than a day, from UTC"
			return z
		}
		z.name = offsetName(offset)
		z.loc = time.FixedZone(z.name, offset)
	} else if z.name == "" || len(z.name) > maxZoneName || !utf8.ValidString(z.name) || strings.ContainsFunc(z.name, notInName) {
		z.reason = fmt.Sprintf(`want a time zone with a name of one word and at most %d bytes, such as "Europe/Berlin"`, maxZoneName)
		return z
	}
	if first, ok := zones.Load(z.name); ok && sameZone(first.(*zone).loc, z.loc) {
		return first.(*zone)
	}
	z.swing = largestShift(z.loc)
	first, loaded := zones.LoadOrStore(z.name, z)
	if loaded && !sameZone(first.(*zone).loc, z.loc) {
		return z // another zone by the same name stays one of its own
	}
	return first.(*zone)
}

const maxZoneName = 64

func notInName(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

func (z *zone) location() *time.Location {
	if z == nil {
		return time.UTC
	}
	return z.loc
}

func (z *zone) String() string {
	if z == nil {
		return "UTC"
	}
	return z.name
}

func (z *zone) spread() time.Duration {
	if z == nil {
		return 0
	}
	return z.swing
}

func (z *zone) refusal() string {
	if z == nil {
		return ""
	}
	return z.reason
}

// fixedOffset returns the offset in seconds of a zone whose clocks are never changed.
func fixedOffset(loc *time.Location) (offset int, ok bool) {
	epoch := time.Unix(0, 0).In(loc)
	start, end := epoch.ZoneBounds()
	_, offset = epoch.Zone()
	return offset, start.IsZero() && end.IsZero()
}

func offsetName(offset int) string {
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return fmt.Sprintf("%c%02d:%02d", sign, offset/3600, offset/60%60)
}

// The stretch for which zones are compared and measured: zones have been in use since the
// first, and nobody has decided what happens after the second.
var (
	zoneStart = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	zoneEnd   = time.Date(2101, 1, 1, 0, 0, 0, 0, time.UTC)
)

// sameZone reports whether two zones show the same time always.
func sameZone(a, b *time.Location) bool {
	if a == b {
		return true
	}
	for t := zoneStart; t.Before(zoneEnd); {
		_, offsetA := t.In(a).Zone()
		_, offsetB := t.In(b).Zone()
		if offsetA != offsetB {
			return false
		}
		untilA, untilB := zoneUntil(t.In(a)), zoneUntil(t.In(b))
		if t = untilA; untilB.Before(t) {
			t = untilB
		}
	}
	return true
}

// largestShift returns the difference between the largest and the smallest offset.
func largestShift(loc *time.Location) time.Duration {
	_, least := zoneStart.In(loc).Zone()
	most := least
	for t := zoneStart.In(loc); t.Before(zoneEnd); t = zoneUntil(t) {
		_, offset := t.Zone()
		least, most = min(least, offset), max(most, offset)
	}
	return time.Duration(most-least) * time.Second
}

// firstInstant returns the first instant at which the clocks of a zone show the given day,
// in days since 1970-01-01, or a later one.
func firstInstant(day int64, loc *time.Location) time.Time {
	midnight := day * secondsPerDay
	// No clock is two days ahead of UTC, so here the day has not begun.
	t := time.Unix(midnight-2*secondsPerDay, 0).In(loc)
	for {
		_, offset := t.Zone()
		until := zoneUntil(t)
		shown := time.Unix(midnight-int64(offset), 0).In(loc) // if the offset holds until then
		switch {
		case !shown.Before(until):
			t = until
		case shown.Before(t):
			return t // the clocks went over it
		default:
			return shown
		}
	}
}

// zoneUntil returns an instant after t up to which the zone of t keeps its offset.
func zoneUntil(t time.Time) time.Time {
	_, end := t.ZoneBounds()
	switch {
	case end.IsZero():
		return t.AddDate(1000, 0, 0)
	case !end.After(t):
		// On the last day of leap years beyond its tables, package time takes the year
		// for one of 365 days.
		return end.Add(Day)
	}
	return end
}
