package budget

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/seed-abb722f7/nines/slo"
)

// jobs is what most tests here judge: a stream, so that thousands of events are one call.
var jobs = slo.Objective{Name: "jobs", Of: slo.Events("jobs"), SLI: slo.Correctness(), Target: slo.Percent(99.9)}

// A spender replays traffic minute by minute.
type spender struct {
	*Simulation
	perMinute uint64
}

// afterFourWeeks returns a tracker of jobs with ticks of a minute that has seen four weeks of even
// traffic without a failure.
func afterFourWeeks(tb testing.TB, perMinute uint64) *spender {
	tb.Helper()
	s, err := NewSimulation(Config{Objectives: []slo.Objective{jobs}, Resolution: time.Minute}, noon)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	p := &spender{s, perMinute}
	p.spend(0, 28*slo.Day)
	return p
}

// spend lets traffic go on for a time in which so much of the whole budget of four weeks is
// spent, evenly.
func (p *spender) spend(share float64, d time.Duration) {
	minutes := uint64(d / time.Minute)
	bad := uint64(math.Round(share * float64(p.perMinute) * 28 * 24 * 60 / 1000))
	var done uint64
	for i := range minutes {
		now := bad*(i+1)/minutes - done
		done += now
		p.Events("jobs").Add(p.perMinute-now, p.perMinute)
		p.Advance(time.Minute)
	}
}

func (p *spender) episodes() []Episode { return p.Budget("jobs").Episodes() }

// percent is the tolerance of a share: a rolling window may be so much longer than asked.
const percent = 0.01

// An open episode is visible, and closes an hour after its last bad event.
func TestOpenEpisode(t *testing.T) {
	p := afterFourWeeks(t, 1000)
	if got := p.episodes(); got == nil || len(got) != 0 {
		t.Errorf("before: %v, want none", got)
	}
	began := p.Time()
	p.spend(0.1, 20*time.Minute)
	for _, after := range []time.Duration{0, 30 * time.Minute, 29 * time.Minute} {
		p.spend(0, after)
		list := p.episodes()
		if len(list) != 1 || !list[0].Open || !list[0].End.IsZero() || list[0].Lasted != 20*time.Minute || !list[0].Start.Equal(began) {
			t.Fatalf("%v later: %v, want one that is open, since %v, 20m long", after, list, began)
		}
		if got := list[0]; !near(got.Cost, 0.1, 0.1*percent) || got.Counts.Bad != 4032 || !near(got.Peak, 201.6, 0.1) || got.Operations[0] != (OperationCount{"jobs", 4032}) {
			t.Errorf("%+v, want a cost of 0.1, 4032 bad, a peak of 201.6 and all of it by jobs", got)
		}
	}
	p.spend(0, 2*time.Minute)
	if list := p.episodes(); len(list) != 1 || list[0].Open || !list[0].End.Equal(began.Add(20*time.Minute)) {
		t.Errorf("an hour later: %v, want it closed at %v", list, began.Add(20*time.Minute))
	}
}

// What dips and returns within the hour is one episode, what returns later another.
func TestEpisodeThatDipsAndReturns(t *testing.T) {
	for _, tt := range []struct {
		dip  time.Duration
		want []time.Duration
	}{
		{50 * time.Minute, []time.Duration{90 * time.Minute}},
		{70 * time.Minute, []time.Duration{20 * time.Minute, 20 * time.Minute}},
	} {
		p := afterFourWeeks(t, 1000)
		p.spend(0.1, 20*time.Minute)
		p.spend(0, tt.dip)
		p.spend(0.1, 20*time.Minute)
		p.spend(0, 2*time.Hour)
		var got []time.Duration
		for _, e := range p.episodes() {
			got = append(got, e.Lasted)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("a dip of %v: episodes of %v, want %v", tt.dip, got, tt.want)
		}
	}
}

// Single bad events never make an episode, however little traffic there is.
func TestSingleBadEventsAreNoEpisode(t *testing.T) {
	for _, every := range []time.Duration{time.Minute, 10 * time.Minute, time.Hour, 7 * time.Hour} {
		s, err := NewSimulation(Config{Objectives: []slo.Objective{jobs}, Resolution: time.Minute}, noon)
		if err != nil {
			t.Fatal(err)
		}
		s.Events("jobs").Bad()
		for i := range 100 {
			s.Advance(every)
			if i == 50 {
				s.Events("jobs").Bad()
			}
			s.Events("jobs").Good()
		}
		s.Advance(slo.Day)
		s.Events("jobs").Bad()
		s.Advance(slo.Day)
		if got := s.Budget("jobs").Episodes(); len(got) != 0 && every > 5*time.Minute {
			t.Errorf("one bad event now and then, one good each %v: %v, want none", every, got)
		}
		s.Close()
	}
}

