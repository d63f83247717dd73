package policy

import (
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A Reason is one part of a [Decision]: what one error budget, or the question itself,
// says. It is a plain value.
type Reason struct {
	// Objective is the error budget that speaks: the objective's name, of slo.Each followed
	// by "/" and the operation; "" where the reason is not about one.
	Objective string

	Code    Code
	Outcome Outcome // what this reason alone asks for
	Text    string  // for people

	// Target and Window are what the objective promises.
	Target slo.Target
	Window slo.Window

	// Known, Counts, Observed, Coverage and Remaining are what the answer goes by: fields of
	// budget.Status, and the same as there.
	Known     budget.Known
	Counts    budget.Counts
	Observed  time.Duration
	Coverage  float64
	Remaining float64
}

// String returns the objective and the text.
func (r Reason) String() string {
	if r.Objective == "" {
		return r.Text
	}
	return r.Objective + ": " + r.Text
}
