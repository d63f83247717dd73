package budget_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// keeper is a hook that saves a text, and notes what it is given back.
func keeper(name, text string, got *[]string) budget.Hook {
	return budget.Hook{
		Name:    name,
		Save:    func() []byte { return []byte(text) },
		Restore: func(b []byte) { *got = append(*got, name+" "+string(b)) },
	}
}

// TestWhatIsAttachedGoesOn over a restart, each hook with its own, and waits for those that come
// later.
func TestWhatIsAttachedGoesOn(t *testing.T) {
	cfg := budget.Config{
		Objectives: []slo.Objective{{Name: "o", Of: slo.Events("jobs"), SLI: slo.Correctness(), Target: slo.Percent(99)}},
		Logger:     slog.New(slog.DiscardHandler),
	}
	start := time.Unix(0, 0)
	next := func() *budget.Simulation {
		t.Helper()
		sim, err := budget.NewSimulation(cfg, start)
		if err != nil {
			t.Fatal(err)
		}
		return sim
	}
	var got []string
	first := next()
	first.Attach(keeper("a", "1", &got))
	detach := first.Attach(keeper("a", "gone", &got))
	first.Attach(keeper("a", "2", &got))
	first.Attach(keeper("b", "\x00\xff", &got))
	first.Attach(budget.Hook{Name: "c", Save: func() []byte { panic("mine") }})
	first.Attach(budget.Hook{Name: "reads", Save: func() []byte { return fmt.Append(nil, len(first.Statuses())) }})
	detach()
	if len(got) != 0 {
		t.Errorf("without a snapshot: given %q, want nothing", got)
	}
	cfg.Restore = first.Snapshot()

	second := next()
	second.Attach(keeper("a", "3", &got))
	second.Attach(budget.Hook{Name: "b"}) // has no use for it
	second.Attach(budget.Hook{Name: "a", Restore: func([]byte) { panic("mine") }})
	second.Attach(keeper("a", "4", &got))
	if fmt.Sprintf("%q", got) != `["a 1"]` {
		t.Errorf("the second process gave back %q, want what the first hook saved, once", got)
	}
	got = nil
	cfg.Restore = second.Snapshot()

	third := next() // of which b and reads were not asked for before
	for _, name := range []string{"reads", "b", "a", "a", "a", "none"} {
		third.Attach(keeper(name, "", &got))
	}
	if want := `["reads 1" "b \x00\xff" "a 3" "a 4"]`; fmt.Sprintf("%q", got) != want {
		t.Errorf("the third process gave back %q, want %s", got, want)
	}
}

func TestWholeReadsWhatStatusDoes(t *testing.T) {
	start := time.Date(2025, time.March, 3, 0, 0, 0, 0, time.UTC)
	objective := slo.Objective{Name: "rolling", Of: slo.Events("jobs"), SLI: slo.Correctness(), Target: slo.Percent(99), Window: slo.Rolling(time.Hour)}
	daily, declared := objective, objective
	daily.Name, daily.Window = "daily", slo.Days(1, start)
	declared.Name, declared.Window, declared.ExpectedEvents = "declared", slo.Days(1, start), 1_000_000
	sim, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{objective, daily, declared}, Resolution: time.Minute}, start)
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	for range 26 * 60 {
		sim.Events("jobs").Add(99, 100)
		sim.Advance(time.Minute)
		for _, s := range sim.Statuses() {
			w, expected, basis, ok := sim.Budget(s.Name).Whole()
			if !ok || w.Counts != s.Counts || w.Observed != s.Observed || w.Coverage() != s.Coverage || expected != s.Expected || basis != s.Basis {
				t.Fatalf("%s at %v: Whole() = %+v, %d, %v, %v, want %+v, %d, %v", s.Name, s.At, w, expected, basis, ok, s.Counts, s.Expected, s.Basis)
			}
		}
	}
	b := sim.Budget("declared")
	if n := testing.AllocsPerRun(100, func() { b.Whole() }); n != 0 {
		t.Errorf("Whole allocates %v times, want 0", n)
	}
	if w, expected, _, ok := sim.Budget("none").Whole(); ok || expected != 0 || w != (budget.Window{}) {
		t.Errorf("Whole() of no objective = %+v, %d, %v, want nothing", w, expected, ok)
	}
}

