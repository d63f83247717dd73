package policy_test

import (
	"context"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// A stuckLog is a logger that blocks until it is freed, and keeps the lines.
type stuckLog struct {
	slog.Handler
	free chan struct{}

	mu    sync.Mutex
	lines []string
}

func newStuckLog() *stuckLog {
	return &stuckLog{Handler: slog.DiscardHandler, free: make(chan struct{})}
}

func (l *stuckLog) Enabled(context.Context, slog.Level) bool { return true }

func (l *stuckLog) Handle(_ context.Context, r slog.Record) error {
	<-l.free
	l.mu.Lock()
	defer l.mu.Unlock()
	line := r.Message
	r.Attrs(func(a slog.Attr) bool {
		if e, ok := a.Value.Any().(policy.Enactment); ok {
			line += ": " + e.Action.String() + " " + e.To
		}
		if a.Key == "dropped" {
			line += ": " + a.Value.String()
		}
		return true
	})
	l.lines = append(l.lines, line)
	return nil
}

func (l *stuckLog) got() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// running returns a tracker of this bubble.
func running(t *testing.T, objectives ...slo.Objective) *budget.Tracker {
	t.Helper()
	tracker, err := budget.New(budget.Config{Service: "test", Objectives: objectives, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return tracker
}

// fail has a tracker see so many failures among a hundred events.
func fail(tracker *budget.Tracker, bad uint64) {
	tracker.Events("orders").Add(100-bad, 100)
	time.Sleep(2 * time.Second)
	synctest.Wait()
}

func orders() slo.Objective {
	o := hourly()
	o.Of = slo.Events("orders")
	return o
}

// TestStuckLoggerStopsNoTick: the tick, callbacks and gates go on, and the lines come in order once
// the logger takes them.
func TestStuckLoggerStopsNoTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracker := running(t, orders())
		defer tracker.Close()
		log := newStuckLog()
		e, err := policy.Enforce(tracker, lights(), policy.EnforceConfig{Logger: slog.New(log)})
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		e.OnEnactment(func(_ context.Context, n policy.Enactment) { told = append(told, n.To) })
		time.Sleep(time.Hour + time.Minute)
		for _, bad := range []uint64{1, 12, 16} {
			fail(tracker, bad)
		}
		if want := []string{"green", "yellow", "red"}; !slices.Equal(told, want) {
			t.Errorf("while the logger hangs: told %q, want %q", told, want)
		}
		if age := time.Since(e.Standing().At); age > 2*time.Second || !e.Standing().Known {
			t.Errorf("the last tick was %v ago, known %v, want the tick to go on", age, e.Standing().Known)
		}

		gate := policy.NewGate(tracker, policy.GateConfig{Policy: e, Logger: slog.New(log)})
		began := time.Now()
		change := policy.Change{Kind: policy.Security, ID: "v2"}
		if d := gate.Begin(context.Background(), change); d.Outcome != policy.Allow || d.Grant.State != policy.GrantBegun {
			t.Errorf("Begin() = %v, want it granted", d)
		}
		if d := gate.Override(context.Background(), policy.Change{Kind: policy.Feature, ID: "v3"}, "alice", "sale"); d.Outcome != policy.Allow {
			t.Errorf("Override() = %v, want it granted", d)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("two answers of a gate took %v, want at most a second for each logger", took)
		}
		began = time.Now()
		if _, ok := gate.Done(change); !ok {
			t.Error("Done() = false")
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("Done took %v: it waits for a logger that is known to hang", took)
		}

		close(log.free)
		synctest.Wait()
		all := log.got()
		for prefix, want := range map[string][]string{
			"nines: error": {
				"nines: error budget policy: tier changed green", "nines: error budget policy: tier changed yellow",
				"nines: error budget policy: tier changed red", "nines: error budget policy: gate overridden ",
			},
			"nines: deployment": {"nines: deployment begun", "nines: deployment begun", "nines: deployment done"},
		} {
			got := slices.DeleteFunc(slices.Clone(all), func(l string) bool { return !strings.HasPrefix(l, prefix) })
			if !slices.Equal(got, want) {
				t.Errorf("logged %q, want %q", got, want)
			}
		}
		gate.Done(policy.Change{Kind: policy.Security, ID: "v4"})
		if n := len(log.got()); n != len(all)+1 {
			t.Errorf("%d lines after Done, want %d: once the logger is back, a line is there when the call returns", n, len(all)+1)
		}
	})
}

