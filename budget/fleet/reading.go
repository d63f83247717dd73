package fleet

import (
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

// A Reading is one error budget of all replicas. It is a plain value that belongs to the
// caller.
//
// Of its Status, what only a process can know is zero: Counts.Excluded and Excluded, Total,
// InFlight and StalledFor, and the Cancelled of windows. If there was no answer all counts
// and ratios are zero, Remaining too, which so never looks healthy.
type Reading struct {
	budget.Status

	// Unknown is what keeps the reading from being trusted; "" if nothing does, though there
	// may be no events, or too few. Status.Known has the matching word, and Status.Doubt says
	// it for people.
	Unknown Unknown

	// Replicas is how many processes have the objective now, Unscraped how many of those that
	// had it in the last hour are known to Prometheus and cannot be scraped.
	Replicas, Unscraped int

	// Newest is the time of the newest sample of the objective's counters, by the clock of the
	// server; zero if there is none in the last five minutes.
	Newest time.Time
}

func (r Reading) clone() Reading {
	r.BurnRates = slices.Clone(r.BurnRates)
	r.Objective.Links = slices.Clone(r.Objective.Links)
	return r
}
