package budget

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// An episodeHistory is what one process leaves to the next of an objective's episodes.
type episodeHistory struct {
	name string
	pastEpisodes
	open     bool
	current  episode // while open
	incident incident
}

// A causeHistory is the same of one cause of an operation.
type causeHistory struct {
	kind   slo.SourceKind
	name   string
	text   string
	series seriesHistory
}

// A milestoneHistory is what an objective had counted at the last deployment.
type milestoneHistory struct {
	name string
	milestone
}

func (e *engine) rememberEpisodes(j *judged) episodeHistory {
	w := j.watch
	h := episodeHistory{name: j.name}
	if p := w.past; p != nil {
		h.pastEpisodes = pastEpisodes{slices.Clone(p.list), p.settled, p.forgotten}
		for i := range h.list[p.settled:] {
			e.price(j, &h.list[p.settled+i], e.now.Engine)
		}
	}
	if w.open != nil {
		h.open, h.current, h.incident = true, e.episodeSoFar(j), *w.open
	}
	return h
}

// inheritEpisodes takes over the episodes of an objective whose history goes on.
func (e *engine) inheritEpisodes(j *judged) {
	h, ok := e.inheritedEpisodes[j.name]
	if !ok || j.since >= e.resumed {
		return
	}
	if len(h.list) > 0 || h.forgotten > 0 {
		j.watch.past = &pastEpisodes{slices.Clone(h.list), h.settled, h.forgotten}
	}
	if h.open {
		x := h.incident
		j.watch.open = &x
	}
}

func (e *engine) rememberMilestones() (list []milestoneHistory) {
	for _, j := range e.objectives {
		if m, ok := e.markers.counted[j.name]; ok {
			list = append(list, milestoneHistory{j.name, m})
		}
	}
	return list
}

// inheritMarkers takes over what was marked.
func (e *engine) inheritMarkers(h *history) {
	e.markers.list = slices.Clone(h.markers)
	for _, m := range h.markers {
		if m.kind == DeploymentMarker {
			e.markers.deployed = m
		}
	}
	e.markers.counted = make(map[string]milestone, len(h.milestones))
	for _, m := range h.milestones {
		e.markers.counted[m.name] = m.milestone
	}
}

func (e *engine) rememberCauses() (list []causeHistory) {
	for _, ops := range [...][]*Operation{e.requests.all(), e.calls.all(), e.streams.all()} {
		for _, o := range ops {
			known := o.causes.Load()
			if known == nil {
				continue
			}
			from := len(list)
			kind, name := o.source()
			for key, cell := range known.cells {
				h := causeHistory{kind: kind, name: name, text: key.text}
				h.series = e.rememberSeries(&cell.history, 1<<key.class, 0)
				list = append(list, h)
			}
			slices.SortFunc(list[from:], func(a, b causeHistory) int {
				return strings.Compare(a.text+string(rune(a.series.classes.only())), b.text+string(rune(b.series.classes.only())))
			})
		}
	}
	return list
}

// adoptCauses makes the causes again that another process counted.
func (e *engine) adoptCauses(h *history) {
	for i := range h.causes {
		c := &h.causes[i]
		o := e.operationNamed(c.kind, c.name)
		if o == nil {
			continue
		}
		key := causeKey{o.addCause(c.text, c.series.classes.only()), c.series.classes.only()}
		if cell := o.causes.Load().cells[key]; cell.before == 0 {
			cell.before, cell.history = c.series.last, *e.resumeSeries(&c.series)
		}
	}
}

func encodeMarkers(h *history, w *writer) {
	w.uint(uint64(len(h.markers)))
	for i := range h.markers {
		w.marker(&h.markers[i])
	}
	w.uint(uint64(len(h.milestones)))
	for _, m := range h.milestones {
		w.string(m.name)
		w.counts(m.counts)
		w.uint(m.cancelled)
	}
}

func decodeMarkers(h *history, r *reader) {
	for range r.count(3) {
		m := r.marker(h.engine)
		r.check(m.kind != 0 && len(h.markers) < maxMarkers, "its markers cannot be")
		h.markers = append(h.markers, m)
	}
	for range r.count(5) {
		h.milestones = append(h.milestones, milestoneHistory{r.string(), milestone{r.counts(), r.uint()}})
	}
}

func encodeCauses(h *history, w *writer) {
	w.uint(uint64(len(h.causes)))
	for i := range h.causes {
		c := &h.causes[i]
		w.uint(uint64(c.kind))
		w.string(c.name)
		w.string(c.text)
		c.series.encode(w)
	}
}

func decodeCauses(h *history, r *reader) {
	for range r.count(8) {
		c := causeHistory{kind: slo.SourceKind(r.uint()), name: r.string(), text: r.string()}
		c.series = r.series(h.engine)
		r.check(c.series.edge == 0 && len(c.text) > 0, "a cause in it cannot be")
		h.causes = append(h.causes, c)
	}
}

