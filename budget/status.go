package budget

import (
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A Status is everything about one error budget, read at one moment: every number in
// it ends at the same event. It is a plain value that belongs to the caller.
type Status struct {
	// Name is the objective's; of slo.Each it is followed by "/" and the operation.
	Name string

	// Objective is the declaration.
	Objective slo.Objective

	// Operation is what is judged; "" for all requests together.
	Operation string

	// At is the wall time of the reading.
	At time.Time

	// Known says how far the rest can be trusted. Doubt says in words why not further, where
	// the reader has more to say than the word, as package budget/fleet has; a tracker leaves
	// it empty.
	Known Known
	Doubt string

	// Counts are the events of the objective's window; Excluded lists those that did
	// not count, by reason.
	Counts   Counts
	Excluded []ReasonCount

	// Expected is how many valid events the whole budget is a share of, and Basis where that
	// number comes from: the valid ones of Counts, or what a calendar period is expected to
	// have in the end.
	Expected uint64
	Basis    Basis

	// PeriodStart and PeriodEnd are those of the calendar period under way; zero for a
	// rolling window.
	PeriodStart, PeriodEnd time.Time

	// Total are the events that were counted since Began: when this process's tracker was
	// made, or when [Tracker.Update] added the objective or gave it another source or SLI. Of
	// one with another threshold or classification Total goes on, each event as it was judged
	// when it came.
	Total Counts
	Began time.Time

	// Observed is how much of the window the process was there to see, Coverage the
	// same as a share of the window, in [0, 1].
	Observed time.Duration
	Coverage float64

	// Since is the wall time at which the objective's history begins: when the first
	// process to keep it was started, when [Tracker.Update] added it, or when its definition changed. Renewed says what
	// changed then, such as "SLI"; it is empty if nothing did. Restored says that the
	// history was carried over from another process (see Config.Restore).
	Since    time.Time
	Renewed  string
	Restored bool

	// SLI is good / valid, Remaining the unspent share of the error budget (1 untouched,
	// 0 spent, negative overspent), Consumed the spent share. Without a valid event they
	// are 0, 1 and 0, and Known is NoEvents.
	SLI, Remaining, Consumed float64

	// Met and Exhausted are exact. At equality both are true; without a valid event
	// neither is.
	Met, Exhausted bool

	// BurnRates are the windows that burn-rate rules use by default, those that fit
	// into the objective's own, shortest first.
	BurnRates []Window

	// ProjectedExhaustion is the time until nothing remains if the burn rate of the last
	// hour (or of the whole window, if shorter) goes on and no old failure leaves the
	// window: 0 if nothing remains now. WillExhaust is false if it would never happen.
	ProjectedExhaustion time.Duration
	WillExhaust         bool

	// InFlight is the number of requests under way, StalledFor the time since one
	// finished if that is too long; 0 if not.
	InFlight   uint64
	StalledFor time.Duration

	// NeverSeen says that the operation has had no event at all, SilentFor how long its
	// last event is ago if that is more than an hour while its service has had others.
	NeverSeen bool
	SilentFor time.Duration

	// ClockSuspect says that the wall clock jumped ahead and it is not known yet whether
	// the process was suspended: for up to a minute, coverage may be overstated.
	ClockSuspect bool
}

// burnWindows are the windows of the default burn-rate rules (Google, The Site
// Reliability Workbook, chapter 5), long and short.
var burnWindows = [...]time.Duration{
	5 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, slo.Day, 3 * slo.Day,
}

// silence is how long an operation may have no event, while its service has some,
// before its Status says so.
const silence = time.Hour

// status reads everything about an objective. The caller holds the lock.
func (e *engine) status(j *judged, now time.Duration) Status {
	s := Status{
		Name: j.name, Objective: j.Objective, Operation: j.operation,
		At: e.clock.Wall(now), ClockSuspect: e.now.Suspect,
		Since: e.clock.Wall(j.since), Renewed: j.renewed, Restored: e.restored && j.since < e.resumed,
	}
	var live, past reading
	e.own(j, &live)
	s.Total, s.Began = j.total(&live), e.began
	seen := live.total()
	if p := j.prelude; p != nil && !p.began.IsZero() {
		s.Began = p.began
	}
	j.onTop(&live)
	length := e.ownPast(j, &past, now)
	own := e.window(j, &live, &past, now, length)
	s.Expected, s.Basis = e.whole(j, own.Counts, now)
	s.Counts, s.Observed, s.Coverage = own.Counts, own.Observed, own.Coverage()
	s.Excluded = j.excluded(&past, &live)
	if s.Counts.Valid() > 0 {
		s.SLI, _ = s.Counts.SLI()
		s.Consumed, _ = j.Target.Consumed(s.Counts.Bad, s.Expected)
		s.Met = j.Target.Met(s.Counts.Bad, s.Expected)
		s.Exhausted = j.Target.Exhausted(s.Counts.Bad, s.Expected)
	}
	s.Remaining = 1 - s.Consumed

	recent := own
	for _, w := range burnWindows {
		if w <= j.Window.Length() {
			past = reading{}
			e.past(j, &past, now, w)
			s.BurnRates = append(s.BurnRates, e.window(j, &live, &past, now, w))
			if w <= time.Hour {
				recent = s.BurnRates[len(s.BurnRates)-1]
			}
		}
	}
	s.ProjectedExhaustion, s.WillExhaust = e.project(j, &s, &recent)
	if a := j.account; a != nil {
		s.PeriodStart, s.PeriodEnd = a.start, a.end
	}
	s.InFlight, s.StalledFor = e.waiting(j, now)
	e.quiet(&s, j, seen, now)
	s.Known = e.trust(&s, j, length)
	return s
}

// trust returns the first word that applies, Stale aside: that is the tracker's to
// say.
func (e *engine) trust(s *Status, j *judged, length time.Duration) Known {
	switch {
	case s.StalledFor > 0:
		return Stalled
	case s.Counts.Valid() == 0:
		return NoEvents
	case j.Target.TooFew(s.Expected):
		return TooFew
	case s.Observed < length, j.account != nil && s.Basis == ObservedBasis:
		return PartialCoverage
	}
	return FullyKnown
}

// window judges what happened between two readings.
func (e *engine) window(j *judged, live, past *reading, now, length time.Duration) Window {
	w := Window{Length: length, Counts: j.counts(past, live), Observed: e.observed(max(now-length, e.begin(j)), now)}
	w.BurnRate, w.OK = w.Counts.Consumed(j.Target)
	w.Cancelled = live.class[slo.Cancelled] - past.class[slo.Cancelled]
	return w
}

// waiting returns the requests in flight on the source of an objective, and since
// when none has finished if that is too long.
func (e *engine) waiting(j *judged, now time.Duration) (inFlight uint64, stalled time.Duration) {
	from := j.source()
	if o := from.op; o != nil {
		if o.stream != nil {
			return 0, 0
		}
		return o.current(), e.stalled(o, now)
	}
	// All requests together are stalled only if some operation is, by its own measure: one
	// that is slow on purpose is not.
	stuck := false
	for _, o := range e.requests.all() {
		inFlight += o.current()
		stuck = stuck || e.stalled(o, now) > 0
	}
	if stuck && !slices.ContainsFunc(e.requests.all(), (*Operation).moved) {
		stalled, _ = from.stall.stalled(e.awake(now), from.allowance())
	}
	return inFlight, stalled
}

// stalled returns for how long an operation has been stalled: by the last tick, which may be
// long ago, and still.
func (e *engine) stalled(o *Operation, now time.Duration) time.Duration {
	d, ok := o.stall.stalled(e.awake(now), e.scopes[o].allowance())
	if ok && (o.moved() || int64(o.current()) <= o.established.Load()) {
		return 0
	}
	return d
}

// quiet fills in what a status says of a source without events.
func (e *engine) quiet(s *Status, j *judged, seen uint64, now time.Duration) {
	if j.slices != nil {
		var own reading
		e.own(j.slices.events, &own)
		seen = own.total()
	}
	if seen == 0 {
		s.NeverSeen = true
		return
	}
	from := j.source()
	if o := from.op; o == nil || o.stream != nil {
		return
	}
	if from.op.seen.total() < seen {
		return // something came since the last tick
	}
	if ago := now - from.lastEvent; ago > silence && now-e.all.lastEvent <= silence {
		s.SilentFor = ago
	}
}
