package live

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/seed-abb722f7/nines/budget"
)

// A Comparison is what a load generator sent beside what a tracker counted.
type Comparison struct {
	Sent, Counted map[Outcome]uint64
	Lost          uint64 // requests without a response, which may be counted or not
	Reason        error  // of the last one lost
}

// counted returns the requests of a tracker as a tally has them.
func counted(r budget.Report) map[Outcome]uint64 {
	counts := map[Outcome]uint64{}
	for _, op := range r.Operations {
		for _, c := range op.Classes {
			if c.Count > 0 { // declared ones are there from the start
				counts[Outcome{op.Name, c.Class}] = c.Count
			}
		}
	}
	return counts
}

// total returns the sum of all counts.
func total(counts map[Outcome]uint64) (n uint64) {
	for _, c := range counts {
		n += c
	}
	return n
}

// outcomes returns whatever was sent or counted, in order.
func (c Comparison) outcomes() []Outcome {
	all := maps.Clone(c.Counted)
	if all == nil {
		all = map[Outcome]uint64{}
	}
	maps.Copy(all, c.Sent)
	return slices.SortedFunc(maps.Keys(all), Outcome.compare)
}

// missing returns how many requests were answered and not counted as what they were,
// others how many were counted that the load generator did not send.
func (c Comparison) missing() (missing, others uint64) {
	for _, o := range c.outcomes() {
		sent, counted := c.Sent[o], c.Counted[o]
		missing += sent - min(sent, counted)
		others += counted - min(sent, counted)
	}
	return missing, others
}

// Err says what is wrong with the counts; nil if nothing is.
func (c Comparison) Err() error {
	if missing, _ := c.missing(); missing > 0 {
		return fmt.Errorf("%d requests were answered but not counted as such", missing)
	}
	if c.Lost > 0 {
		return fmt.Errorf("%d requests had no response, the last one because of: %w", c.Lost, c.Reason)
	}
	return nil
}

// Write prints a line for each outcome, and what follows from all of them.
func (c Comparison) Write(b *bytes.Buffer) {
	fmt.Fprint(b, "\nRequests, as the load generator sent them and as the tracker counted them\n\n")
	tab := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	line := func(operation, class string, sent, counted any) {
		_, _ = fmt.Fprintf(tab, "  %s\t%s\t%7v\t%7v\n", operation, class, sent, counted)
	}
	line("OPERATION", "CLASS", "SENT", "COUNTED")
	for _, o := range c.outcomes() {
		line(o.Operation, o.Class.String(), c.Sent[o], c.Counted[o])
	}
	line("all", "", total(c.Sent), total(c.Counted))
	_ = tab.Flush() // a buffer does not fail
	missing, others := c.missing()
	switch {
	case missing > 0:
		fmt.Fprintf(b, "\n  %d requests are missing.\n", missing)
	case others > 0:
		fmt.Fprintf(b, "\n  Every request was counted once. %d more came from somebody else.\n", others)
	default:
		fmt.Fprint(b, "\n  Every request was counted once.\n")
	}
}
