package policy_test

import (
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

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
)

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
		var l *live
		calls := 0
		l = newLive(t, 100, func(c *policy.Config) {
			c.Logger = slog.New(handler(func() {
				calls++
				l.Active()
				l.States()
				l.OnBreach(func(context.Context, policy.Breach) {})()
				l.Statuses()
			}))
		})
		stop := make(chan struct{})
		cancel := l.OnBreach(func(context.Context, policy.Breach) { <-stop })
		for range 6 {
			l.incident()
		}
		if calls != 1 {
			t.Errorf("the logger was called %d times, want once", calls)
		}
		cancel()
		close(stop)
		l.OnBreach(func(context.Context, policy.Breach) { panic("now") })
		l.incident()
		if calls != 201 {
			t.Errorf("the logger was called %d times, want once and for 200 panics", calls)
		}
	})
}

// TestLoggerMayPanic: with the callback it was to tell of, it would end the process.
func TestLoggerMayPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 10, func(c *policy.Config) { c.Logger = slog.New(handler(func() { panic("logger") })) })
		l.OnBreach(func(context.Context, policy.Breach) { panic("callback") })
		l.incident()
		if l.Panics() != 20 {
			t.Errorf("Panics() = %d, want 20: a start and an end of each", l.Panics())
		}
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
