package policy_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/policy"
)

// newEnriched is newLive with an enricher.
func newEnriched(t *testing.T, n int, enrich func(context.Context, policy.Breach) []policy.Fact) *live {
	t.Helper()
	return newLive(t, n, func(c *policy.Config) { c.Enrich = enrich })
}

func TestEnrich(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l *live
		l = newEnriched(t, 2, func(ctx context.Context, b policy.Breach) []policy.Fact {
			if _, bounded := ctx.Deadline(); !bounded {
				t.Error("the context has no deadline")
			}
			b.Rules[0].Rule = "changed"
			l.Active() // may call everything
			time.Sleep(100 * time.Millisecond)
			return []policy.Fact{{Name: "memory", Value: "95 %"}, {Name: "of", Value: b.Name}}
		})
		var mu sync.Mutex
		var heard []string
		for range 2 {
			l.OnBreach(func(_ context.Context, b policy.Breach) {
				mu.Lock()
				defer mu.Unlock()
				heard = append(heard, fmt.Sprint(b.Name, " ", b.State, " ", b.Facts, " ", b.Rules[0].Rule))
				b.Facts[0].Value = "changed"
			})
		}
		l.incident()
		time.Sleep(time.Second)
		for _, want := range []string{"o0 started", "o1 started", "o0 resolved", "o1 resolved"} {
			want += fmt.Sprintf(" [{memory 95 %%} {of %s}] r", want[:2])
			n := 0
			for _, got := range heard {
				if got == want {
					n++
				}
			}
			if n != 2 {
				t.Errorf("heard %q, want %q twice", heard, want)
			}
		}
	})
}

// TestEnrichFromHell: facts that do not come keep nobody waiting for long.
func TestEnrichFromHell(t *testing.T) {
	for name, enrich := range map[string]func(context.Context, policy.Breach) []policy.Fact{
		"hangs":    func(context.Context, policy.Breach) []policy.Fact { time.Sleep(time.Hour); return nil },
		"panics":   func(context.Context, policy.Breach) []policy.Fact { panic("mine") },
		"ends":     func(context.Context, policy.Breach) []policy.Fact { runtime.Goexit(); return nil },
		"gives up": func(ctx context.Context, _ policy.Breach) []policy.Fact { <-ctx.Done(); return nil },
	} {
		synctest.Test(t, func(t *testing.T) {
			l := newEnriched(t, 100, enrich)
			var latest time.Duration
			n := 0
			l.OnBreach(func(_ context.Context, b policy.Breach) {
				n++
				latest = max(latest, time.Since(b.At))
				if b.Facts != nil {
					t.Errorf("%s: told facts %v", name, b.Facts)
				}
			})
			for range 5 {
				l.incident()
			}
			time.Sleep(time.Second)
			if n != 1000 || latest > 600*time.Millisecond || l.Dropped() != 0 {
				t.Errorf("%s: heard %d, the latest after %v, dropped %d, want 1,000 within 600 ms and 0", name, n, latest, l.Dropped())
			}
			if name == "panics" && (l.Panics() != 1000 || !strings.Contains(l.log.String(), "Config.Enrich panicked")) {
				t.Errorf("%d panics, want 1,000, and logged", l.Panics())
			}
			l.Tracker.Close()
			time.Sleep(2 * time.Hour) // what hangs ends; synctest fails the test if a goroutine is left
		})
	}
}

// TestEnrichSimulated: it is called within Advance, and waited for.
func TestEnrichSimulated(t *testing.T) {
	o, cfg := quick()
	cfg.Enrich = func(ctx context.Context, b policy.Breach) []policy.Fact {
		if b.State == policy.Resolved {
			panic("mine")
		}
		return []policy.Fact{{Name: "log", Value: "https://example.org"}}
	}
	cfg.Logger = quietLog
	r := newRig(t, cfg, o)
	r.run(20, 0, 10)
	r.run(60, 10, 0)
	if len(r.heard) != 2 || len(r.heard[0].Facts) != 1 || r.heard[0].Facts[0].Name != "log" || r.heard[1].Facts != nil || r.watcher.Panics() != 1 {
		t.Errorf("heard %+v, %d panics, want facts at the start, none at the end, and 1", r.heard, r.watcher.Panics())
	}
}
