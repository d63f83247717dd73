package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
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
	table    []string
	breaches []policy.Breach
	blamed   []string
	counts   live.Comparison
}

// report reads everything, once the servers are down. What the provider answered is part of
// what was sent.
func (d *demo) report() *report {
	all := d.tracker.Report()
	r := &report{
		took: d.show.Clock(), began: d.show.Began(),
		statuses: d.tracker.Statuses(),
		table:    d.table(),
		breaches: d.show.Breaches(),
		counts:   d.load.Compare(all),
	}
	if answered := d.provider.Compare(all).Sent; len(answered) > 0 {
		if r.counts.Sent == nil {
			r.counts.Sent = answered
		} else {
			maps.Copy(r.counts.Sent, answered)
		}
	}
	for _, o := range all.Operations {
		for _, c := range o.Causes {
			r.blamed = append(r.blamed, fmt.Sprintf("%s  %s  %d", o.Name, c.Cause, c.Count))
		}
	}
	return r
}

// write prints the report.
func (r *report) write(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\nError budgets after %v\n\n", r.took.Round(100*time.Millisecond))
	for _, line := range r.table {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	live.WriteBreaches(&b, r.began, r.breaches)
	fmt.Fprint(&b, "\nWho is to blame\n\n")
	if len(r.blamed) == 0 {
		fmt.Fprint(&b, "  nobody\n")
	}
	for _, line := range r.blamed {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	r.counts.Write(&b)
	_, err := w.Write(b.Bytes())
	return err
}
