package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// tick is the time between two ticks, more often than a service has them.
const tick = 25 * time.Millisecond

// newTracker returns a tracker with an availability objective on a source, latency ones
// besides, and more operations.
func newTracker(b *testing.B, of slo.Source, latencies, operations int) *budget.Tracker {
	b.Helper()
	objectives := []slo.Objective{{Name: "availability", Of: of, SLI: slo.Availability(), Target: slo.Percent(99.9)}}
	for i := range latencies {
		objectives = append(objectives, slo.Objective{
			Name: fmt.Sprint("latency-", i), Of: of, SLI: slo.Latency(time.Duration(i+1) * 100 * time.Millisecond), Target: slo.Percent(99),
		})
	}
	t, err := budget.New(budget.Config{Objectives: objectives, MaxOperations: operations + 200, Resolution: tick})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(t.Close)
	for i := range operations {
		if of.Kind() == slo.RPCSource {
			t.RPC(fmt.Sprintf("/bench.Service/Other%d", i))
		} else {
			t.HTTP(fmt.Sprintf("GET /other/%d", i))
		}
	}
	return t
}

// valid returns a function that says how many events the availability objective has.
func valid(t *budget.Tracker) func() float64 {
	return func() float64 { return float64(t.Budget("availability").Counts().Valid()) }
}
