package budget_test

import (
	"math"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/slo"
)

// Thresholds split buckets; joined, all is where the definition puts it.
func TestExponential(t *testing.T) {
	tr := budgettest.New(t, slo.Objective{
		Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(99),
	}, slo.Objective{
		Name: "slow", Of: slo.HTTP("POST /checkout"), SLI: slo.Latency(200 * time.Second), Target: slo.Percent(99),
	}, slo.Objective{Name: "orders", Of: slo.Events("orders"), SLI: slo.Freshness(), Target: slo.Percent(99)})
	latencies := []time.Duration{
		0, time.Microsecond, time.Second / 8192, time.Second/8192 + 100, time.Millisecond, 250 * time.Millisecond, 250*time.Millisecond + 1,
		399 * time.Millisecond, 400 * time.Millisecond, 400*time.Millisecond + 1, 420 * time.Millisecond,
		time.Second, time.Second + 1, 128 * time.Second, 128*time.Second + 1, 200 * time.Second, time.Hour,
	}
	op := tr.HTTP("POST /checkout")
	for _, d := range latencies {
		op.Start()
		op.Finish(slo.Success, d)
	}
	tr.Events("orders").Add(3, 3)
	for _, o := range tr.Report().Operations {
		e := o.Good.Exponential()
		switch o.Name {
		case "orders":
			if e.Count != 3 || e.ZeroCount != 3 || e.Sum != 0 {
				t.Errorf("Exponential of a stream = %+v, want 3 without a time", e)
			}
			continue
		case "POST /checkout":
		default:
			if e.Count != 0 || e.Counts != nil {
				t.Errorf("%s: Exponential = %+v, want nothing", o.Name, e)
			}
			continue
		}
		if e.Count != uint64(len(latencies)) || e.Sum != o.Good.Sum || !math.IsInf(e.UpperBound(len(e.Counts)-1), 1) {
			t.Errorf("Exponential = %d, %v, with a last bound %v, want %d, %v, +Inf",
				e.Count, e.Sum, e.UpperBound(len(e.Counts)-1), len(latencies), o.Good.Sum)
		}
		want := budget.Exponential{Counts: make([]uint64, len(e.Counts))}
		for _, d := range latencies {
			if d.Seconds() <= budget.ExponentialZero {
				want.ZeroCount++
				continue
			}
			for i := range want.Counts {
				if d.Seconds() <= e.UpperBound(i) {
					want.Counts[i]++
					break
				}
			}
		}
		if e.ZeroCount != want.ZeroCount {
			t.Errorf("ZeroCount = %d, want %d", e.ZeroCount, want.ZeroCount)
		}
		for i := range want.Counts {
			if e.Counts[i] != want.Counts[i] {
				t.Errorf("Counts[%d], up to %v s, = %d, want %d", i, e.UpperBound(i), e.Counts[i], want.Counts[i])
			}
		}
	}
}
