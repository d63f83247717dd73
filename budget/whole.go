package budget

import "time"

// Whole reads the objective's own window, or the calendar period so far, without
// allocating: its counts, how much of it was observed, and the number of valid events that the
// whole budget is a share of, with the basis of that number: Expected and Basis of [Status].
// ok is false when the objective is unknown or the tracker closed.
func (b Budget) Whole() (w Window, expected uint64, basis Basis, ok bool) {
	ok = b.read(func(e *engine, j *judged, now time.Duration) {
		var live, past reading
		e.live(j, &live)
		length := e.ownPast(j, &past, now)
		w = e.window(j, &live, &past, now, length)
		expected, basis = e.whole(j, w.Counts, now)
	})
	return w, expected, basis, ok
}
