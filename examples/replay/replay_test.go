package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// replayed feeds lines, and returns the replay and its report.
func replayed(t *testing.T, o options, lines ...string) (*replay, *report) {
	t.Helper()
	if o.times == "" {
		o.times = timeAuto
	}
	if o.target == (slo.Target{}) {
		o.target = slo.Percent(availabilityTarget)
	}
	o.depth, o.operations = max(o.depth, 1), max(o.operations, 1)
	r := newReplay(o)
	if err := r.readLog(context.Background(), strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		t.Fatal(err)
	}
	rep, err := r.report()
	if err != nil {
		t.Fatal(err)
	}
	return r, rep
}

// checkSums holds what is true of every report: each line is in exactly one of four sums,
// and in a log that the window covers, in exactly one row.
func checkSums(t *testing.T, rep *report) {
	t.Helper()
	if sum := rep.Good + rep.Bad + rep.Excluded + rep.Malformed; sum != rep.Lines {
		t.Errorf("good %d + bad %d + excluded %d + malformed %d = %d, want all %d lines",
			rep.Good, rep.Bad, rep.Excluded, rep.Malformed, sum, rep.Lines)
	}
	var rows budget.Counts
	for _, o := range rep.Operations {
		if o.Requests != o.Good+o.Bad+o.Excluded {
			t.Errorf("%s: %d requests, want good %d + bad %d + excluded %d", o.Name, o.Requests, o.Good, o.Bad, o.Excluded)
		}
		rows.Good, rows.Bad, rows.Excluded = rows.Good+o.Good, rows.Bad+o.Bad, rows.Excluded+o.Excluded
	}
	if total := (budget.Counts{Good: rep.Good, Bad: rep.Bad, Excluded: rep.Excluded}); rep.Covered && rows != total {
		t.Errorf("the rows sum up to %+v, want %+v", rows, total)
	}
	var reasons uint64
	for _, n := range rep.ExcludedReasons {
		reasons += n
	}
	if reasons != rep.Objective.Excluded && rep.Objective.Method == "Occurrences" {
		t.Errorf("excluded for a reason: %d, want %d", reasons, rep.Objective.Excluded)
	}
}

func row(t *testing.T, rep *report, name string) operationReport {
	t.Helper()
	i := slices.IndexFunc(rep.Operations, func(o operationReport) bool { return o.Name == name })
	if i < 0 {
		t.Fatalf("no operation %q in %+v", name, rep.Operations)
	}
	return rep.Operations[i]
}

func TestReplayCounts(t *testing.T) {
	r, rep := replayed(t, options{depth: 2, operations: 200},
		logLine(noon, "GET /users/1 HTTP/1.1", 200),
		logLine(noon, "GET /users/2 HTTP/1.1", 503),
		logLine(noon, "GET /users/3 HTTP/1.1", 499),
		logLine(noon, "GET /nothing HTTP/1.1", 404),
		logLine(noon, "GET /users/4 HTTP/1.1", 404),
		logLine(noon, "PUT /users HTTP/1.1", 405),
		logLine(noon, "GET /healthz HTTP/1.1", 503),
		logLine(noon, "-", 408),
		logLine(noon, `\x16\x03`, 502),
		"",
		strings.Repeat("z", maxLine),
		logLine(noon, "GET /users/5 HTTP/1.1", 429),
	)
	checkSums(t, rep)
	if got, want := [...]uint64{rep.Lines, rep.Malformed, rep.Good, rep.Bad, rep.Excluded}, [...]uint64{12, 2, 3, 2, 5}; got != want {
		t.Errorf("lines, malformed, good, bad, excluded = %v, want %v", got, want)
	}
	counts := r.sim.Budget(availability).Counts()
	if want := (budget.Counts{Good: rep.Good, Bad: rep.Bad, Excluded: rep.Excluded}); counts != want {
		t.Errorf("Budget.Counts = %+v, want the report's %+v", counts, want)
	}
	for name, want := range map[string][3]uint64{
		"GET /users/{id}": {2, 1, 1}, "GET /healthz": {0, 0, 1}, "unmatched": {0, 0, 3}, "unnamed": {1, 1, 0},
	} {
		o := row(t, rep, name)
		if got := [3]uint64{o.Good, o.Bad, o.Excluded}; got != want {
			t.Errorf("%s: good, bad, excluded = %v, want %v", name, got, want)
		}
		if own := r.sim.Budget(operationAvailability + "/" + name).Counts(); !o.Reserved && own != (budget.Counts{Good: o.Good, Bad: o.Bad, Excluded: o.Excluded}) {
			t.Errorf("%s: Budget.Counts = %+v, want the row's %v", name, own, want)
		}
	}
	want := []malformedLine{{10, "empty line"}, {11, "longer than 1048576 bytes"}}
	if !slices.Equal(rep.MalformedLines, want) {
		t.Errorf("malformed lines: %v, want %v", rep.MalformedLines, want)
	}
}

