package budget

import (
	"errors"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Update makes the tracker judge these objectives in place of those it has, while events are
// recorded: none is lost, and none is counted twice. It is all or nothing. The error is the
// one that [New] would give for them, and then nothing has changed.
//
// An objective is known by its name:
//
//   - One that is judged as before keeps its history, whatever else has changed: its target,
//     its owner, its window. In a window longer than any so far, coverage counts from where
//     history was kept; a calendar window that was another begins to keep periods.
//   - One with another source, SLI, threshold, classification or budgeting method is a new
//     generation: its history begins now, and [Status.Renewed] says why. [Status.Total] goes
//     on, so that no exported counter goes back, unless its SLI or source is another, which
//     makes it another counter.
//   - One that is gone has ended: readings answer ok=false, also of a [Budget] that was
//     obtained before, and rules of package policy see it at the next tick.
//   - One that is new begins now, whatever its source has counted before.
//
// A latency objective leaves out what an availability objective on its source calls bad (see
// [slo.Latency]), so it is of another classification when that one comes, goes or changes its
// verdicts.
//
// Events recorded while Update runs belong to before or to after. The exported histogram has
// a bound for every threshold there is now: that of a new one begins with what was surely
// within, and every other bound goes on.
//
// Nothing but objectives can change: not the resolution, nor the limit of operations. An
// operation that no objective names any more stays, undeclared. Update costs about ten
// microseconds for each operation and objective, most of it under the tracker's lock, which
// recording does not take. It is safe for concurrent use; of two at once the later holds. On a
// nil Tracker it does nothing, and on a closed one it returns an error.
func (t *Tracker) Update(objectives []slo.Objective) error {
	if t == nil {
		return nil
	}
	t.mu.RLock()
	cfg := t.engine.Config
	t.mu.RUnlock()
	cfg.Objectives = objectives
	p, err := cfg.plan()
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed.Load() {
		return errClosed
	}
	t.engine.advance(t.Now(), t.wall()) // what has ended by now, ended under the objectives so far
	t.engine.update(p, t.engine.clock.Engine(t.Now()))
	t.revision.Add(1)
	return nil
}

var errClosed = errors.New("budget: the tracker is closed")

// Revision returns how often [Tracker.Update] has changed the objectives: who keeps something
// of them looks at it to notice. It costs one atomic load, and is 0 on nil.
func (t *Tracker) Revision() uint64 {
	if t == nil {
		return 0
	}
	return t.revision.Load()
}

// A succession is what the objectives of an update take over from those before.
type succession struct {
	now     time.Duration
	at      time.Time
	byName  map[string]*judged
	each    []*judged
	tallies map[*Operation]*tally // what this process has counted until now, read once
	all     tally                 // the sum of those of requests
	fresh   []*judged             // whose history begins now
}

// A prelude is what there is to say of the time before the last update that changed an
// objective, for what it counts since the process began.
type prelude struct {
	carried Counts    // judged as it was then
	own     reading   // what this process had counted
	began   time.Time // when the count was 0; the zero time: when the tracker was made
}

// update takes on other objectives. The caller holds the lock.
func (e *engine) update(p plan, now time.Duration) {
	if p.history > e.history {
		e.reach = max(e.reach, now-e.history)
	}
	e.refit(p.Objectives)
	s := &succession{now: now, at: e.clock.Wall(now), byName: e.byName, each: e.each}
	for _, j := range e.objectives {
		j.ended = true
	}
	e.Objectives, e.history = p.Objectives, p.history
	e.inherited, e.inheritedAccounts, e.inheritedSlices, e.inheritedEpisodes = nil, nil, nil, nil
	e.objectives, e.sliced, e.each, e.byName, e.known = nil, nil, nil, map[string]*judged{}, 0
	for _, sc := range e.scopes {
		sc.stallAfter, sc.threshold = 0, 0
	}
	e.all.stallAfter, e.all.threshold = 0, 0
	for _, r := range [...]*registry{e.requests, e.calls, e.streams} {
		r.unheed()
	}

	declared := e.judgeAll()
	s.read(e, declared)
	e.succession = s
	e.declare(declared)
	e.meetNew()
	e.succession = nil

	e.undeclare()
	e.prune()
	e.compact(s)
	for o, t := range s.tallies {
		o.seen, o.settled = *t, false // the next tick looks at it
	}
	for _, j := range s.fresh {
		e.involve(j)
	}
}

// refit gives the cells the edges that the objectives so far and those to come need.
func (e *engine) refit(objectives []slo.Objective) {
	layout := e.tallier.layout.Refit(append(edges(e.Objectives), edges(objectives)...))
	if layout == e.tallier.layout {
		return
	}
	e.requests.refit(layout)
	e.calls.refit(layout)
	e.tallier.fit(layout)
}

// read reads every cell once, by the splits of the objectives so far and those to come: what
// one generation counted last is what the next begins with.
func (s *succession) read(e *engine, declared []*judged) {
	for _, j := range declared { // a new operation may need splits that no other does
		if k := j.Of.Kind(); k != slo.AllSource && k != slo.EachSource {
			e.operation(j.Of)
		}
	}
	requests := e.requests.all()
	for _, j := range declared {
		if j.Of.Kind() == slo.EachSource {
			for _, o := range requests {
				e.judgeOn(o, j.Objective) // adds the splits that it will need
			}
		}
	}
	s.tallies = map[*Operation]*tally{}
	s.all.reset(len(e.tallier.splits))
	for _, o := range requests {
		s.all.add(s.one(e, o))
	}
	for _, o := range slices.Concat(e.calls.all(), e.streams.all()) {
		s.one(e, o)
	}
}

func (s *succession) one(e *engine, o *Operation) *tally {
	t := new(tally)
	e.tallier.read(t, o.table)
	s.tallies[o] = t
	if sc, ok := e.scopes[o]; ok && t.total() != sc.total {
		sc.lastEvent = s.now
	}
	return t
}

// own returns what this process has counted that an objective looks at. Of an operation that
// came since it is nothing.
func (s *succession) own(j *judged) (r reading) {
	if j.slices != nil {
		j.slices.read(&r)
		return r
	}
	t := &s.all
	if o := j.scope.op; o != nil {
		if t = s.tallies[o]; t == nil {
			return r
		}
	}
	for c, n := range t.class {
		if n > 0 {
			r.used |= 1 << c
			r.class[c] = n
		}
	}
	if j.late >= 0 && j.late < len(t.split) {
		r.late = t.split[j.late]
	}
	if j.gone >= 0 && j.gone < len(t.split) {
		r.gone = t.split[j.gone]
	}
	return r
}

// enter gives an objective what the one of its name leaves, or lets its history begin now.
func (s *succession) enter(e *engine, j *judged) {
	was, known := s.byName[j.name]
	what := ""
	if known {
		what = renewal(e.judgement(was), e.judgement(j))
	}
	if known && what == "" {
		j.since, j.opening, j.renewed, j.prelude, j.watch = was.since, was.opening, was.renewed, was.prelude, was.watch
		if j.slices != nil {
			events := j.slices.events
			*j.slices = *was.slices
			j.slices.events, j.scope = events, was.scope
		}
		if j.account = was.account; was.Window != j.Window {
			j.account = nil
			e.openAccount(j)
		} else if j.account != nil && was.Target.AllowedPerBillion() != j.Target.AllowedPerBillion() {
			j.account.rejudge(true)
		}
		return
	}
	own := s.own(j)
	j.since, j.renewed = s.now, what
	j.opening = own
	j.onTop(&j.opening)
	j.prelude = &prelude{own: own, began: s.at}
	if known && (was.SLI.Name() == j.SLI.Name() && was.operation == j.operation) {
		last := s.own(was)
		j.prelude.carried, j.prelude.began = was.total(&last), time.Time{}
		if was.prelude != nil {
			j.prelude.began = was.prelude.began
		}
	}
	e.openAccount(j)
	if j.slices != nil {
		j.slices.begin(e, j)
	}
	delete(e.markers.counted, j.name)
	s.fresh = append(s.fresh, j)
	j.watch = newWatch(j)
}

// declared lets the history of a declaration of slo.Each begin, for operations to come.
func (s *succession) declared(e *engine, j *judged) {
	j.since = s.now
	for _, was := range s.each {
		if was.name == j.name && renewal(e.judgement(was), e.judgement(j)) == "" {
			j.since = was.since
		}
	}
}

// total judges what this process has counted.
func (j *judged) total(own *reading) Counts {
	if j.prelude == nil {
		return j.counts(&reading{}, own)
	}
	c := j.counts(&j.prelude.own, own)
	before := &j.prelude.carried
	return Counts{c.Good + before.Good, c.Bad + before.Bad, c.Excluded + before.Excluded}
}

// undeclare makes operations undeclared that no objective names any more.
func (e *engine) undeclare() {
	named := map[*Operation]bool{}
	for _, o := range e.Objectives {
		switch o.Of.Kind() {
		case slo.AllSource, slo.EachSource:
		default:
			named[e.operation(o.Of)] = true
		}
	}
	for _, r := range [...]*registry{e.requests, e.calls, e.streams} {
		r.undeclare(named)
	}
}

// prune drops the histories of sources that no objective judges any more.
func (e *engine) prune() {
	judged := map[*scope]bool{}
	for _, j := range e.objectives {
		judged[j.source()] = true
	}
	for o, s := range e.scopes {
		if !judged[s] {
			delete(e.scopes, o)
		}
	}
}

// compact drops the splits that no objective needs any more, and their histories.
func (e *engine) compact(s *succession) {
	y := &e.tallier
	all, keep := y.splits, make([]int, len(y.splits))
	for i := range keep {
		keep[i] = -1
	}
	y.splits, y.above = nil, nil
	move := func(index *int) {
		if *index >= 0 {
			keep[*index] = y.index(all[*index])
			*index = keep[*index]
		}
	}
	old := map[*scope]scope{}
	for _, sc := range e.scopes {
		old[sc] = *sc
		sc.split, sc.beforeSplit = nil, nil
	}
	old[e.all] = *e.all
	e.all.split, e.all.beforeSplit = nil, nil
	for _, j := range e.objectives {
		j = j.events()
		for _, index := range [...]*int{&j.late, &j.gone} {
			if *index < 0 {
				continue
			}
			was := old[j.scope]
			series, before := was.split[*index], was.beforeSplit[*index]
			move(index)
			j.scope.room(*index)
			j.scope.split[*index], j.scope.beforeSplit[*index] = series, before
		}
	}
	for _, j := range e.each {
		move(&j.late)
		move(&j.gone)
	}
	for _, t := range s.tallies {
		split := make([]uint64, len(y.splits))
		for i, to := range keep {
			if to >= 0 && i < len(t.split) {
				split[to] = t.split[i]
			}
		}
		t.split = split
	}
}
