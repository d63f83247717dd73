package budget

import (
	"math"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// An accountHistory is what one process leaves to the next of an objective's periods.
type accountHistory struct {
	name    string
	window  slo.Window
	allowed uint64 // what the target was, per billion; 0 if that was not kept
	account account
}

// A sliceHistory is the same of its slices of time: those that ended, and what the one under
// way began with.
type sliceHistory struct {
	name       string
	scope      scopeHistory
	ends       time.Duration // engine time
	opening    []classTotal
	late, gone uint64
}

func (e *engine) rememberSlices(j *judged) sliceHistory {
	s := j.slices
	h := sliceHistory{name: j.name, scope: e.rememberScope(j.scope, slo.NoSource, ""), ends: s.ends}
	h.opening = totals(&s.opening)
	h.late, h.gone = s.opening.late, s.opening.gone
	return h
}

// inheritSlices takes over the slices that ended in another process.
func (e *engine) inheritSlices(j *judged) {
	h, ok := e.inheritedSlices[j.name]
	if !ok {
		return
	}
	for i := range h.scope.series {
		if series := &h.scope.series[i]; series.edge == 0 {
			j.scope.resumeClass(series, e.resumeSeries(series))
		}
	}
}

// resumeSlice begins the first slice of this process, or goes on with the one that another
// process was in. It is called once the history of the events is there.
func (e *engine) resumeSlice(j *judged) {
	s := j.slices
	s.begin(e, j)
	h, ok := e.inheritedSlices[j.name]
	if !ok || j.since >= e.resumed { // it begins anew
		return
	}
	if !s.events.covers(h.opening, h.late, h.gone) {
		return
	}
	s.opening, s.ends = reading{late: h.late, gone: h.gone}, h.ends
	for _, c := range h.opening {
		s.opening.used |= 1 << c.class
		s.opening.class[c.class] = c.total
	}
}

// totals lists the classes of a reading that are above zero.
func totals(r *reading) (list []classTotal) {
	for c, n := range r.class {
		if n > 0 {
			list = append(list, classTotal{slo.Class(c), n})
		}
	}
	return list
}

func encodeAccounts(h *history, w *writer) {
	w.uint(uint64(len(h.accounts)))
	for i := range h.accounts {
		a := &h.accounts[i].account
		w.string(h.accounts[i].name)
		w.string(h.accounts[i].window.String())
		w.time(a.start)
		w.time(a.end)
		w.int(int64(a.began))
		w.totals(a.opening)
		w.uint(a.late)
		w.uint(a.gone)
		if a.crossed {
			w.uint(1)
			w.time(a.exhausted)
		} else {
			w.uint(0)
		}
		w.uint(a.rateEvents)
		w.int(int64(a.rateOver))
		w.uint(uint64(len(a.closed)))
		for _, c := range a.closed {
			w.int(c.start)
			w.uint(uint64(c.length))
			w.uint(c.good)
			w.uint(c.bad)
			w.uint(c.excluded)
			w.uint(uint64(c.allowed))
			w.uint(uint64(c.observed))
			w.uint(uint64(c.exhausted))
			w.uint(uint64(c.episodes))
			w.uint(uint64(math.Float32bits(c.meanSpeed)))
			w.uint(uint64(math.Float32bits(c.topSpeed)))
		}
	}
}

func decodeAccounts(h *history, r *reader) {
	for range r.count(8) {
		in := accountHistory{name: r.string()}
		var err error
		in.window, err = slo.ParseWindow(r.string())
		a := &in.account
		a.start, a.end, a.began = r.time(), r.time(), time.Duration(r.int())
		a.opening, a.late, a.gone = r.totals(), r.uint(), r.uint()
		if crossed := r.uint(); crossed != 0 {
			a.crossed, a.exhausted = true, r.time()
		}
		a.rateEvents, a.rateOver = r.uint(), time.Duration(r.int())
		for range r.count(8) {
			c := closedPeriod{start: r.int(), length: r.uint32(), good: r.uint(), bad: r.uint(), excluded: r.uint()}
			c.allowed, c.observed, c.exhausted = r.uint32(), r.uint32(), r.uint32()
			c.episodes, c.meanSpeed, c.topSpeed = r.uint32(), math.Float32frombits(r.uint32()), math.Float32frombits(r.uint32())
			r.check(c.meanSpeed >= 0 && c.meanSpeed <= math.MaxFloat32 && c.topSpeed >= 0 && c.topSpeed <= math.MaxFloat32, "the speed of a closed period in it cannot be") // nor is it NaN
			r.check(c.allowed > 0 && c.allowed < 1e9 && c.good+c.bad >= c.good, "a closed period in it cannot be")
			c.observed = min(c.observed, c.length)
			a.closed = append(a.closed, c)
		}
		if r.err != nil {
			return
		}
		period := a.end.Sub(a.start)
		r.check(period > 0 && a.began > -longestEngine && a.began <= h.engine && a.rateOver >= 0 &&
			(a.rateEvents == 0 || a.rateOver > 0) && len(a.closed) <= keptPeriods, "a period in it cannot be")
		if err == nil && in.window.Calendar() { // else its zone is not known here: it begins anew
			h.accounts = append(h.accounts, in)
		}
	}
}

// encodeTargets tells by what the periods under way are judged, and whether always by that.
func encodeTargets(h *history, w *writer) {
	w.uint(uint64(len(h.accounts)))
	for i := range h.accounts {
		w.string(h.accounts[i].name)
		w.uint(h.accounts[i].allowed)
		rejudged := uint64(0)
		if h.accounts[i].account.rejudged {
			rejudged = 1
		}
		w.uint(rejudged)
	}
}

func decodeTargets(h *history, r *reader) {
	place := make(map[string]int, len(h.accounts))
	for i := range h.accounts {
		place[h.accounts[i].name] = i
	}
	for range r.count(3) {
		name, allowed, rejudged := r.string(), r.uint(), r.uint()
		r.check(allowed > 0 && allowed < 1e9 && rejudged <= 1, "a target in it cannot be")
		if i, ok := place[name]; ok {
			h.accounts[i].allowed, h.accounts[i].account.rejudged = allowed, rejudged == 1
		}
	}
}

func encodeSlices(h *history, w *writer) {
	w.uint(uint64(len(h.slices)))
	for i := range h.slices {
		s := &h.slices[i]
		w.string(s.name)
		w.int(int64(s.ends))
		w.totals(s.opening)
		w.uint(s.late)
		w.uint(s.gone)
		w.uint(uint64(len(s.scope.series)))
		for k := range s.scope.series {
			s.scope.series[k].encode(w)
		}
	}
}

func decodeSlices(h *history, r *reader) {
	for range r.count(6) {
		s := sliceHistory{name: r.string(), ends: time.Duration(r.int()), opening: r.totals(), late: r.uint(), gone: r.uint()}
		r.check(s.ends >= 0 && s.ends <= 2*longestEngine, "a slice of time in it ends out of range")
		for range r.count(5) {
			s.scope.series = append(s.scope.series, r.series(h.engine))
		}
		h.slices = append(h.slices, s)
	}
}

func (w *writer) time(t time.Time) {
	w.int(t.Unix())
	w.int(int64(t.Nanosecond()))
}

func (w *writer) totals(list []classTotal) {
	w.uint(uint64(len(list)))
	for _, c := range list {
		w.uint(uint64(c.class))
		w.uint(c.total)
	}
}

// The years that a time in a snapshot may lie in.
var earliest, latest = time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC)

func (r *reader) time() time.Time {
	s, ns := r.int(), r.int()
	r.check(s >= earliest.Unix() && s < latest.Unix() && ns >= 0 && ns < int64(time.Second), "a time in it is out of range")
	if r.err != nil {
		return time.Time{}
	}
	return time.Unix(s, ns)
}

func (r *reader) uint32() uint32 {
	v := r.uint()
	r.check(v < 1<<32, "a length in it is out of range")
	return uint32(v)
}

func (r *reader) totals() (list []classTotal) {
	for range r.count(2) {
		list = append(list, classTotal{r.class(), r.uint()})
	}
	return list
}