// Of an objective on all requests the operations involved are named, the worst first.
func TestOperationsOfAnEpisode(t *testing.T) {
	s := simulate(t, everything, availability)
	run := func(minutes int, bad map[string]int) {
		for range minutes * 60 {
			for _, name := range []string{"GET /a", "GET /b", "GET /c"} {
				for range 10 - bad[name] {
					record(s.HTTP(name), slo.Success, 0)
				}
				for range bad[name] {
					record(s.HTTP(name), slo.ServerError, 0)
				}
			}
			s.Advance(time.Second)
		}
	}
	run(1, map[string]int{"GET /c": 1})
	run(60, nil)
	run(60, nil)
	run(5, map[string]int{"GET /a": 1, "GET /b": 5})
	run(61, nil)
	list := s.Budget("all").Episodes()
	last := list[len(list)-1]
	want := []OperationCount{{"GET /b", 1500}, {"GET /a", 300}}
	if !slices.Equal(last.Operations, want) || last.Counts.Bad != 1800 {
		t.Errorf("operations %v of %+v, want %v", last.Operations, last.Counts, want)
	}
}

// The share that an episode cost follows the budget until it leaves the window, and stays
// from then on.
func TestCostIsSettled(t *testing.T) {
	p := afterFourWeeks(t, 1000)
	p.spend(0.5, time.Hour)
	p.spend(0, 14*slo.Day)
	p.perMinute = 3000
	p.spend(0, 13*slo.Day)
	before := p.episodes()[0].Cost
	if !near(before, 0.26, 0.01) {
		t.Errorf("with traffic trebled for half of the window: cost %v, want about 0.26", before)
	}
	p.spend(0, 40*slo.Day)
	if got := p.episodes()[0].Cost; !near(got, before, 0.02) {
		t.Errorf("when it has left the window: cost %v, want about %v as before", got, before)
	}
}

// In a calendar period the cost is a share of the budget of the period, as it is expected to
// be, and what that was in the end when it has closed.
func TestCostInACalendarPeriod(t *testing.T) {
	s := simulateAt(t, monday, fourWeeks(672_000))
	hours(s, 100, 0)
	hours(s, 1, 840) // of 6,720
	hours(s, 271, 0)
	list := s.Budget("orders").Episodes()
	if len(list) != 1 || list[0].Cost != 0.125 || list[0].Counts.Bad != 840 {
		t.Fatalf("before mid-period: %v, want one episode that cost 12.5 %%", list)
	}
	for range 150 { // twice the traffic that was declared
		hours(s, 1, 0)
		s.Events("orders").Add(2000, 2000)
	}
	hours(s, 150, 0)
	s.Advance(time.Hour)
	want := 840 / (0.01 * (672_000 + 300_000))
	hours(s, 100, 0)
	if list = s.Budget("orders").Episodes(); len(list) != 1 || !near(list[0].Cost, want, 1e-4) {
		t.Errorf("in the next period: %v, want a cost of %.4f", list, want)
	}
	before := list[0].Cost
	hours(s, 672, 3)
	if list = s.Budget("orders").Episodes(); list[0].Cost != before {
		t.Errorf("two periods later: a cost of %v, want %v as before", list[0].Cost, before)
	}
}

// Of an objective in slices of time an episode is made of slices, and begins with the first.
func TestEpisodeOfSlices(t *testing.T) {
	for _, method := range []slo.Method{slo.Timeslices(5*time.Minute, slo.Percent(95)), slo.RatioTimeslices(5 * time.Minute)} {
		o := availability
		o.Target, o.Method = slo.Percent(99), method
		s, err := NewSimulation(Config{Objectives: []slo.Objective{o}, Resolution: 10 * time.Second}, noon)
		if err != nil {
			t.Fatal(err)
		}
		run := func(d time.Duration, bad int) {
			for range d / (10 * time.Second) {
				for i := range 10 {
					class := slo.Success
					if i < bad {
						class = slo.ServerError
					}
					record(s.HTTP("GET /a"), class, 0)
				}
				s.Advance(10 * time.Second)
			}
		}
		run(7*slo.Day, 0)
		began := s.Time()
		run(50*time.Minute, 10)
		run(3*time.Hour, 0)
		list := s.Budget("availability").Episodes()
		if len(list) != 1 || !list[0].Start.Equal(began) || list[0].Lasted != 50*time.Minute || !slices.Equal(list[0].Operations, []OperationCount{{"GET /a", 3000}}) {
			t.Errorf("%v: %+v, want one from %v, 50m long, with 3000 bad events of GET /a", method, list, began)
		}
		s.Close()
	}
}

