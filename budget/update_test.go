package budget

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// The error is that of New, and nothing is half applied.
func TestUpdateIsAllOrNothing(t *testing.T) {
	s := simulate(t, availability, latency)
	many(s, 3)
	bad := latency
	bad.Target = slo.Target{}
	long := availability
	long.Window = slo.Rolling(290 * 365 * slo.Day)
	for _, tt := range []struct {
		name string
		in   []slo.Objective
		want string
	}{
		{"none", nil, `Objectives is "": want at least one objective`},
		{"no target", []slo.Objective{everything, bad}, `Objectives[1] "latency".Target`},
		{"too long a window", []slo.Objective{long}, `Objectives[0] "availability".Window`},
		{"a name twice", []slo.Objective{availability, availability}, `Objectives[1] "availability".Name`},
	} {
		err := s.Update(tt.in)
		if !errors.Is(err, slo.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Update = %v, want an error that matches slo.ErrInvalid and contains %q", tt.name, err, tt.want)
		}
		if _, other := NewSimulation(Config{Objectives: tt.in}, noon); other == nil || other.Error() != err.Error() {
			t.Errorf("%s: Update = %v, and New = %v", tt.name, err, other)
		}
		if got, want := s.Objectives(), []string{"availability", "latency"}; !slices.Equal(got, want) || s.Revision() != 0 {
			t.Errorf("%s: objectives %q at revision %d, want %q at 0", tt.name, got, s.Revision(), want)
		}
	}
	if got := s.Budget("latency").Counts(); got != (Counts{Good: 3}) {
		t.Errorf("%+v, want 3 good as before", got)
	}
	must(t, s.Update([]slo.Objective{everything}))
	if got := s.Declared(); len(got) != 1 || got[0].Name != "all" || s.Revision() != 1 {
		t.Errorf("Declared() = %v at revision %d, want all at 1", got, s.Revision())
	}
}

func TestUpdateOfNothing(t *testing.T) {
	var none *Tracker
	if err := none.Update(nil); err != nil || none.Revision() != 0 {
		t.Errorf("of nil: %v at revision %d, want nil at 0", err, none.Revision())
	}
	s := simulate(t, availability)
	s.Close()
	if err := s.Update([]slo.Objective{latency}); err == nil || err.Error() != "budget: the tracker is closed" {
		t.Errorf("of a closed tracker: %v", err)
	}
	if got := s.Budget("availability").Status(); got.Known != Stale || s.Revision() != 0 {
		t.Errorf("of a closed tracker: %v at revision %d, want it stale as before", got.Known, s.Revision())
	}
}

// Who holds on to a Budget of an objective that is gone gets no answer, and one of its name
// that comes later begins anew.
func TestUpdateEndsObjectives(t *testing.T) {
	s := simulate(t, availability, everything)
	b := s.Budget("availability")
	many(s, 5)
	s.Advance(time.Minute)
	must(t, s.Update([]slo.Objective{everything}))
	check := func(when string) {
		t.Helper()
		if got, ok := b.Remaining(); ok || got != 0 {
			t.Errorf("%s: Remaining() = %v, %v, want 0, false", when, got, ok)
		}
		if got := b.Counts(); got != (Counts{}) {
			t.Errorf("%s: Counts() = %+v, want none", when, got)
		}
		if got := b.Windows(nil, time.Hour); got != nil {
			t.Errorf("%s: Windows() = %v, want none", when, got)
		}
		if got := b.Episodes(); got != nil {
			t.Errorf("%s: Episodes() = %v, want nil", when, got)
		}
		if got := b.Status(); got.Known != NoSuchObjective || got.Name != "availability" || got.Remaining != 0 {
			t.Errorf("%s: Status() = %v of %q with %v remaining, want no such objective", when, got.Known, got.Name, got.Remaining)
		}
	}
	check("at once")
	s.Advance(time.Second)
	check("a tick later")
	if got := s.Statuses(); len(got) != 1 || got[0].Name != "all" || got[0].Counts.Good != 5 {
		t.Errorf("Statuses() = %+v, want all with 5 good", got)
	}
	again := s.Time()
	must(t, s.Update([]slo.Objective{everything, availability}))
	many(s, 2)
	if got := b.Status(); got.Counts.Good != 2 || got.Total.Good != 2 || !got.Since.Equal(again) || !got.Began.Equal(again) || got.Renewed != "" {
		t.Errorf("%+v, total %+v since %v; want 2 good since %v", got.Counts, got.Total, got.Since, again)
	}
	must(t, s.Update([]slo.Objective{everything}))
	s.Close()
	if got := b.Status(); got.Known != NoSuchObjective {
		t.Errorf("gone and then closed: %v, want no such objective", got.Known)
	}
}

