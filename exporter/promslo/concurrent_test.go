package promslo_test

import (
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// While requests are recorded, from several goroutines, a threshold changes and two goroutines
// scrape, every scrape fits together and none goes back; at the end every count is exact.
func TestConcurrentScrapes(t *testing.T) {
	const writers, rounds, minScrapes = 8, 250, 40
	tr, err := budget.New(budget.Config{
		Service: "shop", Resolution: 10 * time.Millisecond, MaxOperations: 10,
		Objectives: []slo.Objective{availability, latency, orders, {Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	r := prometheus.NewPedanticRegistry()
	watcher, err := policy.Watch(tr, policy.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	r.MustRegister(promslo.NewCollector(tr).WithLocalRatios().WithWatcher(watcher))

	var recording, scraping, updating sync.WaitGroup
	var scrapes, recorded atomic.Int64
	var done atomic.Bool
	for w := range writers {
		recording.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 1)) //nolint:gosec // no secret
			for round := 0; round < rounds || scrapes.Load() < minScrapes; round++ {
				recordRound(tr, random)
				recorded.Add(1)
			}
		})
	}
	for range 2 {
		scraping.Go(func() {
			for last := map[string]float64{}; !done.Load() && !t.Failed(); scrapes.Add(1) {
				families, err := r.Gather()
				if err != nil {
					t.Errorf("Gather: %v", err)
					break
				}
				checkConsistent(t, points(families), last)
			}
			scrapes.Add(minScrapes) // a failure must not keep the writers
		})
	}
	updating.Go(func() {
		for n := 0; !done.Load(); n++ {
			moving := within([]time.Duration{300 * time.Millisecond, 310 * time.Millisecond, 50 * time.Millisecond}[n%3])
			moving.Name = "moving"
			if err := tr.Update(append(tr.Declared()[:4], moving)); err != nil {
				t.Errorf("Update: %v", err)
			}
			runtime.Gosched()
		}
	})
	recording.Wait()
	done.Store(true)
	scraping.Wait()
	updating.Wait()

	n := float64(recorded.Load())
	got := points(gather(t, promslo.NewCollector(tr)))
	checkConsistent(t, got, map[string]float64{})
	if total := sum(named(got, "nines_requests_total")); total != 16*n {
		t.Errorf("nines_requests_total sums to %v, want %v", total, 16*n)
	}
	if total := sum(named(got, "nines_requests_in_flight")); total != 0 {
		t.Errorf("nines_requests_in_flight sums to %v, want 0", total)
	}
	want(t, got, 6*n, "nines_events_total", "slo", "checkout-availability", "outcome", "good")
	want(t, got, 3*n, "nines_events_total", "slo", "checkout-availability", "outcome", "bad")
	want(t, got, 3*n, "nines_excluded_events_total", "operation", "POST /checkout", "reason", "cancelled")
	want(t, got, 8*n, "nines_events_total", "slo", "all", "outcome", "good")
	want(t, got, 15*n, "nines_events_total", "slo", "orders", "outcome", "good")
	want(t, got, 17*n, "nines_events_total", "slo", "orders", "outcome", "bad")
	if moving := sum(named(got, "nines_events_total", "slo", "moving")); moving > 9*n || moving < sum(named(got, "nines_window_events", "slo", "moving")) {
		t.Errorf("%v events of the objective that changes, want no more than the %v that there were", moving, 9*n)
	}
}

// recordRound records 16 requests, of which 12 are checkouts, and 32 orders.
func recordRound(tr *budget.Tracker, random *rand.Rand) {
	classes := []slo.Class{slo.Success, slo.Success, slo.ServerError, slo.Cancelled}
	for i := range 16 {
		op := tr.HTTP("POST /checkout")
		if i%4 == 3 {
			op = tr.HTTP(string(rune('a' + random.IntN(20))))
		}
		op.Start()
		op.Finish(classes[i/4], time.Duration(random.IntN(int(time.Second))))
		tr.Events("orders").Add(uint64(i%3), 2)
	}
}

// checkConsistent checks what holds in every scrape, given the counters of the one
// before.
func checkConsistent(t *testing.T, got []point, last map[string]float64) {
	t.Helper()
	for _, p := range got {
		if p.metric.Gauge != nil {
			if p.name == "nines_requests_in_flight" && p.value < 0 {
				t.Errorf("%s%v = %v, want at least 0", p.name, p.labels, p.value)
			}
			continue
		}
		parts := []string{p.name}
		for _, l := range p.metric.GetLabel() {
			parts = append(parts, l.GetName(), l.GetValue())
		}
		key := strings.Join(parts, "\x00")
		if p.value < last[key] {
			t.Errorf("%s%v went from %v to %v", p.name, p.labels, last[key], p.value)
		}
		last[key] = p.value
	}
	good := sum(named(got, "nines_requests_total", "operation", "POST /checkout", "class", "2xx-3xx"))
	all := sum(named(got, "nines_requests_total", "operation", "POST /checkout"))
	for class, count := range map[string]float64{"good": good, "other": all - good} {
		h := named(got, "nines_request_duration_seconds", "operation", "POST /checkout", "class", class)[0]
		if h.value != count {
			t.Errorf("histogram of class %s counts %v, nines_requests_total %v", class, h.value, count)
		}
		var below uint64
		for _, b := range h.metric.GetHistogram().GetBucket() {
			if b.GetCumulativeCount() < below || float64(b.GetCumulativeCount()) > h.value {
				t.Errorf("le=%v counts %d, after %d, of %v", b.GetUpperBound(), b.GetCumulativeCount(), below, h.value)
			}
			below = b.GetCumulativeCount()
		}
	}
	if n := sum(named(got, "nines_window_events", "slo", "checkout-availability")); n > all {
		t.Errorf("the window holds %v valid events, more than the %v requests read after it", n, all)
	}
}
