package policy

import (
	"encoding/json"
	"time"

	"github.com/seed-abb722f7/nines/budget"
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

type reasonJSON struct {
	Objective string      `json:"objective,omitempty"`
	Code      Code        `json:"code"`
	Outcome   Outcome     `json:"outcome"`
	Text      string      `json:"text"`
	Budget    *budgetJSON `json:"budget,omitempty"`
}

type budgetJSON struct {
	Known     string  `json:"known"`
	Good      uint64  `json:"good"`
	Bad       uint64  `json:"bad"`
	Excluded  uint64  `json:"excluded"`
	Observed  float64 `json:"observed_seconds"`
	Coverage  float64 `json:"coverage"`
	Remaining float64 `json:"remaining"`
}

// MarshalJSON writes the reason with snake-case names that stay as they are; what was known
// of the error budget is left out where the reason is not about one.
func (r Reason) MarshalJSON() ([]byte, error) {
	j := reasonJSON{Objective: r.Objective, Code: r.Code, Outcome: r.Outcome, Text: r.Text}
	if r.Objective != "" {
		j.Budget = &budgetJSON{
			Known: r.Known.String(), Good: r.Counts.Good, Bad: r.Counts.Bad, Excluded: r.Counts.Excluded,
			Observed: r.Observed.Seconds(), Coverage: r.Coverage, Remaining: r.Remaining,
		}
	}
	return json.Marshal(j)
}
