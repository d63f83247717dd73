package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/seed-abb722f7/nines/slo"
)

// table prints the operations: at most top rows of those that have budgets, 0 for all,
// the others summed up in one, and then the reserved ones.
func (rep *report) table(b *bytes.Buffer, top int) {
	fmt.Fprintf(b, "\nOperations, each with a budget of its own: %s %s over %s", rep.Objective.Target, rep.Objective.SLI, rep.Objective.Window)
	if rep.Objective.Method != (slo.Method{}).String() {
		fmt.Fprint(b, ", by requests")
	}
	t := rowWriter{timed: rep.LatencyObjective != nil}
	if t.timed {
		fmt.Fprintf(b, ",\nand %s %s", rep.LatencyObjective.Target, rep.LatencyObjective.SLI)
	}
	fmt.Fprint(b, "\n")
	t.cells("requests", "good", "bad", "excluded", "SLI", "remaining")
	if t.timed {
		t.cells("in time", "remaining")
	}
	t.end("known", "operation")

	own := slices.IndexFunc(rep.Operations, func(o operationReport) bool { return o.Reserved })
	if own < 0 {
		own = len(rep.Operations)
	}
	shown := own
	if top > 0 {
		shown = min(top, own)
	}
	for _, o := range rep.Operations[:shown] {
		t.row(o)
	}
	if shown < own {
		t.row(sum(rep.Operations[shown:own]))
	}
	for _, o := range rep.Operations[own:] {
		t.row(o)
	}
	align(b, t.rows.String())
}

// align prints rows of cells, each ended by a tab and aligned to the right, but for what
// follows the last tab.
func align(b *bytes.Buffer, rows string) {
	tab := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = io.WriteString(tab, rows) // a buffer does not fail
	_ = tab.Flush()
}

// sum returns operations as one, without ratios: each has a budget of its own.
func sum(list []operationReport) operationReport {
	all := operationReport{Name: fmt.Sprintf("(%s more: see them with -top 0)", group(uint64(len(list))))}
	for _, o := range list {
		all.Requests += o.Requests
		all.Good += o.Good
		all.Bad += o.Bad
		all.Excluded += o.Excluded
	}
	return all
}

// A rowWriter writes rows of the table of operations.
type rowWriter struct {
	rows  strings.Builder
	timed bool // with columns for latency
}

func (t *rowWriter) cells(cells ...string) {
	for _, c := range cells {
		fmt.Fprintf(&t.rows, "%s\t", c)
	}
}

// end writes the last two cells. The name is not aligned to the right.
func (t *rowWriter) end(known, name string) { fmt.Fprintf(&t.rows, "%s\t  %s\n", known, name) }

func (t *rowWriter) row(o operationReport) {
	t.cells(group(o.Requests), group(o.Good), group(o.Bad), group(o.Excluded), percent(o.Ratio, 3), percent(o.Remaining, 1))
	if t.timed {
		l := o.Latency
		if l == nil {
			l = &latencyReport{}
		}
		t.cells(percent(l.Ratio, 3), percent(l.Remaining, 1))
	}
	t.end(o.Known, o.Name)
}
