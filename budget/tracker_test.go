package budget

import (
	"bytes"
	"io"
	"log/slog"
	"math"
	"runtime"
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
