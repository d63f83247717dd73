package budget

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// restart ends a simulation and begins another where it left off, after a while.
func restart(tb testing.TB, s *Simulation, away time.Duration, cfg Config) *Simulation {
	tb.Helper()
	cfg.Restore = s.Snapshot()
	if len(cfg.Restore) == 0 {
		tb.Fatal("Snapshot() is empty")
	}
	next, err := NewSimulation(cfg, s.Time().Add(away))
	if err != nil {
		tb.Fatal(err)
	}
	s.Close()
	tb.Cleanup(next.Close)
	return next
}

// A restart does not refill a budget, and exported counts start at zero all the same.
func TestRestartKeepsBudgets(t *testing.T) {
	orders := slo.Objective{Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(90)}
	each := slo.Objective{Name: "each", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(90)}
	cfg := Config{Service: "test", Objectives: []slo.Objective{availability, latency, orders, each, everything}}
	s, err := NewSimulation(cfg, noon)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		class := slo.Success
		if i%500 == 0 {
			class = slo.ServerError
		}
		record(s.HTTP("GET /a"), class, time.Duration(i%10)*100*time.Millisecond)
		record(s.HTTP("GET /b"), slo.Success, 0)
		s.Advance(time.Second)
	}
	s.Events("orders").Add(7, 9)
	before := s.Statuses()
	s = restart(t, s, 10*time.Minute, cfg)
	after := s.Statuses()
	if len(after) != len(before) {
		t.Fatalf("objectives %q after the restart, want %d", s.Objectives(), len(before))
	}
	for _, was := range before {
		is := s.Budget(was.Name).Status()
		if is.Counts != was.Counts || is.Remaining != was.Remaining {
			t.Errorf("%s: %+v with %v remaining after the restart, want %+v with %v", was.Name, is.Counts, is.Remaining, was.Counts, was.Remaining)
		}
		if is.Total != (Counts{}) || !is.Restored || is.Renewed != "" {
			t.Errorf("%s: total %+v, restored %v, renewed %q; want nothing, true, nothing", was.Name, is.Total, is.Restored, is.Renewed)
		}
		if is.Observed != was.Observed || is.Since != was.Since || !is.At.Equal(was.At.Add(10*time.Minute)) {
			t.Errorf("%s: observed %v since %v at %v, want %v since %v ten minutes later than %v", was.Name, is.Observed, is.Since, is.At, was.Observed, was.Since, was.At)
		}
	}
	record(s.HTTP("GET /a"), slo.ServerError, 0)
	if got := s.Budget("availability").Status(); got.Counts.Bad != 5 || got.Total != (Counts{Bad: 1}) {
		t.Errorf("one failure later: %+v, %+v in all, want 5 bad, and 1 by this process", got.Counts, got.Total)
	}
	if got := requests(s.Report()); got != 1 {
		t.Errorf("%d requests reported, want the one of this process", got)
	}
	s = restart(t, s, 0, cfg) // once more, what was restored included
	if got := s.Budget("availability").Counts(); got.Bad != 5 {
		t.Errorf("after another restart: %+v, want 5 bad", got)
	}
	s.Advance(29 * slo.Day)
	if got := s.Budget("availability").Counts(); got != (Counts{}) {
		t.Errorf("a window later: %+v, want nothing", got)
	}
}

// Windows that reach back beyond a restart hold what they would have held without it.
func TestWindowsAcrossRestarts(t *testing.T) {
	o := availability
	o.Window = slo.Rolling(6 * time.Hour)
	cfg := Config{Objectives: []slo.Objective{o}}
	s, err := NewSimulation(cfg, noon)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	m := &model{objective: o}
	var slack time.Duration // each restart may round a point by a tick
	for i := range 20_000 {
		class := slo.Success
		if rng.IntN(20) == 0 {
			class = slo.ServerError
		}
		record(s.HTTP("GET /a"), class, 0)
		m.add(modelEvent{s.Elapsed(), class, 0, 1})
		s.Advance(time.Duration(rng.Int64N(int64(4 * time.Second))))
		if i%4000 == 3999 {
			cfg.Resolution = time.Duration(1+i/4000) * 500 * time.Millisecond
			s = restart(t, s, time.Duration(rng.Int64N(int64(20*time.Minute))), cfg)
			slack += 3 * time.Second
		}
		if i%50 != 0 {
			continue
		}
		for _, d := range []time.Duration{time.Minute, time.Hour, 6 * time.Hour} {
			now := s.Elapsed()
			got := s.Budget("availability").Windows(nil, d)[0].Counts
			least, most := m.counts(now-d), m.counts(now-d-max(d/50, 2*time.Second)-slack)
			if !got.between(least, most) {
				t.Fatalf("event %d, window %v: %+v, want from %+v to %+v", i, d, got, least, most)
			}
		}
	}
}

