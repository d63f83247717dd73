package slo_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

var monday = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

func TestCalendarWindowText(t *testing.T) {
	berlin := location(t, "Europe/Berlin")
	date := func(y int, m time.Month, d int, loc *time.Location) time.Time {
		return time.Date(y, m, d, 23, 30, 0, 0, loc)
	}
	for _, tt := range []struct {
		in   slo.Window
		want string
	}{
		{slo.Days(1, date(2026, 1, 1, berlin)), "1d from 2026-01-01 Europe/Berlin"},
		{slo.Days(3660, date(1900, 1, 1, time.UTC)), "3660d from 1900-01-01 UTC"},
		{slo.Weeks(4, slo.FirstWeek(2026, berlin)), "4w from 2025-12-29 Europe/Berlin"},
		{slo.Weeks(1, date(2199, 12, 31, time.FixedZone("somewhere", -12600))), "1w from 2199-12-31 -03:30"},
		{slo.Months(6, date(2026, 4, 1, berlin)), "6mo from 2026-04-01 Europe/Berlin"},
		{slo.Months(1, date(2026, 4, 28, time.UTC)), "1mo from 2026-04-28 UTC"},
		{slo.Months(3, date(2026, 2, 1, berlin)), "3mo from 2026-02-01 Europe/Berlin"},
		{slo.Months(120, date(2020, 1, 1, berlin)), "120mo from 2020-01-01 Europe/Berlin"},
		{slo.Month(berlin), "month Europe/Berlin"},
		{slo.Months(1, date(2026, 7, 1, berlin)), "month Europe/Berlin"},
		{slo.Quarter(nil), "quarter UTC"},
		{slo.Months(3, date(2026, 10, 1, time.UTC)), "quarter UTC"},
		{slo.Year(time.FixedZone("", 20700)), "year +05:45"},
		{slo.Months(12, date(2001, 1, 1, time.FixedZone("NPT", 20700))), "year +05:45"},
		{slo.Year(location(t, "Etc/GMT-2")), "year +02:00"},
		{slo.Year(location(t, "Etc/UTC")), "year UTC"},
		{slo.Year(&time.Location{}), "year UTC"},
		{slo.Rolling(90 * time.Minute), "90m"},
		{slo.Window{}, "28d"},
	} {
		text, err := json.Marshal(map[string]slo.Window{"window": tt.in})
		if want := `{"window":"` + tt.want + `"}`; string(text) != want || err != nil {
			t.Errorf("%v is marshalled as %s, %v, want %s", tt.in, text, err, want)
		}
		var got struct{ Window slo.Window }
		if err := json.Unmarshal(text, &got); err != nil || got.Window != tt.in {
			t.Errorf("%s is read as %v, %v, want it back", text, got.Window, err)
		}
	}
}

