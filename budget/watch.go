package budget

import (
	"math/bits"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/internal/ring"
)

// What makes an episode; see Episode.
const (
	fineWindow   = 5 * time.Minute // a burn rate is measured over no less
	episodeHold  = time.Hour       // after its last bad event an episode may go on for so long
	episodeQuiet = 24 * time.Hour  // the same where traffic is thin, and how far its bad events may be apart
	fewBad       = 2               // within fineWindow
	someBad      = 4               // over a longer stretch, where two are no rate yet
	missing      = 20              // bad events that must fail to come, or chance would end too many
	leastCost    = 0.001           // of the whole budget: background failures at a low rate cluster now and then

	priceEvery = 1024 // ticks: so recent is the cost of an episode that ticks did not see leave the window

	maxEpisodes   = 64
	maxOperations = 8
	maxTraces     = 8
	listedCauses  = 8
)

// An episodeWatch cuts the spending of one objective into episodes. It is a pair of
// cumulative sums (Page, Continuous inspection schemes, 1954) that are worked out at ticks
// with new bad events and cost nothing at others: what is suspected of opening an episode
// began where the budget spent since last exceeded its share of the time, at burn rate 1;
// what is open goes on as long as the spending since its end does so at 1/2. It keeps
// readings, never counts of its own. It belongs to the engine, under its lock.
type episodeWatch struct {
	bad     uint64  // cumulative, at the last tick that was looked at
	suspect stretch // of opening an episode
	last    time.Duration
	source  [1]*Operation // nil of an objective on all requests
	since   involved      // bad events by operation

	open    bool
	current stretch // while open
	ending  Counts  // cumulative, at the end of current
	end     time.Duration
	peak    float64
	origin  marker // the deployment before it
	traces  traceSample
	causes  map[*causeCell]causeSpan // nil without any

	// Of an episode that was open when another process began it.
	earlier       []OperationCount
	earlierCauses []CauseCount

	closed    []episode // oldest first
	settled   int       // so many of closed no longer change
	forgotten uint64
}

// A stretch begins with a bad event.
type stretch struct {
	active  bool
	first   time.Duration // engine time of the tick that saw that event
	start   time.Duration // and of the tick before
	opening Counts        // cumulative, at the tick before
}

// An episode is one as it is kept. Its end is that of its last bad event.
type episode struct {
	start, end time.Duration
	counts     Counts
	cost       float64 // as last worked out
	peak       float64
	operations []OperationCount
	causes     []CauseCount
	deployment marker
	traces     traceSample
}

// since returns what was counted from one cumulative count to a later one. It cannot
// go below zero, whatever a restored history says.
func (c Counts) since(past Counts) Counts {
	less := func(a, b uint64) uint64 { return a - min(a, b) }
	return Counts{less(c.Good, past.Good), less(c.Bad, past.Bad), less(c.Excluded, past.Excluded)}
}

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

// scaled returns a time that fits the objective's window, and its slices of time if it has
// any.
func (j *judged) scaled(d time.Duration) time.Duration {
	d = min(d, j.Window.Length()/4)
	if j.slices != nil {
		d = max(d, j.slices.length)
	}
	return d
}

// unit returns what one bad event counts.
func (j *judged) unit() uint64 {
	if j.slices != nil {
		return j.slices.worth()
	}
	return 1
}

// segment looks at every objective whose bad events have become more since the last tick
// that noted any, and at those with something open.
func (e *engine) segment(at moment) {
	if at.wait {
		return
	}
	if at.engine > e.noted {
		e.notedBefore, e.noted = e.noted, at.engine
	}
	for _, j := range e.objectives {
		if w := j.watch; w.open || w.settled < len(w.closed) {
			e.closeOrSettle(j, at.engine)
		}
		if j.scope.lastEvent == at.engine || e.owed {
			e.look(j, at.engine)
		}
	}
}

// badNoted returns the cumulative bad events as of the last tick.
func (j *judged) badNoted() uint64 {
	var n uint64
	s := j.scope
	for used := s.used & j.bad; used != 0; used &= used - 1 {
		n += s.class[bits.TrailingZeros64(uint64(used))].Last()
	}
	if j.late >= 0 {
		n += s.split[j.late].Last()
	}
	if j.gone >= 0 {
		n += s.split[j.gone].Last()
	}
	return n
}

// notedAt returns the cumulative counts as of a tick not long ago.
func (e *engine) notedAt(j *judged, t time.Duration) Counts {
	if t <= j.since {
		return j.counts(&reading{}, &j.opening)
	}
	now := uint32(e.unitsUp(e.noted))
	var r reading
	j.past(&r, now, ring.Align(now, uint32(e.unitsUp(t))))
	return j.counts(&reading{}, &r)
}

// look works out what the bad events of a tick mean.
func (e *engine) look(j *judged, now time.Duration) {
	w := j.watch
	bad := j.badNoted()
	if bad == w.bad {
		if j.slices != nil {
			e.involve(j) // in a good slice there may be bad events
		}
		return
	}
	w.bad = bad
	total := e.notedAt(j, now)
	if w.open && e.goesOn(j, total) {
		e.involve(j)
		e.extend(j, total, now)
		return
	}
	e.follow(j, now)
	e.involve(j)
	if !w.open && e.opens(j, total, now) {
		w.open, w.current, w.peak = true, w.suspect, 0
		w.traces = traceSample{last: e.mono - (now - w.current.start) - 1}
		e.sampleFirst(j)
		w.origin = e.markers.deploymentBefore(w.current.first)
		w.since.opening = append(w.since.opening[:0], w.since.suspect...)
		e.extend(j, total, now)
	}
}

