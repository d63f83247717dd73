package policy

import (
	"fmt"
	"io"
	"strings"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// explain adds to [budget.Tracker.Explain]: for every error budget its rules, where their
// factors come from, and which default rules were left out and why.
func (w *Watcher) explain(to io.Writer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tracker.Revision() == w.revision { // else the next tick makes the rules anew
		w.meet("its operation was seen")
	}
	out := &strings.Builder{}
	watched := make(map[string]*subject, len(w.subjects))
	for _, s := range w.subjects {
		watched[s.name] = s
	}
	out.WriteString("\nrules: burn rate x coverage above the factor, over the long window and over the short one\n")
	for _, name := range w.tracker.Objectives() {
		status := w.tracker.Budget(name).Status()
		fmt.Fprintf(out, "\nrules of %q:\n", name)
		if status.Objective.Shadow {
			out.WriteString("  none: a shadow objective never breaches\n")
			continue
		}
		w.explainRules(out, &status)
		w.explainHealth(out, &status)
		if s := watched[name]; s != nil {
			s.explain(out, w)
		}
	}
	_, _ = io.WriteString(to, out.String()) // the tracker's own buffer
}

// explainRules writes the rules of an error budget, health rules aside.
func (w *Watcher) explainRules(out *strings.Builder, s *budget.Status) {
	rules, leftOut := w.plan.rules(s.Name, s.Objective)
	if len(rules) == 0 {
		out.WriteString("  no rule\n")
	}
	for _, r := range rules {
		origin := "from Config.Rules"
		if r.from != nil {
			origin = r.from.origin(s.Objective)
		}
		fmt.Fprintf(out, "  %v %s: %s (%s)\n", r.Severity, r.Name, r.words(&s.Objective), origin)
	}
	for _, f := range leftOut {
		fmt.Fprintf(out, "  left out: %v %s, because %s\n", f.rule.Severity, f.rule.Name, f.leftOut)
	}
	if w.plan.NoDefaults {
		out.WriteString("  left out: the default rules, by Config.NoDefaults\n")
	}
}

// origin says where a default factor comes from.
func (f *fitted) origin(o slo.Objective) string {
	s := fmt.Sprintf("%d %% of the budget in %s", f.percent, slo.FormatDuration(f.long))
	if f.derived == f.exact {
		return s
	}
	s += " is " + number(float64(f.derived)/billion)
	if f.derived < billion {
		s += ", raised to 1"
	}
	if max(f.derived, billion) != f.exact {
		s += fmt.Sprintf(", lowered to 0.8 / (1 - %s)", o.Target)
	}
	return s
}

// explainHealth writes the health rules of an error budget, or who has them instead.
func (w *Watcher) explainHealth(out *strings.Builder, s *budget.Status) {
	carrier := w.carried[s.Operation]
	switch {
	case s.Objective.Of.Kind() == slo.EventsSource: // events do not stall, and nobody waits for them
	case w.plan.NoHealth:
		out.WriteString("  left out: the health rules, by Config.NoHealth\n")
	case carrier != s.Name:
		fmt.Fprintf(out, "  left out: the health rules, because %q has them for the same source\n", carrier)
	default:
		for _, c := range healthChecks(s.Objective.Of, w.plan.history) {
			text := "the source has been stalled for " + slo.FormatDuration(stallHold)
			if g, ok := c.evaluator.(givingUp); ok {
				text = fmt.Sprintf("more than %d %% of all events in %s were cancelled, and at least %d",
					100/givingUpShare, slo.FormatDuration(g.over), givingUpAtLeast)
			}
			fmt.Fprintf(out, "  %v %s: %s\n", c.severity, c.name, text)
		}
	}
}

// explain writes what the rules say now that have something to say.
func (s *subject) explain(out *strings.Builder, w *Watcher) {
	for _, state := range s.states(nil, w) {
		switch {
		case state.Holds:
			fmt.Fprintf(out, "  now: %s holds: %s\n", state.Rule, state.Reason)
		case state.HeldBack:
			fmt.Fprintf(out, "  now: %s is held back: %s\n", state.Rule, state.Reason)
		case state.Pending:
			fmt.Fprintf(out, "  now: %s is pending: %s\n", state.Rule, state.Reason)
		}
	}
}