// What an edit does to history: a target keeps it, another SLI, threshold or
// classification begins anew and says so.
func TestEditsAcrossARestart(t *testing.T) {
	base := latency
	for _, tt := range []struct {
		name    string
		edit    func(*slo.Objective)
		keeps   bool
		renewed string
	}{
		{"nothing", func(*slo.Objective) {}, true, ""},
		{"target", func(o *slo.Objective) { o.Target = slo.Percent(50) }, true, ""},
		{"window", func(o *slo.Objective) { o.Window = slo.Rolling(time.Hour) }, true, ""},
		{"owner", func(o *slo.Objective) { o.Owner = "others" }, true, ""},
		{"name", func(o *slo.Objective) { o.Name = "renamed" }, false, ""},
		{"source", func(o *slo.Objective) { o.Of = slo.HTTP("GET /b") }, false, "source"},
		{"SLI", func(o *slo.Objective) { o.SLI = slo.Availability() }, false, "SLI"},
		{"threshold", func(o *slo.Objective) { o.SLI = slo.Latency(200 * time.Millisecond) }, false, "threshold"},
		{"classification", func(o *slo.Objective) {
			o.SLI = slo.Latency(400*time.Millisecond, slo.Verdicts{slo.ClientError: slo.Bad})
		}, false, "classification"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := NewSimulation(Config{Objectives: []slo.Objective{base}}, noon)
			if err != nil {
				t.Fatal(err)
			}
			record(s.HTTP("GET /a"), slo.Success, time.Second)
			record(s.HTTP("GET /a"), slo.Success, 0)
			s.Advance(10 * time.Minute)
			o := base
			tt.edit(&o)
			s = restart(t, s, time.Minute, Config{Objectives: []slo.Objective{o}})
			s.Advance(time.Minute)
			got := s.Budget(o.Name).Status()
			want, observed := Counts{}, time.Minute
			if tt.keeps {
				want, observed = Counts{Good: 1, Bad: 1}, 11*time.Minute
			}
			if got.Counts != want || got.Renewed != tt.renewed || got.Restored != tt.keeps || got.Observed != observed {
				t.Errorf("%+v, renewed %q, restored %v, observed %v; want %+v, %q, %v, %v",
					got.Counts, got.Renewed, got.Restored, got.Observed, want, tt.renewed, tt.keeps, observed)
			}
			record(s.HTTP(o.Of.Name()), slo.Success, 0)
			s = restart(t, s, time.Minute, Config{Objectives: []slo.Objective{o}})
			want.Good++
			if got := s.Budget(o.Name).Status(); got.Counts != want || got.Renewed != tt.renewed {
				t.Errorf("after another restart: %+v, renewed %q; want %+v, %q", got.Counts, got.Renewed, want, tt.renewed)
			}
		})
	}
}

func TestRestoredHistoryFromTheFuture(t *testing.T) {
	s := simulate(t, availability)
	many(s, 10)
	s.Advance(time.Minute)
	next := restart(t, s, -30*slo.Day, Config{Objectives: []slo.Objective{availability}})
	if got := next.Budget("availability").Status(); got.Counts.Good != 10 || got.Observed != time.Minute {
		t.Errorf("%+v observed for %v, want 10 good observed for 1m: no time has passed", got.Counts, got.Observed)
	}
}

// A damaged snapshot is refused with a reason, and never yields other totals.
func TestDamagedSnapshots(t *testing.T) {
	s := simulate(t, availability, latency, everything)
	for range 300 {
		many(s, 3)
		record(s.HTTP("GET /a"), slo.ServerError, time.Second)
		s.Advance(time.Second)
	}
	blob := s.Snapshot()
	refused := func(b []byte) error {
		_, err := NewSimulation(Config{Objectives: []slo.Objective{availability}, Restore: b}, noon)
		return err
	}
	if err := refused(blob); err != nil {
		t.Fatalf("as it was written: %v", err)
	}
	for n := 1; n < len(blob); n++ {
		if err := refused(blob[:n]); !errors.Is(err, slo.ErrInvalid) {
			t.Fatalf("cut after %d bytes: %v, want an error that matches slo.ErrInvalid", n, err)
		}
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 10_000 {
		b := bytes.Clone(blob)
		for range 1 + rng.IntN(3) {
			b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		}
		if bytes.Equal(b, blob) {
			continue
		}
		if err := refused(b); err == nil {
			t.Fatal("a flipped bit went unnoticed")
		}
	}
	newer := bytes.Clone(blob)
	newer[len(snapshotMagic)+1]++
	for _, tt := range []struct {
		name string
		blob []byte
		want string
	}{
		{"newer version", newer, "want a snapshot of version 2 or before: this one is of version 3"},
		{"something else", []byte("once upon a time there was a file"), "this is not a snapshot"},
		{"cut", blob[:len(blob)-1], "want a whole snapshot"},
		{"longer", append(bytes.Clone(blob), 0), "want a whole snapshot"},
	} {
		if err := refused(tt.blob); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "Restore") {
			t.Errorf("%s: %v, want it to name Restore and to contain %q", tt.name, err, tt.want)
		}
	}
}