func encodeEpisodes(h *history, w *writer) {
	w.uint(uint64(len(h.episodes)))
	for i := range h.episodes {
		x := &h.episodes[i]
		w.string(x.name)
		w.uint(x.forgotten)
		w.uint(uint64(x.settled))
		w.uint(uint64(len(x.list)))
		for k := range x.list {
			x.list[k].encode(w)
		}
		if !x.open {
			w.uint(0)
			continue
		}
		w.uint(1)
		x.current.encode(w)
		w.int(int64(x.incident.first))
		w.counts(x.incident.opening)
		w.counts(x.incident.ending)
	}
}

func decodeEpisodes(h *history, r *reader) {
	for range r.count(5) {
		x := episodeHistory{name: r.string()}
		x.forgotten = r.uint()
		settled := r.uint()
		for range r.count(10) {
			x.list = append(x.list, r.episode(h.engine))
		}
		r.check(len(x.list) <= maxEpisodes && settled <= uint64(len(x.list)), "it has too many episodes")
		if x.open = r.uint() != 0; x.open {
			x.incident = r.episode(h.engine).reopened(time.Duration(r.int()), r.counts(), r.counts())
		}
		if r.err != nil {
			return
		}
		x.settled = int(settled)
		h.episodes = append(h.episodes, x)
	}
}

func (ep *episode) encode(w *writer) {
	w.int(int64(ep.start))
	w.int(int64(ep.end))
	w.counts(ep.counts)
	w.float(ep.cost)
	w.float(ep.peak)
	w.uint(uint64(len(ep.operations)))
	for _, o := range ep.operations {
		w.string(o.Operation)
		w.uint(o.Bad)
	}
	w.uint(uint64(len(ep.causes)))
	for _, c := range ep.causes {
		w.string(c.Cause)
		w.uint(c.Count)
	}
	w.marker(&ep.deployment)
	w.uint(uint64(len(ep.traces)))
	for _, id := range ep.traces {
		w.string(string(id[:]))
	}
}

func (r *reader) episode(engine time.Duration) episode {
	ep := episode{start: time.Duration(r.int()), end: time.Duration(r.int()), counts: r.counts(), cost: r.float(), peak: r.float()}
	r.check(ep.start >= 0 && ep.start <= ep.end && ep.end <= engine, "an episode in it is out of range")
	for range r.count(2) {
		ep.operations = append(ep.operations, OperationCount{canonical(r.string()), r.uint()})
	}
	for range r.count(2) {
		ep.causes = append(ep.causes, CauseCount{canonical(r.string()), r.uint()})
	}
	r.check(len(ep.operations) <= maxOperations && len(ep.causes) <= listedCauses, "an episode in it has too many parts")
	ep.deployment = r.marker(engine)
	for range r.count(17) {
		id := r.string()
		r.check(len(id) == 16 && len(ep.traces) < maxTraces, "an episode in it has traces that cannot be")
		if r.err != nil {
			break
		}
		ep.traces = append(ep.traces, [16]byte([]byte(id)))
	}
	return ep
}

// reopened returns an episode that was open in another process.
func (ep episode) reopened(first time.Duration, opening, ending Counts) incident {
	x := incident{
		stretch: stretch{active: true, first: first, last: ep.end, start: ep.start, opening: opening},
		ending:  ending, peak: ep.peak, origin: ep.deployment, earlier: ep.operations, earlierCauses: ep.causes,
	}
	if ep.counts.Bad > 0 {
		x.each = ep.cost / float64(ep.counts.Bad)
	}
	x.traces.n = copy(x.traces.ids[:], ep.traces)
	x.traces.last = -1 // this process's clock begins at 0
	return x
}

func (w *writer) marker(m *marker) {
	own := uint64(0)
	if m.own {
		own = 1
	}
	w.uint(uint64(m.kind)<<1 | own)
	w.int(int64(m.at))
	w.string(m.text)
}

func (r *reader) marker(engine time.Duration) marker {
	kind := r.uint()
	m := marker{kind: MarkerKind(min(kind>>1, math.MaxUint8)), own: kind&1 != 0, at: time.Duration(r.int()), text: r.string()}
	r.check(m.kind <= AnnotationMarker && m.at >= 0 && m.at <= engine && len(m.text) <= 4*maxMarkerText, "a marker in it cannot be")
	m.text = canonical(m.text)
	return m
}

func (w *writer) counts(c Counts) {
	w.uint(c.Good)
	w.uint(c.Bad)
	w.uint(c.Excluded)
}

func (r *reader) counts() Counts { return Counts{r.uint(), r.uint(), r.uint()} }

func (w *writer) float(f float64) { w.uint(math.Float64bits(f)) }

func (r *reader) float() float64 {
	f := math.Float64frombits(r.uint())
	r.check(f >= 0 && f <= math.MaxFloat64, "a number in it cannot be")
	if r.err != nil {
		return 0
	}
	return f
}
