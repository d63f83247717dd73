package budget

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Ticks that a simulation leaves out because nothing can have happened change nothing.
func TestEpisodesWithoutIdleTicks(t *testing.T) {
	play := func(everyTick bool) (got []string) {
		s := simulate(t, availability, everything)
		if everyTick {
			s.Attach(Hook{Tick: func(Tick) {}})
		}
		rng := rand.New(rand.NewPCG(9, 10))
		for range 40 {
			class := slo.Success
			if rng.IntN(3) == 0 {
				class = slo.ServerError
			}
			for range rng.IntN(50) {
				record(s.HTTP("GET /a"), class, 0)
				s.Advance(time.Duration(rng.IntN(9)) * time.Second / 3)
			}
			s.Advance(time.Duration(rng.IntN(200)) * time.Minute)
			for _, name := range []string{"availability", "all"} {
				got = append(got, fmt.Sprintf("%+v", s.Budget(name).Episodes()))
			}
		}
		return got
	}
	some, all := play(false), play(true)
	for i := range all {
		if some[i] != all[i] {
			t.Fatalf("reading %d without idle ticks:\n%s\nwith all of them:\n%s", i, some[i], all[i])
		}
	}
}

// Where nothing comes any more an episode closes a day after its end, or a quarter of a short
// window, and costs what it did when it left the window, also if no tick came in between.
func TestEpisodeClosesInSilence(t *testing.T) {
	for _, tt := range []struct {
		window slo.Window
		quiet  time.Duration
	}{
		{slo.Rolling(28 * slo.Day), slo.Day},
		{slo.Rolling(slo.Day), 6 * time.Hour},
	} {
		o := jobs
		o.Window = tt.window
		play := func(everyTick bool) *spender {
			s, err := NewSimulation(Config{Objectives: []slo.Objective{o}, Resolution: time.Minute}, noon)
			must(t, err)
			t.Cleanup(s.Close)
			if everyTick {
				s.Attach(Hook{Tick: func(Tick) {}})
			}
			p := &spender{s, 1000}
			p.spend(0, 2*time.Hour)
			p.spend(0.01, 10*time.Minute)
			return p
		}
		p := play(false)
		p.Advance(tt.quiet - time.Minute)
		if list := p.episodes(); len(list) != 1 || !list[0].Open {
			t.Errorf("over %v, after %v of silence: %v, want one that is open", tt.window, tt.quiet-time.Minute, list)
		}
		p.Advance(time.Minute)
		if list := p.episodes(); len(list) != 1 || list[0].Open {
			t.Errorf("over %v, after %v of silence: %v, want one that is closed", tt.window, tt.quiet, list)
		}
		some, all := play(false), play(true)
		for _, p := range []*spender{some, all} {
			p.Advance(tt.window.Length() + time.Hour)
		}
		if got, want := fmt.Sprintf("%+v", some.episodes()), fmt.Sprintf("%+v", all.episodes()); got != want {
			t.Errorf("over %v, a window later:\n%s\nwith all ticks:\n%s", tt.window, got, want)
		}
	}
}

// An update of the objectives leaves what is open open, unless it is judged otherwise now.
func TestEpisodesAcrossAnUpdate(t *testing.T) {
	s := troubled(t, Config{Objectives: []slo.Objective{availability, everything}})
	before := s.Budget("availability").Episodes()
	update := func(edit func(*slo.Objective)) {
		t.Helper()
		o := availability
		edit(&o)
		if err := s.Update([]slo.Objective{everything, o}); err != nil {
			t.Fatal(err)
		}
	}
	update(func(o *slo.Objective) { o.Owner = "others" })
	after := s.Budget("availability").Episodes()
	if fmt.Sprintf("%+v", after) != fmt.Sprintf("%+v", before) {
		t.Errorf("after an update:\n%+v\nwant\n%+v", after, before)
	}
	for range 60 {
		record(s.HTTP("GET /a"), slo.ServerError, 0)
		s.Advance(time.Second)
	}
	for name, bad := range map[string]uint64{"availability": 360, "all": 360} {
		list := s.Budget(name).Episodes()
		last := list[len(list)-1]
		if want := (OperationCount{"GET /a", bad}); !last.Open || last.Counts.Bad != bad || last.Operations[0] != want {
			t.Errorf("%s: %+v, want it to go on, with %d bad", name, last, bad)
		}
	}
	update(func(o *slo.Objective) { o.SLI = slo.Availability(slo.Strict()) })
	if got := s.Budget("availability").Episodes(); len(got) != 0 {
		t.Errorf("judged otherwise: %v, want none", got)
	}
	for range 60 {
		record(s.HTTP("GET /a"), slo.ServerError, 0)
		s.Advance(time.Second)
	}
	if got := s.Budget("availability").Episodes(); len(got) != 1 || got[0].Counts.Bad != 60 {
		t.Errorf("a minute later: %v, want a new one of 60 bad events", got)
	}
}

