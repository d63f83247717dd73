package budget

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// keptPeriods is how many closed periods are kept: a year of four weeks each.
const keptPeriods = 13

// A Period is one calendar period of an error budget: the one under way, or the summary of
// one that has closed. A budget is granted whole at the start of each; what was left of the
// one before, or overspent, is gone. It is a plain value that belongs to the caller.
type Period struct {
	// Start, inclusive, and End, exclusive, are in the zone of the window. Closed says that
	// the period is over: its numbers are final.
	Start, End time.Time
	Closed     bool

	// Counts are the events of the period, so far if it is under way; of an objective in
	// slices of time see slo.Method.
	Counts Counts

	// Expected is how many valid events the budget is a share of, and Basis where that
	// number comes from. Once the period is closed it is Counts.Valid().
	Expected uint64
	Basis    Basis

	// Target is what was promised in that period.
	Target slo.Target

	// SLI is good / valid and Remaining the unspent share of the budget, signed. OK says that
	// there was a valid event; if there was none they are 0 and 1.
	SLI, Remaining float64
	OK             bool

	// Fulfilled says that the target is met, exactly: by the whole period once it is closed,
	// by what is expected of it before. It is false when there was no valid event.
	Fulfilled bool

	// Exhausted is when nothing was left for the first time; the zero time if that did not
	// happen. Traffic above what was forecast may have raised the budget again since. Of a
	// period with a provisional basis it is known once it has closed, and then up to one
	// percent of the time from it to the end of the period late. Under a target that has
	// changed in the period it is when that one's budget was spent, as precisely.
	Exhausted time.Time

	// Observed is how much of the period the process was there to see, Coverage the same as
	// a share of the period, so far if it is under way.
	Observed time.Duration
	Coverage float64

	// Episodes is how many episodes began in the period; MeanSpeed and TopSpeed are the mean
	// and the highest of their speeds, as shares of the whole budget in an hour, every
	// episode with the same weight. See Budget.Episodes.
	Episodes            int
	MeanSpeed, TopSpeed float64
}

// TimeToExhaustion returns how far into the period nothing was left for the first time. ok
// is false, and d 0, if that did not happen: the budget was not exhausted prematurely.
func (p Period) TimeToExhaustion() (d time.Duration, ok bool) {
	if p.Exhausted.IsZero() {
		return 0, false
	}
	return p.Exhausted.Sub(p.Start), true
}

// String returns the period in one line, such as
// "2026-01-05 to 2026-02-02: fulfilled, 42.5% left".
func (p Period) String() string {
	verdict := "no events"
	switch {
	case p.OK && p.Fulfilled:
		verdict = "fulfilled"
	case p.OK:
		verdict = "broken"
	}
	if !p.Closed {
		verdict += " so far"
	}
	return fmt.Sprintf("%s to %s: %s, %.1f%% left", p.Start.Format(time.DateOnly), p.End.Format(time.DateOnly), verdict, 100*p.Remaining)
}

// Periods returns the calendar periods of the budget that are known, oldest first: the last
// thirteen that have closed, and the one under way. It is nil for a rolling window, which
// has none (declare a second objective with a calendar window on the same SLI: it shares
// the history), and when the objective is unknown or the tracker closed.
func (b Budget) Periods() (periods []Period) {
	b.read(func(e *engine, j *judged, now time.Duration) {
		if j.account == nil {
			return
		}
		periods = make([]Period, 0, len(j.account.closed)+1)
		for i := range j.account.closed {
			periods = append(periods, j.account.closed[i].period(j.Window.Location()))
		}
		periods = append(periods, e.period(j, now))
	})
	return periods
}

// period reads the period under way.
func (e *engine) period(j *judged, now time.Duration) Period {
	a := j.account
	var live, past reading
	e.live(j, &live)
	w := e.window(j, &live, &past, now, e.ownPast(j, &past, now))
	p := Period{
		Start: a.start, End: a.end, Counts: w.Counts, Target: j.Target,
		Observed: w.Observed, Coverage: w.Coverage(),
	}
	p.Expected, p.Basis = e.whole(j, w.Counts, now)
	if a.crossed {
		p.Exhausted = a.exhausted
	}
	sum := e.episodesOf(j, a.began, now)
	p.Episodes, p.MeanSpeed, p.TopSpeed = sum.Episodes, sum.MeanSpeed, sum.TopSpeed
	p.judge()
	return p
}

// episodesOf sums up the episodes that began between two moments.
func (e *engine) episodesOf(j *judged, from, to time.Duration) EpisodeSummary {
	list := e.episodes(j, to)
	start, end := e.clock.Wall(from), e.clock.Wall(to)
	list = slices.DeleteFunc(list, func(ep Episode) bool { return ep.Start.Before(start) || !ep.Start.Before(end) })
	return Summarize(list)
}

// judge fills in what follows from counts, target and expectation.
func (p *Period) judge() {
	p.SLI, p.OK = p.Counts.SLI()
	p.Remaining = 1
	if p.OK {
		spent, _ := p.Target.Consumed(p.Counts.Bad, p.Expected)
		p.Remaining = 1 - spent
		p.Fulfilled = p.Target.Met(p.Counts.Bad, p.Expected)
	}
}
