package budget

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // every host has the zone of these tests

	"github.com/seed-abb722f7/nines/slo"
)

var monday = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// fourWeeks is a budget of one percent over four weeks of 672 hours.
func fourWeeks(expected uint64) slo.Objective {
	return slo.Objective{
		Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99),
		Window: slo.Weeks(4, monday), ExpectedEvents: expected,
	}
}

func simulateAt(tb testing.TB, start time.Time, objectives ...slo.Objective) *Simulation {
	tb.Helper()
	s, err := NewSimulation(Config{Objectives: objectives, Resolution: time.Minute}, start)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// hours plays hours of traffic, a thousand events each, of which so many are bad.
func hours(s *Simulation, n int, bad uint64) {
	for range n {
		s.Advance(30 * time.Minute)
		s.Events("orders").Add(1000-bad, 1000)
		s.Advance(30 * time.Minute)
	}
}

func near(got, want, by float64) bool { return math.Abs(got-want) <= by }

// With twice or half the traffic that was forecast, a period ends at the truth: what
// remains and whether the promise was kept agree, and the running total is never lost.
func TestPeriodsEndAtTheTruth(t *testing.T) {
	for _, events := range []uint64{500, 1000, 2000} {
		for _, bad := range []uint64{4, 5, 6, 9, 10, 11, 19, 20, 21} {
			s := simulateAt(t, monday, fourWeeks(672_000))
			for range 672 {
				s.Advance(30 * time.Minute)
				s.Events("orders").Add(events-bad, events)
				s.Advance(30 * time.Minute)
			}
			p := s.Budget("orders").Periods()[0]
			want := Counts{Good: 672 * (events - bad), Bad: 672 * bad}
			kept := bad*100 <= events
			if p.Counts != want || p.Fulfilled != kept || (p.Remaining >= 0) != kept || p.Expected != want.Valid() {
				t.Errorf("%d of %d bad an hour: %+v, want %+v, fulfilled %v", bad, events, p, want, kept)
			}
		}
	}
}

// A first period without a declaration is provisional, and says so.
func TestFirstPeriodIsProvisional(t *testing.T) {
	s := simulateAt(t, monday.AddDate(0, 0, -28), fourWeeks(0))
	hours(s, 300, 1)
	st := s.Budget("orders").Status()
	if st.Basis != ObservedBasis || st.Known != PartialCoverage || st.Coverage != 1 {
		t.Errorf("basis %v, %v, coverage %v; want observed, partial coverage, 1", st.Basis, st.Known, st.Coverage)
	}
	if !st.PeriodStart.Equal(monday.AddDate(0, 0, -28)) || !st.PeriodEnd.Equal(monday) {
		t.Errorf("period from %v to %v, want the four weeks before %v", st.PeriodStart, st.PeriodEnd, monday)
	}
	hours(s, 372, 1)
	hours(s, 10, 1)
	if st := s.Budget("orders").Status(); st.Basis != ForecastBasis || st.Known != FullyKnown || st.Coverage != 1 {
		t.Errorf("the second period: basis %v, %v, coverage %v; want forecast, known, 1", st.Basis, st.Known, st.Coverage)
	}
}

// A process that came late in a period says how little of it it saw.
func TestPeriodThatBeganBefore(t *testing.T) {
	s := simulateAt(t, monday.AddDate(0, 0, 14), fourWeeks(672_000))
	hours(s, 168, 1)
	st := s.Budget("orders").Status()
	if !near(st.Coverage, 1./3, 1e-9) || st.Known != PartialCoverage || st.Observed != 168*time.Hour {
		t.Errorf("coverage %v (%v), %v; want a third, 168 h, partial coverage", st.Coverage, st.Observed, st.Known)
	}
	if want := uint64(168_000 + 168_000); st.Expected != want {
		t.Errorf("%d expected, want %d: what was seen, and a quarter of the declared", st.Expected, want)
	}
}

// A restart keeps periods: the one under way goes on, one that ended meanwhile is closed,
// and summaries are what they were.
func TestPeriodsAcrossARestart(t *testing.T) {
	o := fourWeeks(0)
	o.Window = slo.Weeks(1, monday)
	cfg := Config{Objectives: []slo.Objective{o}, Resolution: time.Minute}
	s := simulateAt(t, monday, o)
	hours(s, 168, 1)
	hours(s, 100, 12)
	before := s.Budget("orders").Periods()
	s = restart(t, s, time.Hour, cfg)
	after := s.Budget("orders").Periods()
	if len(after) != 2 || after[0] != before[0] {
		t.Errorf("periods after a restart: %v, want %v", after, before)
	}
	was, is := before[1], after[1]
	if is.Counts != was.Counts || is.Remaining >= was.Remaining || is.Basis != ForecastBasis || !is.Exhausted.Equal(was.Exhausted) {
		t.Errorf("the period under way: %+v, want %+v and an hour less expected", is, was)
	}
	if want := was.Observed; is.Observed != want || is.Coverage >= 1 {
		t.Errorf("observed %v, coverage %v; want %v, less than 1", is.Observed, is.Coverage, want)
	}
	s = restart(t, s, 100*time.Hour, cfg)
	s.Advance(time.Minute)
	periods := s.Budget("orders").Periods()
	if len(periods) != 3 || periods[1].Counts != was.Counts || !periods[1].Closed || periods[2].Counts != (Counts{}) {
		t.Errorf("after a week ended between two processes: %v, want it closed with %+v", periods, was.Counts)
	}
	o.Window = slo.Weeks(2, monday) // another window on the same history
	cfg.Objectives = []slo.Objective{o}
	s = restart(t, s, 0, cfg)
	if got, want := s.Budget("orders").Counts(), (Counts{}); got != want {
		t.Errorf("two weeks from the second on: %+v, want %+v", got, want)
	}
}

// A window that becomes longer than history was kept says how much of it is there.
func TestLongerWindowAcrossARestart(t *testing.T) {
	for _, w := range []slo.Window{slo.Rolling(7 * slo.Day), slo.Weeks(2, monday)} {
		o := fourWeeks(0)
		o.Window = slo.Rolling(2 * slo.Day)
		s := simulateAt(t, monday, o) // restart closes it
		hours(s, 240, 1)
		o.Window = w
		next := restart(t, s, 0, Config{Objectives: []slo.Objective{o}, Resolution: time.Minute})
		st := next.Budget("orders").Status()
		if st.Observed != 2*slo.Day || st.Known != PartialCoverage || !near(float64(st.Counts.Valid()), 48_000, 1000) {
			t.Errorf("%v: observed %v, %+v, %v; want the two days that were kept, partial coverage", w, st.Observed, st.Counts, st.Known)
		}
		again := restart(t, next, 0, Config{Objectives: []slo.Objective{o}, Resolution: time.Minute})
		if got := again.Budget("orders").Status().Observed; got != 2*slo.Day {
			t.Errorf("%v, after another restart: observed %v, want two days", w, got)
		}
	}
}

// Several windows on one SLI share the history and are each their own budget.
func TestSubPeriodsShareHistory(t *testing.T) {
	month, week, rolling := fourWeeks(0), fourWeeks(0), fourWeeks(0)
	month.Window, week.Window, rolling.Window = slo.Quarter(nil), slo.Weeks(1, monday), slo.Window{}
	month.Name, week.Name, rolling.Name = "quarter", "week", "rolling"
	s := simulateAt(t, monday, month, week, rolling)
	hours(s, 400, 2)
	one := simulateAt(t, monday, month)
	hours(one, 400, 2)
	if got, want := s.Report().Self.HistoryPoints, one.Report().Self.HistoryPoints; got != want {
		t.Errorf("%d change points for three windows, want %d as for one", got, want)
	}
	for name, want := range map[string]uint64{"quarter": 400_000, "week": 64_000, "rolling": 400_000} {
		if got := s.Budget(name).Counts().Valid(); got != want {
			t.Errorf("%s: %d events, want %d", name, got, want)
		}
	}
}

// Every event is in exactly one period, whatever happens to the clocks.
func TestPeriodsKeepEveryEvent(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	o := fourWeeks(0)
	o.Window = slo.Days(1, time.Date(2026, 3, 1, 0, 0, 0, 0, berlin))
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		s := simulateAt(t, time.Date(2026, 3, 27, 0, 0, 0, 0, berlin), o) // the clocks go forward on the 29th
		var sent, closed Counts
		seen := time.Time{}
		for range 300 {
			switch rng.IntN(8) {
			case 0:
				s.StepWall(time.Duration(rng.Int64N(int64(6*time.Hour))) - 3*time.Hour)
			case 1:
				s.Advance(time.Duration(rng.Int64N(int64(9 * time.Hour))))
			default:
				s.Advance(time.Duration(rng.Int64N(int64(20 * time.Minute))))
			}
			total := rng.Uint64N(100)
			good := rng.Uint64N(total + 1)
			s.Events("orders").Add(good, total)
			sent.Good, sent.Bad = sent.Good+good, sent.Bad+total-good
			all := closed
			for i, p := range s.Budget("orders").Periods() {
				if i > 0 && p.Closed && p.End.Sub(p.Start) != 24*time.Hour && p.Start.Day() != 29 {
					t.Errorf("%v lasts %v", p, p.End.Sub(p.Start))
				}
				if p.Closed && !p.Start.After(seen) {
					continue
				}
				all.Good, all.Bad = all.Good+p.Counts.Good, all.Bad+p.Counts.Bad
				if p.Closed {
					closed.Good, closed.Bad = closed.Good+p.Counts.Good, closed.Bad+p.Counts.Bad
					seen = p.Start
				}
			}
			if all != sent {
				t.Fatalf("seed %d: periods hold %+v, want %+v", seed, all, sent)
			}
		}
	}
}

