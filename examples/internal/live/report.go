package live

import (
	"bytes"
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
)

// A Report is how a run ended.
type Report struct {
	Took     time.Duration
	Began    time.Time
	Statuses []budget.Status
	Table    []string
	Breaches []policy.Breach // as they were told
	Counts   Comparison
}

// Report returns how a run ended, of which the tracker and the load generator know the rest.
func (s *Show) Report(tracker *budget.Tracker, table []string, counts Comparison) Report {
	return Report{
		Took: s.Clock(), Began: s.Began(),
		Statuses: tracker.Statuses(), Table: table, Breaches: s.Breaches(), Counts: counts,
	}
}

// WriteBudgets prints how the error budgets are, below notes of which empty ones are left out,
// and which breaches there were.
func (r Report) WriteBudgets(b *bytes.Buffer, notes ...string) {
	fmt.Fprintf(b, "\nError budgets after %v\n\n", r.Took.Round(100*time.Millisecond))
	for _, note := range notes {
		if note != "" {
			fmt.Fprintf(b, "  %s\n\n", note)
		}
	}
	for _, line := range r.Table {
		fmt.Fprintf(b, "  %s\n", line)
	}
	WriteBreaches(b, r.Began, r.Breaches)
}