func TestParseWindow(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"4w", "28d"},
		{" 6h ", "6h"},
		{"month", "month UTC"},
		{"year  Z", ""},
		{"quarter\tUTC", "quarter UTC"},
		{"month +00:00", "month UTC"},
		{"04w from 2025-12-29", "4w from 2025-12-29 UTC"},
		{"1mo from 2026-05-01 Asia/Kathmandu", "month Asia/Kathmandu"},
		{"1d from 2011-12-30 Pacific/Apia", "1d from 2011-12-30 Pacific/Apia"}, // a date that was left out there
	} {
		got, err := slo.ParseWindow(tt.in)
		if tt.want == "" {
			if err == nil {
				t.Errorf("ParseWindow(%q) = %v, want an error", tt.in, got)
			}
			continue
		}
		if got.String() != tt.want || err != nil {
			t.Errorf("ParseWindow(%q) = %v, %v, want %v", tt.in, got, err, tt.want)
		}
	}
	const (
		form   = `want a window such as "28d", "month Europe/Berlin" or "4w from 2025-12-29 Europe/Berlin"`
		zone   = `want a time zone that this host knows, such as "Europe/Berlin", or an offset such as "+05:45"`
		anchor = `want an anchor between the years 1900 and 2199, such as slo.FirstWeek(2026, nil): the date that periods are counted from`
	)
	for _, tt := range []struct{ in, want string }{
		{"", form},
		{"28", form},
		{"28d 4w", form},
		{"28d UTC", form},
		{"Month", form},
		{"month Europe/Berlin now", form},
		{"month Mars/Olympus", zone},
		{"month ../../etc/passwd", zone},
		{"month +5:45", zone},
		{"month +24:00", zone},
		{"month +", zone},
		{"month -05:4", zone},
		{"0s", "want at least 1ms"},
		{"4w from", form},
		{"4w from monday", form},
		{"4w since 2025-12-29", form},
		{"4h from 2025-12-29", form},
		{"4mow from 2025-12-29", form},
		{"4 from 2025-12-29", form},
		{"w from 2025-12-29", form},
		{"-4w from 2025-12-29", form},
		{"4w from 2025-02-29", form},
		{"4w from 2025-12-29 UTC UTC", form},
		{"99999999999d from 2025-12-29", form},
		{"0d from 2025-12-29", "want 1 to 3660 days"},
		{"523w from 2025-12-29", "want 1 to 522 weeks"},
		{"121mo from 2025-12-28", "want 1 to 120 months"},
		{"1mo from 2025-12-29", "want an anchor on a day that every month has, 1 to 28"},
		{"1d from 1899-12-31", anchor},
		{"1d from 2200-01-01", anchor},
	} {
		got, err := slo.ParseWindow(tt.in)
		if err == nil || got != (slo.Window{}) {
			t.Errorf("ParseWindow(%q) = %v, %v, want an error", tt.in, got, err)
			continue
		}
		checkInvalid(t, err)
		if want := `slo: Window is "` + tt.in + `": ` + tt.want; err.Error() != want {
			t.Errorf("ParseWindow(%q) error = %v, want %s", tt.in, err, want)
		}
	}
}

func FuzzParseWindow(f *testing.F) {
	for _, s := range []string{"28d", "month Europe/Berlin", "4w from 2025-12-29 +05:45", "1mo from 2026-01-29", "year Local", "1d from 2026-01-01 \x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := slo.ParseWindow(s)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		if again, err := slo.ParseWindow(w.String()); again != w || err != nil {
			t.Errorf("ParseWindow(%q) = %v, read back as %v, %v", s, w, again, err)
		}
		if err := w.Err(); err != nil || w.Length() <= 0 || w.MaxLength() < w.Length() {
			t.Errorf("ParseWindow(%q) = %v of %v, at most %v: %v", s, w, w.Length(), w.MaxLength(), err)
		}
	})
}

func TestWindowsAreComparable(t *testing.T) {
	a, b := location(t, "Europe/Berlin"), location(t, "Europe/Berlin")
	if a == b {
		t.Fatal("time.LoadLocation returns one Location for a name, so this test proves nothing")
	}
	if slo.Month(a) != slo.Month(b) {
		t.Error("two months in Europe/Berlin differ")
	}
	if slo.Month(a) == slo.Month(nil) || slo.Month(a) == slo.Quarter(a) || slo.Month(a) == (slo.Window{}) || slo.Days(28, monday) == (slo.Window{}) {
		t.Error("different windows are equal")
	}
	// Another zone by the same name is another zone.
	fake, err := time.LoadLocationFromTZData("Europe/Berlin", timeZoneData())
	if err != nil {
		t.Fatal(err)
	}
	if slo.Month(fake) == slo.Month(a) || slo.Month(fake).Location() == slo.Month(a).Location() {
		t.Error("a zone that calls itself Europe/Berlin is taken for it")
	}
}

// timeZoneData returns a zone of version 1 whose clocks changed once.
func timeZoneData() []byte {
	data := []byte("TZif\x00")
	data = append(data, make([]byte, 15)...)
	for _, n := range []byte{0, 0, 0, 1, 2, 4} { // counts: UT, standard, leap, transitions, types, abbreviation bytes
		data = append(data, 0, 0, 0, n)
	}
	data = append(data, 0x40, 0, 0, 0, 1)
	data = append(data, 0, 0, 0, 0, 0, 0)
	data = append(data, 0, 0, 0x0e, 0x10, 0, 0)
	return append(data, "XYZ\x00"...)
}