// Explain says what a period's budget is a share of, and that a first one is provisional.
func TestExplainPeriods(t *testing.T) {
	sliced := inSlices(slo.Timeslices(time.Hour, slo.Percent(95)), slo.Weeks(4, monday))
	sliced.Name = "sliced"
	s := simulateAt(t, monday, fourWeeks(0), sliced)
	hours(s, 100, 0)
	var b strings.Builder
	if err := s.Explain(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"period: 2026-01-05 to 2026-02-02: fulfilled so far, 100.0% left; 100000 expected (observed: provisional, until a period has closed",
		"method: Timeslices 1h 95%; a slice of time is one event",
		"; 672 expected (slices), 0 closed before it",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("Explain() has no %q:\n%s", want, b.String())
		}
	}
}

// A period's summary has the speeds of its incidents, each with the same weight, and keeps
// them over a restart.
func TestPeriodsSumUpEpisodes(t *testing.T) {
	o := fourWeeks(672_000)
	s := simulateAt(t, monday, o)
	steady := func(n int, bad uint64) { // as hours, a sixth every ten minutes
		for range 6 * n {
			s.Advance(10 * time.Minute)
			s.Events("orders").Add(166-bad, 166)
		}
	}
	steady(100, 0)
	steady(52, 15) // 70 % in 52 hours
	steady(100, 0)
	steady(26, 21) // 50 % in 26 hours
	steady(395, 0)
	check := func(p Period) {
		t.Helper()
		if p.Episodes != 2 || !near(100*p.MeanSpeed, (1.346+1.923)/2, 0.06) || !near(100*p.TopSpeed, 1.923, 0.1) {
			t.Errorf("%v: %d episodes at %v %%/h, %v at most; want 2 at 1.63, 1.92 at most", p, p.Episodes, 100*p.MeanSpeed, 100*p.TopSpeed)
		}
	}
	before := s.Budget("orders").Periods()
	check(before[0])
	if before[1].Episodes != 0 {
		t.Errorf("the period under way has %d episodes, want none", before[1].Episodes)
	}
	s = restart(t, s, 0, Config{Objectives: []slo.Objective{o}, Resolution: time.Minute})
	if got := s.Budget("orders").Periods()[0]; got != before[0] {
		t.Errorf("after a restart: %+v, want %+v", got, before[0])
	}
}

