package policy

import (
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A selection says which error budgets somebody goes by. Zero fields leave all in; shadow
// objectives are never in.
type selection struct {
	owner      string
	objectives []string
	target     slo.Target
	window     time.Duration
}

// has reports whether an error budget is selected.
func (s *selection) has(b *budget.Status) bool {
	o := &b.Objective
	return !o.Shadow &&
		(s.owner == "" || s.owner == o.Owner) &&
		(len(s.objectives) == 0 || slices.ContainsFunc(s.objectives, func(name string) bool { return isNamed(b, name) })) &&
		(s.target == slo.Target{} || s.target == o.Target) &&
		(s.window == 0 || s.window == o.Window.Length())
}

// missing returns the names that are selected and mean no error budget at all.
func (s *selection) missing(all []budget.Status) (absent []string) {
	for _, name := range s.objectives {
		if !slices.ContainsFunc(all, func(b budget.Status) bool { return isNamed(&b, name) }) {
			absent = append(absent, name)
		}
	}
	return absent
}

// isNamed reports whether a name means the error budget: its own does, and of an objective on
// slo.Each that of the objective.
func isNamed(b *budget.Status, name string) bool { return name == b.Name || name == b.Objective.Name }
