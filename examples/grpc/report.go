package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"

	"github.com/seed-abb722f7/nines/examples/internal/live"
)

// A report is how a run ended.
type report struct {
	live.Report
	blamed []string
}

// report reads everything, once the servers are down. What the provider answered is part of
// what was sent.
func (d *demo) report() *report {
	all := d.tracker.Report()
	counts := d.load.Compare(all)
	if answered := d.provider.Compare(all).Sent; len(answered) > 0 {
		if counts.Sent == nil {
			counts.Sent = answered
		} else {
			maps.Copy(counts.Sent, answered)
		}
	}
	r := &report{Report: d.show.Report(d.tracker, d.table(), counts)}
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
	r.WriteBudgets(&b)
	fmt.Fprint(&b, "\nWho is to blame\n\n")
	if len(r.blamed) == 0 {
		fmt.Fprint(&b, "  nobody\n")
	}
	for _, line := range r.blamed {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	r.Counts.Write(&b)
	_, err := w.Write(b.Bytes())
	return err
}
