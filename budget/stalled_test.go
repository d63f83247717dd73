package budget

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// TestStalledIsStillTrue: what the last tick saw in flight has been answered since, or not:
// without further ticks a source is stalled only if it has not.
func TestStalledIsStillTrue(t *testing.T) {
	for _, c := range []struct {
		name                string
		since               func(o *Operation)
		known               Known
		stalled, allStalled time.Duration
		inFlight            uint64
	}{
		{"nothing", func(*Operation) {}, Stalled, 59 * time.Second, 59 * time.Second, 2},
		{"one was answered", func(o *Operation) { o.Finish(slo.Success, 0) }, Stale, 0, 0, 1},
		{"both were", func(o *Operation) { o.Finish(slo.Success, 0); o.Finish(slo.Success, 0) }, Stale, 0, 0, 0},
		{"both were withdrawn", func(o *Operation) { o.Withdraw(); o.Withdraw() }, Stale, 0, 0, 0},
		{"a probe was", func(o *Operation) { o.Start(); o.Finish(slo.Health, 0) }, Stalled, 59 * time.Second, 59 * time.Second, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr, err := New(Config{Objectives: []slo.Objective{availability, everything}})
				must(t, err)
				defer tr.Close()
				o := tr.HTTP("GET /a")
				record(o, slo.Success, 0)
				time.Sleep(time.Second + time.Second/2)
				hang := make(chan struct{})
				tr.Attach(Hook{Tick: func(Tick) { <-hang }})
				o.Start()
				o.Start()
				time.Sleep(59*time.Second + time.Second/2) // the tick that comes first hangs, half a second in
				c.since(o)
				for name, stalled := range map[string]time.Duration{availability.Name: c.stalled, everything.Name: c.allStalled} {
					if s := tr.Budget(name).Status(); s.Known != c.known || s.StalledFor != stalled || s.InFlight != c.inFlight {
						t.Errorf("%s: known %q, stalled for %v, %d in flight; want %q, %v, %d", name, s.Known, s.StalledFor, s.InFlight, c.known, stalled, c.inFlight)
					}
				}
				for _, r := range tr.Report().Operations {
					if want := r.Name == "GET /a" && c.stalled > 0; r.Stalled != want {
						t.Errorf("%s: stalled is %v in the report, want %v", r.Name, r.Stalled, want)
					}
				}
				close(hang)
			})
		})
	}
}
