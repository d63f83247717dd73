package budget

import (
	"bytes"
	"io"
	"log/slog"
	"math"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A live tracker ticks by itself, and its window lets old events go.
func TestLiveTrackerForgetsAfterItsWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := availability
		o.Window = slo.Rolling(time.Hour)
		tr, err := New(Config{Objectives: []slo.Objective{o}})
		if err != nil {
			t.Fatal(err)
		}
		defer tr.Close()
		record(tr.HTTP("GET /a"), slo.ServerError, 0)
		if got, ok := tr.Budget("availability").Remaining(); got != -999 || !ok {
			t.Errorf("at once: Remaining() = %v, %v, want -999, true", got, ok)
		}
		time.Sleep(time.Hour - time.Second)
		if got := tr.Budget("availability").Counts(); got.Bad != 1 {
			t.Errorf("within the window: Counts() = %+v, want 1 bad", got)
		}
		time.Sleep(38 * time.Second) // 1 % of the window, and a tick
		if got, ok := tr.Budget("availability").Remaining(); got != 1 || ok {
			t.Errorf("one window later: Remaining() = %v, %v, want 1, false", got, ok)
		}
		if tr.Report().Self.Ticks < 3600 {
			t.Errorf("%d ticks in an hour, want one a second", tr.Report().Self.Ticks)
		}
	})
}

// Concurrent and repeated Close end the goroutine once; what comes after is ignored.
func TestConcurrentClose(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 200 {
		tr, err := New(Config{Objectives: []slo.Objective{availability}})
		if err != nil {
			t.Fatal(err)
		}
		record(tr.HTTP("GET /a"), slo.Success, 0)
		b := tr.Budget("availability")
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(tr.Close)
		}
		wg.Wait()
		record(tr.HTTP("GET /a"), slo.Success, 0)
		tr.Events("x").Good()
		if got, ok := b.Remaining(); got != 0 || ok {
			t.Fatalf("closed: Remaining() = %v, %v, want 0, false", got, ok)
		}
		if got := b.Status(); got.Known != Stale || got.Remaining != 0 {
			t.Fatalf("closed: Status() is %v with %v remaining, want stale with 0", got.Known, got.Remaining)
		}
		if got := tr.Report().Operations; got[len(got)-2].Requests() != 0 && got[0].Requests() > 1 {
			t.Fatalf("closed: something was recorded: %+v", got)
		}
	}
	// A goroutine that has said it is done may still be on its way out.
	after := runtime.NumGoroutine()
	for i := 0; after > before && i < 1_000_000; i++ {
		runtime.Gosched()
		after = runtime.NumGoroutine()
	}
	if after > before {
		t.Errorf("%d goroutines after 200 trackers, %d before", after, before)
	}
}

func TestNilTrackerDoesNothing(t *testing.T) {
	var tr *Tracker
	o := tr.HTTP("GET /a")
	o.Start()
	o.Finish(slo.Success, 0)
	o.FinishEvent(nil, slo.Success, 0)
	o.Withdraw()
	o.StreamBegan()
	o.StreamEnded()
	tr.RPC("/a/b").Start()
	tr.Unnamed().Start()
	tr.Unmatched().Start()
	tr.Events("x").Good()
	tr.Events("x").Bad()
	tr.Events("x").Add(1, 2)
	tr.Attach(Hook{})()
	tr.Close()
	if err := tr.Explain(nil); err != nil {
		t.Errorf("Explain() = %v, want nil", err)
	}
	b := tr.Budget("x")
	if r, ok := b.Remaining(); r != 0 || ok {
		t.Errorf("Remaining() = %v, %v, want 0, false", r, ok)
	}
	if r, ok := b.BurnRate(time.Hour); r != 0 || ok {
		t.Errorf("BurnRate() = %v, %v, want 0, false", r, ok)
	}
	if got := b.Status().Known; got != NoSuchObjective {
		t.Errorf("Known = %v, want %v", got, NoSuchObjective)
	}
	if tr.Now() != 0 || tr.Service() != "" || tr.Objectives() != nil || tr.Declared() != nil || tr.Bounds() != nil || len(tr.Report().Operations) != 0 || len(tr.Statuses()) != 0 {
		t.Error("a nil tracker knows something")
	}
	if _, ok := tr.Latency("GET /a", SinceStart); ok {
		t.Error("a nil tracker has latencies")
	}
}

