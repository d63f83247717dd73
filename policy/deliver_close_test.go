package policy_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

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
