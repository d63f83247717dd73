package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
)

// A report is how a run ended.
type report struct {
	took     time.Duration
	began    time.Time
	statuses []budget.Status
	table    []string
	breaches []policy.Breach
	rulings  []ruling

	sent, counted map[outcome]uint64 // by the load generator, and by the tracker
	lost          uint64             // requests without a response, which may be counted or not
	reason        error
}

// report reads everything, once the server is down.
func (q *quickstart) report() *report {
	r := &report{took: q.clock(), began: q.began}
	r.statuses = q.tracker.Statuses()
	r.table = table(q.tracker, q.watcher.Active(), q.long())
	q.mu.Lock()
	r.breaches = q.breaches
	q.mu.Unlock()
	r.rulings = decide(context.Background(), q.tracker, q.scenario)
	r.sent, r.lost, r.reason = q.load.read()
	r.counted = counted(q.tracker.Report())
	return r
}

// counted returns the requests of a tracker as a tally has them.
func counted(r budget.Report) map[outcome]uint64 {
	counts := map[outcome]uint64{}
	for _, op := range r.Operations {
		for _, c := range op.Classes {
			if c.Count > 0 { // declared ones are there from the start
				counts[outcome{op.Name, c.Class}] = c.Count
			}
		}
	}
	return counts
}

// missing returns how many requests were answered and not counted as what they were,
// others how many were counted that the load generator did not send.
func (r *report) missing() (missing, others uint64) {
	for _, o := range outcomes(r.sent, r.counted) {
		sent, counted := r.sent[o], r.counted[o]
		missing += sent - min(sent, counted)
		others += counted - min(sent, counted)
	}
	return missing, others
}

// err says what is wrong with the counts.
func (r *report) err() error {
	if missing, _ := r.missing(); missing > 0 {
		return fmt.Errorf("%d requests were answered but not counted as such", missing)
	}
	if r.lost > 0 {
		return fmt.Errorf("%d requests had no response, the last one because of: %w", r.lost, r.reason)
	}
	return nil
}

// write prints the report.
func (r *report) write(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\nError budgets after %v\n\n", r.took.Round(100*time.Millisecond))
	for _, line := range r.table {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	r.writeBreaches(&b)
	r.writeCounts(&b)
	fmt.Fprint(&b, "\nMay it be deployed?\n\n")
	for _, d := range r.rulings {
		fmt.Fprintf(&b, "  %-9s  %v\n", d.team, d.Decision)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// writeBreaches prints a line for each incident.
func (r *report) writeBreaches(w *bytes.Buffer) {
	fmt.Fprint(w, "\nBreaches\n\n")
	if len(r.breaches) == 0 {
		fmt.Fprint(w, "  none\n")
	}
	for _, b := range r.breaches {
		if b.State != policy.Started {
			continue
		}
		end := "open at the end"
		if i := slices.IndexFunc(r.breaches, func(c policy.Breach) bool { return c.ID == b.ID && c.State == policy.Resolved }); i >= 0 {
			end = "resolved at " + stamp(r.breaches[i].Resolved.Sub(r.began))
		}
		fmt.Fprintf(w, "  %-6v  %s by %s: started at %s, %s\n", b.Severity, b.Name, b.Rule, stamp(b.Started.Sub(r.began)), end)
	}
}

func (r *report) writeCounts(b *bytes.Buffer) {
	fmt.Fprint(b, "\nRequests, as the load generator sent them and as the tracker counted them\n\n")
	tab := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	line := func(operation, class string, sent, counted any) {
		_, _ = fmt.Fprintf(tab, "  %s\t%s\t%7v\t%7v\n", operation, class, sent, counted)
	}
	line("OPERATION", "CLASS", "SENT", "COUNTED")
	for _, o := range outcomes(r.sent, r.counted) {
		line(o.operation, o.class.String(), r.sent[o], r.counted[o])
	}
	line("all", "", total(r.sent), total(r.counted))
	_ = tab.Flush() // a buffer does not fail
	missing, others := r.missing()
	switch {
	case missing > 0:
		fmt.Fprintf(b, "\n  %d requests are missing.\n", missing)
	case others > 0:
		fmt.Fprintf(b, "\n  Every request was counted once. %d more came from somebody else.\n", others)
	default:
		fmt.Fprint(b, "\n  Every request was counted once.\n")
	}
}