// An objective that comes begins with nothing, whatever its source had before: in every
// window, at every time later.
func TestUpdateAddsObjectives(t *testing.T) {
	window := slo.Rolling(2 * time.Hour)
	base, strict := everything, availability // which parts the classes of one operation otherwise
	base.Window = window
	strict.Of, strict.SLI, strict.Window = slo.HTTP("GET /c"), slo.Availability(slo.Strict()), window
	added := []slo.Objective{
		{Name: "new of an operation", Of: slo.HTTP("GET /b"), SLI: slo.Availability(), Target: slo.Percent(99), Window: window},
		{Name: "new and fast", Of: slo.HTTP("GET /b"), SLI: slo.Latency(33 * time.Millisecond), Target: slo.Percent(99), Window: window},
		{Name: "new of all", Of: slo.All, SLI: slo.Latency(33 * time.Millisecond), Target: slo.Percent(99), Window: window},
		{Name: "new of each", Of: slo.Each, SLI: slo.Latency(34 * time.Millisecond), Target: slo.Percent(99), Window: window},
		{Name: "new of events", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99), Window: window},
		{Name: "new of a dependency", Of: slo.Dependency("db"), SLI: slo.Latency(33 * time.Millisecond), Target: slo.Percent(99), Window: window},
	}
	names := []string{"new of an operation", "new and fast", "new of all", "new of each/GET /c", "new of events", "new of a dependency"}
	s := simulate(t, base, strict)
	rng := rand.New(rand.NewPCG(1, 2))
	events := func(n int) {
		for range n {
			d := []time.Duration{0, 33*time.Millisecond + 1, time.Second}[rng.IntN(3)]
			record(s.HTTP("GET /b"), []slo.Class{slo.Success, slo.ServerError}[rng.IntN(2)], d)
			record(s.HTTP("GET /c"), slo.Success, d)
			record(s.Dependency("db"), slo.Success, d)
			s.Events("orders").Add(rng.Uint64N(3), 3)
			s.Advance(time.Duration(rng.IntN(2000)) * time.Millisecond)
		}
	}
	events(1000)
	s.Events("orders").Bad() // in no tick yet
	must(t, s.Update(append([]slo.Objective{base, strict}, added...)))
	came := s.Time()
	for _, name := range names {
		if got := s.Budget(name).Status(); got.Counts != (Counts{}) || got.Total != (Counts{}) || got.Known != NoEvents || got.NeverSeen || got.Coverage != 0 {
			t.Errorf("%s: %+v, total %+v, %v, never seen %v, coverage %v; want nothing yet of a source that is known", name, got.Counts, got.Total, got.Known, got.NeverSeen, got.Coverage)
		}
	}
	for range 60 {
		events(30)
		for _, name := range names {
			b := s.Budget(name)
			st := b.Status()
			if st.Counts != st.Total {
				t.Fatalf("%s: %+v in the window and %+v in all since %v, want the same", name, st.Counts, st.Total, came)
			}
			age := s.Time().Sub(came)
			for _, w := range b.Windows(nil, age-time.Nanosecond, age, age+time.Second, 2*time.Hour) {
				if w.Length < age { // surely after it came, up to a hundredth more
					continue
				}
				if w.Counts != st.Total {
					t.Fatalf("%s over %v: %+v, want the %+v of the %v since it came", name, w.Length, w.Counts, st.Total, age)
				}
			}
			if w := b.Windows(nil, age*99/100)[0]; w.Counts.Good > st.Total.Good || w.Counts.Bad > st.Total.Bad || w.Counts.Excluded > st.Total.Excluded {
				t.Fatalf("%s over the last %v: %+v, more than the %+v since it came", name, w.Length, w.Counts, st.Total)
			}
			if st.Observed != age {
				t.Fatalf("%s: observed for %v, want %v", name, st.Observed, age)
			}
		}
	}
	record(s.HTTP("GET /late"), slo.Success, 0)
	if got := s.Budget("new of each/GET /late").Status(); !got.Since.Equal(came) || got.Counts.Good != 1 {
		t.Errorf("an operation that came later: %+v since %v, want 1 good since the update at %v", got.Counts, got.Since, came)
	}
}

