package budget_test

import (
	"testing"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/slo"
)

func TestRecoveredIsCounted(t *testing.T) {
	b := budgettest.New(t, slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)})
	b.Recovered()
	if got := b.Report().Self.HookPanics; got != 1 {
		t.Errorf("HookPanics = %d, want 1", got)
	}
	var none *budget.Tracker
	none.Recovered()
}