// goesOn reports whether the open episode has come to a bad event that is part of it: since
// its end the budget was spent at half its rate or faster, and not by so few events that they
// would say nothing, where it had many.
func (e *engine) goesOn(j *judged, total Counts) bool {
	w := j.watch
	fresh, so := total.since(w.ending), w.ending.since(w.current.opening)
	if !j.Target.Exhausted(2*fresh.Bad, fresh.Valid()) {
		return false
	}
	alike := float64(fresh.Valid()) / float64(so.Valid()) * float64(so.Bad/j.unit())
	return float64(fresh.Bad/j.unit()) >= min(someBad, alike/someBad)
}

// follow begins the suspect stretch anew unless the budget was spent at its rate or faster
// from its beginning to the tick before, and its bad events are not far apart.
func (e *engine) follow(j *judged, now time.Duration) {
	w := j.watch
	if w.suspect.active && now-w.last <= j.scaled(episodeQuiet) {
		before := e.notedAt(j, e.notedBefore).since(w.suspect.opening)
		if j.Target.Exhausted(before.Bad, before.Valid()) {
			w.last = now
			return
		}
	}
	w.last = now
	from := e.notedBefore
	w.suspect = stretch{true, now, from, e.notedAt(j, from)}
	if e.now.Gap > 0 { // what came while the clock was suspect happened on this side of the gap
		w.suspect.start = max(from, now-e.Resolution)
	}
	if j.slices != nil {
		w.suspect.start = max(0, min(w.suspect.start, now-j.slices.length))
	}
	w.since.suspect = append(w.since.suspect[:0], w.since.noted...)
}

// opens reports whether the suspect stretch is an episode.
func (e *engine) opens(j *judged, total Counts, now time.Duration) bool {
	s := &j.watch.suspect
	spent := total.since(s.opening)
	if fine := j.scaled(fineWindow); now-s.start >= fine {
		if spent.Bad < someBad*j.unit() || !j.Target.Exhausted(spent.Bad, spent.Valid()) {
			return false
		}
	} else if spent.Bad < fewBad*j.unit() || e.fineBurn(j, total, spent.Bad, now) < 1 {
		return false
	}
	cost, ok := e.share(j, spent.Bad, now)
	return ok && cost >= leastCost
}

// fineBurn returns the burn rate over the fine window, of at most so many bad events, time
// that nobody observed counting as not spent.
func (e *engine) fineBurn(j *judged, total Counts, most uint64, now time.Duration) float64 {
	fine := j.scaled(fineWindow)
	spent := total.since(e.notedAt(j, now-fine))
	rate, _ := j.Target.Consumed(min(spent.Bad, most), spent.Valid())
	return rate * float64(e.observed(max(now-fine, e.begin(j)), now)) / float64(fine)
}

// extend lets the open episode end now; what was suspect is part of it.
func (e *engine) extend(j *judged, total Counts, now time.Duration) {
	w := j.watch
	w.end, w.ending = now, total
	w.peak = max(w.peak, e.fineBurn(j, total, total.since(w.current.opening).Bad, now))
	w.since.ending = append(w.since.ending[:0], w.since.noted...)
	w.suspect.active = false
	e.sample(j)
	e.involveCauses(j)
}

// closeOrSettle closes the open episode after its time, and fixes the costs of those that leave
// the window.
func (e *engine) closeOrSettle(j *judged, now time.Duration) {
	w := j.watch
	if e.ticks%priceEvery == 0 {
		for i := range w.closed[w.settled:] {
			e.price(j, &w.closed[w.settled+i], now)
		}
	}
	for w.settled < len(w.closed) && e.leaves(j, w.closed[w.settled].end, now) {
		e.price(j, &w.closed[w.settled], now)
		w.settled++
	}
	if quiet := now - w.end; !w.open || quiet < j.scaled(episodeHold) || !e.calm(j, quiet) {
		return
	}
	ep := e.episodeSoFar(j)
	e.price(j, &ep, now)
	w.open, w.causes, w.earlier, w.earlierCauses = false, nil, nil, nil
	if len(w.closed) == maxEpisodes {
		w.closed = slices.Delete(w.closed, 0, 1)
		w.settled = max(w.settled-1, 0)
		w.forgotten++
	}
	w.closed = append(w.closed, ep)
}

// calm reports whether so much traffic has gone by since the end of the open episode that it
// would have had more bad events by now, were it going on as it was.
func (e *engine) calm(j *judged, quiet time.Duration) bool {
	w := j.watch
	since := e.notedAt(j, e.noted).since(w.ending).Valid() / j.unit()
	so := w.ending.since(w.current.opening)
	return quiet >= j.scaled(episodeQuiet) || float64(since)*float64(so.Bad) >= missing*float64(so.Valid())
}

// episodeSoFar returns the open episode.
func (e *engine) episodeSoFar(j *judged) episode {
	w := j.watch
	return episode{
		start: w.current.start, end: w.end, counts: w.ending.since(w.current.opening), peak: w.peak,
		operations: e.involvedIn(j), causes: e.causesIn(j), deployment: w.origin, traces: w.traces,
	}
}

// newWatch returns a watch that begins with what has been counted.
func newWatch(j *judged) *episodeWatch {
	return &episodeWatch{bad: j.badNoted(), source: [1]*Operation{j.events().scope.op}}
}
