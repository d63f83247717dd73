package budget

import "time"

// A Since is what an error budget has gone through since the last deployment.
type Since struct {
	Deployment Marker

	// Spent is the share of a whole error budget that the bad events since then are, of the
	// budget as it stands now: 0.2 is a fifth of it.
	Spent float64

	// After is the time since the deployment, Before as much time before it, as far as
	// history reaches: their burn rates say whether it made things worse.
	Before, After Window
}

// SinceDeployment returns what was spent since the last deployment (see
// [Tracker.MarkDeployment]), and the burn rate before and after. Counts are exact since the
// deployment, those before it are as exact as any window's. ok is false when no deployment
// was marked, when the objective is unknown or the tracker closed; Windows without a valid
// event say so themselves. It includes the last event recorded before the call.
func (b Budget) SinceDeployment() (s Since, ok bool) {
	b.read(func(e *engine, j *judged, now time.Duration) { s, ok = e.sinceDeployment(j, now) })
	return s, ok
}

func (e *engine) sinceDeployment(j *judged, now time.Duration) (s Since, ok bool) {
	at := e.markers.deployed
	if at.kind == 0 {
		return Since{}, false
	}
	s.Deployment = e.showMarker(&at)
	live, then := e.milestone(j), j.milestone(&j.opening)
	if counted, known := e.markers.counted[j.name]; known && j.since <= at.at {
		then = counted
	}
	age := now - at.at
	length := min(age, max(e.history-age, 0))
	before := then
	if length > 0 {
		var r reading
		e.past(j, &r, now, age+length)
		before = j.milestone(&r)
	}
	s.After = e.stretch(j, then, live, max(at.at, j.since), now)
	s.Before = e.stretch(j, before, then, at.at-length, at.at)
	s.Spent, _ = e.share(j, s.After.Counts.Bad, now)
	return s, true
}

// stretch returns what an objective counted between two moments.
func (e *engine) stretch(j *judged, from, to milestone, start, end time.Duration) Window {
	w := Window{Length: end - start, Counts: to.counts.since(from.counts), Observed: e.observed(max(start, min(e.begin(j), end)), end)}
	w.BurnRate, w.OK = w.Counts.Consumed(j.Target)
	w.Cancelled = to.cancelled - min(to.cancelled, from.cancelled)
	return w
}