// TestReplayLate holds that a line beyond the buffer is counted and named, and the engine
// does not go back for it.
func TestReplayLate(t *testing.T) {
	at := func(d time.Duration) string { return logLine(noon.Add(d), "GET / HTTP/1.1", 500) }
	r, rep := replayed(t, options{},
		at(0),
		at(59*time.Second), at(time.Second), // 58 s out of order: sorted
		at(5*time.Minute),
		at(4*time.Minute),                 // 60 s out of order: sorted
		at(58*time.Second),                // the engine is at 59 s
		at(-time.Hour),                    // before the log's first line
		at(2*time.Hour), at(30*time.Hour), // the engine is at 2 h
		at(2*time.Hour),
		at(2*time.Hour-time.Second),
	)
	checkSums(t, rep)
	if want := []uint64{6, 7, 11}; rep.Late != 3 || !slices.Equal(rep.LateLines, want) {
		t.Errorf("late: %d, lines %v, want %v", rep.Late, rep.LateLines, want)
	}
	if rep.Bad != 11 || rep.Malformed != 0 {
		t.Errorf("bad %d, malformed %d, want 11 and 0", rep.Bad, rep.Malformed)
	}
	if want := noon.Add(-time.Hour); !rep.From.Equal(want) {
		t.Errorf("from %v, want %v", rep.From, want)
	}
	if want := noon.Add(30 * time.Hour); !rep.To.Equal(want) || !r.sim.Time().Equal(want) {
		t.Errorf("to %v, engine at %v, want %v", rep.To, r.sim.Time(), want)
	}
	if got, want := rep.Objective.Observed, (30 * time.Hour).Seconds(); got != want {
		t.Errorf("observed %v s, want %v: from the first line that the engine was told of", got, want)
	}
}

// TestReplayTellsTheEngineInTimeOrder holds that burn rates come out as if the log had been
// in order, however it was written.
func TestReplayTellsTheEngineInTimeOrder(t *testing.T) {
	var sorted []string
	for i := range 600 {
		status := 200
		if i >= 570 { // the last five minutes are half bad
			status = 200 + i%2*300
		}
		sorted = append(sorted, logLine(noon.Add(time.Duration(i)*10*time.Second), "GET / HTTP/1.1", status))
	}
	shuffled := slices.Clone(sorted)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := 0; i+6 <= len(shuffled); i += 6 { // within each minute
		rng.Shuffle(6, func(a, b int) { shuffled[i+a], shuffled[i+b] = shuffled[i+b], shuffled[i+a] })
	}
	_, want := replayed(t, options{}, sorted...)
	_, got := replayed(t, options{}, shuffled...)
	if got.Late != 0 {
		t.Errorf("%d lines are late, want none", got.Late)
	}
	if a, b := fmt.Sprintf("%+v", burns(got)), fmt.Sprintf("%+v", burns(want)); a != b {
		t.Errorf("burn rates of the shuffled log: %s, want %s", a, b)
	}
	if five := burns(want)["5m"]; math.Abs(five-500) > 20 {
		t.Errorf("burn rate of the last 5 minutes = %v, want about 500: half of all at 99.9 %%", five)
	}
}

func burns(rep *report) map[string]float64 {
	m := map[string]float64{}
	for _, b := range rep.Objective.BurnRates {
		m[b.Window] = *b.Rate
	}
	return m
}

