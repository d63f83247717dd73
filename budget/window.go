package budget

import "time"

// A Window is one window of one objective, read at one moment. Windows read together
// (see [Budget.Windows]) end at the same event.
type Window struct {
	Length   time.Duration // as asked for; what was counted reaches back at least so far, and at most 1 % or one tick further
	Counts   Counts
	Observed time.Duration // how much of Length the process was there to see
	BurnRate float64       // error ratio / (1 - target); 0 when there was no valid event
	OK       bool          // there was at least one valid event, so BurnRate means something

	// Cancelled is how many of the events, whatever the objective makes of them, were
	// requests whose client went away.
	Cancelled uint64
}

// Coverage returns the observed share of the window, in [0, 1].
func (w Window) Coverage() float64 {
	if w.Length <= 0 {
		return 0
	}
	return float64(w.Observed) / float64(w.Length)
}
