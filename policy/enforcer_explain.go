package policy

import (
	"fmt"
	"io"
	"strings"

	"github.com/seed-abb722f7/nines/slo"
)

// explain adds to [budget.Tracker.Explain]: the policy, its scope, tiers and clauses, and
// where it stands.
func (e *Enforcer) explain(to io.Writer) {
	out, p := &strings.Builder{}, e.Policy()
	fmt.Fprintf(out, "\nerror budget policy %q", p.title())
	if scope := p.scope(); scope != "" {
		out.WriteString(" for " + scope)
	}
	out.WriteString(":\n")
	for i := range p.Tiers {
		fmt.Fprintf(out, "  tier %s", p.Tiers[i])
		if d := p.Tiers[i].LeaveAfter; d > 0 {
			fmt.Fprintf(out, ", left after %s", slo.FormatDuration(d))
		}
		out.WriteString("\n")
	}
	for _, c := range p.Clauses {
		how := ""
		if !c.When.Automatic() {
			how = " (manual)"
		}
		fmt.Fprintf(out, "  clause %q%s: %v\n", c.Name, how, c.When)
		for _, q := range c.Then {
			fmt.Fprintf(out, "    %v\n", q)
		}
	}
	fmt.Fprintf(out, "  now: %v\n", e.Standing())
	_, _ = io.WriteString(to, out.String()) // the tracker's own buffer
}
