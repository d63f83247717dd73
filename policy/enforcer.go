package policy

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

// An Enforcer evaluates a [Policy] at every tick of a tracker: it keeps the tier in force,
// enacts and lifts clauses, and writes the audit log. Make it with [Enforce]. It must not be
// copied.
//
// All methods are safe for concurrent use, from callbacks too. On a nil *Enforcer nothing is
// permitted and nothing is known.
type Enforcer struct {
	tracker *budget.Tracker
	policy  Policy
	tiers   tiers
	config  EnforceConfig
	courier *courier[Enactment]
	book    *book              // of the gates that go by the policy
	signals map[string]*signal // never changed
	closing sync.Once
	permits atomic.Pointer[map[string]struct{}] // what is permitted now; nil is nothing; a set never changes

	mu       sync.Mutex // transitions are decided under it; callbacks, signals and loggers run without it
	detach   func()
	revision uint64 // of the tracker's objectives, as they were looked at
	met      int    // how many names of Tracker.Objectives were looked at
	fixed    bool   // no objective is on slo.Each: no more names will come
	accounts []*account
	clauses  []*clauseState
	now      time.Time // wall time of the last tick, or of what a person did since
	standing tierState
	review   string // why a review is due; "" if none is
	log      []Enactment
	closed   bool

	inherited []enactedState // restored, for error budgets that have not been met yet
	swept     int            // met, as that was looked through; -1: not yet
	unheard   []Enactment    // what was lifted after a restart before anybody listened
	patient   time.Duration  // engine time until which that is kept
	waiting   []Enactment    // done by people before the first tick, to be told with it
	ticked    bool
	simulated bool
}

// maxLog bounds the audit log: years of enactments that mean something, and at worst about a
// megabyte.
const maxLog = 1000

// Enforce attaches a policy to a tracker and evaluates it at every tick from the next one on,
// until the enforcer or the tracker is closed. A tracker may have several policies, each
// about its own scope.
//
// The tier in force, how long a better one has been earned, the clauses that are enacted, the
// audit log and the deploys of the day are part of budget.Tracker.Snapshot: in the next process
// they go on from there, as far as a policy of that name has them still; of what it does not, clauses
// that were enacted are lifted at the first tick, which callbacks hear of that come within a
// minute. An enforcer follows budget.Tracker.Update: where that leaves nothing in the scope of the
// policy, nothing is known.
//
// The error joins everything wrong with the policy and with cfg, and matches slo.ErrInvalid: what
// [Policy.Validate] says, and then what only the tracker can tell. What cannot be judged without a
// field that is refused is told once it can be: whether there is an error budget in a scope whose
// Owner, Objectives, Target or Window is refused, and whether clauses fit those that are not in it
// for that. Of a nil tracker there is nothing to enforce: Enforce returns nil.
//
// A tick costs a microsecond or two for each error budget in scope. It does not allocate unless
// something is enacted, an objective is on slo.Each, or a condition is on a rule.
func Enforce(t *budget.Tracker, p Policy, cfg EnforceConfig) (*Enforcer, error) {
	if t == nil {
		return nil, nil
	}
	e := &Enforcer{tracker: t, config: cfg.normal(), book: newBook(), swept: -1}
	if err := e.config.check(t, &p); err != nil {
		return nil, err
	}
	e.signals = make(map[string]*signal, len(e.config.Signals))
	for name, f := range e.config.Signals {
		e.signals[name] = &signal{f: f}
	}
	e.adopt(p)
	e.courier = newCourier(e.config.Logger, "policy", (*Enactment).clone, (*Enactment).what)
	e.attach()
	e.courier.scribe.settle()
	return e, nil
}

func (e *Enforcer) attach() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.watch()
	e.detach = e.tracker.Attach(budget.Hook{
		Tick: e.tick, Explain: e.explain, Close: e.Close,
		Name: "policy " + e.policy.Name, Save: e.save, Restore: e.restore,
	})
}

// adopt takes a policy for its own, of which nothing is in force yet.
func (e *Enforcer) adopt(p Policy) {
	e.policy = p.clone()
	e.tiers = e.policy.Tiers
	e.standing = newTierState(e.tiers)
	e.clauses = nil
	for i := range e.policy.Clauses {
		e.clauses = append(e.clauses, newClauseState(&e.policy.Clauses[i]))
	}
	e.review = ""
}

