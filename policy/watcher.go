package policy

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A Watcher evaluates rules at every tick of a tracker, and tells of breaches. Make it with
// [Watch]. It must not be copied.
//
// All methods are safe for concurrent use, from callbacks too, and do nothing on a nil
// *Watcher.
type Watcher struct {
	tracker *budget.Tracker
	plan    plan
	courier *courier[Breach]
	enrich  *enricher // nil: none
	closing sync.Once

	mu       sync.Mutex // transitions are decided under it; callbacks run without it
	detach   func()
	subjects []*subject        // in the order of Tracker.Objectives
	met      int               // how many names of Tracker.Objectives were looked at
	fixed    bool              // no objective is on slo.Each: no more names will come
	carried  map[string]string // by source, the error budget that has its health rules
	revision uint64            // of the tracker's objectives

	saved        map[groupName]savedGroup // of an earlier process, until its error budget comes
	swept        int                      // met, as that was looked through; -1: not yet
	over         []savedGroup             // what an earlier process told of, and is over, until it is told
	patient      time.Duration            // engine time until which that is kept
	dependencies []budget.Budget          // on what the service calls
	asking       []*asking                // functions of users
	groups       int                      // of all subjects: each may have a page and a ticket
	now          moment
	closed       bool
}

// A moment is the time of the last tick.
type moment struct {
	at      time.Time
	elapsed time.Duration // engine time
}

// Watch attaches rules to a tracker and evaluates them at every tick from the next one on,
// until the watcher or the tracker is closed. A tracker may have several watchers.
//
// When the objectives change (budget.Tracker.Update), the rules follow at the next tick. What is
// open goes on with the rules that its objective has then; it is resolved where the objective
// was removed, or has no such rule any more. A rule of cfg that does not fit is left out, and a
// line is logged.
//
// What an earlier process had open goes on if the tracker was restored from its snapshot
// (budget.Config.Restore): with its key, its start and its rules, by their names, and without
// being started once more. Of several watchers of one tracker each goes on with its own, in the
// order in which they were made. What cannot go on, because its objective was removed, has no such
// rule any more or has become a shadow, or because its key has changed with service, region or
// environment, is told as resolved, if its start was: at the first tick at which there is a
// callback, within a minute of the restart.
//
// The error joins everything wrong with cfg and matches slo.ErrInvalid. Of a nil tracker
// there is nothing to watch: Watch returns nil, on which every method does nothing.
//
// A tick costs a few microseconds for each objective. It does not allocate unless a breach
// starts or ends, or an objective is on slo.Each.
func Watch(t *budget.Tracker, cfg Config) (*Watcher, error) {
	if t == nil {
		return nil, nil
	}
	revision, declared := t.Revision(), t.Declared()
	p, err := cfg.plan(declared)
	if err != nil {
		return nil, err
	}
	w := &Watcher{tracker: t, plan: p, courier: newBreachCourier(p.Logger), saved: map[groupName]savedGroup{}, swept: -1}
	w.forget(declared)
	if p.Enrich != nil {
		w.enrich = newEnricher(p.Enrich, w.courier, p.Logger)
	}
	w.attach(revision)
	w.courier.scribe.settle()
	return w, nil
}

func (w *Watcher) attach(revision uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.detach = w.tracker.Attach(budget.Hook{
		Tick: w.tick, Explain: w.explain, Close: w.Close,
		Name: hookName, Save: w.save, Restore: w.restore,
	})
	w.revision = revision
	w.meet("the process was restarted")
}

// forget begins anew with these objectives.
func (w *Watcher) forget(declared []slo.Objective) {
	w.subjects, w.met, w.groups, w.carried = nil, 0, 0, map[string]string{}
	w.dependencies, w.asking = nil, nil
	w.fixed = !expands(declared)
}

// expands reports whether operations that come later have error budgets of their own.
func expands(declared []slo.Objective) bool {
	return slices.ContainsFunc(declared, func(o slo.Objective) bool { return o.Of.Kind() == slo.EachSource })
}