// TestReplayLongerThanTheWindow holds what a report says of a log of which the window sees
// the end only: budgets speak for the window, and the sums for the log.
func TestReplayLongerThanTheWindow(t *testing.T) {
	var lines []string
	for day := range 40 {
		at := noon.Add(time.Duration(day) * slo.Day)
		lines = append(lines, logLine(at, "GET / HTTP/1.1", 200), logLine(at, "GET / HTTP/1.1", 500), logLine(at, "GET /x HTTP/1.1", 404))
	}
	_, rep := replayed(t, options{operations: 5}, lines...)
	checkSums(t, rep)
	if rep.Covered || len(rep.Notes) != 1 || !strings.Contains(rep.Notes[0], "the log is longer than the window") {
		t.Errorf("covered %t, notes %q, want a note that the log is longer than the window", rep.Covered, rep.Notes)
	}
	if rep.Good != 40 || rep.Bad != 40 || rep.Excluded != 40 {
		t.Errorf("good %d, bad %d, excluded %d, want 40 each", rep.Good, rep.Bad, rep.Excluded)
	}
	// The window is never shorter than 28 days, and at most one percent longer; what stands
	// at its very beginning, 28 days ago to the second, may be in or out.
	if o := rep.Objective; o.Good != o.Bad || o.Good < 28 || o.Good > 29 {
		t.Errorf("in the window: good %d, bad %d, want 28 or 29 each", o.Good, o.Bad)
	}
	if o := row(t, rep, "GET /"); o.Good != rep.Objective.Good || o.Bad != rep.Objective.Bad {
		t.Errorf("GET /: good %d, bad %d, want the window's %d and %d", o.Good, o.Bad, rep.Objective.Good, rep.Objective.Bad)
	}
	if rep.Objective.Coverage != 1 {
		t.Errorf("coverage %v, want 1", rep.Objective.Coverage)
	}
}

// TestReplayIdleYears holds that time in which nothing happens costs nothing: this would
// be seven billion ticks.
func TestReplayIdleYears(t *testing.T) {
	var lines []string
	for year := firstYear; year <= lastYear; year++ {
		lines = append(lines, logLine(time.Date(year, 2, 3, 4, 5, 6, 0, time.UTC), "GET / HTTP/1.1", 200))
	}
	r, rep := replayed(t, options{}, lines...)
	checkSums(t, rep)
	if rep.Good != uint64(len(lines)) || rep.Objective.Good != 1 {
		t.Errorf("good %d, in the window %d, want %d and 1", rep.Good, rep.Objective.Good, len(lines))
	}
	if n := r.sim.Report().Self.Ticks; n > uint64(4*len(lines)) {
		t.Errorf("%d ticks for %d lines, want at most four each", n, len(lines))
	}
	if want := time.Date(lastYear, 2, 3, 4, 5, 6, 0, time.UTC); !rep.To.Equal(want) {
		t.Errorf("to %v, want %v", rep.To, want)
	}
}

// TestReplayOperationsAreBounded holds that a log full of different paths neither grows
// the tracker nor loses a request.
func TestReplayOperationsAreBounded(t *testing.T) {
	var lines []string
	for i := range 3000 {
		request := fmt.Sprintf("GET /%c%c%c HTTP/1.1", 'g'+rune(i/400), 'g'+rune(i/20%20), 'g'+rune(i%20))
		lines = append(lines, logLine(noon, request, 200+i%10/9*300))
	}
	r, rep := replayed(t, options{operations: 100}, lines...)
	checkSums(t, rep)
	named := 0
	for _, o := range r.sim.Report().Operations {
		if o.Kind == slo.HTTPSource {
			named++
		}
	}
	if named != 100 {
		t.Errorf("%d named operations, want 100", named)
	}
	if rep.Good != 2700 || rep.Bad != 300 {
		t.Errorf("good %d, bad %d, want 2,700 and 300", rep.Good, rep.Bad)
	}
	if o := row(t, rep, otherOperation); !o.Reserved || o.Requests != 2900 || o.Bad != 290 || o.Remaining != nil {
		t.Errorf("_OTHER = %+v, want 2,900 requests, 290 bad, and no budget of its own", o)
	}
	if o := rep.Offenders[0]; o.Name != otherOperation || o.Bad != 290 {
		t.Errorf("top offender %+v, want _OTHER with 290 bad", o)
	}
	if len(rep.Offenders) != offenders {
		t.Errorf("%d offenders, want %d", len(rep.Offenders), offenders)
	}
}

