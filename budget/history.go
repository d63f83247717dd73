package budget

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/internal/clockwork"
	"github.com/seed-abb722f7/nines/internal/ring"
	"github.com/seed-abb722f7/nines/slo"
)

// A history is what one process leaves to the next: everything a tracker knows of its
// windows, in terms that do not depend on how the next one is configured.
type history struct {
	wall       time.Time     // when it was taken
	engine     time.Duration // engine time then
	gaps       []gap
	objectives []inheritance
	scopes     []scopeHistory
	reach      time.Duration // engine time from which on windows were kept
	accounts   []accountHistory
	slices     []sliceHistory
	kept       []keepsake // of what is attached
	episodes   []episodeHistory
	causes     []causeHistory
	markers    []marker
	milestones []milestoneHistory // at the last deployment
}

// An inheritance says how an objective was judged, and since when.
type inheritance struct {
	name, judgement, renewed string
	since                    time.Duration
	opening                  []classTotal
	late, gone               uint64
}

type classTotal struct {
	class slo.Class
	total uint64
}

// A scopeHistory is the history of one source.
type scopeHistory struct {
	kind   slo.SourceKind // AllSource, EventsSource, or that of an operation
	name   string
	series []seriesHistory
}

// A seriesHistory is one cumulative count: of a class, or of the events of some classes that
// took longer than an edge.
type seriesHistory struct {
	classes classSet
	edge    time.Duration // 0 for a class
	base    uint64
	last    uint64
	points  []historyPoint // oldest first
}

type historyPoint struct {
	at    time.Duration // engine time
	value uint64
}

// judgement says in words how an objective judges events: objectives of one name that are
// judged alike have one history. Parts are apart by line, in the order of judgementParts.
func (e *engine) judgement(j *judged) string {
	if j.slices != nil {
		return e.judgement(j.slices.events) + "\n" + j.Method.String()
	}
	threshold, _ := j.SLI.Threshold()
	gone, _ := j.SLI.CancelledAfter()
	return strings.Join([]string{
		fmt.Sprintf("%d %s", j.Of.Kind(), j.operation),
		j.SLI.Name(),
		threshold.String(),
		fmt.Sprintf("%x %x %v", uint64(j.good), uint64(j.bad), gone),
	}, "\n")
}

var judgementParts = [...]string{"source", "SLI", "threshold", "classification", "budgeting method"}

// renewal says what differs between two judgements.
func renewal(was, is string) string {
	before, after := strings.Split(was, "\n"), strings.Split(is, "\n")
	for i, part := range judgementParts {
		if i >= len(before) && i >= len(after) {
			break // events have no budgeting method to name
		}
		if i >= len(before) || i >= len(after) || before[i] != after[i] {
			return part
		}
	}
	return ""
}

// remember takes the history of the engine, which has just advanced.
func (e *engine) remember() *history {
	h := &history{wall: e.now.Wall, engine: e.now.Engine, gaps: e.gaps}
	h.reach = max(e.reach, e.now.Engine-e.history)
	for _, j := range e.objectives {
		in := inheritance{
			name: j.name, judgement: e.judgement(j), renewed: j.renewed, since: j.since,
			late: j.opening.late, gone: j.opening.gone,
		}
		in.opening = totals(&j.opening)
		h.objectives = append(h.objectives, in)
		if j.account != nil {
			h.accounts = append(h.accounts, accountHistory{j.name, j.Window, j.Target.AllowedPerBillion(), *j.account})
		}
		if j.slices != nil {
			h.slices = append(h.slices, e.rememberSlices(j))
		}
		h.episodes = append(h.episodes, e.rememberEpisodes(j))
	}
	h.markers, h.milestones, h.causes = e.markers.list, e.rememberMilestones(), e.rememberCauses()
	h.scopes = append(h.scopes, e.rememberScope(e.all, slo.AllSource, ""))
	for o, s := range e.scopes {
		kind, name := o.source()
		h.scopes = append(h.scopes, e.rememberScope(s, kind, name))
	}
	return h
}

func (e *engine) rememberScope(s *scope, kind slo.SourceKind, name string) scopeHistory {
	h := scopeHistory{kind: kind, name: name}
	keep := func(series *ring.Series, classes classSet, edge time.Duration) {
		if series != nil && series.Last() > 0 {
			h.series = append(h.series, e.rememberSeries(series, classes, edge))
		}
	}
	for c, series := range s.class {
		keep(series, 1<<c, 0)
	}
	for i, series := range s.split {
		sp := e.tallier.splits[i]
		keep(series, sp.classes, time.Duration(sp.cut.Edge()))
	}
	return h
}

func (e *engine) rememberSeries(series *ring.Series, classes classSet, edge time.Duration) seriesHistory {
	h := seriesHistory{classes: classes, edge: edge, base: series.Base(), last: series.Last()}
	series.Visit(uint32(e.unitsUp(e.now.Engine)), func(age uint32, v uint64) {
		at := e.now.Engine - time.Duration(int64(age)*int64(e.Resolution)/ring.Units)
		h.points = append(h.points, historyPoint{max(at, 0), v})
	})
	return h
}

