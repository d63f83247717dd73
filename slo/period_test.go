package slo_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // every host has the zones of these tests

	"github.com/seed-abb722f7/nines/slo"
)

// periods are windows, instants and the period each lies in, as GNU date has them; see
// TestRealDateAgreesOnPeriods, which computes all of them anew.
var periods = [...]struct{ window, at, start, end string }{
	{"1d from 2026-01-01 UTC", "2026-07-01T12:00:00Z", "2026-07-01T00:00:00+00:00", "2026-07-02T00:00:00+00:00"},
	{"1d from 2026-01-01 UTC", "2026-07-01T00:00:00Z", "2026-07-01T00:00:00+00:00", "2026-07-02T00:00:00+00:00"},
	{"1d from 2026-01-01 UTC", "2026-06-30T23:59:59Z", "2026-06-30T00:00:00+00:00", "2026-07-01T00:00:00+00:00"},
	{"1d from 2026-01-01 Europe/Berlin", "2026-03-29T10:00:00Z", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
	{"1d from 2026-01-01 Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"},
	{"1d from 2026-01-01 Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"},
	{"1d from 2026-01-01 Europe/Berlin", "2040-12-31T12:00:00Z", "2040-12-31T00:00:00+01:00", "2041-01-01T00:00:00+01:00"},
	{"1d from 2026-01-01 Europe/Berlin", "2040-12-30T23:00:00Z", "2040-12-31T00:00:00+01:00", "2041-01-01T00:00:00+01:00"},
	{"7d from 2026-01-01 Europe/Berlin", "2025-12-31T22:59:59Z", "2025-12-25T00:00:00+01:00", "2026-01-01T00:00:00+01:00"},
	{"1w from 2026-01-05 Europe/Berlin", "2026-03-29T21:59:59Z", "2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
	{"4w from 2025-12-29 Europe/Berlin", "2026-01-26T12:00:00Z", "2026-01-26T00:00:00+01:00", "2026-02-23T00:00:00+01:00"},
	{"4w from 2025-12-29 Europe/Berlin", "2026-04-01T00:00:00Z", "2026-03-23T00:00:00+01:00", "2026-04-20T00:00:00+02:00"},
	{"4w from 2025-12-29 Europe/Berlin", "2026-11-01T00:00:00Z", "2026-10-05T00:00:00+02:00", "2026-11-02T00:00:00+01:00"},
	{"4w from 2025-12-29 Europe/Berlin", "2020-02-29T12:00:00Z", "2020-02-03T00:00:00+01:00", "2020-03-02T00:00:00+01:00"},
	{"4w from 2025-12-29 Europe/Berlin", "2031-06-15T12:00:00Z", "2031-06-09T00:00:00+02:00", "2031-07-07T00:00:00+02:00"},
	{"month Europe/Berlin", "2026-03-31T21:59:59Z", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"},
	{"month Europe/Berlin", "2026-03-31T22:00:00Z", "2026-04-01T00:00:00+02:00", "2026-05-01T00:00:00+02:00"},
	{"month Europe/Berlin", "2026-10-05T00:00:00Z", "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00"},
	{"month Europe/Berlin", "2024-02-29T22:30:00Z", "2024-02-01T00:00:00+01:00", "2024-03-01T00:00:00+01:00"},
	{"quarter Europe/Berlin", "2026-02-14T00:00:00Z", "2026-01-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"},
	{"quarter Europe/Berlin", "2026-12-31T23:00:00Z", "2027-01-01T00:00:00+01:00", "2027-04-01T00:00:00+02:00"},
	{"quarter Europe/Berlin", "2026-10-31T00:00:00Z", "2026-10-01T00:00:00+02:00", "2027-01-01T00:00:00+01:00"},
	{"year Europe/Berlin", "2026-06-01T00:00:00Z", "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00"},
	{"year Europe/Berlin", "2040-12-31T22:30:00Z", "2040-01-01T00:00:00+01:00", "2041-01-01T00:00:00+01:00"},
	{"year Europe/Berlin", "2040-12-31T23:00:00Z", "2041-01-01T00:00:00+01:00", "2042-01-01T00:00:00+01:00"},
	{"month UTC", "2100-02-28T23:59:59Z", "2100-02-01T00:00:00+00:00", "2100-03-01T00:00:00+00:00"},
	{"month UTC", "2000-02-29T00:00:00Z", "2000-02-01T00:00:00+00:00", "2000-03-01T00:00:00+00:00"},
	{"month UTC", "2023-02-28T12:00:00Z", "2023-02-01T00:00:00+00:00", "2023-03-01T00:00:00+00:00"},
	{"year UTC", "2024-12-31T23:59:59Z", "2024-01-01T00:00:00+00:00", "2025-01-01T00:00:00+00:00"},
	{"year UTC", "1969-12-31T23:59:59Z", "1969-01-01T00:00:00+00:00", "1970-01-01T00:00:00+00:00"},
	{"quarter UTC", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00+00:00", "2024-04-01T00:00:00+00:00"},
	{"1mo from 2026-01-15 Europe/Berlin", "2026-03-14T22:59:59Z", "2026-02-15T00:00:00+01:00", "2026-03-15T00:00:00+01:00"},
	{"1mo from 2026-01-28 UTC", "2027-02-28T00:00:00Z", "2027-02-28T00:00:00+00:00", "2027-03-28T00:00:00+00:00"},
	{"3mo from 2026-02-01 UTC", "2026-01-31T12:00:00Z", "2025-11-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"},
	{"6mo from 2026-04-01 Europe/London", "2025-11-05T00:00:00Z", "2025-10-01T00:00:00+01:00", "2026-04-01T00:00:00+01:00"},
	{"12mo from 2026-04-06 Europe/London", "2026-04-05T22:59:59Z", "2025-04-06T00:00:00+01:00", "2026-04-06T00:00:00+01:00"},
	{"12mo from 2026-04-06 Europe/London", "2024-04-05T23:00:00Z", "2024-04-06T00:00:00+01:00", "2025-04-06T00:00:00+01:00"},
	{"5mo from 2026-01-01 UTC", "2020-02-29T12:00:00Z", "2019-10-01T00:00:00+00:00", "2020-03-01T00:00:00+00:00"},
	{"1d from 2026-01-01 America/St_Johns", "2010-03-14T12:00:00Z", "2010-03-14T00:00:00-03:30", "2010-03-15T00:00:00-02:30"},
	{"1d from 2026-01-01 America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-07T00:00:00-02:30", "2010-11-08T00:00:00-03:30"},
	{"1d from 2026-01-01 America/St_Johns", "2010-11-07T02:31:30Z", "2010-11-07T00:00:00-02:30", "2010-11-08T00:00:00-03:30"},
	{"1d from 2026-01-01 America/St_Johns", "2026-11-01T12:00:00Z", "2026-11-01T00:00:00-02:30", "2026-11-02T00:00:00-03:30"},
	{"month America/St_Johns", "2026-11-01T02:29:59Z", "2026-10-01T00:00:00-02:30", "2026-11-01T00:00:00-02:30"},
	{"month America/St_Johns", "2026-11-01T02:30:00Z", "2026-11-01T00:00:00-02:30", "2026-12-01T00:00:00-03:30"},
	{"1d from 2026-01-01 Asia/Kathmandu", "2026-05-05T18:14:59Z", "2026-05-05T00:00:00+05:45", "2026-05-06T00:00:00+05:45"},
	{"1d from 2026-01-01 Asia/Kathmandu", "2026-05-05T18:15:00Z", "2026-05-06T00:00:00+05:45", "2026-05-07T00:00:00+05:45"},
	{"1d from 1985-12-01 Asia/Kathmandu", "1985-12-31T18:30:00Z", "1986-01-01T00:15:00+05:45", "1986-01-02T00:00:00+05:45"},
	{"month Asia/Kathmandu", "2024-02-29T18:00:00Z", "2024-02-01T00:00:00+05:45", "2024-03-01T00:00:00+05:45"},
	{"year Asia/Kathmandu", "1986-06-01T00:00:00Z", "1986-01-01T00:15:00+05:45", "1987-01-01T00:00:00+05:45"},
	{"1d from 2026-01-01 Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"},
	{"1d from 2026-01-01 Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00"},
	{"2d from 2011-12-29 Pacific/Apia", "2011-12-30T08:00:00Z", "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"},
	{"2d from 2011-12-30 Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00"},
	{"1w from 2011-12-26 Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-26T00:00:00-10:00", "2012-01-02T00:00:00+14:00"},
	{"month Pacific/Apia", "2011-12-15T00:00:00Z", "2011-12-01T00:00:00-10:00", "2012-01-01T00:00:00+14:00"},
	{"year Pacific/Apia", "2011-12-15T00:00:00Z", "2011-01-01T00:00:00-10:00", "2012-01-01T00:00:00+14:00"},
	{"1mo from 2011-01-28 Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-28T00:00:00-10:00", "2012-01-28T00:00:00+14:00"},
	{"1d from 2026-01-01 Pacific/Fakaofo", "2011-12-31T00:00:00Z", "2011-12-31T00:00:00+13:00", "2012-01-01T00:00:00+13:00"},
	{"1d from 2026-01-01 Australia/Lord_Howe", "2026-04-05T00:00:00Z", "2026-04-05T00:00:00+11:00", "2026-04-06T00:00:00+10:30"},
	{"1d from 2026-01-01 Australia/Lord_Howe", "2026-10-04T00:00:00Z", "2026-10-04T00:00:00+10:30", "2026-10-05T00:00:00+11:00"},
	{"month Australia/Lord_Howe", "2026-03-31T12:59:59Z", "2026-03-01T00:00:00+11:00", "2026-04-01T00:00:00+11:00"},
	{"quarter Australia/Lord_Howe", "2026-10-10T00:00:00Z", "2026-10-01T00:00:00+10:30", "2027-01-01T00:00:00+11:00"},
	{"1d from 2026-01-01 America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"},
	{"1d from 2026-01-01 America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-03T00:00:00-03:00", "2018-11-04T01:00:00-02:00"},
	{"1d from 2026-01-01 America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17T00:00:00-02:00", "2018-02-18T00:00:00-03:00"},
	{"1d from 2026-01-01 America/Sao_Paulo", "2018-02-18T03:00:00Z", "2018-02-18T00:00:00-03:00", "2018-02-19T00:00:00-03:00"},
	{"1w from 2018-11-04 America/Sao_Paulo", "2018-11-05T00:00:00Z", "2018-11-04T01:00:00-02:00", "2018-11-11T00:00:00-02:00"},
	{"1d from 2026-01-01 Asia/Beirut", "2022-03-27T12:00:00Z", "2022-03-27T01:00:00+03:00", "2022-03-28T00:00:00+03:00"},
	{"1d from 2026-01-01 Asia/Beirut", "2022-10-29T21:30:00Z", "2022-10-29T00:00:00+03:00", "2022-10-30T00:00:00+02:00"},
	{"1d from 2026-01-01 Africa/Cairo", "2023-04-28T12:00:00Z", "2023-04-28T01:00:00+03:00", "2023-04-29T00:00:00+03:00"},
	{"1d from 2026-01-01 Africa/Cairo", "2023-10-26T21:00:00Z", "2023-10-26T00:00:00+03:00", "2023-10-27T00:00:00+02:00"},
	{"1w from 2023-04-28 Africa/Cairo", "2023-04-28T00:00:00Z", "2023-04-28T01:00:00+03:00", "2023-05-05T00:00:00+03:00"},
	{"1d from 2026-01-01 America/Havana", "2024-03-10T12:00:00Z", "2024-03-10T01:00:00-04:00", "2024-03-11T00:00:00-04:00"},
	{"1d from 2026-01-01 America/Havana", "2024-11-03T04:30:00Z", "2024-11-03T00:00:00-04:00", "2024-11-04T00:00:00-05:00"},
	{"1d from 2026-01-01 America/Havana", "2024-11-03T05:30:00Z", "2024-11-03T00:00:00-04:00", "2024-11-04T00:00:00-05:00"},
	{"1d from 2026-01-01 America/Havana", "2024-11-03T03:59:59Z", "2024-11-02T00:00:00-04:00", "2024-11-03T00:00:00-04:00"},
	{"1d from 2026-01-01 Atlantic/Azores", "2024-03-31T12:00:00Z", "2024-03-31T01:00:00+00:00", "2024-04-01T00:00:00+00:00"},
	{"1d from 2026-01-01 Atlantic/Azores", "2024-10-27T00:30:00Z", "2024-10-27T00:00:00+00:00", "2024-10-28T00:00:00-01:00"},
	{"1d from 2026-01-01 Asia/Tehran", "2022-03-22T00:00:00Z", "2022-03-22T01:00:00+04:30", "2022-03-23T00:00:00+04:30"},
	{"1d from 2026-01-01 America/Asuncion", "2023-10-01T12:00:00Z", "2023-10-01T01:00:00-03:00", "2023-10-02T00:00:00-03:00"},
	{"1d from 2026-01-01 America/Santiago", "2023-09-03T12:00:00Z", "2023-09-03T01:00:00-03:00", "2023-09-04T00:00:00-03:00"},
	{"1d from 2026-01-01 Asia/Pyongyang", "2015-08-14T15:15:00Z", "2015-08-14T00:00:00+09:00", "2015-08-15T00:00:00+08:30"},
	{"1d from 2026-01-01 Asia/Pyongyang", "2018-05-04T15:00:00Z", "2018-05-05T00:00:00+09:00", "2018-05-06T00:00:00+09:00"},
	{"1d from 2026-01-01 Pacific/Kwajalein", "1993-08-21T13:00:00Z", "1993-08-22T00:00:00+12:00", "1993-08-23T00:00:00+12:00"},
	{"1d from 2026-01-01 Pacific/Kiritimati", "1994-12-31T12:00:00Z", "1995-01-01T00:00:00+14:00", "1995-01-02T00:00:00+14:00"},
	{"month Pacific/Kiritimati", "1994-12-31T12:00:00Z", "1995-01-01T00:00:00+14:00", "1995-02-01T00:00:00+14:00"},
	{"1d from 2026-01-01 Pacific/Chatham", "2026-04-04T12:00:00Z", "2026-04-05T00:00:00+13:45", "2026-04-06T00:00:00+12:45"},
	{"1d from 2026-01-01 Antarctica/Troll", "2026-03-29T12:00:00Z", "2026-03-29T00:00:00+00:00", "2026-03-30T00:00:00+02:00"},
	{"month Africa/Casablanca", "2024-04-10T00:00:00Z", "2024-04-01T00:00:00+00:00", "2024-05-01T00:00:00+01:00"},
	{"month America/Caracas", "2016-05-10T00:00:00Z", "2016-05-01T00:00:00-04:30", "2016-06-01T00:00:00-04:00"},
	{"1d from 2026-01-01 +05:45", "2026-01-01T18:15:00Z", "2026-01-02T00:00:00+05:45", "2026-01-03T00:00:00+05:45"},
	{"month -03:30", "2026-03-01T03:29:59Z", "2026-02-01T00:00:00-03:30", "2026-03-01T00:00:00-03:30"},
	{"year Pacific/Kiritimati", "2026-12-31T10:00:00Z", "2027-01-01T00:00:00+14:00", "2028-01-01T00:00:00+14:00"},
}

func TestPeriod(t *testing.T) {
	const layout = "2006-01-02T15:04:05-07:00"
	for _, tt := range periods {
		w := window(t, tt.window)
		start, end := w.Period(instant(t, tt.at))
		if start.Format(layout) != tt.start || end.Format(layout) != tt.end {
			t.Errorf("%v.Period(%s) = %s, %s, want %s, %s", w, tt.at, start.Format(layout), end.Format(layout), tt.start, tt.end)
		}
		if start.Location() != w.Location() || end.Location() != w.Location() {
			t.Errorf("%v.Period(%s) is in %v and %v, want the window's %v", w, tt.at, start.Location(), end.Location(), w.Location())
		}
	}
}

func window(t *testing.T, text string) slo.Window {
	t.Helper()
	w, err := slo.ParseWindow(text)
	if err != nil || !w.Calendar() {
		t.Fatalf("ParseWindow(%q) = %v, %v, want a calendar window", text, w, err)
	}
	return w
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// checkTiles checks that at lies in its own period, and that its neighbours adjoin it.
func checkTiles(t *testing.T, w slo.Window, at time.Time) {
	t.Helper()
	start, end := w.Period(at)
	if at.Before(start) || !at.Before(end) {
		t.Fatalf("%v.Period(%v) = %v, %v, without it", w, at, start, end)
	}
	if d := end.Sub(start); d > w.MaxLength() && start.Year() >= 1970 && end.Year() <= 2100 {
		t.Fatalf("%v.Period(%v) has the length %v, above MaxLength %v", w, at, d, w.MaxLength())
	}
	for _, in := range []time.Time{start, end.Add(-1)} {
		if s, e := w.Period(in); !s.Equal(start) || !e.Equal(end) {
			t.Fatalf("%v.Period(%v) = %v, %v, want %v, %v as for %v", w, in, s, e, start, end, at)
		}
	}
	if _, e := w.Period(start.Add(-1)); !e.Equal(start) {
		t.Fatalf("%v: the period before %v ends %v", w, start, e)
	}
	if s, _ := w.Period(end); !s.Equal(end) {
		t.Fatalf("%v: the period after %v starts %v", w, end, s)
	}
}

func TestPeriodsTile(t *testing.T) {
	zones := make(map[string]bool)
	for _, tt := range periods {
		w := window(t, tt.window)
		checkTiles(t, w, instant(t, tt.at))
		zones[tt.window[strings.LastIndexByte(tt.window, ' ')+1:]] = true
	}
	rng := rand.New(rand.NewPCG(28, 4))
	for zone := range zones {
		for _, form := range []string{
			"1d from 2026-01-01 ", "3d from 1999-12-31 ", "1w from 2026-01-05 ", "4w from 2025-12-29 ",
			"month ", "2mo from 2026-02-28 ", "quarter ", "year ", "7mo from 1969-05-17 ", "120mo from 2020-01-01 ",
		} {
			w := window(t, form+zone)
			for range 20 {
				checkTiles(t, w, time.Unix(rng.Int64N(150*366*86400)-20*366*86400, rng.Int64N(1e9)))
			}
		}
	}
}

// One after the other, the days of two centuries have no gap and no overlap in any zone:
// package time takes the last day of a leap year beyond its tables for one of the next.
func TestDaysOfTwoCenturies(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe", "Africa/Casablanca"} {
		w := window(t, "1d from 2026-01-01 "+zone)
		at, last := time.Date(1900, 1, 1, 12, 0, 0, 0, w.Location()), time.Date(2101, 1, 1, 0, 0, 0, 0, w.Location())
		_, end := w.Period(at)
		for end.Before(last) {
			start, next := w.Period(end)
			if !start.Equal(end) || !next.After(start) {
				t.Fatalf("%v.Period(%v) = %v, %v, want it to start there", w, end, start, next)
			}
			end = next
		}
	}
}

func FuzzPeriod(f *testing.F) {
	f.Add(int64(1541300400), int64(0), 1, uint8(0), "America/Sao_Paulo", int64(0))
	f.Add(int64(1325239200), int64(1), 4, uint8(1), "Pacific/Apia", int64(1e9))
	f.Add(int64(2240611200), int64(999999999), 12, uint8(2), "Europe/Berlin", int64(-1e9))
	f.Add(int64(-1<<40), int64(0), 3, uint8(2), "+13:59", int64(1))
	f.Add(int64(1<<40), int64(0), 1, uint8(0), "America/Nuuk", int64(86399))
	f.Fuzz(func(t *testing.T, sec, nsec int64, n int, kind uint8, zone string, anchor int64) {
		loc, err := time.LoadLocation(zone)
		if err != nil || zone == "Local" {
			return
		}
		counted := [...]func(int, time.Time) slo.Window{slo.Days, slo.Weeks, slo.Months}[kind%3]
		w := counted(n, time.Unix(anchor%(1<<34), 0).In(loc))
		at := time.Unix(sec%(1<<40), nsec%1e9) // 35,000 years
		if w.Err() != nil {
			checkRefusal(t, w.Err())
			if start, end := w.Period(at); !start.IsZero() || !end.IsZero() || w.Length() != 0 {
				t.Fatalf("%v is refused, and Period(%v) = %v, %v", w, at, start, end)
			}
			return
		}
		checkTiles(t, w, at)
		text, err := w.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := slo.ParseWindow(string(text)); again != w || err != nil {
			t.Errorf("%v read back is %v, %v", w, again, err)
		}
	})
}

func TestCalendarLengths(t *testing.T) {
	const hour = time.Hour
	for _, tt := range []struct {
		window       string
		nominal, max time.Duration
	}{
		{"1d from 2026-01-01 UTC", slo.Day, slo.Day},
		{"1d from 2026-01-01 Europe/Berlin", slo.Day, 25 * hour},
		{"1d from 2026-01-01 Australia/Lord_Howe", slo.Day, 24*hour + 90*time.Minute}, // it was at +10:00 until 1981
		{"4w from 2025-12-29 Europe/Berlin", 28 * slo.Day, 28*slo.Day + hour},
		{"month UTC", 30 * slo.Day, 31 * slo.Day},
		{"month Europe/Berlin", 30 * slo.Day, 31*slo.Day + hour},
		{"2mo from 2026-02-01 UTC", 60 * slo.Day, 62 * slo.Day},
		{"quarter UTC", 90 * slo.Day, 92 * slo.Day},
		{"3mo from 2026-02-01 UTC", 90 * slo.Day, 92 * slo.Day},
		{"year UTC", 365 * slo.Day, 366 * slo.Day},
		{"18mo from 2026-01-01 UTC", 545 * slo.Day, 550 * slo.Day},
		{"24mo from 2026-01-01 UTC", 730 * slo.Day, 731 * slo.Day},
		{"month Pacific/Apia", 30 * slo.Day, 31*slo.Day + 25*hour},
	} {
		w := window(t, tt.window)
		if w.Length() != tt.nominal || w.MaxLength() != tt.max {
			t.Errorf("%v has the length %v, at most %v, want %v, %v", w, w.Length(), w.MaxLength(), tt.nominal, tt.max)
		}
	}
	for _, w := range []slo.Window{{}, slo.Rolling(time.Hour), slo.Rolling(math.MaxInt64)} {
		if start, end := w.Period(time.Now()); w.Calendar() || w.MaxLength() != w.Length() || !start.IsZero() || !end.IsZero() || w.Location() != time.UTC {
			t.Errorf("%v has the period %v, %v and at most %v, want none and its length", w, start, end, w.MaxLength())
		}
	}
}

func TestFirstWeek(t *testing.T) {
	berlin := location(t, "Europe/Berlin")
	for year := 1900; year < 2200; year++ {
		for _, loc := range []*time.Location{nil, berlin} {
			got := slo.FirstWeek(year, loc)
			y, week := got.ISOWeek()
			if y != year || week != 1 || got.Weekday() != time.Monday || !got.Equal(time.Date(got.Year(), got.Month(), got.Day(), 0, 0, 0, 0, got.Location())) {
				t.Fatalf("FirstWeek(%d, %v) = %v, the %v of week %d of %d", year, loc, got, got.Weekday(), week, y)
			}
		}
	}
	if got := slo.FirstWeek(2026, berlin); got.Location() != berlin {
		t.Errorf("FirstWeek(2026, Berlin) is in %v", got.Location())
	}
}

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestPeriodDoesNotAllocate(t *testing.T) {
	w, at := window(t, "month Europe/Berlin"), instant(t, "2026-10-25T01:30:00Z")
	if n := testing.AllocsPerRun(100, func() { w.Period(at) }); n != 0 {
		t.Errorf("Period allocates %v times, want 0", n)
	}
}

func BenchmarkPeriod(b *testing.B) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	w, at := slo.Month(berlin), time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)
	for b.Loop() {
		w.Period(at)
	}
}
