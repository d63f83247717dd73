package policy_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

func TestBackoff(t *testing.T) {
	down := errors.New("down")
	for _, tt := range []struct {
		name    string
		backoff policy.Backoff
		fails   int // tries that fail
		err     error
		tries   int
		gaveUp  bool
		atLeast time.Duration
		atMost  time.Duration
	}{
		{"at once", policy.Backoff{}, 0, down, 1, false, 0, 0},
		{"the third time", policy.Backoff{}, 2, down, 3, false, 1500 * time.Millisecond, 3 * time.Second},
		{"never", policy.Backoff{}, 99, down, 5, true, 7500 * time.Millisecond, 15 * time.Second},
		{"once only", policy.Backoff{Tries: 1}, 99, down, 1, true, 0, 0},
		{"bounded pauses", policy.Backoff{Tries: 11, First: time.Second, Most: 2 * time.Second}, 99, down, 11, true, 9500 * time.Millisecond, 19 * time.Second},
		{"a first pause above the longest", policy.Backoff{Tries: 2, First: time.Hour, Most: time.Second}, 99, down, 2, true, 500 * time.Millisecond, time.Second},
		{"permanent", policy.Backoff{}, 99, fmt.Errorf("400 Bad Request: %w", policy.ErrPermanent), 1, true, 0, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			tries := 0
			var lost error
			tt.backoff.GaveUp = func(b policy.Breach, err error) {
				if lost = err; b.Key != "k" {
					t.Errorf("%s: gave up on %q, want k", tt.name, b.Key)
				}
			}
			send := tt.backoff.Retry(func(_ context.Context, b policy.Breach) error {
				b.Rules[0].Rule = "changed"
				if tries++; tries <= tt.fails {
					return tt.err
				}
				return nil
			})
			began := time.Now()
			b := policy.Breach{Key: "k", Rules: []policy.RuleState{{Rule: "r"}}}
			send(t.Context(), b)
			took := time.Since(began)
			if tries != tt.tries || took < tt.atLeast || took > tt.atMost || (lost != nil) != tt.gaveUp || b.Rules[0].Rule != "r" {
				t.Errorf("%s: %d tries in %v, lost %v, want %d in %v to %v", tt.name, tries, took, lost, tt.tries, tt.atLeast, tt.atMost)
			}
			if tt.gaveUp && !errors.Is(lost, tt.err) {
				t.Errorf("%s: gave up with %v, want %v", tt.name, lost, tt.err)
			}
		})
	}
}

// TestBackoffKeepsNobodyWaiting: another subscriber hears at once, and Close cuts the pause
// short.
func TestBackoffKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 3)
		var fine listener
		lost := 0
		l.OnBreach(policy.Backoff{First: time.Hour, Most: time.Hour, GaveUp: func(policy.Breach, error) { lost++ }}.Retry(
			func(context.Context, policy.Breach) error { return errors.New("down") }))
		l.OnBreach(fine.hear)
		l.incident()
		if got := len(fine.heard); got != 6 || lost != 0 {
			t.Errorf("the other heard %d, %d lost, want 6 and 0", got, lost)
		}
		began := time.Now()
		l.Tracker.Close()
		synctest.Wait()
		if took := time.Since(began); took > time.Second || lost != 1 || l.Dropped() != 5 {
			t.Errorf("Close took %v, %d lost, %d dropped, want a second, the one under way, and the 5 behind it", took, lost, l.Dropped())
		}
	})
}

// TestBackoffSimulated makes no pauses: time does not pass by itself.
func TestBackoffSimulated(t *testing.T) {
	r := newQuick(t)
	tries := 0
	r.watcher.OnBreach(policy.Backoff{First: time.Hour}.Retry(func(context.Context, policy.Breach) error {
		tries++
		return errors.New("down")
	}))
	r.run(20, 0, 10)
	if tries != 5 {
		t.Errorf("%d tries, want 5 at once", tries)
	}
}

// TestShutdown drains until a deadline of the caller's.
func TestShutdown(t *testing.T) {
	fail := func(l *live) {
		for range 10 {
			l.HTTP("GET /0").Start()
			l.HTTP("GET /0").Finish(slo.ServerError, 0)
		}
		time.Sleep(time.Second + time.Millisecond)
	}
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		done := false
		l.OnBreach(func(context.Context, policy.Breach) { time.Sleep(20 * time.Second); done = true })
		fail(l)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		if err := l.Shutdown(ctx); err != nil || !done || time.Since(began) > 20*time.Second {
			t.Errorf("Shutdown() = %v after %v, want nil once the callback was done", err, time.Since(began))
		}
		if err := l.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown() again = %v, want nil", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		l.OnBreach(func(context.Context, policy.Breach) { time.Sleep(time.Hour) })
		fail(l)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		began := time.Now()
		if err := l.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 3*time.Second {
			t.Errorf("Shutdown() = %v after %v, want the deadline exceeded, by it", err, time.Since(began))
		}
		time.Sleep(time.Hour)
	})
	var none *policy.Watcher
	if err := none.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown() of nil = %v, want nil", err)
	}
}