// meet opens accounts for the error budgets that came since the last call. The caller holds
// the lock.
func (e *Enforcer) meet() {
	if e.fixed && e.met > 0 {
		return
	}
	all := e.tracker.Objectives()
	scope := e.policy.selects()
	for _, name := range all[min(e.met, len(all)):] { // fewer, if the objectives are changing right now
		b := e.tracker.Budget(name)
		s := b.Status()
		if s.Known == budget.NoSuchObjective || !scope.has(&s) {
			continue
		}
		a := newAccount(b, &s)
		e.accounts = append(e.accounts, a)
		for _, c := range e.clauses {
			c.meet(a, &s)
			if len(e.inherited) > 0 {
				e.inherit(c)
			}
		}
	}
	e.met = len(all)
}

// tick evaluates everything. What runs the code of users runs without the lock.
func (e *Enforcer) tick(t budget.Tick) {
	outside := e.ask(t)
	news, left := e.decide(t, outside)
	e.write(news)
	e.courier.scribe.flush(t.Simulated)
	e.courier.run(left)
}

// decide steps the tier and the clauses, and queues what has changed.
func (e *Enforcer) decide(t budget.Tick, o outside) (news []Enactment, left errands[Enactment]) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, left
	}
	e.now, e.ticked, e.simulated = t.At, true, t.Simulated
	news = e.renew(news)
	e.meet()
	lifted := e.sweep()
	e.remember(lifted, t.Elapsed)
	news = e.step(append(news, lifted...), o, t.Watched)
	if len(news)+len(e.waiting) == 0 {
		return nil, left
	}
	return news, e.record(news)
}

// step reads the error budgets, and steps the tier, the clauses and the review. The caller holds
// the lock.
func (e *Enforcer) step(news []Enactment, o outside, watched time.Duration) []Enactment {
	for _, a := range e.accounts {
		a.read(e.now, e.tiers, e.config.MinObserved)
	}
	news = e.stepTier(news, watched)
	for _, c := range e.clauses {
		news = c.step(e, news, o, watched)
	}
	news = e.stepReview(news)
	e.publish()
	return news
}

// record appends to the audit log and queues for callbacks. The caller holds the lock.
func (e *Enforcer) record(news []Enactment) (left errands[Enactment]) {
	for i := range news {
		e.log = append(e.log, news[i].clone())
	}
	if over := len(e.log) - maxLog; over > 0 {
		e.log = slices.Delete(e.log, 0, over)
	}
	e.waiting = append(e.waiting, news...)
	if !e.ticked {
		return left // only a tick says whether this is a simulation, which has no goroutines
	}
	news, e.waiting = e.waiting, nil
	return e.courier.post(news, max(queueAtLeast, changesPerObjective*len(e.accounts)), e.simulated)
}

// write queues lines of the audit log.
func (e *Enforcer) write(news []Enactment) {
	for i := range news {
		n := news[i].clone()
		level := slog.LevelInfo
		if n.Action == GateOverridden || n.Action == ReviewDue {
			level = slog.LevelWarn
		}
		e.courier.scribe.put(func(l *slog.Logger) { l.Log(context.Background(), level, "nines: error budget policy", "enactment", n) })
	}
}

// enactment returns one of this policy, now.
func (e *Enforcer) enactment(a Action) Enactment {
	return Enactment{
		Action: a, At: e.now, Policy: e.policy.Name, Version: e.policy.Version, Service: e.tracker.Service(),
	}
}

// stepReview says once that the policy is to be looked at again.
func (e *Enforcer) stepReview(news []Enactment) []Enactment {
	if e.review != "" {
		return news
	}
	due := e.enactment(ReviewDue)
	r := &e.policy.Review
	if !r.By.IsZero() && !e.now.Before(r.By) {
		due.Why = "it was to be reviewed by " + r.By.Format(time.DateOnly)
	}
	for _, n := range news {
		if due.Why == "" && n.Action == ClauseEnacted && slices.Contains(r.After, n.Clause) {
			due.Clause, due.Why = n.Clause, "it was to be reviewed after "+n.Clause
		}
	}
	if due.Why == "" {
		return news
	}
	e.review = due.Why
	return append(news, due)
}

// publish stores what is permitted now.
func (e *Enforcer) publish() {
	if now := e.standing.permitted(); now != e.permits.Load() {
		e.permits.Store(now)
	}
}

// stepTier steps the tier in force.
func (e *Enforcer) stepTier(news []Enactment, watched time.Duration) []Enactment {
	changed, before := e.standing.see(e.accounts, watched, e.now)
	if !changed {
		return news
	}
	n := e.enactment(TierChanged)
	n.To = e.tiers[e.standing.tier].Name
	if before >= 0 {
		n.From = e.tiers[before].Name
	}
	a := e.standing.least
	a.describe(&n)
	n.Why = percent(n.Remaining) + " of the error budget remains"
	return append(news, n)
}
