package budget

import "time"

// share returns which share of the whole error budget so many bad events are, of the budget
// of the objective's window or period as it stands now; ok is false when there was no valid
// event.
func (e *engine) share(j *judged, bad uint64, now time.Duration) (share float64, ok bool) {
	c := e.ownCounts(j, now)
	if c.Valid() == 0 {
		return 0, false
	}
	whole, _ := e.whole(j, c, now)
	return j.Target.Consumed(bad, whole)
}

// price works out what an episode has cost, as far as the budget that it spent is known.
func (e *engine) price(j *judged, ep *episode, now time.Duration) {
	if a := j.account; a != nil && ep.end <= a.began {
		if n := len(a.closed); n > 0 && e.clock.Believed(ep.end).Unix() > a.closed[n-1].start {
			if cost, ok := j.Target.Consumed(ep.counts.Bad, a.closed[n-1].good+a.closed[n-1].bad); ok {
				ep.cost = cost
			}
		}
		return
	}
	if j.account == nil && now-ep.end >= j.Window.Length() {
		return
	}
	if cost, ok := e.share(j, ep.counts.Bad, now); ok {
		ep.cost = cost
	}
}

// leaves reports whether what ended at a moment is about to leave the objective's window, or
// has left its period: from then on its share of the budget no longer changes.
func (e *engine) leaves(j *judged, end, now time.Duration) bool {
	if a := j.account; a != nil {
		return end <= a.began
	}
	length := j.Window.Length()
	return now-end >= length-length/perCent
}
