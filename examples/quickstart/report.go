package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/policy"
)

// A report is how a run ended.
type report struct {
	took     time.Duration
	began    time.Time
	statuses []budget.Status
	restored string // what the budgets went on from; empty without -state
	table    []string
	breaches []policy.Breach
	rulings  []ruling
	counts   live.Comparison
}

// report reads everything, once the server is down.
func (q *quickstart) report() *report {
	r := &report{
		took: q.show.Clock(), began: q.show.Began(),
		statuses: q.tracker.Statuses(),
		table:    q.table(),
		breaches: q.show.Breaches(),
		rulings:  decide(context.Background(), q.tracker, q.scenario),
		counts:   q.load.Compare(q.tracker.Report()),
	}
	if q.state != "" {
		r.restored = q.state.describe(r.statuses)
	}
	return r
}

// write prints the report.
func (r *report) write(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\nError budgets after %v\n\n", r.took.Round(100*time.Millisecond))
	if r.restored != "" {
		fmt.Fprintf(&b, "  %s\n\n", r.restored)
	}
	for _, line := range r.table {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	live.WriteBreaches(&b, r.began, r.breaches)
	r.counts.Write(&b)
	fmt.Fprint(&b, "\nMay it be deployed?\n\n")
	for _, d := range r.rulings {
		fmt.Fprintf(&b, "  %-9s  %v\n", d.team, d.Decision)
	}
	_, err := w.Write(b.Bytes())
	return err
}
