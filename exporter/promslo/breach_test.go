package promslo_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

func watch(t *testing.T, tr *budgettest.Tracker, cfg policy.Config) *policy.Watcher {
	t.Helper()
	w, err := policy.Watch(tr.Tracker, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// trade records 100 orders a second.
func trade(tr *budgettest.Tracker, d time.Duration, good uint64) {
	for range d / time.Second {
		tr.Events("orders").Add(good, 100)
		tr.Advance(time.Second)
	}
}

func TestBreachActive(t *testing.T) {
	objective := orders
	objective.Target = slo.Percent(99.9)
	tr := simulate(t, objective, availability)
	c := promslo.NewCollector(tr.Tracker).WithWatcher(watch(t, tr, policy.Config{}))
	isOpen := func(page float64) {
		t.Helper()
		got := points(gather(t, c))
		want(t, got, page, "nines_breach_active", "slo", "orders", "severity", "page", "rule", "1h/5m")
		for _, rule := range [][2]string{{"page", "6h/30m"}, {"ticket", "1d/2h"}, {"ticket", "3d/6h"}} {
			want(t, got, 0, "nines_breach_active", "slo", "orders", "severity", rule[0], "rule", rule[1])
		}
		want(t, got, 0, "nines_breach_active", "slo", "checkout-availability", "severity", "page", "rule", "stalled")
		if n := sum(named(got, "nines_breach_active")); n != page {
			t.Errorf("nines_breach_active sums to %v, want %v: one incident is one breach", n, page)
		}
		want(t, got, 0, "nines_self_dropped_callbacks_total")
	}
	isOpen(0)
	trade(tr, 96*time.Second, 50)
	isOpen(0)
	trade(tr, time.Second, 50) // the golden instant of half the events bad
	isOpen(1)
	trade(tr, 2*time.Hour, 100)
	isOpen(0)
	trade(tr, 10*time.Minute, 0)
	for _, rule := range [][2]string{{"page", "1h/5m"}, {"page", "6h/30m"}, {"ticket", "1d/2h"}, {"ticket", "3d/6h"}} {
		// Those that joined it too.
		want(t, points(gather(t, c)), 1, "nines_breach_active", "slo", "orders", "severity", rule[0], "rule", rule[1])
	}
	tr.Close()
	got := points(gather(t, c))
	if n := len(named(got, "nines_breach_active")); n != 4 {
		t.Errorf("%d series after Close, want the four of the breach that stays open", n)
	}
	if n := sum(named(got, "nines_breach_active", "slo", "orders")); n != 4 {
		t.Errorf("nines_breach_active sums to %v after Close, want 4", n)
	}
}

func TestNoBreachesWithoutWatcher(t *testing.T) {
	tr := simulate(t, availability)
	for _, c := range []*promslo.Collector{
		promslo.NewCollector(tr.Tracker),
		promslo.NewCollector(tr.Tracker).WithWatcher(nil),
		promslo.NewCollector().WithWatcher(nil),
	} {
		got := points(gather(t, c))
		absent(t, got, "nines_breach_active")
		absent(t, got, "nines_self_dropped_callbacks_total")
	}
}

// Two watchers of one tracker may have rules of one name.
func TestBreachesOfTwoWatchers(t *testing.T) {
	tr := simulate(t, orders)
	c := promslo.NewCollector(tr.Tracker)
	for range 2 {
		c = c.WithWatcher(watch(t, tr, policy.Config{NoDefaults: true, Rules: []policy.Rule{{
			Name: "a\nb", Severity: policy.Ticket, When: policy.BurnRate{Factor: 2, Long: time.Hour, Short: 5 * time.Minute},
		}}}))
	}
	want(t, points(gather(t, c)), 0, "nines_breach_active", "slo", "orders", "severity", "ticket", "rule", "a\nb")
}

func TestWatcherNeedsItsTracker(t *testing.T) {
	shop, other := simulate(t, availability), simulate(t, orders) // of one service
	err := promslo.NewCollector(shop.Tracker).WithWatcher(watch(t, other, policy.Config{})).Err()
	text := `promslo: watcher is "one of a tracker of \"shop\"": want one of a tracker that the collector has`
	if !errors.Is(err, slo.ErrInvalid) || err.Error() != text {
		t.Errorf("Err() = %v, want %s", err, text)
	}
	if err := promslo.NewCollector(other.Tracker, shop.Tracker).WithWatcher(watch(t, other, policy.Config{})).Err(); err != nil {
		t.Errorf("a watcher of one of two trackers: %v", err)
	}
}

func TestWatcherNeedsOneService(t *testing.T) {
	shop := simulate(t, availability)
	depot := budgettest.NewConfig(t, budget.Config{Service: "depot", Objectives: []slo.Objective{availability}})
	err := promslo.NewCollector(shop.Tracker, depot.Tracker).WithWatcher(watch(t, shop, policy.Config{})).Err()
	text := "promslo: number of services WithWatcher is 2: want 1: make a collector for each service"
	if !errors.Is(err, slo.ErrInvalid) || !strings.Contains(err.Error(), text) {
		t.Errorf("Err() = %v, want %s", err, text)
	}
}
