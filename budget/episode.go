package budget

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An Episode is a stretch in which error budget was being spent fast: at its whole rate
// or more when it opened, at half of that or more until it ended. It is a plain value
// that belongs to the caller.
//
// An episode opens when, since some bad event, budget has been spent at burn rate 1 or
// above: measured over five minutes if less has passed, time that nobody observed counting
// as not spent. That takes two bad events, four if they are further apart than five
// minutes, and a thousandth of the whole budget. It ends with the last bad event up to
// which the burn rate, counted from its end so far, was at least a half: so what dips and
// returns within an hour is one episode, and background failures after it are not part of
// it (where it was dense, one or two of them never are). It closes an hour after its end,
// or, where traffic is thin, when twenty more bad events would have come if it had gone on
// as it was, at most a day after. For a short window a quarter of it takes the place of each
// of these times that is longer. Of an objective in slices of time, each bad slice is one bad
// event: an incident of few slices may be none.
type Episode struct {
	Start time.Time // of the tick before its first bad event
	End   time.Time // of the tick that counted its last bad event; zero while open
	Open  bool      // it may go on

	// Lasted is the time from Start to End; while open, to its last bad event so far.
	Lasted time.Duration

	// Counts are the events from Start to End; while open, to its last bad event so far.
	Counts Counts

	// Cost is the share of a whole error budget that its bad events spent: 1 is all of it,
	// and more is possible. Until the episode leaves the objective's window it is the share
	// of the budget as that stands now, so that the costs of all episodes add up to what is
	// consumed; afterwards it no longer changes.
	Cost float64

	// Peak is its highest burn rate over five minutes (of a short window: a quarter of it),
	// time that nobody observed counting as not spent.
	Peak float64

	// Operations are those that had bad events, the worst first, at most 8.
	Operations []OperationCount

	// Causes are what was said of its bad events, the most frequent first, at most 8 (see
	// [Budget.ByCause]).
	Causes []CauseCount

	// Traces are the trace IDs of some of its bad events, the first and the last, at most 8:
	// those that middleware found (see [Exemplar]).
	Traces []string

	// Deployment is the last one that was marked before its first bad event was counted (see Tracker.MarkDeployment);
	// its Kind is 0 if there is none.
	Deployment Marker
}

// An OperationCount says how many bad events an operation had, as an objective judges them.
type OperationCount struct {
	Operation string
	Bad       uint64
}

// Speed returns the share of the whole budget that was spent in an hour: 0.4 is 40 % per
// hour. It is 0 for the zero Episode.
func (e Episode) Speed() float64 {
	if e.Lasted <= 0 {
		return 0
	}
	return e.Cost / e.Lasted.Hours()
}

// String returns one line for people, its times in UTC.
func (e Episode) String() string {
	var b strings.Builder
	b.WriteString(e.Start.UTC().Format(time.DateTime))
	if e.Open {
		b.WriteString(" UTC to now (open)")
	} else {
		fmt.Fprintf(&b, " to %s UTC", e.End.UTC().Format(time.DateTime))
	}
	fmt.Fprintf(&b, ": %s %% of the budget in %v, %s %%/h, peak burn rate %s, %d bad of %d",
		short(100*e.Cost), e.Lasted.Round(time.Second), short(100*e.Speed()), short(e.Peak), e.Counts.Bad, e.Counts.Valid())
	if e.Deployment.Kind != 0 {
		fmt.Fprintf(&b, ", after deployment %s", e.Deployment.Text)
	}
	return b.String()
}

// short prints three digits, or as many as there are before the point.
func short(f float64) string {
	const fewest = 999.5 // is 1000 in three digits
	if f >= fewest {
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return decimal(f, 3)
}

// decimal prints so many digits, and no exponent.
func decimal(f float64, digits int) string {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'g', digits, 64), 64) // its own text
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// Episodes returns the stretches in which the budget was being spent fast, oldest first,
// the open one last: at most the 64 latest that closed, whose number beyond that
// [Budget.ForgottenEpisodes] tells. They are as of the last tick. The list is empty when
// there was none, and nil when the objective is unknown or the tracker closed.
func (b Budget) Episodes() (list []Episode) {
	b.read(func(e *engine, j *judged, now time.Duration) { list = e.episodes(j, now) })
	return list
}

// ForgottenEpisodes returns how many episodes have been dropped because more than 64 have
// closed since; 0 when the objective is unknown or the tracker closed.
func (b Budget) ForgottenEpisodes() (n uint64) {
	b.read(func(_ *engine, j *judged, _ time.Duration) {
		if p := j.watch.past; p != nil {
			n = p.forgotten
		}
	})
	return n
}

// episodes returns all that are kept.
func (e *engine) episodes(j *judged, now time.Duration) []Episode {
	list := []Episode{}
	if p := j.watch.past; p != nil {
		for i, ep := range p.list {
			if i >= p.settled {
				e.price(j, &ep, now)
			}
			list = append(list, e.show(j, &ep))
		}
	}
	if j.watch.open != nil {
		list = append(list, e.showOpen(j, now))
	}
	return list
}

// showOpen returns the open episode as its readers see it.
func (e *engine) showOpen(j *judged, now time.Duration) Episode {
	ep := e.episodeSoFar(j)
	e.price(j, &ep, now)
	shown := e.show(j, &ep)
	shown.Open, shown.End = true, time.Time{}
	return shown
}

// show returns an episode as its readers see it.
func (e *engine) show(j *judged, ep *episode) Episode {
	shown := Episode{
		Start: e.clock.Wall(ep.start), End: e.clock.Wall(ep.end), Lasted: ep.end - ep.start,
		Counts: ep.counts, Cost: ep.cost, Peak: ep.peak,
		Operations: append([]OperationCount(nil), ep.operations...),
		Causes:     append([]CauseCount(nil), ep.causes...),
	}
	if j.watch.involved == nil {
		shown.Operations = []OperationCount{{j.scope.op.name, ep.counts.Bad}}
	}
	for i := range ep.traces {
		shown.Traces = append(shown.Traces, hex.EncodeToString(ep.traces[i][:]))
	}
	if ep.deployment.kind != 0 {
		shown.Deployment = e.showMarker(&ep.deployment)
	}
	return shown
}

// OpenEpisode returns the episode that is open, as of the last tick; ok is false if there is
// none. It costs less than [Budget.Episodes], and allocates only if there is one.
func (b Budget) OpenEpisode() (ep Episode, ok bool) {
	b.read(func(e *engine, j *judged, now time.Duration) {
		if ok = j.watch.open != nil; ok {
			ep = e.showOpen(j, now)
		}
	})
	return ep, ok
}
