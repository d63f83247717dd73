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
	bad      uint64  // cumulative, at the last tick that was looked at
	suspect  stretch // of opening an episode
	source   [1]*Operation
	involved *involved     // of an objective on all requests, or in slices of time
	open     *incident     // nil while nothing is
	past     *pastEpisodes // nil before the first
}

// A stretch begins with a bad event.
type stretch struct {
	active      bool
	first, last time.Duration // engine time of the ticks that saw its first and its last bad event
	start       time.Duration // of the tick before the first
	opening     Counts        // cumulative, at the tick before
}

// An incident is an episode that is open.
type incident struct {
	stretch        // it ends at last
	ending  Counts // cumulative, at the end
	peak    float64
	each    float64 // what a bad event cost when it opened: for one that time leaps away from
	origin  marker  // the deployment before it
	traces  traceSample
	causes  map[*causeCell]causeSpan // nil without any

	// Of an episode that was open when another process began it.
	earlier       []OperationCount
	earlierCauses []CauseCount
}

// pastEpisodes are those that closed.
type pastEpisodes struct {
	list      []episode // oldest first
	settled   int       // so many no longer change
	forgotten uint64
}

// An episode is one as it is kept. Its end is that of its last bad event.
type episode struct {
	start, end time.Duration
	counts     Counts
	cost       float64 // as last worked out
	peak       float64
	operations []OperationCount // nil of an objective on one operation
	causes     []CauseCount
	deployment marker
	traces     [][16]byte
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
		if w := j.watch; w.open != nil || w.past != nil {
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

// notedAt returns the cumulative counts as of a tick not long ago, or of the one before, which
// a gap may have put far off: from that to the last nothing was noted, so that they are read
// just before the last, where history is exact.
func (e *engine) notedAt(j *judged, t time.Duration) Counts {
	if t <= j.since {
		return j.counts(&reading{}, &j.opening)
	}
	now, then := e.unitsUp(e.noted), e.unitsUp(t)
	if t >= e.notedBefore && t < e.noted {
		then = max(then, now-1)
	}
	var r reading
	j.past(&r, uint32(now), ring.Align(uint32(now), uint32(then)))
	return j.counts(&reading{}, &r)
}

// look works out what the bad events of a tick mean.
func (e *engine) look(j *judged, now time.Duration) {
	w := j.watch
	bad := j.badNoted()
	if bad == w.bad {
		if w.involved != nil && j.slices != nil {
			e.involve(j) // in a good slice there may be bad events
		}
		return
	}
	w.bad = bad
	total := e.notedAt(j, now)
	if w.open != nil && e.goesOn(j, total) {
		e.involve(j)
		e.extend(j, total, now)
		return
	}
	e.follow(j, now)
	e.involve(j)
	if w.open != nil {
		return
	}
	if each, ok := e.opens(j, total, now); ok {
		w.open = &incident{stretch: w.suspect, each: each, origin: e.markers.deploymentBefore(w.suspect.first)}
		w.open.traces.last = e.mono - (now - w.suspect.start) - 1
		e.sampleFirst(j)
		w.involved.began()
		e.extend(j, total, now)
	}
}

// goesOn reports whether the open episode has come to a bad event that is part of it: since
// its end the budget was spent at half its rate or faster, and not by so few events that they
// would say nothing, where it had many.
func (e *engine) goesOn(j *judged, total Counts) bool {
	x := j.watch.open
	fresh, so := total.since(x.ending), x.counts()
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
	if w.suspect.active && now-w.suspect.last <= j.scaled(episodeQuiet) {
		before := e.notedAt(j, e.notedBefore).since(w.suspect.opening)
		if j.Target.Exhausted(before.Bad, before.Valid()) {
			w.suspect.last = now
			return
		}
	}
	from := e.notedBefore
	w.suspect = stretch{active: true, first: now, last: now, start: from, opening: e.notedAt(j, from)}
	if e.now.Gap > 0 { // what came while the clock was suspect happened on this side of the gap
		w.suspect.start = max(from, now-e.Resolution)
	}
	if j.slices != nil {
		w.suspect.start = max(0, min(w.suspect.start, now-j.slices.length))
	}
	w.involved.suspects()
}

// opens reports whether the suspect stretch is an episode, and what each of its bad events
// costs.
func (e *engine) opens(j *judged, total Counts, now time.Duration) (each float64, ok bool) {
	s := &j.watch.suspect
	spent := total.since(s.opening)
	if fine := j.scaled(fineWindow); now-s.start >= fine {
		if spent.Bad < someBad*j.unit() || !j.Target.Exhausted(spent.Bad, spent.Valid()) {
			return 0, false
		}
	} else if spent.Bad < fewBad*j.unit() || e.fineBurn(j, total, spent.Bad, now) < 1 {
		return 0, false
	}
	cost, ok := e.share(j, spent.Bad, now)
	return cost / float64(spent.Bad), ok && cost >= leastCost
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
	x := w.open
	x.last, x.ending = now, total
	x.peak = max(x.peak, e.fineBurn(j, total, total.since(x.opening).Bad, now))
	w.suspect.active = false
	w.involved.ends()
	e.sample(j)
	e.involveCauses(j)
}

// closeOrSettle closes the open episode after its time, and fixes the costs of those that leave
// the window.
func (e *engine) closeOrSettle(j *judged, now time.Duration) {
	w := j.watch
	if p := w.past; p != nil {
		for p.settled < len(p.list) && e.leaves(j, p.list[p.settled].end, now) {
			e.price(j, &p.list[p.settled], now)
			p.settled++
		}
	}
	if w.open == nil || now-w.open.last < j.scaled(episodeHold) || !e.calm(j, now-w.open.last) {
		return
	}
	ep := e.episodeSoFar(j)
	w.open = nil
	if w.past == nil {
		w.past = new(pastEpisodes)
	}
	w.past.add(ep)
}

// nextEpisode returns how long it is until an episode may close or settle if nothing happens.
func (e *engine) nextEpisode(now time.Duration) time.Duration {
	next := farOff
	at := func(t time.Duration) {
		if t > now {
			next = min(next, t-now)
		}
	}
	for _, j := range e.objectives {
		if x := j.watch.open; x != nil {
			at(x.last + j.scaled(episodeHold))
			at(x.last + j.scaled(episodeQuiet))
		}
		if p := j.watch.past; p != nil && p.settled < len(p.list) && j.account == nil {
			length := j.Window.Length()
			at(p.list[p.settled].end + length - length/perCent)
		}
	}
	return next
}

func (p *pastEpisodes) add(ep episode) {
	if len(p.list) == maxEpisodes {
		p.list = slices.Delete(p.list, 0, 1)
		p.settled = max(p.settled-1, 0)
		p.forgotten++
	}
	p.list = append(p.list, ep)
}

// calm reports whether so much traffic has gone by since the end of the open episode that it
// would have had more bad events by now, were it going on as it was.
func (e *engine) calm(j *judged, quiet time.Duration) bool {
	x := j.watch.open
	since, so := e.notedAt(j, e.noted).since(x.ending).Valid()/j.unit(), x.counts()
	return quiet >= j.scaled(episodeQuiet) || float64(since)*float64(so.Bad) >= missing*float64(so.Valid())
}

// counts returns the events so far.
func (x *incident) counts() Counts { return x.ending.since(x.opening) }

// episodeSoFar returns the open episode.
func (e *engine) episodeSoFar(j *judged) episode {
	x := j.watch.open
	ep := episode{
		start: x.start, end: x.last, counts: x.counts(), peak: x.peak, operations: e.involvedIn(j),
		causes: x.causesSoFar(), deployment: x.origin, traces: slices.Clone(x.traces.ids[:x.traces.n]),
	}
	ep.cost = x.each * float64(ep.counts.Bad)
	e.price(j, &ep, e.now.Engine)
	return ep
}

// newWatch returns a watch that begins with what has been counted.
func newWatch(j *judged) *episodeWatch {
	w := &episodeWatch{bad: j.badNoted(), source: [1]*Operation{j.events().scope.op}}
	if w.source[0] == nil || j.slices != nil {
		w.involved = new(involved)
	}
	return w
}

// What each takes on a 64-bit machine; a test compares them.
const (
	watchBytes    = 96
	incidentBytes = 328
	episodeBytes  = 160
)

// bytes returns roughly how much memory the watch holds, names aside.
func (w *episodeWatch) bytes() int {
	n := watchBytes
	if w.involved != nil {
		n += 8 * (cap(w.involved.noted) + cap(w.involved.suspect) + cap(w.involved.opening) + cap(w.involved.ending))
	}
	if w.open != nil {
		n += incidentBytes
	}
	if w.past != nil {
		n += episodeBytes * cap(w.past.list)
	}
	return n
}
