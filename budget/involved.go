package budget

import (
	"cmp"
	"math/bits"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/internal/ring"
)

// involved are cumulative bad events by operation, in the order of engine.sources: as of the
// last tick, of the tick before the suspect stretch, and of the beginning and the end of the
// open episode. Nil is of no use: there is one operation.
type involved struct{ noted, suspect, opening, ending []uint64 }

func (v *involved) suspects() {
	if v != nil {
		v.suspect = append(v.suspect[:0], v.noted...)
	}
}

func (v *involved) began() {
	if v != nil {
		v.opening = append(v.opening[:0], v.suspect...)
	}
}

func (v *involved) ends() {
	if v != nil {
		v.ending = append(v.ending[:0], v.noted...)
	}
}

// A traceSample are the traces of some bad events: the first ones, and the last.
type traceSample struct {
	ids  [maxTraces][16]byte
	n    int
	last time.Duration // monotonic: when the last of them ended
}

func (s *traceSample) add(x *exemplar) {
	s.last = x.at
	if slices.Contains(s.ids[:s.n], x.trace.TraceID) {
		return
	}
	if s.n == maxTraces {
		copy(s.ids[maxTraces/2:], s.ids[maxTraces/2+1:])
		s.n--
	}
	s.ids[s.n] = x.trace.TraceID
	s.n++
}

// sample keeps the trace of the last bad event that was found in one.
func (e *engine) sample(j *judged) {
	var latest exemplar
	found := false
	for _, o := range e.sources(j) {
		if x, ok := o.latest(j.events(), j.watch.open.traces.last); ok && (!found || x.at > latest.at) {
			latest, found = x, true
		}
	}
	if found {
		j.watch.open.traces.add(&latest)
	}
}

// sampleFirst keeps the traces of the bad events since an episode began, as far as they are
// still there when it opens.
func (e *engine) sampleFirst(j *judged) {
	var list []exemplar
	for _, o := range e.sources(j) {
		for _, x := range o.recent() {
			if x.at > j.watch.open.traces.last && j.events().spends(x.class, x.latency) {
				list = append(list, x)
			}
		}
	}
	slices.SortFunc(list, func(a, b exemplar) int { return cmp.Compare(a.at, b.at) })
	for i := range list[:min(len(list), maxTraces/2)] {
		j.watch.open.traces.add(&list[i])
	}
}

// involve notes which operations the bad events of an objective were of.
func (e *engine) involve(j *judged) {
	v := j.watch.involved
	if v == nil {
		return
	}
	from, noted := j.events(), v.noted
	for i, o := range e.sources(j) {
		if i == len(noted) {
			noted = append(noted, 0)
		}
		noted[i] = from.badIn(&o.seen)
	}
	v.noted = noted
}

// sources returns the operations that an objective judges, each in its place for ever.
func (e *engine) sources(j *judged) []*Operation {
	if j.watch.source[0] != nil {
		return j.watch.source[:]
	}
	return e.requests.all()
}

// events returns the objective that judges events: j, unless that judges slices of time.
func (j *judged) events() *judged {
	if j.slices != nil {
		return j.slices.events
	}
	return j
}

// badIn returns the bad events of a tally.
func (j *judged) badIn(t *tally) uint64 {
	var n uint64
	for bad := j.bad; bad != 0; bad &= bad - 1 {
		n += t.class[bits.TrailingZeros64(uint64(bad))]
	}
	if j.late >= 0 && j.late < len(t.split) {
		n += t.split[j.late]
	}
	if j.gone >= 0 && j.gone < len(t.split) {
		n += t.split[j.gone]
	}
	return n
}

// involvedIn returns the operations with bad events in the open episode, the worst first; nil
// where there is but one.
func (e *engine) involvedIn(j *judged) []OperationCount {
	v := j.watch.involved
	if v == nil {
		return nil
	}
	list := slices.Clone(j.watch.open.earlier)
	for i, o := range e.sources(j) {
		if i >= len(v.ending) {
			break
		}
		bad := v.ending[i]
		if i < len(v.opening) {
			bad -= min(bad, v.opening[i])
		}
		if bad == 0 {
			continue
		}
		known := slices.IndexFunc(list, func(c OperationCount) bool { return c.Operation == o.name })
		if known < 0 {
			list = append(list, OperationCount{o.name, bad})
		} else {
			list[known].Bad += bad
		}
	}
	slices.SortStableFunc(list, func(a, b OperationCount) int { return cmp.Compare(b.Bad, a.Bad) })
	return slices.Clip(list[:min(len(list), maxOperations)])
}

// involveCauses notes what has been said, and how often, of the open episode's bad events.
func (e *engine) involveCauses(j *judged) {
	x := j.watch.open
	units := uint32(e.unitsUp(e.noted))
	e.eachBadCause(j, func(cause string, cell *causeCell) {
		n, ok := x.causes[cell]
		if !ok {
			n.text = cause
			n.from = cell.history.At(units, ring.Align(units, uint32(e.unitsUp(x.start))))
			if x.start < e.resumed {
				n.from = cell.before // what came before is in earlierCauses
			}
		}
		n.to = cell.history.Last()
		if x.causes == nil {
			x.causes = map[*causeCell]causeSpan{}
		}
		x.causes[cell] = n
	})
}

// A causeSpan is what a cause had counted when an episode began, and when it ended.
type causeSpan struct {
	text     string
	from, to uint64
}

// causesSoFar returns the causes of its bad events, the worst first.
func (x *incident) causesSoFar() (list []CauseCount) {
	counts := map[string]uint64{}
	for _, c := range x.earlierCauses {
		counts[c.Cause] = c.Count
	}
	for _, n := range x.causes {
		counts[n.text] += n.to - min(n.to, n.from)
	}
	for _, c := range listCauses(counts, 0, 0) {
		if len(list) < listedCauses {
			list = append(list, CauseCount{c.Cause, c.Bad})
		}
	}
	return list
}
