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

// must fails the test if an update is refused.
func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// What an edit does to history: a target keeps it, another SLI, threshold or classification
// begins anew and says so. It is the table of edits across a restart, without one.
func TestEditsByUpdate(t *testing.T) {
	base := latency
	for _, tt := range []struct {
		name    string
		edit    func(*slo.Objective)
		keeps   bool
		renewed string
		total   Counts // right after
	}{
		{"nothing", func(*slo.Objective) {}, true, "", Counts{Good: 1, Bad: 1}},
		{"target", func(o *slo.Objective) { o.Target = slo.Percent(50) }, true, "", Counts{Good: 1, Bad: 1}},
		{"window", func(o *slo.Objective) { o.Window = slo.Rolling(time.Hour) }, true, "", Counts{Good: 1, Bad: 1}},
		{"calendar window", func(o *slo.Objective) { o.Window = slo.Days(1, noon) }, true, "", Counts{Good: 1, Bad: 1}},
		{"owner", func(o *slo.Objective) { o.Owner = "others" }, true, "", Counts{Good: 1, Bad: 1}},
		{"shadow", func(o *slo.Objective) { o.Shadow = true }, true, "", Counts{Good: 1, Bad: 1}},
		{"name", func(o *slo.Objective) { o.Name = "renamed" }, false, "", Counts{}},
		{"source", func(o *slo.Objective) { o.Of = slo.HTTP("GET /b") }, false, "source", Counts{}},
		{"SLI", func(o *slo.Objective) { o.SLI = slo.Availability() }, false, "SLI", Counts{}},
		{"threshold", func(o *slo.Objective) { o.SLI = slo.Latency(200 * time.Millisecond) }, false, "threshold", Counts{Good: 1, Bad: 1}},
		{"classification", func(o *slo.Objective) {
			o.SLI = slo.Latency(400*time.Millisecond, slo.Verdicts{slo.ClientError: slo.Bad})
		}, false, "classification", Counts{Good: 1, Bad: 1}},
		{"budgeting method", func(o *slo.Objective) { o.Method = slo.Timeslices(time.Minute, slo.Percent(50)) }, false, "budgeting method", Counts{Good: 1, Bad: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := simulate(t, base)
			record(s.HTTP("GET /a"), slo.Success, time.Second)
			record(s.HTTP("GET /a"), slo.Success, 0)
			record(s.HTTP("GET /b"), slo.Success, 0)
			s.Advance(10*time.Minute + 300*time.Millisecond)
			o := base
			tt.edit(&o)
			kept := s.Budget(o.Name)
			must(t, s.Update([]slo.Objective{o}))
			got := kept.Status()
			want, since, observed := Counts{}, s.Time(), time.Duration(0)
			if tt.keeps {
				want, since, observed = Counts{Good: 1, Bad: 1}, noon, 10*time.Minute+300*time.Millisecond
			}
			if got.Counts != want || got.Renewed != tt.renewed || got.Total != tt.total || got.Observed != observed || !got.Since.Equal(since) {
				t.Errorf("%+v, renewed %q, total %+v, observed %v since %v; want %+v, %q, %+v, %v, %v",
					got.Counts, got.Renewed, got.Total, got.Observed, got.Since, want, tt.renewed, tt.total, observed, since)
			}
			began := noon
			if tt.total == (Counts{}) {
				began = since
			}
			if !got.Began.Equal(began) {
				t.Errorf("Total began at %v, want %v", got.Began, began)
			}
			if got.NeverSeen {
				t.Error("NeverSeen = true of a source that had events")
			}
			if o.Method.Kind() != slo.OccurrencesMethod {
				return
			}
			for range 2 { // an update that changes nothing changes nothing
				record(s.HTTP(o.Of.Name()), slo.Success, 0)
				want.Good, tt.total.Good = want.Good+1, tt.total.Good+1
				if got := kept.Status(); got.Counts != want || got.Total != tt.total {
					t.Errorf("after another good one: %+v, total %+v; want %+v, %+v", got.Counts, got.Total, want, tt.total)
				}
				must(t, s.Update([]slo.Objective{o}))
				if got := kept.Status(); got.Counts != want || got.Total != tt.total || got.Renewed != tt.renewed || !got.Since.Equal(since) {
					t.Errorf("after the same update again: %+v, total %+v, renewed %q since %v", got.Counts, got.Total, got.Renewed, got.Since)
				}
				s.Advance(3 * time.Second)
			}
		})
	}
}

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

