package budget

// Known says in one word how far a [Status] can be trusted. Unknown never looks
// healthy: nothing but FullyKnown opens a deploy gate silently.
type Known uint8

// The words, in the order in which they are tried: the first that applies is the
// answer.
const (
	NoSuchObjective Known = iota // no objective has that name, or the tracker is nil
	Stalled                      // requests are in flight and none has finished for too long
	Stale                        // the tracker was closed, or its tick does not come
	NoEvents                     // no valid event in the window
	TooFew                       // so few that one bad event would be worth more than the budget
	PartialCoverage              // the process has not watched the whole window
	FullyKnown                   // none of these
)

// String returns the word as reports show it.
func (k Known) String() string {
	switch k {
	case Stalled:
		return "stalled"
	case Stale:
		return "stale"
	case NoEvents:
		return "no events"
	case TooFew:
		return "too few events"
	case PartialCoverage:
		return "partial coverage"
	case FullyKnown:
		return "known"
	}
	return "no such objective"
}
