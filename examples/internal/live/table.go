package live

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// Table returns the error budgets of a tracker as they are now, as a head and a row for each.
// The burn rate is that of the recent past; open are the breaches that hold.
func Table(tracker *budget.Tracker, open []policy.Breach, recent time.Duration) []string {
	var text strings.Builder
	tab := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(tab, "OPERATION\tOBJECTIVE\t%8s\t%9s\t%8s\tSTATE\n", "SLI", "REMAINING", "BURN "+slo.FormatDuration(recent))
	for _, s := range tracker.Statuses() {
		rate, ok := tracker.Budget(s.Name).BurnRate(recent)
		_, _ = fmt.Fprintln(tab, row(s, rate, ok, open))
	}
	_ = tab.Flush() // nothing above failed either: it all goes to a builder
	return strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
}

// row returns the cells of one error budget. What is not known is a dash, never a number.
func row(s budget.Status, rate float64, rateOK bool, open []policy.Breach) string {
	operation, sli, remaining, burn := s.Operation, "-", "-", "-"
	if operation == "" {
		operation = "(all)"
	}
	if s.Counts.Valid() > 0 {
		sli = fmt.Sprintf("%.2f %%", 100*s.SLI)
		remaining = fmt.Sprintf("%.1f %%", 100*s.Remaining)
	}
	if rateOK {
		burn = fmt.Sprintf("%.2f", rate)
	}
	return fmt.Sprintf("%s\t%s\t%8s\t%9s\t%8s\t%s", operation, s.Objective.Name, sli, remaining, burn, state(s, open))
}

// state sums an error budget up in a word or two: the breach that is open, else what is
// not known, else what is left.
func state(s budget.Status, open []policy.Breach) string {
	for _, b := range open {
		if b.Name == s.Name {
			return strings.ToUpper(b.Severity.String()) // a page comes before a ticket
		}
	}
	switch {
	case s.Known == budget.TooFew:
		return "too few" // a row has room in 80 columns
	case s.Known < budget.PartialCoverage:
		return s.Known.String()
	case s.Exhausted:
		return "exhausted"
	case s.Known == budget.PartialCoverage: // a part of the window is still to come
		return "ok so far"
	}
	return "ok"
}
