package fleet

import "github.com/seed-abb722f7/nines/budget"

// An Unknown names what keeps a [Reading] from being trusted. Names are never changed; new
// ones may come.
type Unknown string

// The unknowns, in the order in which they are tried: the first that applies is the answer.
const (
	Unreachable Unknown = "unreachable" // no connection to the server
	TimedOut    Unknown = "timed_out"   // no answer within Config.Timeout, or before the context ended
	Refused     Unknown = "refused"     // the server answered with an error
	Unreadable  Unknown = "unreadable"  // the answer makes no sense: not JSON, NaN, a count below zero
	NoSeries    Unknown = "no_series"   // nobody exports the objective, or exported it within its window
	Mismatched  Unknown = "mismatched"  // replicas have it with another target, SLI, threshold or window
	OldSamples  Unknown = "old_samples" // the newest sample is older than Config.StaleAfter
	Partial     Unknown = "partial"     // replicas cannot be scraped, or the server warns that data is missing
	Gaps        Unknown = "gaps"        // there are no samples for a part of the window
)

// known returns the word that a Status has for it. No word but budget.FullyKnown opens a gate
// silently, and none but budget.PartialCoverage at all.
func (u Unknown) known() budget.Known {
	switch u {
	case NoSeries, Mismatched:
		return budget.NoSuchObjective
	case Gaps:
		return budget.PartialCoverage
	case "":
		return budget.FullyKnown
	}
	return budget.Stale
}
