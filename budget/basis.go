package budget

// A Basis says what the whole of an error budget is a share of: which count of events
// stands below the line.
type Basis uint8

// The bases. Of a calendar period that is under way the number of events is not known yet.
// Were the budget a share of those seen so far, it would grow while nothing fails; so the
// rest of the period is forecast, and what is left changes with failures alone as long as
// traffic is as expected. Whatever the basis, a period ends at the events that there were.
const (
	// ObservedBasis: the events that were seen. It is exact for rolling windows. In a
	// calendar period it is provisional, and there only until a period has closed.
	ObservedBasis Basis = iota

	// ForecastBasis: the events of the period so far, and for the rest of it the rate of
	// the last period that was seen well enough.
	ForecastBasis

	// DeclaredBasis: the events of the period so far, and for the rest of it its share of
	// slo.Objective.ExpectedEvents.
	DeclaredBasis

	// SlicesBasis: slices of time. In a calendar period those that had events so far, and
	// all that are to come.
	SlicesBasis
)

// String returns the basis in one word, as reports show it.
func (b Basis) String() string {
	switch b {
	case ForecastBasis:
		return "forecast"
	case DeclaredBasis:
		return "declared"
	case SlicesBasis:
		return "slices"
	}
	return "observed"
}
