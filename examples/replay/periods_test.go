package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// threePeriods is a log of three periods of four weeks, of 8,400 requests each, every 288 s.
// At 95 % 420 may fail: the first period has half of its budget left at its middle and
// nothing after 80 %, the second ends with 80 % left, the third has 80 % left after 60 %,
// nothing after 84 %, and no failure after 90 %.
func threePeriods() string {
	type knee struct{ at, left float64 }
	curves := [][]knee{
		{{0, 1}, {0.5, 0.5}, {0.8, 0}, {1, -0.5}},
		{{0, 1}, {1, 0.8}},
		{{0, 1}, {0.6, 0.8}, {0.9, -0.2}, {1, -0.2}},
	}
	var log strings.Builder
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, curve := range curves {
		bad := 0
		for i := range 8400 {
			part := float64(i+1) / 8400
			k := 1
			for part > curve[k].at {
				k++
			}
			from, to := curve[k-1], curve[k]
			left := from.left + (to.left-from.left)*(part-from.at)/(to.at-from.at)
			status := 200
			if spent := int(math.Round(420 * (1 - left))); spent > bad {
				bad, status = bad+1, 500
			}
			fmt.Fprintln(&log, logLine(at, "GET /cart HTTP/1.1", status))
			at = at.Add(288 * time.Second)
		}
	}
	return log.String()
}

// TestRunThreePeriods holds the whole report of a log of known curves.
func TestRunThreePeriods(t *testing.T) {
	for golden, args := range map[string][]string{
		"periods.txt":     {"-target", "95", "-window", "4w from 2024-01-01 UTC"},
		"periods-top.txt": {"-target", "95%", "-window", "month Europe/Berlin", "-top", "2"},
		"periods.json":    {"-target", "95", "-window", "4w from 2024-01-01", "-json"},
	} {
		checkGolden(t, golden, threePeriods(), args...)
	}
}

// TestPeriodsOfThreePeriods holds the numbers of the curves, and that a tighter target breaks
// what held: the same log replayed.
func TestPeriodsOfThreePeriods(t *testing.T) {
	log := strings.Split(strings.TrimSpace(threePeriods()), "\n")
	for _, c := range []struct {
		target float64
		want   [3]float64 // left at the end of each period
		after  [3]float64 // share of the period after which nothing was left; 0: never
	}{
		{95, [3]float64{-0.5, 0.8, -0.2}, [3]float64{0.8, 0, 0.84}},
		{99, [3]float64{1 - 1.5*5, 0, 1 - 1.2*5}, [3]float64{0.2, 1, 0.6}},
	} {
		_, rep := replayed(t, options{target: slo.Percent(c.target), window: slo.Weeks(4, time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))}, log...)
		checkSums(t, rep)
		if len(rep.Objective.Periods) != 3 {
			t.Fatalf("%v %%: %d periods, want 3: %+v", c.target, len(rep.Objective.Periods), rep.Objective.Periods)
		}
		for i, p := range rep.Objective.Periods {
			if p.Remaining == nil || math.Abs(*p.Remaining-c.want[i]) > 1e-3 || p.Fulfilled != (c.want[i] >= 0) || p.Closed != (i < 2) {
				t.Errorf("%v %%: period %d has %s left, %s, want %v", c.target, i, percent(p.Remaining, 3), p.state(), c.want[i])
			}
			after := 0.0
			if p.After != nil {
				after = *p.After / p.End.Sub(p.Start).Seconds()
			}
			if math.Abs(after-c.after[i]) > 0.01 {
				t.Errorf("%v %%: period %d has nothing left after %v of it, want %v", c.target, i, after, c.after[i])
			}
		}
	}
}

// TestPeriodsOutliveTheEngine holds that more periods are reported than the engine keeps,
// across an idle time that is longer than all of those.
func TestPeriodsOutliveTheEngine(t *testing.T) {
	var log []string
	for i := range 40 {
		at := noon.AddDate(0, 0, i)
		if i >= 30 {
			at = at.AddDate(2, 0, 0)
		}
		log = append(log, logLine(at, "GET / HTTP/1.1", 200+i%10/9*300))
	}
	r, rep := replayed(t, options{window: slo.Days(1, noon)}, log...)
	checkSums(t, rep)
	busy, broken := 0, 0
	for i, p := range rep.Objective.Periods {
		if p.Ratio == nil {
			continue
		}
		busy++
		if p.Closed && !p.Fulfilled {
			broken++
		}
		if i > 0 && p.Start.Before(rep.Objective.Periods[i-1].End) {
			t.Errorf("period %d starts at %v, want not before the end of the one before, %v", i, p.Start, rep.Objective.Periods[i-1].End)
		}
	}
	if busy != 40 || broken != 3 {
		t.Errorf("%d periods with requests, %d of them broken, want 40 and 3: the last one is under way", busy, broken)
	}
	if n := len(rep.Objective.Periods); n > 40+14 {
		t.Errorf("%d periods, want those with requests and few others: two years of empty ones are not kept", n)
	}
	if n := r.sim.Report().Self.Ticks; n > 8*40 {
		t.Errorf("%d ticks for 40 lines, want at most eight each", n)
	}
}

