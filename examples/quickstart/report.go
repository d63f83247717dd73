package main

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/seed-abb722f7/nines/examples/internal/live"
)

// A report is how a run ended.
type report struct {
	live.Report
	restored string // what the budgets went on from; empty without -state
	rulings  []ruling
}

// report reads everything, once the server is down.
func (q *quickstart) report() *report {
	r := &report{
		Report:  q.show.Report(q.tracker, q.table(), q.load.Compare(q.tracker.Report())),
		rulings: decide(context.Background(), q.tracker, q.scenario),
	}
	if q.state != "" {
		r.restored = q.state.describe(r.Statuses)
	}
	return r
}

// write prints the report.
func (r *report) write(w io.Writer) error {
	var b bytes.Buffer
	r.WriteBudgets(&b, r.restored)
	r.Counts.Write(&b)
	fmt.Fprint(&b, "\nMay it be deployed?\n\n")
	for _, d := range r.rulings {
		fmt.Fprintf(&b, "  %-9s  %v\n", d.team, d.Decision)
	}
	_, err := w.Write(b.Bytes())
	return err
}