func TestReplayLatency(t *testing.T) {
	timed := func(status int, took string) string {
		return logLine(noon, "GET / HTTP/1.1", status) + ` "-" "-" ` + took
	}
	for _, c := range []struct {
		format timeFormat
		units  [6]string // 0.5 s, 0.501 s, 0.1 s, 9 s, 0 s, none
	}{
		{timeAuto, [6]string{"0.500", "0.501", "0.100", "9.000", "0.000", "-"}},
		{timeSeconds, [6]string{"0.5", "0.501", "0.1", "9", "0", ""}},
		{"ms", [6]string{"500", "501", "100", "9000", "0", "-"}},
		{"us", [6]string{"500000", "500001", "100000", "9000000", "0", "-"}},
	} {
		_, rep := replayed(t, options{times: c.format},
			timed(200, c.units[0]), // in time, by the last nanosecond
			timed(200, c.units[1]),
			timed(503, c.units[2]), // failed: has spent the other budget
			timed(499, c.units[3]), // gave up after the threshold
			timed(499, c.units[2]), // before
			timed(404, c.units[3]),
			timed(304, c.units[4]),
			timed(200, c.units[5]),
		)
		checkSums(t, rep)
		if rep.Malformed != 1 || rep.MalformedLines[0].Line != 8 {
			t.Errorf("-time %s: malformed %v, want line 8, which has no time", c.format, rep.MalformedLines)
		}
		o := rep.LatencyObjective
		if o == nil {
			t.Fatalf("-time %s: no latency objective", c.format)
		}
		if o.Good != 2 || o.Bad != 2 || o.Excluded != 3 {
			t.Errorf("-time %s: latency good %d, bad %d, excluded %d, want 2, 2, 3", c.format, o.Good, o.Bad, o.Excluded)
		}
		if l := row(t, rep, "GET /").Latency; l == nil || l.Good != 2 || l.Bad != 2 || *l.Ratio != 0.5 {
			t.Errorf("-time %s: latency of GET / = %+v, want 2 good of 4", c.format, l)
		}
	}
}

// TestReplayWithoutTimes holds that no latency is made up.
func TestReplayWithoutTimes(t *testing.T) {
	for _, c := range []struct {
		format timeFormat
		last   string
		notes  int
	}{
		{timeAuto, "", 0}, {timeAuto, " 123456", 1}, {timeAuto, " -", 0}, {timeNone, " 0.123", 0}, {timeNone, " 123456", 0},
	} {
		line := logLine(noon, "GET / HTTP/1.1", 200) + c.last
		_, rep := replayed(t, options{times: c.format}, line, line)
		if rep.LatencyObjective != nil || rep.RequestTime != "none" || rep.Good != 2 || len(rep.Operations) != 1 || rep.Operations[0].Latency != nil {
			t.Errorf("-time %s, last field %q: %+v, want 2 good and no latency", c.format, c.last, rep)
		}
		if len(rep.Notes) != c.notes {
			t.Errorf("-time %s, last field %q: notes %q, want %d", c.format, c.last, rep.Notes, c.notes)
		}
	}
}

func TestReplayNothing(t *testing.T) {
	for _, lines := range [][]string{nil, {"", "no log", ""}} {
		_, rep := replayed(t, options{}, lines...)
		checkSums(t, rep)
		o := rep.Objective
		if rep.From != nil || rep.To != nil || o.Known != "no events" || o.Ratio != nil || o.Remaining != nil || o.Consumed != nil || o.Met || o.Exhausted {
			t.Errorf("%d lines, none of them a request: %+v, want no events", len(lines), rep)
		}
	}
}

func TestReplayMalformedListIsBounded(t *testing.T) {
	lines := slices.Repeat([]string{"?"}, 3*listed)
	_, rep := replayed(t, options{}, lines...)
	if rep.Malformed != 3*listed || len(rep.MalformedLines) != listed || rep.MalformedLines[listed-1].Line != listed {
		t.Errorf("%d malformed, listed %v, want the first %d of %d", rep.Malformed, rep.MalformedLines, listed, 3*listed)
	}
}

func TestReplayEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	enough := errors.New("enough")
	cancel(enough)
	err := newReplay(options{times: timeAuto, depth: 1, operations: 1}).readLog(ctx, strings.NewReader("a\nb\n"))
	if !errors.Is(err, enough) {
		t.Errorf("readLog with its context ended: %v, want %v", err, enough)
	}
}