// TestStuckLoggerStopsNoWatcher: callbacks that panic and objectives that change have their lines
// wait.
func TestStuckLoggerStopsNoWatcher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracker := running(t, orders())
		defer tracker.Close()
		log := newStuckLog()
		w, err := policy.Watch(tracker, policy.Config{NoDefaults: true, Logger: slog.New(log), Rules: []policy.Rule{
			{Name: "quick", Severity: policy.Page, When: policy.BurnRate{Factor: 2, Long: time.Minute, Short: 10 * time.Second}},
			{Name: "steep", Severity: policy.Ticket, When: policy.BurnRate{Factor: 9, Long: time.Minute, Short: 10 * time.Second}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		var heard int
		w.OnBreach(func(context.Context, policy.Breach) {
			heard++
			panic("a callback")
		})
		looser := orders()
		looser.Target = slo.Percent(70)
		for i := range 4 {
			if err := tracker.Update([]slo.Objective{[]slo.Objective{looser, orders()}[i%2]}); err != nil {
				t.Fatal(err)
			}
			fail(tracker, 100)
			time.Sleep(2 * time.Minute)
			fail(tracker, 0)
			time.Sleep(5 * time.Minute)
		}
		synctest.Wait()
		if heard < 4 {
			t.Errorf("%d breaches were heard, want the tick to go on", heard)
		}
		if n := len(log.got()); n != 0 {
			t.Errorf("%d lines were written by a logger that hangs", n)
		}
		close(log.free)
		synctest.Wait()
		all := strings.Join(log.got(), "\n")
		if strings.Count(all, "callback panicked") != heard || strings.Count(all, "rules do not fit the objectives as they are now") < 2 {
			t.Errorf("logged\n%s\nwant %d panics, and that rules do not fit", all, heard)
		}
	})
}

// TestStuckLoggerDropsLines: what waits is bounded, and it is said what was dropped.
func TestStuckLoggerDropsLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newStuckLog()
		gate := policy.NewGate(nil, policy.GateConfig{Logger: slog.New(log)})
		change := policy.Change{Kind: policy.Security, ID: "v2"}
		for range 1000 {
			gate.Begin(context.Background(), change)
			gate.Cancel(change)
		}
		close(log.free)
		synctest.Wait()
		all := log.got()
		// One line was on its way, and as many waited as there is room for.
		if n := len(all); n != 1+1024+1 || !slices.Contains(all, "nines: the logger does not keep up; some lines were dropped: 975") {
			t.Errorf("%d lines, the last of which are %q, want 1,025 and how many were dropped", n, all[max(n-3, 0):])
		}
	})
}

// TestLoggerFromHell panics, or ends its goroutine: the lines that follow are written all the same.
func TestLoggerFromHell(t *testing.T) {
	var mu sync.Mutex
	var lines int
	gate := policy.NewGate(nil, policy.GateConfig{Logger: slog.New(hellHandler{slog.DiscardHandler, func() {
		mu.Lock()
		defer mu.Unlock()
		switch lines++; lines {
		case 1:
			panic("a logger")
		case 2:
			runtime.Goexit()
		}
	}})})
	change := policy.Change{Kind: policy.Security, ID: "v2"}
	gate.Begin(context.Background(), change)
	gate.Cancel(change)
	gate.Begin(context.Background(), change)
	mu.Lock()
	defer mu.Unlock()
	if lines != 3 {
		t.Errorf("%d lines, want 3", lines)
	}
}

type hellHandler struct {
	slog.Handler
	f func()
}

func (hellHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h hellHandler) Handle(context.Context, slog.Record) error {
	h.f()
	return nil
}