// The wall clock steps, the machine sleeps: nothing is lost, doubled or revived, and no
// budget is refilled by a clock that is wrong for less than a minute.
func TestClockSteps(t *testing.T) {
	o := availability
	o.Window = slo.Rolling(24 * time.Hour)
	start := func(t *testing.T) *Simulation {
		t.Helper()
		s := simulate(t, o)
		many(s, 500)
		record(s.HTTP("GET /a"), slo.ServerError, 0)
		s.Advance(time.Hour)
		return s
	}
	want := Counts{Good: 500, Bad: 1}
	for _, step := range []time.Duration{-30 * slo.Day, -time.Hour, time.Hour, 30 * slo.Day} {
		s := start(t)
		s.StepWall(step)
		s.Advance(30 * time.Second)
		if got := s.Budget("availability").Counts(); got != want {
			t.Errorf("step of %v: Counts() = %+v, want %+v", step, got, want)
		}
		if got := s.Budget("availability").Status(); got.ClockSuspect != (step > 0) {
			t.Errorf("step of %v: ClockSuspect = %v", step, got.ClockSuspect)
		}
		s.StepWall(-step) // mended
		s.Advance(2 * time.Hour)
		if got := s.Budget("availability").Status(); got.Counts != want || got.ClockSuspect {
			t.Errorf("step of %v, mended: %+v, suspect %v, want %+v and not", step, got.Counts, got.ClockSuspect, want)
		}
	}
	s := start(t)
	s.HTTP("GET /a").Start()
	s.StepWall(3 * time.Hour) // a suspend: the wall clock went on, the monotonic one stood still
	s.Advance(2 * time.Minute)
	s.HTTP("GET /a").Finish(slo.Success, 0)
	st := s.Budget("availability").Status()
	if st.Counts != (Counts{Good: 501, Bad: 1}) || st.Observed != time.Hour+2*time.Minute {
		t.Errorf("after a suspend: %+v observed for %v, want 501 good, 1 bad, observed for 1h2m", st.Counts, st.Observed)
	}
	if got := s.Elapsed(); got != 4*time.Hour+2*time.Minute {
		t.Errorf("after a suspend: engine time %v, want 4h2m", got)
	}
	s.Advance(20*time.Hour + 20*time.Minute) // a day after the first events, and one percent
	if got := s.Budget("availability").Counts(); got != (Counts{Good: 1}) {
		t.Errorf("a day later: %+v, want what came after the suspend: 1 good", got)
	}
}

func TestEachOperationHasItsOwnBudget(t *testing.T) {
	each := slo.Objective{Name: "default", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(90)}
	quick := slo.Objective{Name: "quick", Of: slo.Each, SLI: slo.Latency(time.Second), Target: slo.Percent(80)}
	s := simulate(t, availability, each, quick)
	record(s.HTTP("GET /b"), slo.ServerError, 0)
	record(s.RPC("/shop.v1.Cart/Add"), slo.RPCInternal, 0)
	record(s.Unmatched(), slo.Unmatched, 0)
	record(s.Unnamed(), slo.Success, 0)
	if got, ok := s.Budget("default/GET /b").Remaining(); math.Abs(got+9) > 1e-12 || !ok {
		t.Errorf("before any tick: Remaining() = %v, %v, want -9, true", got, ok)
	}
	want := "availability quick/GET /a default/GET /b quick/GET /b default//shop.v1.Cart/Add quick//shop.v1.Cart/Add"
	if got := strings.Join(s.Objectives(), " "); got != want {
		t.Errorf("Objectives() = %s, want %s", got, want)
	}
	if got := s.Budget("quick/GET /b").Counts(); got != (Counts{Excluded: 1}) {
		t.Errorf("quick: %+v, want the failure left to availability", got)
	}
}

func TestStreamMisuse(t *testing.T) {
	o := slo.Objective{Name: "rows", Of: slo.Events("rows"), SLI: slo.Completeness(), Target: slo.Percent(99)}
	s := simulate(t, o)
	s.Events("rows").Add(2, 1)
	s.Events("rows").Add(0, 0)
	s.Events("rows").Add(99, 100)
	if got := s.Budget("rows").Counts(); got != (Counts{Good: 99, Bad: 1}) {
		t.Errorf("Counts() = %+v, want 99 good, 1 bad", got)
	}
	if got := s.Report().Self.Misused; got != 1 {
		t.Errorf("Misused = %d, want 1", got)
	}
}