// resume sets the clocks of an engine that goes on from a history, or begins.
func (e *engine) resume(h *history, mono time.Duration, wall time.Time) {
	if h == nil {
		return
	}
	away := wall.Sub(h.wall)
	if away < -clockwork.Tolerance {
		logSafely(func() {
			e.Logger.Warn("nines: the restored history is from the future: one of two clocks is wrong, and no time is taken to have passed since",
				"service", e.Service, "ahead", -away)
		})
	}
	away = min(max(away, 0), longestEngine)
	e.restored, e.resumed, e.reach = true, h.engine+away, h.reach
	e.clock = clockwork.Resume(e.resumed, mono, wall)
	e.gaps = append(e.gaps, h.gaps...)
	for _, g := range e.gaps {
		e.asleep += g.to - g.from
	}
	if away > 0 {
		e.now.Engine = e.resumed
		e.addGap(gap{from: h.engine, to: e.resumed})
	}
	e.inherited = byName(h.objectives, func(in *inheritance) string { return in.name })
	e.inheritedAccounts = byName(h.accounts, func(a *accountHistory) string { return a.name })
	e.inheritedSlices = byName(h.slices, func(s *sliceHistory) string { return s.name })
	e.inheritedEpisodes = byName(h.episodes, func(x *episodeHistory) string { return x.name })
	e.inheritMarkers(h)
}

// byName finds in a list by name; of two with one name the later counts.
func byName[T any](list []T, name func(*T) string) map[string]T {
	found := make(map[string]T, len(list))
	for i := range list {
		found[name(&list[i])] = list[i]
	}
	return found
}

// adopt fills the scopes of an engine whose splits are known from a history.
func (e *engine) adopt(h *history) {
	if h == nil {
		return
	}
	e.adoptCauses(h)
	for _, sh := range h.scopes {
		s := e.scopeNamed(sh.kind, sh.name)
		if s == nil {
			continue
		}
		s.total = 0
		for _, series := range sh.series {
			resumed := e.resumeSeries(&series)
			if series.edge == 0 {
				s.resumeClass(&series, resumed)
				continue
			}
			for i, sp := range e.tallier.splits {
				if sp.classes == series.classes && time.Duration(sp.cut.Edge()) == series.edge {
					s.need(i)
					s.split[i], s.beforeSplit[i] = resumed, series.last
				}
			}
		}
	}
}

// resumeSeries rebuilds a series from what was carried over.
func (e *engine) resumeSeries(h *seriesHistory) *ring.Series {
	keep := e.keep()
	resumed := ring.Resumed(h.base)
	for _, p := range h.points {
		if e.resumed-p.at <= e.history {
			resumed.Append(uint32(e.unitsUp(p.at)), p.value, keep)
		} else {
			resumed = ring.Resumed(p.value)
		}
	}
	resumed.Append(uint32(e.unitsUp(e.resumed)), h.last, keep)
	return resumed
}

// resumeClass takes over the count of one class.
func (s *scope) resumeClass(h *seriesHistory, resumed *ring.Series) {
	c := h.classes.only()
	s.class[c], s.before[c] = resumed, h.last
	s.used |= h.classes
}

// scopeNamed returns the scope of a source that was carried over, making its operation
// again; nil if nothing here can need it.
func (e *engine) scopeNamed(kind slo.SourceKind, name string) *scope {
	if kind == slo.AllSource {
		return e.all
	}
	if o := e.operationNamed(kind, name); o != nil {
		return e.scopeOf(o)
	}
	return nil
}

// operationNamed makes an operation again that was carried over; nil if there is no room.
func (e *engine) operationNamed(kind slo.SourceKind, name string) *Operation {
	switch kind {
	case slo.EventsSource:
		return e.streams.find(name, kind)
	case slo.DependencySource:
		if o := e.calls.find(name, kind); o.name == dependencyPrefix+name {
			return o
		}
	case slo.HTTPSource, slo.RPCSource, slo.NoSource:
		if o := e.requests.find(name, kind); o.name == name {
			return o
		}
	}
	return nil
}

// source returns what an operation is called in a history.
func (o *Operation) source() (kind slo.SourceKind, name string) {
	switch {
	case o.stream != nil:
		return slo.EventsSource, o.name
	case o.kind == slo.DependencySource:
		return o.kind, strings.TrimPrefix(o.name, dependencyPrefix)
	}
	return o.kind, o.name
}

// inherit gives an objective the history of its name, or lets its own begin now.
func (e *engine) inherit(j *judged) {
	if !e.restored {
		return
	}
	in, known := e.inherited[j.name]
	what := ""
	if known {
		what = renewal(in.judgement, e.judgement(j))
	}
	if known && what == "" && j.covers(in.opening, in.late, in.gone) {
		j.since, j.renewed = in.since, in.renewed
		for _, c := range in.opening {
			j.opening.used |= 1 << c.class
			j.opening.class[c.class] = c.total
		}
		j.opening.late, j.opening.gone = in.late, in.gone
		return
	}
	delete(e.markers.counted, j.name)
	j.since, j.renewed = max(j.since, e.resumed), what
	j.onTop(&j.opening)
}

// covers reports whether the history of the source has what an objective's own, or a period
// of it, is said to have begun with.
func (j *judged) covers(opening []classTotal, late, gone uint64) bool {
	var have reading
	j.onTop(&have)
	for _, c := range opening {
		if c.total > have.class[c.class] {
			return false
		}
	}
	return late <= have.late && gone <= have.gone
}

// only returns the class of a set of one.
func (s classSet) only() slo.Class { return slo.Class(bits.TrailingZeros64(uint64(s))) }