func TestWindowErr(t *testing.T) {
	anchor := monday
	const years = `want an anchor between the years 1900 and 2199, such as slo.FirstWeek(2026, nil): the date that periods are counted from`
	for _, tt := range []struct {
		in   slo.Window
		want string
	}{
		{slo.Days(0, anchor), "slo.Days(0, 2026-01-05 UTC): want 1 to 3660 days"},
		{slo.Days(-1, anchor), "slo.Days(-1, 2026-01-05 UTC): want 1 to 3660 days"},
		{slo.Days(3661, anchor), "slo.Days(3661, 2026-01-05 UTC): want 1 to 3660 days"},
		{slo.Weeks(523, anchor), "slo.Weeks(523, 2026-01-05 UTC): want 1 to 522 weeks"},
		{slo.Weeks(math.MaxInt, anchor), "want 1 to 522 weeks"},
		{slo.Months(0, anchor), "slo.Months(0, 2026-01-05 UTC): want 1 to 120 months"},
		{slo.Months(math.MinInt, anchor), "want 1 to 120 months"},
		{slo.Months(121, anchor), "slo.Months(121, 2026-01-05 UTC): want 1 to 120 months"},
		{slo.Months(1, anchor.AddDate(0, 0, 24)), "slo.Months(1, 2026-01-29 UTC): want an anchor on a day that every month has, 1 to 28"},
		{slo.Days(1, time.Time{}), "slo.Days(1, nowhere UTC): " + years},
		{slo.Weeks(1, time.Unix(0, math.MinInt64).AddDate(1<<30, 0, 0).UTC()), "slo.Weeks(1, nowhere UTC): " + years},
		{slo.Month(time.FixedZone("odd", 61)), "slo.Month(odd): want a time zone that is whole minutes, and less than a day, from UTC"},
		{slo.Year(time.FixedZone("far", 86400)), "slo.Year(far): want a time zone that is whole minutes, and less than a day, from UTC"},
		{slo.Rolling(0), "slo.Rolling(0s): want at least 1ms, such as slo.Rolling(7*slo.Day), or the zero Window for 28 days"},
	} {
		err := tt.in.Err()
		if err == nil {
			t.Errorf("%v.Err() = nil, want %s", tt.in, tt.want)
			continue
		}
		checkInvalid(t, err)
		checkRefused(t, []slo.Objective{with(func(o *slo.Objective) { o.Window = tt.in })},
			`slo: Objectives[0] "checkout".`+err.Error()[len("slo: "):])
		if got := err.Error(); len(got) < len(tt.want) || got[len(got)-len(tt.want):] != tt.want {
			t.Errorf("Err() = %s, want %s", got, tt.want)
		}
		if text, err := tt.in.MarshalText(); err == nil || text != nil {
			t.Errorf("%v.MarshalText() = %q, %v, want the error", tt.in, text, err)
		}
		if start, end := tt.in.Period(anchor); !start.IsZero() || !end.IsZero() {
			t.Errorf("%v.Period() = %v, %v, want zero times", tt.in, start, end)
		}
	}
	w := slo.Month(nil)
	if err := w.UnmarshalText([]byte("often")); err == nil || w != slo.Month(nil) {
		t.Errorf("UnmarshalText(often) = %v and leaves %v", err, w)
	}
	named, err := time.LoadLocationFromTZData("two words", timeZoneData())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slo.Month(named).Err().Error(), `slo: Window is slo.Month(two words): want a time zone with a name of one word and at most 64 bytes, such as "Europe/Berlin"`; got != want {
		t.Errorf("Err() = %s, want %s", got, want)
	}
}

// Windows declared at the same time share one zone.
func TestConcurrentSafeZones(t *testing.T) {
	const n = 16
	windows := make(chan slo.Window, n)
	for range n {
		go func() {
			w, err := slo.ParseWindow("month Pacific/Marquesas")
			if err != nil {
				t.Error(err)
			}
			windows <- w
		}()
	}
	first := <-windows
	for range n - 1 {
		if w := <-windows; w != first || w.Location() != first.Location() {
			t.Errorf("%v in %p differs from %v in %p", w, w.Location(), first, first.Location())
		}
	}
}
