package policy_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// fickle has n objectives whose breaches start and end within seconds.
func fickle(n int) (budget.Config, policy.Config) {
	cfg := budget.Config{Service: "shop", Resolution: time.Second}
	for i := range n {
		cfg.Objectives = append(cfg.Objectives, slo.Objective{
			Name: fmt.Sprintf("o%d", i), Of: slo.HTTP(fmt.Sprintf("GET /%d", i)), SLI: slo.Availability(),
			Target: slo.Percent(90), Window: slo.Rolling(time.Minute),
		})
	}
	return cfg, policy.Config{NoDefaults: true, NoHealth: true, Rules: []policy.Rule{
		{Name: "r", Severity: policy.Page, When: policy.BurnRate{Factor: 1, Long: 2 * time.Second, Short: time.Second}, MinBad: 1},
	}}
}

// A live is a live tracker inside a synctest bubble, with a watcher.
type live struct {
	*budget.Tracker
	*policy.Watcher
	n   int
	log *bytes.Buffer
}

func newLive(t *testing.T, n int) *live {
	t.Helper()
	cfg, rules := fickle(n)
	tracker, err := budget.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l := &live{Tracker: tracker, n: n, log: &bytes.Buffer{}}
	rules.Logger = slog.New(slog.NewTextHandler(l.log, nil))
	if l.Watcher, err = policy.Watch(tracker, rules); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tracker.Close)
	return l
}

// incident makes a breach of every objective start, and end.
func (l *live) incident() {
	for _, class := range []slo.Class{slo.ServerError, slo.ServerError, slo.Success, slo.Success, slo.Success, slo.Success} {
		for i := range l.n {
			op := l.HTTP(fmt.Sprintf("GET /%d", i))
			for range 10 {
				op.Start()
				op.Finish(class, 0)
			}
		}
		time.Sleep(time.Second)
	}
	synctest.Wait()
}

// A listener collects what it is told; others are called at the same time.
type listener struct {
	mu    sync.Mutex
	heard []string
}

func (l *listener) hear(_ context.Context, b policy.Breach) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = append(l.heard, b.Name+" "+b.State.String())
}

// of returns what was heard of one objective.
func (l *listener) of(name string) (list []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.heard {
		if state, ok := strings.CutPrefix(s, name+" "); ok {
			list = append(list, state)
		}
	}
	return list
}

func started(n int) (list []string) {
	for range n {
		list = append(list, "started", "resolved")
	}
	return list
}

// TestCallbacksFromHell: one callback panics, one blocks for ever, one ends its goroutine,
// one is slow, one changes what it is given, one calls everything. The others, before
// and after them, hear everything in order, and no tick is late.
func TestCallbacksFromHell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 3)
		var first, last listener
		var slow, goexit, reenter atomic.Int64
		var ended atomic.Bool
		l.OnBreach(first.hear)
		l.OnBreach(func(_ context.Context, b policy.Breach) { panic("from hell: " + b.Name) })
		l.OnBreach(func(_ context.Context, b policy.Breach) {
			b.Rules[0].Rule = "changed"
			b.Rules[len(b.Rules)].Rule = "out of range"
		})
		l.OnBreach(func(ctx context.Context, _ policy.Breach) { <-ctx.Done(); ended.Store(true) })
		l.OnBreach(func(context.Context, policy.Breach) { goexit.Add(1); runtime.Goexit() })
		l.OnBreach(func(context.Context, policy.Breach) { time.Sleep(3 * time.Second); slow.Add(1) })
		l.OnBreach(func(_ context.Context, b policy.Breach) {
			l.Active()
			l.States()
			l.Statuses()
			l.Budget(b.Name).Remaining()
			l.HTTP("GET /new " + b.Name)
			_ = l.Explain(&strings.Builder{})
			cancel := l.OnBreach(func(context.Context, policy.Breach) {})
			cancel()
			cancel()
			reenter.Add(1)
		})
		l.OnBreach(func(_ context.Context, b policy.Breach) {
			if r := b.Rules[0].Rule; r != "r" {
				t.Errorf("rule %q, want r: another callback changed it", r)
			}
			last.hear(context.Background(), b)
		})
		for range 4 {
			l.incident()
		}
		for i := range 3 {
			name := fmt.Sprintf("o%d", i)
			for which, got := range map[string][]string{"first": first.of(name), "last": last.of(name)} {
				if !slices.Equal(got, started(4)) {
					t.Errorf("the %s subscriber heard %q of %s, want %q", which, got, name, started(4))
				}
			}
		}
		if got := l.Panics(); got != 2*24 {
			t.Errorf("Panics() = %d, want 48", got)
		}
		if goexit.Load() != 24 || reenter.Load() != 24 {
			t.Errorf("the callback that ends its goroutine was called %d times, the one that calls everything %d, want 24", goexit.Load(), reenter.Load())
		}
		if got := l.Report().Self; got.Ticks != 24 || got.HookPanics != 0 {
			t.Errorf("%d ticks, %d panics of hooks, want 24, 0", got.Ticks, got.HookPanics)
		}
		if !strings.Contains(l.log.String(), "a breach callback panicked") || !strings.Contains(l.log.String(), "from hell: o0") {
			t.Errorf("log %q, want the panics", l.log)
		}
		before := time.Now()
		l.Tracker.Close()
		if took := time.Since(before); took != time.Second {
			t.Errorf("Close took %v, want the second that callbacks are given", took)
		}
		synctest.Wait()
		if !ended.Load() {
			t.Error("the callback that blocks until its context ends goes on")
		}
		if slow.Load() == 0 || l.Dropped() == 0 {
			t.Errorf("slow callback called %d times, %d dropped at Close, want some of each", slow.Load(), l.Dropped())
		}
		time.Sleep(time.Minute) // the slow one ends; synctest fails the test if a goroutine is left
	})
}