// Snapshots of earlier releases can be read. v1.bin was written by the first version, after
// 300 requests of which every hundredth failed.
func TestEarlierSnapshots(t *testing.T) {
	blob, err := os.ReadFile("testdata/snapshot/v1.bin")
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSimulation(Config{Objectives: []slo.Objective{availability, latency, everything}, Restore: blob}, noon.Add(5*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, want := range map[string]Counts{"availability": {Good: 297, Bad: 3}, "latency": {150, 147, 3}, "all": {Good: 297, Bad: 3}} {
		if st := s.Budget(name).Status(); st.Counts != want || st.Observed != 5*time.Minute || !st.Restored {
			t.Errorf("%s: %+v observed for %v, restored %v; want %+v for 5m, true", name, st.Counts, st.Observed, st.Restored, want)
		}
	}
}

// Whatever stands in a snapshot with a right checksum, restoring it does not panic, gives
// no numbers that cannot be, and adds nothing to what this process counts.
func FuzzRestore(f *testing.F) {
	s := simulate(f, availability, latency)
	many(s, 10)
	s.Advance(time.Minute)
	f.Add(s.Snapshot()[snapshotHeader:])
	objectives := []slo.Objective{availability, latency, everything, daily, minutes}
	f.Add(troubled(f, Config{Objectives: objectives[:3]}).Snapshot()[snapshotHeader:])
	days := troubled(f, Config{Objectives: objectives})
	days.Advance(slo.Day)
	f.Add(days.Snapshot()[snapshotHeader:])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, payload []byte) {
		b := append(make([]byte, snapshotHeader), payload...)
		sealSnapshot(b)
		s, err := NewSimulation(Config{Objectives: objectives, Restore: b}, noon)
		if err != nil {
			return
		}
		defer s.Close()
		many(s, 5)
		s.Advance(time.Second)
		for _, st := range s.Statuses() {
			for _, p := range s.Budget(st.Name).Periods() {
				if d, _ := p.TimeToExhaustion(); p.Remaining != p.Remaining || p.Coverage < 0 || p.Coverage > 1 || d < 0 {
					t.Errorf("%s: period %+v, exhausted after %v", st.Name, p, d)
				}
			}
			if st.Coverage < 0 || st.Coverage > 1 || st.Consumed != st.Consumed || st.Consumed < 0 {
				t.Errorf("%s: coverage %v, consumed %v", st.Name, st.Coverage, st.Consumed)
			}
			if c := st.Counts; c.Good+c.Bad < c.Good {
				t.Errorf("%s: %+v, more than there can be", st.Name, c)
			}
			b := s.Budget(st.Name)
			for _, ep := range b.Episodes() {
				if speed := ep.Speed(); speed != speed || speed < 0 || ep.Lasted < 0 || ep.Cost != ep.Cost {
					t.Errorf("%s: an episode %v that cost %v", st.Name, ep, ep.Cost)
				}
			}
			for _, c := range b.ByCause(0) {
				if !(c.Share >= 0 && c.Share <= 1) || !(c.Cost >= 0) {
					t.Errorf("%s: cause %+v", st.Name, c)
				}
			}
			if since, _ := b.SinceDeployment(); !(since.Spent >= 0) {
				t.Errorf("%s: %v spent since %v", st.Name, since.Spent, since.Deployment)
			}
			want := Counts{Good: 5}
			if st.Objective.Method != (slo.Method{}) {
				want = Counts{}
			}
			if st.Total != want {
				t.Errorf("%s: %+v counted by this process, want %+v", st.Name, st.Total, want)
			}
		}
		if again := s.Snapshot(); len(again) == 0 {
			t.Error("what was restored cannot be written")
		}
	})
}

// A history that says more events were late than there were does not wrap around zero.
func TestRestoredCountsDoNotWrap(t *testing.T) {
	s := simulate(t, latency)
	record(s.HTTP("GET /a"), slo.Success, time.Second)
	many(s, 4)
	s.Advance(time.Minute)
	h, err := decode(s.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	for i := range h.scopes {
		for k := range h.scopes[i].series {
			if x := &h.scopes[i].series[k]; x.edge > 0 {
				x.last += 1000
			}
		}
	}
	s, err = NewSimulation(Config{Objectives: []slo.Objective{latency}, Restore: h.encode()}, s.Time())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, want := s.Budget("latency").Counts(), (Counts{Bad: 5}); got != want {
		t.Errorf("%+v, want %+v: five events, and so many late", got, want)
	}
}

// Objectives with periods, and with slices of time.
var daily, minutes = calendar("daily", slo.Method{}), calendar("minutes", slo.Timeslices(time.Minute, slo.Percent(90)))

func calendar(name string, m slo.Method) slo.Objective {
	o := availability
	o.Name, o.Window, o.Method = name, slo.Days(1, noon), m
	return o
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

func TestSnapshotOfNothing(t *testing.T) {
	var none *Tracker
	if got := none.Snapshot(); got != nil {
		t.Errorf("of nil: %d bytes, want none", len(got))
	}
	s := simulate(t, availability)
	s.Close()
	if got := s.Snapshot(); got != nil {
		t.Errorf("of a closed tracker: %d bytes, want none", len(got))
	}
}
