package main

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// outageLog is a day from 6:00 on, with a request to the cart and one to the checkout every
// five seconds. From 15:00 to 15:51 every checkout fails and every second cart; at 20:00 a
// single request fails, and from 22:50 to the log's end at 23:00 every tenth.
func outageLog() []string {
	var log []string
	start := time.Date(2024, 3, 1, 6, 0, 0, 0, time.UTC)
	clock := func(hour, minute int) time.Time { return time.Date(2024, 3, 1, hour, minute, 0, 0, time.UTC) }
	for n, at := 0, start; at.Before(clock(23, 0)); n, at = n+1, at.Add(5*time.Second) {
		cart, checkout := 200, 200
		switch {
		case !at.Before(clock(15, 0)) && at.Before(clock(15, 51)):
			checkout, cart = 503, 200+n%2*303
		case at.Equal(clock(20, 0)), !at.Before(clock(22, 50)) && n%10 == 4:
			cart = 500
		}
		log = append(log, logLine(at, "GET /cart HTTP/1.1", cart), logLine(at, "POST /checkout HTTP/1.1", checkout))
	}
	return log
}

func TestRunOutage(t *testing.T) {
	log := strings.Join(outageLog(), "\n")
	checkGolden(t, "outage.txt", log, "-window", "28d")
	checkGolden(t, "outage-top.txt", log, "-window", "1d from 2024-01-01 Asia/Kathmandu", "-top", "1")
	checkGolden(t, "outage.json", log, "-json", "-window", "1d from 2024-01-01 +05:45")
}

// TestEpisodesOfAnOutage holds what is told of an outage, and that a single failure is none.
func TestEpisodesOfAnOutage(t *testing.T) {
	log := outageLog()
	_, rep := replayed(t, options{operations: 5, depth: 2}, log...)
	checkSums(t, rep)
	o := rep.Objective
	if len(o.Episodes) != 2 || o.Forgotten != 0 {
		t.Fatalf("%d episodes, %d forgotten, want 2 and 0: %+v", len(o.Episodes), o.Forgotten, o.Episodes)
	}
	budget := 0.001 * float64(len(log)) // of 24,480 requests
	for i, want := range []struct {
		start     string
		lasted    time.Duration // from the tick before its first bad event to that of its last
		good, bad uint64
		open      bool
		worst     string
	}{
		{"15:00:00", 51*time.Minute - 5*time.Second, 306, 918, false, "POST /checkout"},
		{"22:50:20", 9*time.Minute + 11*time.Second, 210, 12, true, "GET /cart"},
	} {
		e := o.Episodes[i]
		if math.Abs(e.Lasted-want.lasted.Seconds()) > 2 || e.Start.Format(time.TimeOnly) != want.start || (e.End == nil) != want.open {
			t.Errorf("episode %d from %v, %v s, to %v, want from %s, %v s, open %v", i, e.Start, e.Lasted, e.End, want.start, want.lasted.Seconds(), want.open)
		}
		if e.Good != want.good || e.Bad != want.bad || len(e.Operations) == 0 || e.Operations[0].Name != want.worst {
			t.Errorf("episode %d: good %d, bad %d, worst first %v, want %d, %d, %s", i, e.Good, e.Bad, e.Operations, want.good, want.bad, want.worst)
		}
		if cost := float64(want.bad) / budget; math.Abs(e.Cost-cost) > 1e-9 || math.Abs(e.Speed-cost/(e.Lasted/3600)) > 1e-9 {
			t.Errorf("episode %d: cost %v, speed %v, want %v in %v s", i, e.Cost, e.Speed, cost, e.Lasted)
		}
	}
	if sum := o.Episodes[0].Cost + o.Episodes[1].Cost + 1/budget; math.Abs(sum-*o.Consumed) > 1e-9 {
		t.Errorf("episodes and the single failure cost %v, want all that was consumed, %v", sum, *o.Consumed)
	}

	_, rep = replayed(t, options{operations: 5, depth: 2, window: slo.Days(1, noon)}, log...)
	p := rep.Objective.Periods
	if len(p) != 1 || p[0].Episodes != 2 || p[0].TopSpeed < p[0].MeanSpeed || p[0].TopSpeed < 30 {
		t.Errorf("periods %+v, want one with two episodes, the faster above 3,000 %% an hour", p)
	}
}