// In a first period nothing is known of the traffic to come: it is exhausted when its end
// tells that it was, not when its first event fails.
func TestProvisionalPeriodIsExhaustedByHindsight(t *testing.T) {
	s := simulateAt(t, monday, fourWeeks(0))
	hours(s, 1, 500)
	if p := s.Budget("orders").Periods()[0]; !p.Exhausted.IsZero() || p.Remaining >= 0 {
		t.Errorf("after an hour of failures: exhausted at %v with %v left, want not yet, and overspent so far", p.Exhausted, p.Remaining)
	}
	hours(s, 299, 0)
	hours(s, 10, 700)
	hours(s, 362, 0)
	p := s.Budget("orders").Periods()[0]
	if in, ok := p.TimeToExhaustion(); !ok || in < 308*time.Hour || in > 312*time.Hour {
		t.Errorf("exhausted after %v, %v, want 308.5 h, or up to one percent of its age late", in, ok)
	}
}

// In a first period the budget grows with the events, so a burn rate below 1 never spends it,
// and one above does later than its share of what is left now would say.
func TestProjectionInAFirstPeriod(t *testing.T) {
	for _, tt := range []struct {
		before, recent uint64 // bad events of a thousand an hour, of which ten are allowed
		in             time.Duration
		ok             bool
	}{
		{0, 5, 0, false},
		{5, 5, 0, false},
		{5, 10, 0, false},
		{0, 20, 98 * time.Hour, true}, // 980 left of 100 x 10, and 10 an hour too many
		{5, 15, 98 * time.Hour, true}, // 490 left, and 5 an hour too many
		{12, 20, 0, true},
	} {
		s := simulateAt(t, monday, fourWeeks(0))
		hours(s, 99, tt.before)
		hours(s, 1, tt.recent)
		st := s.Budget("orders").Status()
		if st.Basis != ObservedBasis || !near(float64(st.ProjectedExhaustion), float64(tt.in), float64(time.Second)) || st.WillExhaust != tt.ok {
			t.Errorf("%d bad an hour, then %d: %v, %v on basis %v; want %v, %v", tt.before, tt.recent, st.ProjectedExhaustion, st.WillExhaust, st.Basis, tt.in, tt.ok)
		}
		if !tt.ok || tt.in == 0 {
			continue
		}
		hours(s, int(tt.in/time.Hour), tt.recent)
		if got := s.Budget("orders").Status().Remaining; !near(got, 0, 1e-9) {
			t.Errorf("%d bad an hour, then %d for %v: %v left, want 0", tt.before, tt.recent, tt.in, got)
		}
	}
}

// What yesterday spent is forgiven today: it is no part of what the last hours have spent of
// today's budget.
func TestSpentLeavesOutThePeriodBefore(t *testing.T) {
	o := fourWeeks(24_000)
	o.Window = slo.Days(1, monday)
	s := simulateAt(t, monday, o)
	b := s.Budget("orders")
	hours(s, 24, 20)
	hours(s, 2, 1)
	if got, ok := b.Spent(12 * time.Hour); !ok || !near(got, 2./240, 1e-3) {
		t.Errorf("Spent(12 h) two hours into the day = %v, %v, want %v: 2 bad of 240", got, ok, 2./240)
	}
	hours(s, 12, 1)
	if got, ok := b.Spent(6 * time.Hour); !ok || !near(got, 6./240, 5e-3) {
		t.Errorf("Spent(6 h) fourteen hours into the day = %v, %v, want %v: 6 bad of 240", got, ok, 6./240)
	}
}
