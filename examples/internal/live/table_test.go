package live

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

func TestState(t *testing.T) {
	open := []policy.Breach{{Name: "a", Severity: policy.Page}, {Name: "a", Severity: policy.Ticket}, {Name: "b", Severity: policy.Ticket}}
	for _, c := range []struct {
		status budget.Status
		want   string
	}{
		{budget.Status{Name: "a", Known: budget.FullyKnown, Exhausted: true}, "PAGE"},
		{budget.Status{Name: "b", Known: budget.FullyKnown}, "TICKET"},
		{budget.Status{Name: "c", Known: budget.FullyKnown}, "ok"},
		{budget.Status{Name: "c", Known: budget.FullyKnown, Exhausted: true}, "exhausted"},
		{budget.Status{Name: "c", Known: budget.PartialCoverage}, "ok so far"},
		{budget.Status{Name: "c", Known: budget.PartialCoverage, Exhausted: true}, "exhausted"},
		{budget.Status{Name: "c", Known: budget.TooFew, Exhausted: true}, "too few"},
		{budget.Status{Name: "c", Known: budget.NoEvents}, "no events"},
		{budget.Status{Name: "c", Known: budget.Stalled}, "stalled"},
	} {
		if got := state(c.status, open); got != c.want {
			t.Errorf("state(%s, %v, exhausted %v) = %q, want %q", c.status.Name, c.status.Known, c.status.Exhausted, got, c.want)
		}
	}
}

// TestTable holds the layout, and that what is not known is no number.
func TestTable(t *testing.T) {
	checkout, window := slo.HTTP("POST /checkout"), slo.Rolling(time.Minute)
	sim, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{
		{Name: "checkout-availability", Of: checkout, SLI: slo.Availability(), Target: slo.Percent(97), Window: window},
		{Name: "search-latency", Of: slo.HTTP("GET /search"), SLI: slo.Latency(100 * time.Millisecond), Target: slo.Percent(80), Window: window},
		{Name: "shop-availability", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(97), Window: window},
		{Name: "availability", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(95), Window: window},
	}}, time.Unix(1e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	op := sim.HTTP("POST /checkout")
	for n := range 1000 {
		class := slo.Success
		if n%50 == 0 {
			class = slo.ServerError
		}
		op.Start()
		op.Finish(class, time.Millisecond)
	}
	sim.Advance(time.Second)
	got := strings.Join(Table(sim.Tracker, nil, 10*time.Second), "\n")
	want := strings.Join([]string{
		"OPERATION       OBJECTIVE                   SLI  REMAINING  BURN 10s  STATE",
		"POST /checkout  checkout-availability   98.00 %     33.3 %      0.67  ok so far",
		"GET /search     search-latency                -          -         -  no events",
		"(all)           shop-availability       98.00 %     33.3 %      0.67  ok so far",
		"GET /search     availability                  -          -         -  no events",
	}, "\n")
	if got != want {
		t.Errorf("the table is\n%s\nwant\n%s", got, want)
	}
}