// What was recorded after the last tick before an update is noted when it happened, not when
// the next event comes.
func TestUpdateBetweenTicks(t *testing.T) {
	orders := slo.Objective{Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(90), Window: slo.Rolling(time.Hour)}
	a := availability
	a.Window = slo.Rolling(time.Hour)
	for _, o := range []slo.Objective{orders, a} {
		s := simulate(t, o)
		s.Advance(500 * time.Millisecond)
		s.Events("orders").Bad()
		record(s.HTTP("GET /a"), slo.ServerError, 0)
		must(t, s.Update([]slo.Objective{o}))
		s.Advance(time.Hour + time.Minute)
		if got := s.Budget(o.Name).Counts(); got != (Counts{}) {
			t.Errorf("%s: %+v an hour and a minute later, want nothing", o.Name, got)
		}
	}
}

// A window that is longer than any so far says what was kept of it.
func TestUpdateToALongerWindow(t *testing.T) {
	short, long := availability, availability
	short.Window, long.Window = slo.Rolling(time.Hour), slo.Rolling(6*time.Hour)
	s := simulate(t, short)
	run := func(hours int) {
		for range hours * 60 {
			many(s, 1)
			s.Advance(time.Minute)
		}
	}
	run(10)
	must(t, s.Update([]slo.Objective{long}))
	got := s.Budget("availability").Status()
	if got.Observed != time.Hour || got.Counts.Good < 60 || got.Counts.Good > 61 || got.Known == FullyKnown || !got.Since.Equal(noon) {
		t.Errorf("at once: %+v observed for %v, %v; want the last hour of six", got.Counts, got.Observed, got.Known)
	}
	run(2)
	if got := s.Budget("availability").Status(); got.Observed != 3*time.Hour || got.Counts.Good < 180 || got.Counts.Good > 182 {
		t.Errorf("two hours later: %+v observed for %v, want the last three hours", got.Counts, got.Observed)
	}
	run(4)
	if got := s.Budget("availability").Status(); got.Observed != 6*time.Hour || got.Counts.Good < 360 || got.Counts.Good > 364 {
		t.Errorf("six hours later: %+v observed for %v, want all", got.Counts, got.Observed)
	}
	must(t, s.Update([]slo.Objective{short}))
	if got := s.Budget("availability").Status(); got.Observed != time.Hour || got.Counts.Good < 60 || got.Counts.Good > 61 {
		t.Errorf("back to an hour: %+v observed for %v", got.Counts, got.Observed)
	}
}

// Objectives of slo.Each follow their declaration and what overrides it.
func TestUpdateOfEach(t *testing.T) {
	each := slo.Objective{Name: "each", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(90)}
	s := simulate(t, each)
	many(s, 1)
	record(s.HTTP("GET /b"), slo.Success, 0)
	s.Advance(time.Second)
	retargeted := each
	retargeted.Target = slo.Percent(99)
	must(t, s.Update([]slo.Objective{retargeted, availability}))
	if got, want := s.Objectives(), []string{"availability", "each/GET /b"}; !slices.Equal(got, want) {
		t.Errorf("overridden: objectives %q, want %q", got, want)
	}
	if got := s.Budget("each/GET /b").Status(); got.Counts.Good != 1 || got.Objective.Target != slo.Percent(99) {
		t.Errorf("each/GET /b: %+v at %v, want its history at 99%%", got.Counts, got.Objective.Target)
	}
	many(s, 1)
	if got := s.Budget("availability").Counts(); got.Good != 1 {
		t.Errorf("the override: %+v, want what came since", got)
	}
	record(s.HTTP("GET /c"), slo.Success, 0)
	must(t, s.Update([]slo.Objective{retargeted}))
	if got, want := s.Objectives(), []string{"each/GET /a", "each/GET /b", "each/GET /c"}; !slices.Equal(got, want) {
		t.Errorf("not overridden any more: objectives %q, want %q", got, want)
	}
	for name, want := range map[string]uint64{"each/GET /a": 0, "each/GET /b": 1, "each/GET /c": 1} {
		if got := s.Budget(name).Counts().Good; got != want {
			t.Errorf("%s: %d good, want %d", name, got, want)
		}
	}
	many(s, 1)
	if got := s.Budget("each/GET /a").Counts().Good; got != 1 {
		t.Errorf("each/GET /a: %d good, want the one since it is back", got)
	}
}