// An availability objective that comes or goes changes what a latency objective on the same
// source leaves out.
func TestUpdateOfAvailabilityRenewsLatency(t *testing.T) {
	s := simulate(t, latency)
	record(s.HTTP("GET /a"), slo.ServerError, 0)
	must(t, s.Update([]slo.Objective{latency, availability}))
	record(s.HTTP("GET /a"), slo.ServerError, 0)
	got := s.Budget("latency").Status()
	if got.Renewed != "classification" || got.Counts != (Counts{Excluded: 1}) || got.Total != (Counts{Bad: 1, Excluded: 1}) {
		t.Errorf("%+v, total %+v, renewed %q; want 1 excluded since, and 1 bad before", got.Counts, got.Total, got.Renewed)
	}
	shadow := availability
	shadow.Shadow = true // has no say
	must(t, s.Update([]slo.Objective{latency, shadow}))
	record(s.HTTP("GET /a"), slo.ServerError, 0)
	if got := s.Budget("latency").Counts(); got != (Counts{Bad: 1}) {
		t.Errorf("beside a shadow: %+v, want 1 bad", got)
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

// A restart after an update goes on from what the update made.
func TestUpdateThenRestart(t *testing.T) {
	s := simulate(t, availability, latency)
	record(s.HTTP("GET /a"), slo.Success, 300*time.Millisecond)
	s.Advance(time.Minute)
	faster := latency
	faster.SLI = slo.Latency(200 * time.Millisecond)
	must(t, s.Update([]slo.Objective{availability, faster}))
	since := s.Time()
	record(s.HTTP("GET /a"), slo.Success, 300*time.Millisecond)
	s.Advance(time.Minute)
	next := restart(t, s, time.Minute, Config{Objectives: []slo.Objective{availability, faster}})
	got := next.Budget("latency").Status()
	if got.Counts != (Counts{Bad: 1}) || got.Renewed != "threshold" || !got.Since.Equal(since) || !got.Restored || got.Total != (Counts{}) || got.Observed != time.Minute {
		t.Errorf("%+v, renewed %q since %v, restored %v, total %+v, observed %v; want 1 bad since %v", got.Counts, got.Renewed, got.Since, got.Restored, got.Total, got.Observed, since)
	}
	must(t, next.Update([]slo.Objective{availability, faster, everything}))
	if got := next.Budget("latency").Status(); got.Counts != (Counts{Bad: 1}) || !got.Restored {
		t.Errorf("after an update: %+v, restored %v, want 1 bad, true", got.Counts, got.Restored)
	}
	if got := next.Budget("availability").Status(); got.Counts != (Counts{Good: 2}) || !got.Restored {
		t.Errorf("availability: %+v, restored %v, want 2 good, true", got.Counts, got.Restored)
	}
	must(t, next.Update([]slo.Objective{availability, latency}))
	if got := next.Budget("latency").Status(); got.Counts != (Counts{}) || got.Renewed != "threshold" || got.Restored {
		t.Errorf("with the threshold of before: %+v, renewed %q, restored %v; want nothing yet", got.Counts, got.Renewed, got.Restored)
	}
}

// A generation that began with a restart is never read beside what came before it, however
// history thins out.
func TestRenewedHistoryIsOfOneMoment(t *testing.T) {
	o, faster := latency, latency
	o.Window, faster.Window = slo.Rolling(6*time.Hour), slo.Rolling(6*time.Hour)
	faster.SLI = slo.Latency(200 * time.Millisecond)
	s := simulate(t, o)
	run := func(s *Simulation, n int) {
		for range n {
			record(s.HTTP("GET /a"), slo.Success, 300*time.Millisecond)
			s.Advance(time.Second)
		}
	}
	run(s, 3600)
	next := restart(t, s, 0, Config{Objectives: []slo.Objective{faster}})
	for range 40 {
		run(next, 97)
		age := next.Now()
		for _, w := range next.Budget("latency").Windows(nil, age, age-time.Second, age-7*time.Second) {
			if w.Counts.Good != 0 || w.Counts.Bad > uint64(age/time.Second) {
				t.Fatalf("%v after the restart, over %v: %+v, want none good and at most %d bad", age, w.Length, w.Counts, age/time.Second)
			}
		}
	}
}

// What is exported never goes back: buckets at the bounds that stay, sums, counts.
func TestUpdateKeepsHistograms(t *testing.T) {
	at := func(ms ...int) []slo.Objective {
		list := []slo.Objective{availability}
		for _, ms := range ms {
			o := latency
			o.Name, o.SLI = "latency "+time.Duration(ms).String(), slo.Latency(time.Duration(ms)*time.Millisecond)
			list = append(list, o)
		}
		return list
	}
	s, err := NewSimulation(Config{Objectives: at(400)}, noon)
	must(t, err)
	defer s.Close()
	rng := rand.New(rand.NewPCG(4, 5))
	var lasted []time.Duration
	fixed := fixedEdges[:]
	before := map[time.Duration]uint64{}
	for round := range 40 {
		for range 25 {
			d := time.Duration(rng.IntN(900)) * time.Millisecond
			record(s.HTTP("GET /a"), slo.Success, d)
			lasted = append(lasted, d)
		}
		r := s.Report()
		i := slices.IndexFunc(r.Operations, func(o OperationReport) bool { return o.Name == "GET /a" })
		h := r.Operations[i].Good
		if h.Count != uint64(len(lasted)) {
			t.Fatalf("round %d: %d in all, want %d", round, h.Count, len(lasted))
		}
		counts := h.Cumulative(fixed)
		for i, d := range fixed {
			var want uint64
			for _, l := range lasted {
				if l <= d {
					want++
				}
			}
			if counts[i] != want {
				t.Errorf("round %d: %d took at most %v, want %d", round, counts[i], d, want)
			}
		}
		now := map[time.Duration]uint64{}
		bounds := s.Bounds()
		for i, n := range h.Cumulative(bounds) {
			if now[bounds[i]] = n; n < before[bounds[i]] {
				t.Errorf("round %d: %d took at most %v, and %d before", round, n, bounds[i], before[bounds[i]])
			}
			if i > 0 && n < now[bounds[i-1]] {
				t.Errorf("round %d: %d took at most %v, and %d at most %v", round, n, bounds[i], now[bounds[i-1]], bounds[i-1])
			}
		}
		before = now
		must(t, s.Update(at([]int{400, 410, 390, 700}[rng.IntN(4)], 420+rng.IntN(4))))
	}
}

// Quantiles go on over updates, also those of spans that began before.
func TestUpdateKeepsLatencies(t *testing.T) {
	s := simulate(t, latency)
	if _, ok := s.Latency("GET /a", LastHour); ok {
		t.Fatal("a span that has just begun has something to say")
	}
	for i := range 300 {
		record(s.HTTP("GET /a"), slo.Success, time.Duration(300+i)*time.Millisecond)
		s.Advance(10 * time.Second)
		if i%20 == 19 {
			o := latency
			o.SLI = slo.Latency(time.Duration(300+37*i%300) * time.Millisecond)
			must(t, s.Update([]slo.Objective{o}))
			for _, tt := range []struct {
				span Span
				want uint64
			}{{SinceStart, uint64(i + 1)}, {LastHour, uint64(i + 1)}, {LastFiveMinutes, uint64(min(i+1, 31))}} {
				got, ok := s.Latency("GET /a", tt.span)
				if !ok || got.Count > tt.want+1 || got.Count+1 < tt.want {
					t.Fatalf("after %d: %d in span %d, want %d", i+1, got.Count, tt.span, tt.want)
				}
				if most, _ := got.Max(); most < time.Duration(300+i)*time.Millisecond || most > time.Duration(300+i)*time.Millisecond*1091/1000 {
					t.Fatalf("after %d: at most %v in span %d, want %d ms", i+1, most, tt.span, 300+i)
				}
			}
		}
	}
}

// Requests under way are neither lost nor finished by an update.
func TestUpdateKeepsRequestsInFlight(t *testing.T) {
	s := simulate(t, latency)
	o := s.HTTP("GET /a")
	o.Start()
	s.Advance(time.Second)
	faster := latency
	faster.SLI = slo.Latency(100 * time.Millisecond)
	must(t, s.Update([]slo.Objective{faster}))
	if got := s.Budget("latency").Status(); got.InFlight != 1 {
		t.Errorf("%d in flight, want 1", got.InFlight)
	}
	s.Advance(time.Minute)
	if got := s.Budget("latency").Status(); got.Known != Stalled || got.StalledFor < time.Minute {
		t.Errorf("%v for %v, want stalled since before the update", got.Known, got.StalledFor)
	}
	o.Finish(slo.Success, time.Minute)
	if got := s.Budget("latency").Status(); got.InFlight != 0 || got.Counts != (Counts{Bad: 1}) {
		t.Errorf("%d in flight, %+v; want none, 1 bad", got.InFlight, got.Counts)
	}
}

// However often objectives change, memory is bounded by those that there are.
func TestUpdateBoundsMemory(t *testing.T) {
	s := simulate(t, availability, latency, everything)
	var after10 int
	for i := range 500 {
		for range 10 {
			record(s.HTTP("GET /a"), slo.Success, time.Duration(i)*time.Millisecond)
		}
		s.Advance(time.Second)
		o := latency
		o.SLI = slo.Latency(400*time.Millisecond + time.Duration(i%40)*time.Microsecond)
		must(t, s.Update([]slo.Objective{availability, o, everything}))
		if got := len(s.engine.tallier.splits); got > 4 {
			t.Fatalf("after %d updates: %d splits, want those of one latency objective", i+1, got)
		}
		if i == 9 {
			after10 = s.HTTP("GET /a").table.Bytes()
		}
	}
	if got := s.HTTP("GET /a").table.Bytes(); got != after10 {
		t.Errorf("cells take %d bytes after 500 updates, %d after 10", got, after10)
	}
	if got := len(s.engine.scopes); got != 1 {
		t.Errorf("%d histories of operations, want the one that is judged", got)
	}
}

// An objective in slices of time goes on with its slices.
func TestUpdateKeepsSlices(t *testing.T) {
	o := availability
	o.Method, o.Window = slo.Timeslices(time.Minute, slo.Percent(90)), slo.Days(1, noon)
	s := simulate(t, o)
	minutes := func(n int, class slo.Class) {
		for range n * 60 {
			record(s.HTTP("GET /a"), class, 0)
			s.Advance(time.Second)
		}
	}
	minutes(5, slo.Success)
	minutes(2, slo.ServerError)
	s.Advance(30 * time.Second)
	record(s.HTTP("GET /a"), slo.ServerError, 0)
	retargeted := o
	retargeted.Target = slo.Percent(50)
	must(t, s.Update([]slo.Objective{retargeted, everything}))
	s.Advance(30 * time.Second)
	got := s.Budget("availability").Status()
	if want := (Counts{Good: 5, Bad: 3}); got.Counts != want || got.Total != want || got.Renewed != "" {
		t.Errorf("%+v, total %+v, renewed %q; want %+v: the slice under way went on", got.Counts, got.Total, got.Renewed, want)
	}
	if got := s.Budget("availability").Periods(); len(got) != 1 || got[0].Target != slo.Percent(50) || got[0].Counts.Bad != 3 {
		t.Errorf("periods %v, want the one under way with 3 bad slices", got)
	}
	other := o
	other.Method = slo.Timeslices(time.Minute, slo.Percent(99))
	must(t, s.Update([]slo.Objective{other}))
	minutes(1, slo.Success)
	if got := s.Budget("availability").Status(); got.Counts != (Counts{Good: 1}) || got.Total != (Counts{Good: 6, Bad: 3}) || got.Renewed != "budgeting method" {
		t.Errorf("%+v, total %+v, renewed %q; want a new generation", got.Counts, got.Total, got.Renewed)
	}
}

// Periods that have closed and episodes stay with an objective that is judged as before, and
// go with the generation that they were of.
func TestUpdateKeepsPeriodsAndEpisodes(t *testing.T) {
	o := availability
	o.Window = slo.Days(1, noon)
	s := simulate(t, o)
	hour := func(bad int) {
		for i := range 3600 {
			class := slo.Success
			if i < bad {
				class = slo.ServerError
			}
			record(s.HTTP("GET /a"), class, 0)
			s.Advance(time.Second)
		}
	}
	hour(600)
	hour(0)
	s.Advance(23 * time.Hour)
	hour(0)
	retargeted := o
	retargeted.Target = slo.Percent(99)
	must(t, s.Update([]slo.Objective{retargeted}))
	b := s.Budget("availability")
	if got := b.Periods(); len(got) != 2 || got[0].Counts.Bad != 600 || got[0].Target != o.Target || got[1].Target != retargeted.Target {
		t.Errorf("periods %v, want the closed one with its target, and the one under way with the new", got)
	}
	if got := b.Episodes(); len(got) != 1 || got[0].Counts.Bad != 600 {
		t.Errorf("episodes %v, want one", got)
	}
	renewed := retargeted
	renewed.SLI = slo.Availability(slo.Strict())
	must(t, s.Update([]slo.Objective{renewed}))
	if got := b.Periods(); len(got) != 1 || got[0].Counts != (Counts{}) || got[0].Observed != 0 {
		t.Errorf("periods %v of a new generation, want one that has just begun", got)
	}
	if got := b.Episodes(); len(got) != 0 {
		t.Errorf("episodes %v of a new generation, want none", got)
	}
	hour(600)
	if got := b.Episodes(); len(got) != 1 || got[0].Counts.Bad != 600 || len(got[0].Operations) != 1 || got[0].Operations[0].Bad != 600 {
		t.Errorf("episodes %+v, want one of the 600 since", got)
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

// An update between a boundary and the tick that sees it belongs to the period that has begun:
// the one before ended under its own target, and what is new has no part in it.
func TestUpdateRightAfterABoundary(t *testing.T) {
	o := fourWeeks(0)
	o.Window = slo.Days(1, monday)
	s := simulateAt(t, monday, o)
	hours(s, 23, 10)
	s.Advance(59 * time.Minute)
	s.hand.move(90 * time.Second) // no tick
	retargeted, added, renewed := o, o, o
	retargeted.Target = slo.Percent(98)
	added.Name = "added"
	must(t, s.Update([]slo.Objective{retargeted, added}))
	s.Events("orders").Bad()
	s.Advance(time.Minute)
	p := s.Budget("orders").Periods()
	if len(p) != 2 || p[0].Target != o.Target || p[0].Counts != (Counts{Good: 23 * 990, Bad: 230}) || p[1].Target != retargeted.Target || p[1].Counts != (Counts{Bad: 1}) {
		t.Errorf("retargeted: %+v, want the day under the target that it had, and another", p)
	}
	if p := s.Budget("added").Periods(); len(p) != 1 || p[0].Counts != (Counts{Bad: 1}) {
		t.Errorf("added: %+v, want the day that has begun", p)
	}
	s.AdvanceTo(monday.Add(48*time.Hour - time.Minute))
	s.hand.move(90 * time.Second)
	renewed.Method = slo.Timeslices(time.Minute, slo.Percent(90))
	must(t, s.Update([]slo.Objective{renewed}))
	s.Events("orders").Bad()
	s.Advance(3 * time.Minute)
	if p := s.Budget("orders").Periods(); len(p) != 1 || p[0].Counts != (Counts{Bad: 1}) {
		t.Errorf("renewed: %+v, want the day that has begun, with one bad slice", p)
	}
}