func newBreachCourier(l *slog.Logger) *courier[Breach] {
	return newCourier(l, "breach", (*Breach).clone, func(b *Breach) string { return b.ID })
}

// meet makes subjects of the error budgets that came since the last call, which go on with what
// was saved of them; why is noted where a breach does. The caller holds the lock.
func (w *Watcher) meet(why string) {
	if w.fixed && w.met > 0 {
		return
	}
	names := w.tracker.Objectives()
	for _, name := range names[min(w.met, len(names)):] { // fewer, if the objectives are changing right now
		b := w.tracker.Budget(name)
		s := b.Status()
		if s.Objective.Of.Kind() == slo.DependencySource {
			w.dependencies = append(w.dependencies, b)
		}
		if s.Objective.Shadow || s.Known == budget.NoSuchObjective {
			continue
		}
		sub := newSubject(b, &s)
		if checks := w.checks(sub, &s); len(checks) > 0 {
			sub.watch(checks)
			w.adopt(sub, why)
			w.subjects = append(w.subjects, sub)
			w.groups += len(sub.groups)
			for i := range checks {
				if a, ok := checks[i].evaluator.(*asking); ok {
					w.asking = append(w.asking, a)
				}
			}
		}
	}
	w.met = len(names)
}

// checks returns the rules of an error budget, and health rules if it is the first on its
// source.
func (w *Watcher) checks(sub *subject, s *budget.Status) (checks []check) {
	rules, _ := w.plan.rules(s.Name, s.Objective)
	for _, r := range rules {
		checks = append(checks, r.check(sub))
	}
	if w.plan.NoHealth || s.Objective.Of.Kind() == slo.EventsSource {
		return checks
	}
	if _, taken := w.carried[s.Operation]; taken {
		return checks
	}
	w.carried[s.Operation] = s.Name
	return append(checks, healthChecks(s.Objective.Of, w.plan.history)...)
}

// tick evaluates everything. Breaches are queued under the lock and delivered without it.
func (w *Watcher) tick(t budget.Tick) {
	for _, a := range w.functions() {
		a.ask(t, w)
	}
	left, enrich := w.decide(t)
	w.courier.scribe.flush(t.Simulated)
	w.courier.run(left)
	if w.enrich != nil {
		w.enrich.stage.run(enrich)
	}
}

// functions returns the functions of users that rules ask.
func (w *Watcher) functions() []*asking {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	return w.asking
}

func (w *Watcher) decide(t budget.Tick) (left errands[Breach], enrich errands[decided]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return left, enrich
	}
	w.now = moment{at: t.At, elapsed: t.Elapsed}
	var breaches []Breach
	if r := w.tracker.Revision(); r != w.revision {
		w.revision = r
		breaches = w.renew()
	}
	w.meet("its operation was seen")
	w.sweep()
	breaches = append(breaches, w.ends()...)
	for _, s := range w.subjects {
		if !s.evaluate(t.Elapsed, t.Watched) {
			continue
		}
		for _, g := range s.groups {
			page, ticket := g.machine.step(s.truths[g.from:g.to], t.Watched)
			breaches = w.settle(breaches, s, g, Page, page)
			breaches = w.settle(breaches, s, g, Ticket, ticket)
		}
	}
	if len(breaches) == 0 {
		return left, enrich
	}
	limit := max(queueAtLeast, changesPerObjective*w.groups)
	if w.enrich == nil {
		return w.courier.post(breaches, limit, t.Simulated), enrich
	}
	wait := make([]decided, len(breaches))
	for i := range breaches {
		wait[i] = decided{breach: breaches[i], at: time.Now(), limit: limit, simulated: t.Simulated}
	}
	return left, w.enrich.stage.post(wait, limit, t.Simulated)
}