// Operations that no objective names any more are undeclared, and count against the limit.
func TestUpdateDeclaresOperations(t *testing.T) {
	s, err := NewSimulation(Config{Objectives: []slo.Objective{availability}, MaxOperations: 1}, noon)
	must(t, err)
	defer s.Close()
	named := func(want string) {
		t.Helper()
		var got []string
		for _, o := range s.Report().Operations {
			if o.Declared {
				got = append(got, o.Name)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("declared: %q, want %s", got, want)
		}
	}
	named("GET /a")
	other := availability
	other.Name, other.Of = "other", slo.RPC("/shop.Cart/Add")
	must(t, s.Update([]slo.Objective{other}))
	named("/shop.Cart/Add")
	if got := s.Report().Self.Undeclared; got != 5 { // GET /a, unnamed, unmatched and twice _OTHER
		t.Errorf("%d undeclared operations, want 5", got)
	}
	if got := s.HTTP("GET /b").Name(); got != "_OTHER" {
		t.Errorf("a new operation is %q, want _OTHER: GET /a has its place", got)
	}
	if got := s.HTTP("GET /a").Name(); got != "GET /a" {
		t.Errorf("GET /a is %q now, want it to stay", got)
	}
	must(t, s.Update([]slo.Objective{availability, other}))
	named("GET /a, /shop.Cart/Add")
	if got := s.HTTP("GET /b").Name(); got != "GET /b" {
		t.Errorf("a new operation is %q, want its own: there is room again", got)
	}
}

// What is worth an exemplar follows the objectives.
func TestUpdateChangesWhatIsNotable(t *testing.T) {
	s := simulate(t, availability, latency)
	faster := latency
	faster.SLI = slo.Latency(200 * time.Millisecond)
	notable := func() bool {
		o := s.HTTP("GET /a")
		o.Start()
		return o.FinishEvent(nil, slo.Success, 300*time.Millisecond)
	}
	for _, tt := range []struct {
		name       string
		objectives []slo.Objective
		want       bool
	}{
		{"as before", []slo.Objective{availability, latency}, false},
		{"a lower threshold", []slo.Objective{availability, faster}, true},
		{"the one of before", []slo.Objective{availability, latency}, false},
		{"on all requests", []slo.Objective{{Name: "fast", Of: slo.All, SLI: faster.SLI, Target: slo.Percent(90)}}, true},
		{"none", []slo.Objective{availability}, false},
	} {
		must(t, s.Update(tt.objectives))
		if got := notable(); got != tt.want {
			t.Errorf("%s: notable = %v, want %v", tt.name, got, tt.want)
		}
	}
}

// An operation that comes with an update may need what no other operation counts: here of
// slo.Each, as its own availability leaves other classes to a latency.
func TestUpdateAddsOperationWithVerdictsOfItsOwn(t *testing.T) {
	each := slo.Objective{Name: "fast", Of: slo.Each, SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95)}
	s := simulate(t, each)
	record(s.HTTP("GET /a"), slo.Success, 0)
	s.Advance(time.Minute)
	strict := slo.Objective{
		Name: "strict", Of: slo.HTTP("POST /new"), Target: slo.Percent(99),
		SLI: slo.Availability(slo.Verdicts{slo.ClientError: slo.Bad}),
	}
	must(t, s.Update([]slo.Objective{each, strict}))
	for _, name := range []string{"GET /a", "POST /new"} {
		record(s.HTTP(name), slo.ClientError, time.Second)
		record(s.HTTP(name), slo.Success, time.Second)
		record(s.HTTP(name), slo.Success, 0)
	}
	s.Advance(time.Minute)
	for name, want := range map[string]Counts{
		"fast/GET /a":    {Good: 2, Bad: 2},
		"fast/POST /new": {Good: 1, Bad: 1, Excluded: 1},
		"strict":         {Good: 2, Bad: 1},
	} {
		if got := s.Budget(name).Counts(); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}
