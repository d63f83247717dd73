package promslo_test

import (
	"testing"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/slo"
)

// Of several trackers the fullest says how full the service is, and one that does not know
// says nothing.
func TestSaturation(t *testing.T) {
	tracker := func(name string, says func() float64) *budgettest.Tracker {
		return budgettest.NewConfig(t, budget.Config{Service: "shop", Saturation: says, Objectives: []slo.Objective{
			{Name: name, Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)},
		}})
	}
	var collector *promslo.Collector
	pool := 0.25
	a := tracker("a", func() float64 {
		_ = collector.Err() // it may ask whatever it likes
		return pool
	})
	b := tracker("b", func() float64 { return 0.5 })
	quiet := tracker("c", nil)
	collector = promslo.NewCollector(a.Tracker, b.Tracker, quiet.Tracker)

	const name = "nines_saturation_ratio"
	want(t, points(gather(t, collector)), 0.5, name)
	pool = 1.5
	want(t, points(gather(t, collector)), 1.5, name)
	a.Close()
	want(t, points(gather(t, collector)), 0.5, name)
	b.Close()
	if got := named(points(gather(t, collector)), name); len(got) != 0 {
		t.Errorf("%s = %v where nobody knows, want none", name, got)
	}
}