// What fails right after a suspend is not an episode of the time asleep.
func TestEpisodeAfterASuspend(t *testing.T) {
	s := simulate(t, availability)
	run := func(d time.Duration, class slo.Class) {
		for range d / time.Second {
			record(s.HTTP("GET /a"), class, 0)
			s.Advance(time.Second)
		}
	}
	run(time.Hour, slo.Success)
	s.StepWall(8 * time.Hour) // asleep, and nothing recorded
	run(3*time.Minute, slo.ServerError)
	run(2*time.Hour, slo.Success)
	list := s.Budget("availability").Episodes()
	if len(list) != 1 || list[0].Lasted > 3*time.Minute || list[0].Counts.Bad != 180 || list[0].Start.Before(noon.Add(9*time.Hour)) {
		t.Errorf("episodes %+v, want one of 180 bad events in the three minutes after the suspend", list)
	}
}

// A wall clock that is stepped changes when an episode is said to have been, not how long.
func TestEpisodeAcrossASteppedClock(t *testing.T) {
	s := simulate(t, availability)
	for i := range 3600 {
		class := slo.Success
		if i >= 600 && i < 1200 {
			class = slo.ServerError
		}
		record(s.HTTP("GET /a"), class, 0)
		if i == 900 {
			s.StepWall(-3 * time.Hour)
		}
		s.Advance(time.Second)
	}
	list := s.Budget("availability").Episodes()
	if want := noon.Add(10*time.Minute - 3*time.Hour); len(list) != 1 || list[0].Lasted != 10*time.Minute || !list[0].Start.Equal(want) {
		t.Errorf("episodes %v, want one of 10m from %v, as the clock has it now", list, want)
	}
}

// troubled returns a simulation with two episodes, one of them open, deployments before each,
// and causes.
func troubled(tb testing.TB, cfg Config) *Simulation {
	tb.Helper()
	s, err := NewSimulation(cfg, noon)
	if err != nil {
		tb.Fatal(err)
	}
	o := s.HTTP("GET /a")
	n := 0
	run := func(seconds int, cause string) {
		for range seconds {
			record(o, slo.Success, 0)
			if n++; cause != "" {
				var e slo.Event
				e.Bad(cause)
				o.Start()
				if o.FinishEvent(&e, slo.Success, 0) {
					o.AddExemplar(traced(n), &e, slo.Success, 0)
				}
			}
			s.Advance(time.Second)
		}
	}
	s.MarkDeployment("v1")
	run(3600, "")
	run(300, "payments")
	run(3*3600, "")
	s.MarkDeployment("v2")
	s.Annotate("a test")
	run(200, "search")
	run(100, "payments")
	return s
}

// Episodes, markers and causes read the same after a restart, and what is open goes on.
func TestRestartKeepsEpisodes(t *testing.T) {
	slices := availability
	slices.Name, slices.Method = "slices", slo.Timeslices(time.Minute, slo.Percent(90))
	cfg := Config{Objectives: []slo.Objective{availability, slices, {Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99.9)}}}
	s := troubled(t, cfg)
	read := func(s *Simulation, name string) string {
		b := s.Budget(name)
		since, _ := b.SinceDeployment()
		since.Before, since.After.Observed, since.After.Length = Window{}, 0, 0 // the time away is in these
		return fmt.Sprintf("%+v\n%+v\n%+v\n%+v", b.Episodes(), s.Markers(), b.ByCause(0), since)
	}
	names := []string{"availability", "slices", "all"}
	before := map[string]string{}
	for _, name := range names {
		before[name] = read(s, name)
		if list := s.Budget(name).Episodes(); len(list) != 2 || !list[1].Open || list[1].Deployment.Text != "v2" || len(list[1].Causes) != 2 || len(list[1].Traces) == 0 {
			t.Fatalf("%s: %+v, want two, the second open after v2 with two causes and traces", name, list)
		}
	}
	for range 2 {
		s = restart(t, s, 10*time.Minute, cfg)
		for _, name := range names {
			if got := read(s, name); got != before[name] {
				t.Errorf("%s after a restart:\n%s\nwant\n%s", name, got, before[name])
			}
		}
	}
	s.MarkDeployment("v2") // which runs again
	for range 200 {
		blamed(s.HTTP("GET /a"), "search")
		blamed(s.HTTP("GET /a"), "disk")
		s.Advance(time.Second)
	}
	for range 5 * 3600 {
		record(s.HTTP("GET /a"), slo.Success, 0)
		s.Advance(time.Second)
	}
	for _, name := range names {
		list := s.Budget(name).Episodes()
		got := list[len(list)-1]
		if len(list) != 2 || got.Open || got.Lasted < 28*time.Minute || got.Lasted > 29*time.Minute {
			t.Errorf("%s: %+v, want two, the second going on to its end", name, list)
			continue
		}
		if want := []CauseCount{{"search", 400}, {"disk", 200}, {"payments", 100}}; fmt.Sprint(got.Causes) != fmt.Sprint(want) {
			t.Errorf("%s: causes %v, want %v", name, got.Causes, want)
		}
		if want := []OperationCount{{"GET /a", 700}}; fmt.Sprint(got.Operations) != fmt.Sprint(want) {
			t.Errorf("%s: operations %v, want %v", name, got.Operations, want)
		}
	}
	if got := len(s.Markers()); got != 3 {
		t.Errorf("%d markers, want the three from before: a restart is no deployment", got)
	}
	cfg.Objectives[0].SLI = slo.Availability(slo.Strict())
	s = restart(t, s, time.Minute, cfg)
	if got := s.Budget("availability").Episodes(); len(got) != 0 {
		t.Errorf("judged otherwise: %v, want none", got)
	}
}