// OnBreach has f called for every breach when it starts and when it is resolved, and in between
// when it is stale, or told again (see [State]), from now on; [Watcher.Active] has those that
// are open already. The function returned ends
// that: at most the one call under way, which it does not wait for, goes on after it
// returns. It may be called more than once, and from f.
//
// Each subscriber has a goroutine of its own while breaches wait for it, so that one that is
// slow, hangs or panics harms no other, nor the tick; a panic is recovered, logged and
// counted. Calls of f are one after the other, in the order in which things happened. At
// most 1,024 breaches wait (with more than 512 error budgets, two for each); later ones
// are dropped and counted. In a simulation f is called within Advance, before it returns.
//
// News is told at most once. What f has not taken when the process ends is lost, and the next one
// goes on with the breach without telling it again. Who must not miss anything asks Active once
// OnBreach has returned: what is in it is open, and what was known to be open and is not in it
// is over. Package exporter/alertslo does so for Alertmanager.
//
// f may call everything, Close of the watcher and of the tracker included. Its context is
// cancelled when the watcher closes. The Breach is its own, to change as it likes. Of a nil
// f, and after Close, nothing is ever called.
func (w *Watcher) OnBreach(f func(ctx context.Context, b Breach)) (cancel func()) {
	if w == nil || f == nil {
		return func() {}
	}
	return w.courier.subscribe(f)
}

// Tracker returns the tracker that is watched; nil on nil.
func (w *Watcher) Tracker() *budget.Tracker {
	if w == nil {
		return nil
	}
	return w.tracker
}

// Service returns the service of the tracker: budget.Config.Service; "" on nil.
func (w *Watcher) Service() string { return w.Tracker().Service() }

// Active returns the breaches that are open, in the order of the objectives, a page before
// a ticket of the same: Ongoing, or Stale if nothing is measured that could end it, which
// is so when the tracker's tick does not come, when tracker or watcher were closed, and,
// once no rule of the breach holds, when the source is stalled or the short windows are
// empty. Rules are as of the last tick, the error budget as of now. It is nil when
// there is none.
func (w *Watcher) Active() (open []Breach) {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.subjects {
		for _, severity := range [...]Severity{Page, Ticket} {
			for _, g := range s.groups {
				e, _ := g.of(severity)
				if !e.open {
					continue
				}
				b := s.breach(w, g, severity, Ongoing)
				if w.closed {
					b.State = Stale
				}
				open = append(open, b)
			}
		}
	}
	return open
}

// States returns every rule of every error budget as it was evaluated at the last tick, in
// the order of the objectives; burn-rate rules first, then health rules, then all others.
// Shadow objectives have none. It is nil on nil.
func (w *Watcher) States() (all []RuleState) {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.subjects {
		all = s.states(all, w)
	}
	return all
}

// Dropped returns how many deliveries were dropped: a subscriber did not keep up, or Close
// did not wait for it any longer.
func (w *Watcher) Dropped() uint64 {
	if w == nil {
		return 0
	}
	n := w.courier.dropped.Load()
	if w.enrich != nil {
		n += w.enrich.stage.dropped.Load()
	}
	return n
}

// Panics returns how often a callback, Config.Enrich or a [Func] panicked.
func (w *Watcher) Panics() uint64 {
	if w == nil {
		return 0
	}
	return w.courier.panics.Load()
}

// Close ends the evaluation, as closing the tracker does. Callbacks may take what was
// decided before for up to a second, then their context is cancelled and what still
// waits is dropped and counted. Close waits for that, and no longer: not for a callback
// that hangs, nor for one that is itself the caller. Closing again is harmless, as is
// closing nil.
func (w *Watcher) Close() {
	if w == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	_ = w.Shutdown(ctx) // what was not delivered is counted
}

// Shutdown is Close with a deadline of the caller's: callbacks may take what was decided
// before until ctx ends. The error is that of ctx if one was not done by then, nil if all
// were, and nil for every call but the first of Close and Shutdown, which return at once.
func (w *Watcher) Shutdown(ctx context.Context) (err error) {
	if w == nil {
		return nil
	}
	w.closing.Do(func() {
		w.mu.Lock()
		w.closed = true
		detach := w.detach
		w.mu.Unlock()
		detach()
		drained := true
		if w.enrich != nil {
			drained = w.enrich.stage.drain(ctx)
		}
		if !w.courier.drain(ctx) || !drained {
			err = ctx.Err()
		}
	})
	return err
}