func TestCausedCountsTheSource(t *testing.T) {
	sim, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{
		{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)},
		{Name: "one", Of: slo.HTTP("GET /one"), SLI: slo.Availability(), Target: slo.Percent(99)},
		{Name: "jobs", Of: slo.Events("jobs"), SLI: slo.Correctness(), Target: slo.Percent(99)},
	}}, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	for i, path := range []string{"GET /one", "GET /two", "GET /one"} {
		var e slo.Event
		e.Bad([]string{"payments", "payments", "own"}[i])
		op := sim.HTTP(path)
		op.Start()
		op.FinishEvent(&e, slo.Success, 0)
	}
	for _, tt := range []struct {
		name, cause string
		want        uint64
	}{{"all", "payments", 2}, {"one", "payments", 1}, {"one", "own", 1}, {"all", "none", 0}, {"jobs", "payments", 0}, {"none", "payments", 0}} {
		if got := sim.Budget(tt.name).Caused(tt.cause); got != tt.want {
			t.Errorf("Budget(%q).Caused(%q) = %d, want %d", tt.name, tt.cause, got, tt.want)
		}
	}
	b := sim.Budget("all")
	if n := testing.AllocsPerRun(100, func() { b.Caused("payments") }); n != 0 {
		t.Errorf("Caused allocates %v times, want 0", n)
	}
}

func TestOpenEpisodeIsTheLastOfAll(t *testing.T) {
	sim, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{
		{Name: "jobs", Of: slo.Events("jobs"), SLI: slo.Correctness(), Target: slo.Percent(99), Window: slo.Rolling(6 * time.Hour)},
	}, Resolution: time.Minute}, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	b := sim.Budget("jobs")
	opened := 0
	for i := range 20 * 60 {
		good := uint64(100)
		if i/60%7 == 3 { // an hour in seven
			good = 20
		}
		sim.Events("jobs").Add(good, 100)
		sim.Advance(time.Minute)
		all := b.Episodes()
		ep, ok := b.OpenEpisode()
		if want := len(all) > 0 && all[len(all)-1].Open; ok != want {
			t.Fatalf("minute %d: OpenEpisode() ok = %v, Episodes() = %v", i, ok, all)
		}
		if ok {
			opened++
			if fmt.Sprint(ep) != fmt.Sprint(all[len(all)-1]) || !ep.Open || !ep.End.IsZero() {
				t.Fatalf("minute %d: OpenEpisode() = %v, want %v", i, ep, all[len(all)-1])
			}
		}
	}
	if opened == 0 {
		t.Error("no episode was open")
	}
}

func ExampleBudget_Whole() {
	sim, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{{
		Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99),
		Window: slo.Days(1, time.Unix(0, 0).UTC()), ExpectedEvents: 10_000,
	}}}, time.Unix(0, 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sim.Close()
	sim.Events("orders").Add(970, 1000)
	sim.Advance(6 * time.Hour)
	own, expected, basis, ok := sim.Budget("orders").Whole()
	fmt.Println(own.Counts.Bad, "bad of", own.Counts.Valid(), "so far, and of", expected, "in the end:", basis, ok)
	// Output: 30 bad of 1000 so far, and of 8500 in the end: declared true
}

func ExampleBudget_OpenEpisode() {
	sim, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{{
		Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99),
	}}}, time.Unix(0, 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sim.Close()
	sim.Events("orders").Add(9_900, 10_000)
	sim.Advance(time.Minute)
	for range 60 {
		sim.Events("orders").Add(90, 100)
		sim.Advance(time.Second)
	}
	episode, open := sim.Budget("orders").OpenEpisode()
	fmt.Println(open, episode.Counts.Bad, "bad of", episode.Counts.Valid())
	// Output: true 700 bad of 16000
}

func ExampleBudget_Caused() {
	sim, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{{
		Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9),
	}}}, time.Unix(0, 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sim.Close()
	var event slo.Event // middleware makes it, a handler finds it
	event.Bad("payments")
	operation := sim.HTTP("POST /checkout")
	operation.Start()
	operation.FinishEvent(&event, slo.Success, time.Second)
	fmt.Println(sim.Budget("checkout").Caused("payments"))
	// Output: 1
}
