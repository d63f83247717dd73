package budget

import (
	"math"
	"math/bits"
	"sort"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// An account is what an objective with a calendar window keeps besides its history: where
// the period under way began, and summaries of those that have closed. Wall time decides
// its boundaries, as far as it is believed; one that is crossed is not uncrossed.
type account struct {
	start, end time.Time
	began      time.Duration // the engine time of start; below 0 if it lay before the tracker
	opening    []classTotal  // what the source had counted by then
	late, gone uint64        // the same of the objective's splits

	crossed   bool      // nothing was left at some time
	rejudged  bool      // the target was another in this period: when, only history tells
	due       bool      // and is to be asked at the next tick
	exhausted time.Time // when nothing was left, for the first time

	// The rate of the last period that was seen well enough, for the forecast.
	rateEvents uint64
	rateOver   time.Duration // 0: there was none

	closed []closedPeriod // oldest first
}

// wellEnough is the share of a period, one in so many, that must have been observed for its
// rate to be a forecast.
const wellEnough = 10

// open begins a period with what had been counted by then.
func (a *account) open(start, end time.Time, began time.Duration, r *reading) {
	a.start, a.end, a.began = start, end, began
	a.opening = totals(r)
	a.late, a.gone = r.late, r.gone
	a.rejudge(false)
}

// rejudge forgets when the budget was spent: by a target that was another, or a period before.
func (a *account) rejudge(retold bool) {
	a.crossed, a.exhausted, a.rejudged, a.due = false, time.Time{}, retold, retold
}

// past fills in an empty reading with what had been counted when the period began.
func (a *account) past(r *reading) {
	for _, c := range a.opening {
		r.used |= 1 << c.class
		r.class[c.class] = c.total
	}
	r.late, r.gone = a.late, a.gone
}

// openAccount gives an objective with a calendar window its account: the one that was
// carried over, or a new one in the middle of a period, with what is known of its beginning.
func (e *engine) openAccount(j *judged) {
	if !j.Window.Calendar() {
		return
	}
	old, ok := e.inheritedAccounts[j.name]
	if a := old.account; ok && old.window == j.Window && j.since < e.resumed && j.covers(a.opening, a.late, a.gone) {
		if old.allowed != 0 && old.allowed != j.Target.AllowedPerBillion() {
			a.rejudge(true)
		}
		j.account = &a
		return
	}
	now := e.now.Engine
	wall := e.clock.Believed(now)
	start, end := j.Window.Period(wall)
	began := now - wall.Sub(start)
	var r reading
	e.past(j, &r, now, now-began)
	j.account = &account{}
	j.account.open(start, end, began, &r)
}

// roll closes the periods that have ended, and notes when a budget is spent.
func (e *engine) roll(at moment) {
	wall := e.clock.Believed(at.engine)
	for _, j := range e.objectives {
		a := j.account
		if a == nil {
			continue
		}
		if !wall.Before(a.end) {
			e.rollOne(j, wall, at)
		}
		if !a.crossed && (j.scope.lastEvent == at.engine || e.ticks%visitAgain == 0 || a.due) {
			a.due = false
			e.watchExhaustion(j, at.engine, wall)
		}
	}
}

func (e *engine) rollOne(j *judged, wall time.Time, at moment) {
	a := j.account
	if j.slices != nil && j.slices.cut != e.ticks { // else what has come since is of the next slice
		j.slices.close(e, j, at)
	}
	var live reading
	e.live(j, &live)
	for n := 0; !wall.Before(a.end); n++ {
		ended := at.engine - wall.Sub(a.end)
		a.close(e, j, &live, ended)
		start, end := j.Window.Period(a.end)
		if n > keptPeriods { // after ages of sleep nothing can be told of the periods between
			start, end = j.Window.Period(wall)
			ended = at.engine - wall.Sub(start)
		}
		a.open(start, end, ended, &live)
	}
	if j.slices != nil {
		j.slices.ends = a.began + j.slices.length
	}
}

// close keeps the summary of the period that ended at an engine time.
func (a *account) close(e *engine, j *judged, live *reading, ended time.Duration) {
	var past reading
	a.past(&past)
	c := closedPeriod{start: a.start.Unix(), length: seconds(a.end.Sub(a.start)), allowed: uint32(j.Target.AllowedPerBillion())}
	observed := e.observed(max(a.began, e.begin(j)), ended)
	c.observed = min(seconds(observed), c.length) // it took longer if the wall clock went back
	counts := j.counts(&past, live)
	c.good, c.bad, c.excluded = counts.Good, counts.Bad, counts.Excluded
	if !a.crossed && j.Target.Exhausted(counts.Bad, counts.Valid()) {
		// Only the end told how many events there were.
		a.crossed, a.exhausted = true, a.start.Add(e.crossing(j, &past, counts.Valid(), a.began, ended)-a.began)
	}
	if a.crossed {
		c.exhausted = 1 + seconds(a.exhausted.Sub(a.start))
	}
	if c.observed > 0 && c.observed >= c.length/wellEnough {
		a.rateEvents, a.rateOver = counts.Valid(), observed.Truncate(time.Second)
	}
	sum := e.episodesOf(j, a.began, ended)
	c.episodes, c.meanSpeed, c.topSpeed = uint32(sum.Episodes), float32(sum.MeanSpeed), float32(sum.TopSpeed)
	if len(a.closed) == keptPeriods {
		a.closed = append(a.closed[:0], a.closed[1:]...)
	}
	if a.closed == nil {
		a.closed = make([]closedPeriod, 0, keptPeriods)
	}
	a.closed = append(a.closed, c)
}

// crossing returns the engine time at which a period's bad events had spent the budget of so
// many valid ones, or up to one percent of the time since later: so exactly history tells.
func (e *engine) crossing(j *judged, start *reading, valid uint64, began, ended time.Duration) time.Duration {
	spent := func(after time.Duration) bool {
		var then reading
		at := max(began+after, j.since)
		e.past(j, &then, e.now.Engine, e.now.Engine-at)
		return j.Target.Exhausted(j.countsFrom(start, &then).Bad, valid)
	}
	seconds := int((ended - began) / time.Second)
	first := sort.Search(seconds, func(s int) bool { return spent(time.Duration(s) * time.Second) })
	return began + time.Duration(first)*time.Second
}

// watchExhaustion notes when nothing of a budget is left for the first time in its period.
// While the events seen so far are all that is known of a period, every budget is spent now
// and then at its beginning: then its end will tell.
func (e *engine) watchExhaustion(j *judged, now time.Duration, wall time.Time) {
	counts := e.ownCounts(j, now)
	if counts.Bad == 0 {
		return
	}
	if whole, basis := e.whole(j, counts, now); basis != ObservedBasis && j.Target.Exhausted(counts.Bad, whole) {
		a := j.account
		a.crossed, a.exhausted = true, wall
		if a.rejudged {
			var past reading
			a.past(&past)
			a.exhausted = a.start.Add(e.crossing(j, &past, whole, a.began, now) - a.began)
		}
		if wall.Before(a.start) { // a boundary that was crossed stays crossed when the clock goes back
			a.exhausted = a.start
		}
	}
}

// ownPast fills in an empty reading with what the source had counted at the start of the
// objective's own window, or of its period under way, and returns how long ago that was.
func (e *engine) ownPast(j *judged, past *reading, now time.Duration) time.Duration {
	if a := j.account; a != nil {
		a.past(past)
		return max(now-a.began, 0)
	}
	length := j.Window.Length()
	e.past(j, past, now, length)
	return length
}

// ownCounts judges the events of the objective's own window, or of its period so far.
func (e *engine) ownCounts(j *judged, now time.Duration) Counts {
	var live, past reading
	e.live(j, &live)
	e.ownPast(j, &past, now)
	return j.counts(&past, &live)
}

// whole returns how many valid events the whole budget is a share of, given those of the
// objective's own window or period so far, and where that number comes from. Of a calendar
// period it is what was seen plus what is expected of the rest, so that it ends at what was
// seen.
func (e *engine) whole(j *judged, c Counts, now time.Duration) (uint64, Basis) {
	valid, basis := c.Valid(), ObservedBasis
	if j.slices != nil {
		basis = SlicesBasis
	}
	a := j.account
	if a == nil {
		return valid, basis
	}
	period := a.end.Sub(a.start)
	rest := min(max(a.end.Sub(e.clock.Believed(now)), 0), period)
	var more uint64
	switch {
	case j.slices != nil:
		more = j.slices.worth() * uint64((rest+j.slices.length-1)/j.slices.length)
	case j.ExpectedEvents > 0:
		more, basis = share(j.ExpectedEvents, rest, period), DeclaredBasis
	case a.rateEvents > 0:
		more, basis = share(a.rateEvents, rest, a.rateOver), ForecastBasis
	}
	if sum := valid + more; sum >= valid {
		return sum, basis
	}
	return math.MaxUint64, basis
}

// share returns n * part / whole, rounded down; whole is above zero.
func share(n uint64, part, whole time.Duration) uint64 {
	hi, lo := bits.Mul64(n, uint64(part))
	if hi >= uint64(whole) {
		return math.MaxUint64
	}
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return q
}

// A closedPeriod is a Period that has closed, as small as it can be: an operation has many.
type closedPeriod struct {
	start               int64 // Unix seconds
	good, bad, excluded uint64
	allowed             uint32 // bad events per billion: the target
	length              uint32 // seconds
	observed            uint32 // seconds
	exhausted           uint32 // 1 + seconds after start; 0 is never
	episodes            uint32
	meanSpeed, topSpeed float32
}

// bytes returns how much memory the account holds, as on a 64-bit machine.
func (a *account) bytes() int {
	if a == nil {
		return 0
	}
	return accountBytes + totalBytes*cap(a.opening) + closedBytes*cap(a.closed)
}

// What each takes on a 64-bit machine; a test compares them.
const (
	accountBytes = 168
	totalBytes   = 16
	closedBytes  = 64
)

// seconds returns whole seconds, within what 32 bits hold: 136 years.
func seconds(d time.Duration) uint32 {
	return uint32(min(max(d/time.Second, 0), math.MaxUint32-1))
}

func (c *closedPeriod) period(in *time.Location) Period {
	p := Period{
		Start: time.Unix(c.start, 0).In(in), Closed: true,
		Target:   slo.Ratio((1e9 - float64(c.allowed)) / 1e9),
		Counts:   Counts{Good: c.good, Bad: c.bad, Excluded: c.excluded},
		Observed: time.Duration(c.observed) * time.Second,
		Episodes: int(c.episodes), MeanSpeed: float64(c.meanSpeed), TopSpeed: float64(c.topSpeed),
	}
	p.End = time.Unix(c.start+int64(c.length), 0).In(in)
	p.Expected = p.Counts.Valid()
	if c.length > 0 {
		p.Coverage = float64(c.observed) / float64(c.length)
	}
	if c.exhausted > 0 {
		p.Exhausted = p.Start.Add(time.Duration(c.exhausted-1) * time.Second)
	}
	p.judge()
	return p
}