func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 100)
		var fine listener
		hang := make(chan struct{})
		var heard []string
		l.OnBreach(func(_ context.Context, b policy.Breach) { <-hang; heard = append(heard, b.ID+b.State.String()) })
		l.OnBreach(fine.hear)
		for range 10 {
			l.incident()
		}
		// 2,000 deliveries: one is under way, 1,024 wait.
		if got := l.Dropped(); got != 2000-1-1024 {
			t.Errorf("Dropped() = %d, want %d", got, 2000-1-1024)
		}
		if got := strings.Count(l.log.String(), "do not keep up"); got != 1 {
			t.Errorf("said %d times that a callback does not keep up, want once", got)
		}
		if got := len(fine.heard); got != 2000 {
			t.Errorf("the other callback heard %d, want all 2,000", got)
		}
		close(hang)
		synctest.Wait()
		if len(heard) != 1025 || len(slices.Compact(heard)) != 1025 {
			t.Errorf("heard %d once it went on, want 1,025 different ones", len(heard))
		}
		l.incident()
		if len(heard) != 1225 {
			t.Errorf("heard %d after one more incident, want 1,225", len(heard))
		}
	})
}

// TestLoggerMayCallBack: a logger is the user's code as a callback is.
func TestLoggerMayCallBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg, rules := fickle(100)
		tracker, err := budget.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var w *policy.Watcher
		calls := 0
		rules.Logger = slog.New(handler(func() {
			calls++
			w.Active()
			w.States()
			w.OnBreach(func(context.Context, policy.Breach) {})()
			tracker.Statuses()
		}))
		if w, err = policy.Watch(tracker, rules); err != nil {
			t.Fatal(err)
		}
		l := &live{Tracker: tracker, Watcher: w, n: 100}
		stop := make(chan struct{})
		cancel := w.OnBreach(func(context.Context, policy.Breach) { <-stop })
		for range 6 {
			l.incident()
		}
		if calls != 1 {
			t.Errorf("the logger was called %d times, want once", calls)
		}
		cancel()
		close(stop)
		w.OnBreach(func(context.Context, policy.Breach) { panic("now") })
		l.incident()
		if calls != 201 {
			t.Errorf("the logger was called %d times, want once and for 200 panics", calls)
		}
		tracker.Close()
	})
}

// TestLoggerMayPanic: with the callback it was to tell of, it would end the process.
func TestLoggerMayPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg, rules := fickle(10)
		tracker, err := budget.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		rules.Logger = slog.New(handler(func() { panic("logger") }))
		w, err := policy.Watch(tracker, rules)
		if err != nil {
			t.Fatal(err)
		}
		l := &live{Tracker: tracker, Watcher: w, n: 10}
		w.OnBreach(func(context.Context, policy.Breach) { panic("callback") })
		l.incident()
		if w.Panics() != 20 {
			t.Errorf("Panics() = %d, want 20: a start and an end of each", w.Panics())
		}
		tracker.Close()
	})
}

// handler is a slog.Handler that calls a function for every line.
type handler func()