// Who was blamed is counted where the event ended badly.
func TestFinishEventCountsBlame(t *testing.T) {
	s := simulate(t, availability)
	o := s.HTTP("GET /a")
	for _, class := range []slo.Class{slo.Success, slo.ServerError, slo.ClientError, slo.Failed, slo.Cancelled} {
		var e slo.Event
		e.Blame("payments")
		o.Start()
		o.FinishEvent(&e, class, 0)
	}
	if got := s.Budget("availability").Counts(); got != (Counts{Good: 2, Bad: 2, Excluded: 1}) {
		t.Errorf("availability: %+v, want what it is without blame", got)
	}
	for _, r := range s.Report().Operations {
		if r.Name != "GET /a" {
			continue
		}
		if len(r.Causes) != 1 || r.Causes[0] != (CauseCount{"payments", 2}) {
			t.Errorf("Causes = %v, want payments twice", r.Causes)
		}
	}
}

func TestFinishEventAppliesMarks(t *testing.T) {
	s := simulate(t, availability, latency)
	o := s.HTTP("GET /a")
	for _, mark := range []func(*slo.Event){
		func(e *slo.Event) { e.Bad("payments") },
		func(e *slo.Event) { e.Exclude("load test") },
		func(e *slo.Event) { e.Degraded() },
		func(e *slo.Event) { e.Subtract(time.Second) },
		func(*slo.Event) {},
	} {
		var e slo.Event
		mark(&e)
		o.Start()
		o.FinishEvent(&e, slo.Success, 1200*time.Millisecond)
	}
	if got := s.Budget("availability").Counts(); got != (Counts{Good: 3, Bad: 1, Excluded: 1}) {
		t.Errorf("availability: %+v", got)
	}
	if got := s.Budget("latency").Counts(); got != (Counts{Good: 1, Bad: 2, Excluded: 2}) {
		t.Errorf("latency: %+v", got)
	}
	for i := range 100 {
		var e slo.Event
		e.Bad(strings.Repeat("x", i+1))
		o.Start()
		o.FinishEvent(&e, slo.Success, 0)
	}
	var sum uint64
	for _, op := range s.Report().Operations {
		if op.Name == "GET /a" {
			if len(op.Causes) > maxCauses+1 {
				t.Errorf("%d causes told apart, want at most %d", len(op.Causes), maxCauses+1)
			}
			for _, c := range op.Causes {
				sum += c.Count
			}
		}
	}
	if sum != 102 {
		t.Errorf("causes sum up to %d, want 102", sum)
	}
}

func TestHooks(t *testing.T) {
	var log bytes.Buffer
	s, err := NewSimulation(Config{Objectives: []slo.Objective{availability}, Logger: slog.New(slog.NewTextHandler(&log, nil))}, noon)
	if err != nil {
		t.Fatal(err)
	}
	var ticks, closes int
	detach := s.Attach(Hook{Tick: func(k Tick) {
		if ticks++; !k.Simulated || k.Elapsed != time.Duration(ticks)*time.Second {
			t.Errorf("tick %d: %+v", ticks, k)
		}
	}, Close: func() { closes++ }})
	s.Attach(Hook{Tick: func(Tick) { panic("boom") }, Close: func() { closes++ }})
	s.Advance(3 * time.Second)
	detach()
	detach()
	s.Advance(3 * time.Second)
	s.Close()
	s.Close()
	if ticks != 3 || closes != 1 {
		t.Errorf("%d ticks and %d closes, want 3 and 1", ticks, closes)
	}
	if got := s.Report().Self.HookPanics; got != 6 || !strings.Contains(log.String(), "boom") {
		t.Errorf("HookPanics = %d, logged %q, want 6 and boom", got, log.String())
	}
}

func TestUnnamedIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	s, err := NewSimulation(Config{Objectives: []slo.Objective{everything}, Logger: slog.New(slog.NewTextHandler(&log, nil))}, noon)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		record(s.Unnamed(), slo.Success, 0)
		s.Advance(time.Second)
	}
	if got := strings.Count(log.String(), "httpslo.Route"); got != 1 {
		t.Errorf("the remedy was logged %d times, want once: %s", got, log.String())
	}
	if got := s.Report().Self.Unnamed; got != 3 {
		t.Errorf("Unnamed = %d, want 3", got)
	}
}

func TestOverflowIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	s, err := NewSimulation(Config{Objectives: []slo.Objective{everything}, MaxOperations: 2, Logger: slog.New(slog.NewTextHandler(&log, nil))}, noon)
	if err != nil {
		t.Fatal(err)
	}
	want := func(requests, dependencies, streams int) {
		t.Helper()
		s.Advance(2 * time.Second)
		for name, n := range map[string]int{"operation=_OTHER": requests + streams, "operation=dependency:_OTHER": dependencies, "limit=2": requests + dependencies + streams} {
			if got := strings.Count(log.String(), name); got != n {
				t.Errorf("%s was logged %d times, want %d: %s", name, got, n, log.String())
			}
		}
	}
	for i := range 2 {
		record(s.HTTP("GET /"+strconv.Itoa(i)), slo.Success, 0)
	}
	record(s.HTTP("_OTHER"), slo.Unmatched, 0) // as does a call of a method that nobody serves
	record(s.HTTP(strings.Repeat("x", maxOperationName+1)), slo.Success, 0)
	want(0, 0, 0) // no name was without a place
	for i := range 9 {
		record(s.HTTP("GET /"+strconv.Itoa(i)), slo.Success, 0)
	}
	want(1, 0, 0)
	for i := range 9 {
		record(s.HTTP("GET /"+strconv.Itoa(i)), slo.Success, 0)
		record(s.Dependency("host"+strconv.Itoa(i)), slo.Success, 0)
		s.Events("events" + strconv.Itoa(i)).Good()
	}
	want(1, 1, 1)
}

func TestHostileNames(t *testing.T) {
	s := simulate(t, everything)
	record(s.HTTP("GET /\xff"), slo.Success, 0)
	record(s.HTTP(`GET /\xff`), slo.Success, 0)
	record(s.HTTP("GET /\x00\n\"{}"), slo.Success, 0)
	record(s.HTTP(strings.Repeat("long", 1000)), slo.Success, 0)
	for _, o := range s.Report().Operations[:5] {
		want := map[string]uint64{`GET /\xff`: 2, "GET /\x00\n\"{}": 1, "_OTHER": 1}[o.Name]
		if got := o.Requests(); got != want {
			t.Errorf("%q: %d requests, want %d", o.Name, got, want)
		}
	}
}

func TestProjectedExhaustion(t *testing.T) {
	o := availability
	o.Window = slo.Rolling(10 * time.Hour)
	s := simulate(t, o)
	s.Advance(9 * time.Hour)
	for range 3600 { // burn rate 2 for an hour of a ten-hour window: a fifth of it, as traffic goes
		for range 500 {
			record(s.HTTP("GET /a"), slo.Success, 0)
		}
		s.Advance(time.Second)
		if s.Now()%time.Second == 0 {
			record(s.HTTP("GET /a"), slo.ServerError, 0)
		}
	}
	st := s.Budget("availability").Status()
	if !st.WillExhaust || st.ProjectedExhaustion != 0 || !st.Exhausted {
		t.Errorf("overspent: will exhaust %v in %v, exhausted %v, want at once", st.WillExhaust, st.ProjectedExhaustion, st.Exhausted)
	}
	s = simulate(t, o)
	for range 10_000 {
		record(s.HTTP("GET /a"), slo.Success, 0)
	}
	s.Advance(9*time.Hour + 30*time.Minute)
	for range 10_000 {
		record(s.HTTP("GET /a"), slo.Success, 0)
	}
	for range 10 {
		record(s.HTTP("GET /a"), slo.ServerError, 0)
	}
	s.Advance(time.Second)
	st = s.Budget("availability").Status()
	// Remaining 1 - 10/20.01; the last hour burns at 10/10.01: so about 5 hours.
	if want := 5 * time.Hour; !st.WillExhaust || (st.ProjectedExhaustion-want).Abs() > time.Minute {
		t.Errorf("ProjectedExhaustion = %v, %v, want about %v", st.ProjectedExhaustion, st.WillExhaust, want)
	}
}

// A hook that only explains, as every wrapped handler attaches, does not make a
// simulation tick through idle stretches.
func TestExplainingHooksDoNotSlowSimulations(t *testing.T) {
	s := simulate(t, availability)
	s.Attach(Hook{Explain: func(io.Writer) {}})
	many(s, 1)
	s.Advance(28 * slo.Day)
	if got := s.Report().Self.Ticks; got > 10 {
		t.Errorf("%d ticks for four idle weeks, want a few", got)
	}
	s.Attach(Hook{Tick: func(Tick) {}})
	s.Advance(time.Hour)
	if got := s.Report().Self.Ticks; got < 3600 {
		t.Errorf("%d ticks for an hour that somebody watches, want one a second", got)
	}
}
