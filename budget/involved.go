package budget

import (
	"cmp"
	"math/bits"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/internal/ring"
)

// involved are cumulative bad events by operation, in the order of engine.sources: as of the last tick, of the tick before a stretch, and of its end.
type involved struct{ noted, suspect, opening, ending []uint64 }

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
		if x, ok := o.latest(j.events(), j.watch.traces.last); ok && (!found || x.at > latest.at) {
			latest, found = x, true
		}
	}
	if found {
		j.watch.traces.add(&latest)
	}
}

// sampleFirst keeps the traces of the bad events since an episode began, as far as they are
// still there when it opens.
func (e *engine) sampleFirst(j *judged) {
	var list []exemplar
	for _, o := range e.sources(j) {
		for _, x := range o.recent() {
			if x.at > j.watch.traces.last && j.events().spends(x.class, x.latency) {
				list = append(list, x)
			}
		}
	}
	slices.SortFunc(list, func(a, b exemplar) int { return cmp.Compare(a.at, b.at) })
	for i := range list[:min(len(list), maxTraces/2)] {
		j.watch.traces.add(&list[i])
	}
}

// involve notes which operations the bad events of an objective were of.
func (e *engine) involve(j *judged) {
	from, noted := j.events(), j.watch.since.noted
	for i, o := range e.sources(j) {
		if i == len(noted) {
			noted = append(noted, 0)
		}
		noted[i] = from.badIn(&o.seen)
	}
	j.watch.since.noted = noted
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

// involvedIn returns the operations with bad events in the open episode, the worst first.
func (e *engine) involvedIn(j *judged) []OperationCount {
	w := j.watch
	list := slices.Clone(w.earlier)
	for i, o := range e.sources(j) {
		if i >= len(w.since.ending) {
			break
		}
		bad := w.since.ending[i]
		if i < len(w.since.opening) {
			bad -= w.since.opening[i]
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

// involveCauses notes how often what was said of the open episode's bad events by now.
func (e *engine) involveCauses(j *judged) {
	w := j.watch
	judge := j.events()
	units := uint32(e.unitsUp(e.noted))
	for _, o := range e.sources(j) {
		known := o.causes.Load()
		if known == nil {
			continue
		}
		for key, cell := range known.cells {
			if !judge.bad.has(key.class) {
				continue
			}
			n, ok := w.causes[cell]
			if !ok {
				n.text = key.text
				n.from = cell.history.At(units, ring.Align(units, uint32(e.unitsUp(w.current.start))))
				if w.current.start < e.resumed {
					n.from = cell.before // what came before is in earlierCauses
				}
			}
			n.to = cell.history.Last()
			if w.causes == nil {
				w.causes = map[*causeCell]causeSpan{}
			}
			w.causes[cell] = n
		}
	}
}

// A causeSpan is what a cause had counted when an episode began, and when it ended.
type causeSpan struct {
	text     string
	from, to uint64
}

// causesIn returns the causes of the bad events in the open episode, the worst first.
func (e *engine) causesIn(j *judged) (list []CauseCount) {
	counts := map[string]uint64{}
	for _, c := range j.watch.earlierCauses {
		counts[c.Cause] = c.Count
	}
	for _, n := range j.watch.causes {
		counts[n.text] += n.to - n.from
	}
	for _, c := range listCauses(counts, 0, 0) {
		if len(list) < listedCauses {
			list = append(list, CauseCount{c.Cause, c.Bad})
		}
	}
	return list
}