func (handler) Enabled(context.Context, slog.Level) bool    { return true }
func (h handler) Handle(context.Context, slog.Record) error { h(); return nil }
func (h handler) WithAttrs([]slog.Attr) slog.Handler        { return h }
func (h handler) WithGroup(string) slog.Handler             { return h }

// TestWatchersComeAndGo leaves nothing behind.
func TestWatchersComeAndGo(t *testing.T) {
	tracker := budgettest.New(t, checkout())
	var group sync.WaitGroup
	for range 500 {
		w, err := policy.Watch(tracker.Tracker, policy.Config{})
		if err != nil {
			t.Fatal(err)
		}
		w.OnBreach(func(context.Context, policy.Breach) {})
		for range 4 {
			group.Go(w.Close)
		}
	}
	group.Wait()
	var b strings.Builder
	if err := tracker.Explain(&b); err != nil || strings.Contains(b.String(), "rules:") {
		t.Errorf("after all closed: %v, explained %s, want nothing attached", err, &b)
	}
}

// TestOneTickNeverOverflows: everything breaks at once.
func TestOneTickNeverOverflows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1500)
		var fine listener
		l.OnBreach(func(ctx context.Context, b policy.Breach) { fine.hear(ctx, b) })
		l.incident()
		if got := len(fine.heard); got != 3000 || l.Dropped() != 0 {
			t.Errorf("heard %d, dropped %d, want 3,000 and 0", got, l.Dropped())
		}
	})
}

func TestCancelEndsDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 4)
		var once, other int
		var cancel func()
		cancel = l.OnBreach(func(ctx context.Context, _ policy.Breach) {
			once++
			cancel()
			if ctx.Err() != nil {
				t.Errorf("the context of the call under way: %v, want it alive", ctx.Err())
			}
		})
		l.OnBreach(func(context.Context, policy.Breach) { other++ })
		l.incident()
		cancel()
		if once != 1 || other != 8 || l.Dropped() != 0 {
			t.Errorf("the one that cancelled itself was called %d times, the other %d, dropped %d; want 1, 8, 0", once, other, l.Dropped())
		}
	})
}

func TestCloseDeliversWhatWasDecided(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 5)
		var heard int
		l.OnBreach(func(ctx context.Context, _ policy.Breach) {
			time.Sleep(100 * time.Millisecond) // a request to a near service
			if ctx.Err() == nil {
				heard++
			}
		})
		for i := range 5 {
			for range 10 {
				l.HTTP(fmt.Sprintf("GET /%d", i)).Start()
				l.HTTP(fmt.Sprintf("GET /%d", i)).Finish(slo.ServerError, 0)
			}
		}
		time.Sleep(time.Second + time.Millisecond)
		before := time.Now()
		l.Watcher.Close()
		if took := time.Since(before); heard != 5 || took > 500*time.Millisecond || l.Dropped() != 0 {
			t.Errorf("Close took %v, %d heard, %d dropped; want half a second, 5, 0", took, heard, l.Dropped())
		}
		l.Watcher.Close()
		l.OnBreach(func(context.Context, policy.Breach) { t.Error("called after Close") })()
		l.incident()
		if heard != 5 {
			t.Errorf("heard %d after Close, want 5", heard)
		}
		if open := l.Active(); len(open) != 5 || open[0].State != policy.Stale {
			t.Errorf("Active() after Close = %v, want 5 stale ones", open)
		}
	})
}

// TestCallbackCloses: a callback may close what it listens to.
func TestCallbackCloses(t *testing.T) {
	for name, closing := range map[string]func(*live){
		"watcher": func(l *live) { l.Watcher.Close() },
		"tracker": func(l *live) { l.Tracker.Close() },
		"both":    func(l *live) { l.Tracker.Close(); l.Watcher.Close(); l.Watcher.Close() },
	} {
		synctest.Test(t, func(t *testing.T) {
			l := newLive(t, 2)
			var done []string
			var other listener
			l.OnBreach(func(ctx context.Context, _ policy.Breach) {
				closing(l)
				if ctx.Err() == nil {
					t.Errorf("%s: the context is alive after Close", name)
				}
				done = append(done, name)
			})
			l.OnBreach(other.hear)
			l.incident()
			time.Sleep(time.Minute)
			if len(done) != 1 || len(other.heard) < 2 {
				t.Errorf("%s: closed %d times, the other callback heard %q; want 1, and both that started", name, len(done), other.heard)
			}
		})
	}
}