// More episodes than are kept push out the oldest, which are counted.
func TestForgottenEpisodes(t *testing.T) {
	p := afterFourWeeks(t, 100)
	first := p.Time()
	for range maxEpisodes + 3 {
		p.spend(0.05, 10*time.Minute)
		p.spend(0, 2*time.Hour)
	}
	list, forgotten := p.episodes(), p.Budget("jobs").ForgottenEpisodes()
	if want := first.Add(3 * 130 * time.Minute); len(list) != maxEpisodes || forgotten != 3 || !list[0].Start.Equal(want) {
		t.Errorf("%d episodes from %v, %d forgotten; want %d from %v, 3", len(list), list[0].Start, forgotten, maxEpisodes, want)
	}
	if !slices.IsSortedFunc(list, func(a, b Episode) int { return a.Start.Compare(b.Start) }) {
		t.Error("episodes are not in order")
	}
	p.Close()
	if got := p.episodes(); got != nil || p.Budget("jobs").ForgottenEpisodes() != 0 {
		t.Errorf("closed: %v, want nil", got)
	}
	if got := p.Budget("nobody").Episodes(); got != nil {
		t.Errorf("of nobody: %v, want nil", got)
	}
}

// People who ask what is going on are told what is being spent, and since which deployment.
func TestExplainTellsOfTrouble(t *testing.T) {
	s := troubled(t, Config{Objectives: []slo.Objective{availability, latency}})
	var b strings.Builder
	if err := s.Explain(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\n  spending fast: 2025-03-03 16:05:00 UTC to now (open): ",
		"\n  since deployment v2 at 2025-03-03 16:05:00 UTC: ",
	} {
		if strings.Count(b.String(), want) != 1 { // failures are not the latency objective's
			t.Errorf("Explain has not once %q:\n%s", want, b.String())
		}
	}
}

func TestEpisodeString(t *testing.T) {
	e := Episode{
		Start: noon, Lasted: 90 * time.Minute, Open: true, Counts: Counts{Good: 10, Bad: 5}, Cost: 0.3, Peak: 42,
		Deployment: Marker{noon, DeploymentMarker, "v1"},
	}
	want := "2025-03-03 12:00:00 UTC to now (open): 30 % of the budget in 1h30m0s, 20 %/h, peak burn rate 42, 5 bad of 15, after deployment v1"
	if got := e.String(); got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	if got, want := Summarize([]Episode{e}).String(), "1 episode, 1h30m0s in all,"; !strings.HasPrefix(got, want) {
		t.Errorf("of one: %q, want it to begin %q", got, want)
	}
	if got := Summarize(nil).String(); got != "no episodes" {
		t.Errorf("of none: %q", got)
	}
	if got := Summarize([]Episode{e}).String(); !strings.Contains(got, "20 %/h at most") {
		t.Errorf("of one: %q, want its speed", got)
	}
	if got := (Episode{}).Speed(); got != 0 {
		t.Errorf("Speed of nothing: %v, want 0", got)
	}
}

// What is counted of memory is what it takes.
func TestBytesOfEpisodes(t *testing.T) {
	for what, sizes := range map[string][2]uintptr{
		"watch":     {unsafe.Sizeof(episodeWatch{}), watchBytes},
		"incident":  {unsafe.Sizeof(incident{}), incidentBytes},
		"episode":   {unsafe.Sizeof(episode{}), episodeBytes},
		"exemplars": {unsafe.Sizeof(exemplars{}), exemplarsBytes},
	} {
		if strconv.IntSize == 64 && sizes[0] != sizes[1] {
			t.Errorf("%s: %d bytes, and %d are counted", what, sizes[0], sizes[1])
		}
	}
	s := troubled(t, Config{Objectives: []slo.Objective{availability, everything}})
	before := s.Report().Self.Bytes
	s.Advance(8 * time.Hour)
	if after := s.Report().Self.Bytes; after < before-incidentBytes*2 || before < 2*(watchBytes+incidentBytes+episodeBytes)+exemplarsBytes {
		t.Errorf("%d bytes with episodes open, %d after", before, after)
	}
}

// TestTextHasNoExponent, however large or small a number is.
func TestTextHasNoExponent(t *testing.T) {
	for _, tt := range []struct {
		f    float64
		want string
	}{
		{0, "0"}, {40.04, "40"}, {999.4, "999"}, {999.6, "1000"}, {123_456_789, "123456789"}, {0.000_012_345, "0.0000123"}, {-12.34, "-12.3"},
	} {
		if got := short(tt.f); got != tt.want {
			t.Errorf("short(%v) = %s, want %s", tt.f, got, tt.want)
		}
	}
	if got := decimal(slo.Percent(99.999).ErrorBudget(), 7); got != "0.00001" {
		t.Errorf("decimal() of the budget at 99.999%% = %s, want 0.00001", got)
	}
}
