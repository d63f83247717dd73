package budgettest

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// Start is the wall time at which every Tracker begins: a Monday, at noon, far from
// any change of clocks.
var Start = time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC)

// A Tracker is a [budget.Simulation] that reports to a test.
type Tracker struct {
	*budget.Simulation
	tb testing.TB
}

// New returns a tracker with these objectives, at [Start] and with ticks of a second,
// that is closed when the test ends. Wrong objectives end the test.
func New(tb testing.TB, objectives ...slo.Objective) *Tracker {
	tb.Helper()
	return NewConfig(tb, budget.Config{Service: "test", Objectives: objectives})
}

// NewConfig is New with a configuration of your own.
func NewConfig(tb testing.TB, cfg budget.Config) *Tracker {
	tb.Helper()
	sim, err := budget.NewSimulation(cfg, Start)
	if err != nil {
		tb.Fatalf("budgettest: %v", err)
	}
	tb.Cleanup(sim.Close)
	return &Tracker{Simulation: sim, tb: tb}
}

// Want checks the counts of an objective's window, up to the last event recorded, and
// fails the test with what was counted instead, where and why.
func (b *Tracker) Want(name string, good, bad, excluded uint64) {
	b.tb.Helper()
	s := b.Budget(name).Status()
	if s.Known == budget.NoSuchObjective {
		b.tb.Errorf("budgettest: no objective is named %q; there are: %s", name, quoted(b.Objectives()))
		return
	}
	want := budget.Counts{Good: good, Bad: bad, Excluded: excluded}
	if s.Counts == want {
		return
	}
	var report strings.Builder
	if err := b.Explain(&report); err != nil {
		report.WriteString(err.Error())
	}
	b.tb.Errorf("budgettest: %s: got %d good, %d bad, %d excluded; want %d good, %d bad, %d excluded\n%s",
		name, s.Counts.Good, s.Counts.Bad, s.Counts.Excluded, good, bad, excluded, recorded(report.String()))
}

// recorded returns the part of an explanation that tells what was counted.
func recorded(explained string) string {
	if _, tail, ok := strings.Cut(explained, "\nrecorded since "); ok {
		return "recorded since " + strings.TrimRight(tail, "\n")
	}
	return explained
}

func quoted(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return `"` + strings.Join(names, `", "`) + `"`
}
