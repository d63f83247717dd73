package budget

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// noon is far from any change of clocks.
var noon = time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC)

func simulate(tb testing.TB, objectives ...slo.Objective) *Simulation {
	tb.Helper()
	s, err := NewSimulation(Config{Service: "test", Objectives: objectives}, noon)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

func record(o *Operation, class slo.Class, latency time.Duration) {
	o.Start()
	o.Finish(class, latency)
}

var (
	availability = slo.Objective{Name: "availability", Of: slo.HTTP("GET /a"), SLI: slo.Availability(), Target: slo.Percent(99.9)}
	latency      = slo.Objective{Name: "latency", Of: slo.HTTP("GET /a"), SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95)}
)

// The table of the middleware's documentation: failures are left out of latency when
// an availability objective judges them, and cancelled requests are bad once the
// threshold has passed.
func TestLatencyObjectiveLeavesFailuresToAvailability(t *testing.T) {
	s := simulate(t, availability, latency)
	o := s.HTTP("GET /a")
	for i := range 1000 {
		switch {
		case i < 840:
			record(o, slo.Success, 400*time.Millisecond)
		case i < 900:
			record(o, slo.Success, 400*time.Millisecond+1)
		case i < 980:
			record(o, slo.ServerError, time.Millisecond)
		case i < 985:
			record(o, slo.Cancelled, time.Second)
		default:
			record(o, slo.Cancelled, time.Millisecond)
		}
	}
	for _, tt := range []struct {
		name string
		want Counts
	}{
		{"availability", Counts{Good: 900, Bad: 80, Excluded: 20}},
		{"latency", Counts{Good: 840, Bad: 65, Excluded: 95}},
	} {
		if got := s.Budget(tt.name).Counts(); got != tt.want {
			t.Errorf("%s: Counts() = %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestLatencyObjectiveAloneCountsFailures(t *testing.T) {
	counted := latency
	counted.Name, counted.SLI = "counted", slo.Latency(400*time.Millisecond, slo.CountFailures)
	for _, tt := range []struct {
		objectives []slo.Objective
		name       string
		want       Counts
	}{
		{[]slo.Objective{latency}, "latency", Counts{Good: 1, Bad: 2}},
		{[]slo.Objective{latency, availability}, "latency", Counts{Good: 1, Bad: 1, Excluded: 1}},
		{[]slo.Objective{counted, availability}, "counted", Counts{Good: 1, Bad: 2}},
	} {
		s := simulate(t, tt.objectives...)
		o := s.HTTP("GET /a")
		record(o, slo.Success, time.Millisecond)
		record(o, slo.Success, time.Second)
		record(o, slo.ServerError, time.Millisecond)
		if got := s.Budget(tt.name).Counts(); got != tt.want {
			t.Errorf("%s among %d objectives: Counts() = %+v, want %+v", tt.name, len(tt.objectives), got, tt.want)
		}
	}
}

// G4: 95 % within 700 ms and 75 % within 350 ms are two budgets; a request of 500 ms
// burns only the second.
func TestG4TwoThresholdsTwoBudgets(t *testing.T) {
	a, b := latency, latency
	a.Name, a.SLI, a.Target = "slow", slo.Latency(700*time.Millisecond), slo.Percent(95)
	b.Name, b.SLI, b.Target = "fast", slo.Latency(350*time.Millisecond), slo.Percent(75)
	s := simulate(t, a, b)
	record(s.HTTP("GET /a"), slo.Success, 500*time.Millisecond)
	if got, ok := s.Budget("slow").Remaining(); got != 1 || !ok {
		t.Errorf("slow: Remaining() = %v, %v, want 1, true", got, ok)
	}
	if got, ok := s.Budget("fast").Remaining(); got != -3 || !ok {
		t.Errorf("fast: Remaining() = %v, %v, want -3, true: all of one event is four times 25 %%", got, ok)
	}
}

// G1: 98 % over four weeks lets 2 % of the requests fail.
func TestG1TwoPercentMayFail(t *testing.T) {
	o := availability
	o.Target = slo.Percent(98)
	s := simulate(t, o)
	op := s.HTTP("GET /a")
	for i := range 1000 {
		class := slo.Success
		if i%50 == 0 {
			class = slo.ServerError
		}
		record(op, class, time.Millisecond)
	}
	st := s.Budget("availability").Status()
	if st.Remaining != 0 || !st.Met || !st.Exhausted {
		t.Errorf("20 bad of 1,000 at 98 %%: remaining %v, met %v, exhausted %v, want 0, true, true", st.Remaining, st.Met, st.Exhausted)
	}
}

// G3: 95 % within 400 ms lets 5 % of the requests take as long as they like.
func TestG3FivePercentUncapped(t *testing.T) {
	s := simulate(t, latency)
	op := s.HTTP("GET /a")
	for i := range 1000 {
		d := 400 * time.Millisecond
		if i%20 == 0 {
			d = time.Hour
		}
		record(op, slo.Success, d)
	}
	if got, ok := s.Budget("latency").Remaining(); got != 0 || !ok {
		t.Errorf("50 slow of 1,000 at 95 %%: Remaining() = %v, %v, want 0, true", got, ok)
	}
}

// G23: at 99.9 %, an SLI of 99.95 % leaves half of the budget, and 99.85 % overspends
// it by half.
func TestG23ConsumedShare(t *testing.T) {
	for _, tt := range []struct {
		bad  int
		want float64
	}{{5, 0.5}, {15, -0.5}, {10, 0}} {
		s := simulate(t, availability)
		op := s.HTTP("GET /a")
		for i := range 10000 {
			class := slo.Success
			if i < tt.bad {
				class = slo.ServerError
			}
			record(op, class, 0)
		}
		if got, ok := s.Budget("availability").Remaining(); got != tt.want || !ok {
			t.Errorf("%d bad of 10,000: Remaining() = %v, %v, want %v, true", tt.bad, got, ok, tt.want)
		}
	}
}

// must fails the test if an update is refused.
func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
