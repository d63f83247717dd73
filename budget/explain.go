package budget

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Explain writes, for people, what counts as what here: every objective with the
// verdict of every class, what is excluded, what the tracker has recorded and how much
// memory it takes; and what is attached adds its part, such as the rules of a policy
// with their derived factors. The error is the writer's. On nil it writes nothing.
func (t *Tracker) Explain(w io.Writer) error {
	if t == nil {
		return nil
	}
	b := &strings.Builder{}
	r := t.Report()
	t.mu.RLock()
	fmt.Fprintf(b, "service %q: %d objectives, a tick each %v, windows up to %s, at most %d undeclared operations\n",
		r.Service, len(r.Objectives), t.engine.Resolution, slo.FormatDuration(t.engine.history), t.engine.MaxOperations)
	for _, j := range t.engine.objectives {
		j.explain(b)
		t.engine.explainPeriod(b, j, t.engine.clock.Engine(t.Now()))
		t.engine.explainTrouble(b, j, t.engine.clock.Engine(t.Now()))
	}
	t.mu.RUnlock()
	explainOperations(b, r)
	t.hooks.each(func(h *Hook) {
		if h.Explain != nil {
			t.guard(func() { h.Explain(b) })
		}
	})
	_, err := io.WriteString(w, b.String())
	return err
}

// explainTrouble writes the episode that is open, and what the last deployment has cost.
func (e *engine) explainTrouble(w *strings.Builder, j *judged, now time.Duration) {
	if j.watch.open != nil {
		fmt.Fprintf(w, "  spending fast: %s\n", e.showOpen(j, now))
	}
	if s, ok := e.sinceDeployment(j, now); ok && s.After.Counts.Bad > 0 {
		fmt.Fprintf(w, "  since deployment %s at %s UTC: %s %% of the budget, burn rate %s, before it %s\n",
			s.Deployment.Text, s.Deployment.At.UTC().Format(time.DateTime), short(100*s.Spent), short(s.After.BurnRate), short(s.Before.BurnRate))
	}
}

// explain writes one objective.
func (j *judged) explain(w *strings.Builder) {
	source := j.Of.String()
	if j.Of.Kind() == slo.EachSource {
		source += " " + j.operation
	}
	fmt.Fprintf(w, "\nobjective %q: %s of %s %s over %s%s\n",
		j.name, j.Target, source, j.SLI, j.Window, map[bool]string{true: " (shadow: never breaches, never gates)"}[j.Shadow])
	events, counted := j, "valid events"
	if j.slices != nil { // the classes are those of the events that the slices are made of
		events, counted = j.slices.events, "slices of time"
	}
	fmt.Fprintf(w, "  budget: %s of %s may be bad (as much as %v of total outage under even traffic); burn rate at most %s\n",
		decimal(j.Target.ErrorBudget(), 7), counted, j.Target.AllowedDowntime(j.Window.Length()).Round(time.Second), decimal(j.Target.MaxBurnRate(), 6))
	if d, ok := j.SLI.Threshold(); ok {
		fmt.Fprintf(w, "  within: a good event that took longer than %v is bad\n", d)
	}
	if d, ok := j.SLI.CancelledAfter(); ok {
		fmt.Fprintf(w, "  cancelled: bad after %v, excluded before\n", d)
	}
	var lines [3][]string
	for c := range slo.NumClasses {
		switch {
		case !j.expects(c):
		case events.good.has(c):
			lines[0] = append(lines[0], c.String())
		case events.bad.has(c):
			lines[1] = append(lines[1], c.String())
		default:
			lines[2] = append(lines[2], c.Reason())
		}
	}
	for i, verdict := range [...]slo.Verdict{slo.Good, slo.Bad, slo.Excluded} {
		if len(lines[i]) > 0 {
			fmt.Fprintf(w, "  %s: %s\n", verdict, strings.Join(lines[i], ", "))
		}
	}
	if j.Of.Kind() != slo.EventsSource {
		fmt.Fprintf(w, "  stalled: nothing finished for %v with requests in flight\n", j.source().allowance())
	}
}

// explainPeriod writes what the budget of a calendar period is a share of, and what slices
// of time count as.
func (e *engine) explainPeriod(w *strings.Builder, j *judged, now time.Duration) {
	if j.slices != nil {
		fmt.Fprintf(w, "  method: %v; a slice of time is one event, and none if nothing happened in it\n", j.Method)
	}
	if j.account == nil {
		return
	}
	p := e.period(j, now)
	provisional := ""
	if p.Basis == ObservedBasis {
		provisional = ": provisional, until a period has closed or slo.Objective.ExpectedEvents is declared"
	}
	fmt.Fprintf(w, "  period: %v; %d expected (%v%s), %d closed before it\n", p, p.Expected, p.Basis, provisional, len(j.account.closed))
}

// expects reports whether the source of the objective can have events of class c.
func (j *judged) expects(c slo.Class) bool {
	event := c == slo.EventGood || c == slo.EventBad
	rpc := c >= slo.RPCOK
	switch j.Of.Kind() {
	case slo.EventsSource:
		return event
	case slo.DependencySource:
		return !event && c != slo.Unmatched && c != slo.Health && c != slo.Shutdown
	case slo.HTTPSource:
		return !event && !rpc
	case slo.RPCSource:
		return rpc || c == slo.Failed || c == slo.Cancelled || c == slo.Degraded || c >= slo.Unmatched && !event
	}
	return !event
}

// explainOperations writes what was recorded.
func explainOperations(w *strings.Builder, r Report) {
	fmt.Fprintf(w, "\nrecorded since %s:\n", r.Began.UTC().Format(time.RFC3339))
	rows := &strings.Builder{}
	for _, o := range r.Operations {
		if o.Requests() == 0 && !o.Declared {
			continue
		}
		var classes []string
		for _, c := range o.Classes {
			if c.Count > 0 {
				classes = append(classes, fmt.Sprintf("%s %d", c.Class, c.Count))
			}
		}
		for _, c := range o.Causes {
			classes = append(classes, fmt.Sprintf("cause %q %d", c.Cause, c.Count))
		}
		if len(classes) == 0 {
			classes = append(classes, "nothing yet")
		}
		declared := "declared"
		if !o.Declared {
			declared = "undeclared"
		}
		fmt.Fprintf(rows, "  %s\t%s\t%d\t%s\n", o.Name, declared, o.Requests(), strings.Join(classes, ", "))
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = io.WriteString(tab, rows.String()) // a strings.Builder does not fail
	_ = tab.Flush()
	s := r.Self
	fmt.Fprintf(w, "memory: %d KiB in %d operations and %d change points of history\n", (s.Bytes+1023)/1024, s.Operations, s.HistoryPoints)
}
