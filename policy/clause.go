package policy

import "time"

// A Clause of a [Policy] says what follows from a condition. Name, When and Then are
// required.
type Clause struct {
	// Name identifies the clause in the audit log, and is unique within its policy: such as
	// "budget exhausted".
	Name string

	// Objectives narrow the scope of the policy for conditions on error budgets, by name as
	// there. Empty is all of it.
	Objectives []string

	// When is the condition. The clause is enacted when it begins to hold: of a condition on
	// error budgets, for each error budget by itself.
	When Condition

	// Hold is how long the condition must have been false, without a break, before the clause
	// is lifted. Time that nobody observed, and time in which the condition is not known,
	// does not count. Zero is at once. A person who lifts a manual clause does not wait.
	Hold time.Duration

	// Then are the consequences, at most 32.
	Then []Consequence
}

// stops reports whether the clause stops releases to production, and whether a machine is to
// do it.
func (c *Clause) stops() (stops, automated bool) {
	for _, q := range c.Then {
		if q.Kind == StopProduction {
			stops, automated = true, automated || q.Automated
		}
	}
	return stops, automated
}