// TestSlicesLeaveSumsAlone holds that only budgets of the service are counted in slices.
func TestSlicesLeaveSumsAlone(t *testing.T) {
	var log []string
	for minute := range 120 { // every tenth minute one request in ten fails
		for n := range 10 {
			status := 200
			if minute%10 == 0 && n == 0 {
				status = 500
			}
			log = append(log, logLine(noon.Add(time.Duration(minute)*time.Minute+time.Duration(n)*time.Second), "GET / HTTP/1.1", status))
		}
	}
	log = append(log, logLine(noon.Add(2*time.Hour), "GET /none HTTP/1.1", 404)) // ends the last slice
	_, rep := replayed(t, options{
		window: slo.Rolling(slo.Day), target: slo.Percent(80), method: slo.Timeslices(time.Minute, slo.Percent(95)),
	}, log...)
	checkSums(t, rep)
	if rep.Good != 1188 || rep.Bad != 12 || rep.Excluded != 1 {
		t.Errorf("good %d, bad %d, excluded %d, want 1,188 and 12 and 1 requests", rep.Good, rep.Bad, rep.Excluded)
	}
	if o := rep.Objective; o.Good != 108 || o.Bad != 12 || *o.Remaining != 0.5 || o.Method != "Timeslices 1m 95%" {
		t.Errorf("by %s: good %d, bad %d, %v left, want 108 and 12 minutes, and half of the budget", o.Method, o.Good, o.Bad, *o.Remaining)
	}
	if o := rep.Offenders; len(o) != 1 || o[0].Bad != 12 || o[0].Consumed != nil {
		t.Errorf("offenders %+v, want one of 12 requests, whose share of a budget of minutes is not known", o)
	}
}

// TestRunRecordedPeriods holds the days of a real log, in another zone than its own, against
// a count that shares no code with this program.
func TestRunRecordedPeriods(t *testing.T) {
	z := recordedLog(t)
	const zone = 4*time.Hour + 30*time.Minute // of Kabul, which never changes its clocks
	line := regexp.MustCompile(`\[(\d\d)/May/2015:(\d\d):(\d\d):\d\d \+0000\] "[^"]*" (\d\d\d) \S+ "[^"]*" "[^"]*"$`)
	good, bad := map[int]uint64{}, map[int]uint64{}
	for s := bufio.NewScanner(z); s.Scan(); {
		m := line.FindStringSubmatch(s.Text())
		if m == nil || m[4] == "404" {
			continue
		}
		var day, hour, minute int
		if _, err := fmt.Sscan(m[1]+" "+m[2]+" "+m[3], &day, &hour, &minute); err != nil {
			t.Fatal(err)
		}
		if time.Duration(hour)*time.Hour+time.Duration(minute)*time.Minute >= 24*time.Hour-zone {
			day++
		}
		if m[4] == "500" {
			bad[day]++
		} else {
			good[day]++
		}
	}
	var rep report
	if err := json.Unmarshal([]byte(mustRun(t, "", "-json", "-window", "1d from 2015-01-01 Asia/Kabul", recorded)), &rep); err != nil {
		t.Fatal(err)
	}
	if len(rep.Objective.Periods) != len(good) || len(good) != 5 {
		t.Errorf("%d periods, counted independently %d, want 5", len(rep.Objective.Periods), len(good))
	}
	var sum uint64
	for _, p := range rep.Objective.Periods {
		day := p.Start.Day()
		if p.Good != good[day] || p.Bad != bad[day] {
			t.Errorf("%s: %d good, %d bad, counted independently %d and %d", p.Start, p.Good, p.Bad, good[day], bad[day])
		}
		valid := float64(good[day] + bad[day])
		if want := 1 - float64(bad[day])/(0.001*valid); p.Closed && math.Abs(*p.Remaining-want) > 1e-9 {
			t.Errorf("%s: %v left, want %v", p.Start, *p.Remaining, want)
		}
		sum += p.Good + p.Bad
	}
	if sum != rep.Good+rep.Bad {
		t.Errorf("the periods have %d requests, want all %d", sum, rep.Good+rep.Bad)
	}
	if r := rep.Objective.Recommended; r == nil || r.Of != 4 {
		t.Errorf("recommended %+v, want by the four days that have ended", r)
	}
}
