package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/live"
)

// table has a row for each error budget: what the process says of it, and what has arrived.
func table(r budget.Report, there *arrived) []string {
	var text strings.Builder
	tab := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(tab, "OBJECTIVE\t%8s\t%6s\t%9s\t  ARRIVED %7s\t%6s\t%9s\n", "GOOD", "BAD", "REMAINING", "GOOD", "BAD", "REMAINING")
	for _, s := range r.Objectives {
		left := "-" // what is not known is a dash, never a number
		if s.Counts.Valid() > 0 {
			left = percent(s.Remaining)
		}
		_, _ = fmt.Fprintf(tab, "%s\t%8d\t%6d\t%9s\t%s\n", s.Name, s.Total.Good, s.Total.Bad, left, cells(there, s.Name))
	}
	_ = tab.Flush() // nothing above failed either: it all goes to a builder
	return strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
}

// cells are what has arrived of an objective.
func cells(there *arrived, objective string) string {
	good, bad, left := "-", "-", "-"
	if there != nil {
		if share, ok := there.remaining(objective); ok {
			left = percent(share)
		}
		good, bad = fmt.Sprint(there.events[count{objective, "good"}]), fmt.Sprint(there.events[count{objective, "bad"}])
	}
	return fmt.Sprintf("  %15s\t%6s\t%9s", good, bad, left)
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// write prints the report: all that was sent, counted here and arrived there.
func write(w io.Writer, r budget.Report, there *arrived, counts live.Comparison) error {
	var b bytes.Buffer
	fmt.Fprint(&b, "\nError budgets, as the process has them and as they arrived\n\n")
	for _, line := range table(r, there) {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	fmt.Fprint(&b, "\nRequests, as the load generator sent them, as the tracker counted them and as they arrived\n\n")
	tab := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(operation, class string, sent, counted, arrived any) {
		_, _ = fmt.Fprintf(tab, "  %s\t%s\t%7v\t%7v\t%7v\n", operation, class, sent, counted, arrived)
	}
	line("OPERATION", "CLASS", "SENT", "COUNTED", "ARRIVED")
	sent, counted := map[count]uint64{}, here(r)
	for o, n := range counts.Sent {
		sent[count{o.Operation, o.Class.String()}] = n
	}
	all := maps.Clone(sent)
	maps.Copy(all, counted.requests)
	maps.Copy(all, there.requests)
	for _, c := range slices.SortedFunc(maps.Keys(all), func(a, b count) int { return cmp.Or(cmp.Compare(a.of, b.of), cmp.Compare(a.as, b.as)) }) {
		line(c.of, c.as, sent[c], counted.requests[c], there.requests[c])
	}
	for _, operation := range slices.Sorted(maps.Keys(counted.latencies)) {
		line(operation, "in the histograms", "", counted.latencies[operation], there.latencies[operation])
	}
	_ = tab.Flush() // a buffer does not fail
	if there.same(r) {
		fmt.Fprint(&b, "\n  What arrived is what the process says, in every count.\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}
