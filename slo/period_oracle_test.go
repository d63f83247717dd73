package slo_test

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRealDateAgreesOnPeriods computes every period anew with GNU date, which shares neither
// code nor, on most hosts, time zone data with package time: which dates a period runs from
// and to by date's own calendar arithmetic, and where they begin by asking date what the
// clocks show, minute after minute.
func TestRealDateAgreesOnPeriods(t *testing.T) {
	date := gnuDate{t: t, begins: make(map[string]int64)}
	if got := date.run("Asia/Kathmandu", "%z", "@0"); len(got) != 1 || got[0] != "+0530" {
		const install = "needs GNU date and time zone data: apt-get install coreutils tzdata"
		if os.Getenv("NINES_REQUIRE_COMPONENTS") == "1" {
			t.Fatal(install)
		}
		t.Skip(install)
	}
	for _, tt := range periods {
		words := strings.Fields(tt.window)
		zone := words[len(words)-1]
		at := instant(t, tt.at)
		var first, second string
		for k := date.guess(words, at); ; k++ {
			first, second = date.plus(words, k), date.plus(words, k+1)
			if date.begin(zone, second) > at.Unix() {
				break
			}
		}
		start := date.run(zone, "%Y-%m-%dT%H:%M:%S%:z", "@"+strconv.FormatInt(date.begin(zone, first), 10))[0]
		end := date.run(zone, "%Y-%m-%dT%H:%M:%S%:z", "@"+strconv.FormatInt(date.begin(zone, second), 10))[0]
		if start != tt.start || end != tt.end {
			t.Errorf("date has %s of %s from %s to %s, want %s, %s", tt.at, tt.window, start, end, tt.start, tt.end)
		}
	}
}

// A gnuDate asks the date command.
type gnuDate struct {
	t      *testing.T
	begins map[string]int64
}

// run prints each input, in a zone, in a format; nil if there is no such command.
func (d gnuDate) run(zone, format string, inputs ...string) []string {
	d.t.Helper()
	if zone[0] == '+' || zone[0] == '-' { // POSIX counts offsets west
		zone = "<" + strings.ReplaceAll(zone, ":", "") + ">" + map[byte]string{'+': "-", '-': "+"}[zone[0]] + zone[1:]
	}
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "date", "-f", "-", "+"+format)
	cmd.Env = append(os.Environ(), "TZ="+zone, "LC_ALL=C")
	cmd.Stdin = strings.NewReader(strings.Join(inputs, "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// guess returns the number of a period that begins before at, and not long before.
func (d gnuDate) guess(words []string, at time.Time) int {
	_, anchor, days := form(words)
	since := at.Sub(instant(d.t, anchor+"T00:00:00Z")).Hours() / 24
	return int(since/days) - 2
}

// plus returns the first date of a period.
func (d gnuDate) plus(words []string, k int) string {
	d.t.Helper()
	unit, anchor, _ := form(words)
	n, err := strconv.Atoi(unit[:strings.IndexByte(unit, ' ')])
	if err != nil {
		d.t.Fatal(err)
	}
	got := d.run("UTC", "%F", anchor+" "+strconv.Itoa(n*k)+unit[strings.IndexByte(unit, ' '):])
	if len(got) != 1 {
		d.t.Fatalf("date does not know %d times %s after %s", k, unit, anchor)
	}
	return got[0]
}

// form returns what a period has, from where it is counted, and about how many days it has.
func form(words []string) (unit, anchor string, days float64) {
	const month = 365.2425 / 12
	switch words[0] {
	case "month":
		return "1 month", "1970-01-01", month
	case "quarter":
		return "3 month", "1970-01-01", 3 * month
	case "year":
		return "12 month", "1970-01-01", 12 * month
	}
	digits := strings.TrimRight(words[0], "dwmo")
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return "", "", 0
	}
	switch words[0][len(digits):] {
	case "d":
		return digits + " day", words[2], n
	case "w":
		return digits + " week", words[2], 7 * n
	}
	return digits + " month", words[2], month * n
}

// begin returns the first instant, in Unix seconds, at which a zone shows a date or a later one.
func (d gnuDate) begin(zone, day string) int64 {
	d.t.Helper()
	if at, ok := d.begins[zone+day]; ok {
		return at
	}
	midnight := instant(d.t, day+"T00:00:00Z").Unix()
	var inputs []string
	for m := int64(-15 * 60); m <= 15*60; m++ { // no clock is further from UTC
		inputs = append(inputs, "@"+strconv.FormatInt(midnight+60*m, 10))
	}
	for i, shown := range d.run(zone, "%F", inputs...) {
		if shown >= day {
			at := midnight + 60*int64(i-15*60)
			d.begins[zone+day] = at
			if before := d.run(zone, "%F", "@"+strconv.FormatInt(at-1, 10)); before[0] >= day {
				d.t.Fatalf("in %s %s begins within the minute before %d", zone, day, at)
			}
			return at
		}
	}
	d.t.Fatalf("in %s there is no %s", zone, day)
	return 0
}
