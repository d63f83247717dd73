package policy

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// OnEnactment has f called for every [Enactment] from now on: when the tier changes, when a
// clause is enacted or lifted, when a review becomes due and when somebody overrides a gate.
// [Enforcer.Standing] has what is in force already. The function returned ends that, as for
// [Watcher.OnBreach], and delivery is the same: in order, each subscriber apart, off the tick,
// at most 1,024 waiting, panics recovered; in a simulation within Advance. It is told at most once
// too, and what was lost with a process is in [Enforcer.Enactments] of the next. Of a nil f, on
// nil and after Close, nothing is ever called.
func (e *Enforcer) OnEnactment(f func(ctx context.Context, n Enactment)) (cancel func()) {
	if e == nil || f == nil {
		return func() {}
	}
	return e.courier.subscribe(f)
}

// Enact enacts a clause whose condition is manual: somebody, by, has seen what it is about, and
// says why. The error matches slo.ErrInvalid if there is no such clause, if it is not manual,
// if nobody says so or without a reason. Enacting what is enacted changes nothing.
func (e *Enforcer) Enact(clause, by, why string) error { return e.byHand(clause, by, why, true) }

// Lift lifts a clause whose condition is manual, at once. The error is that of Enact.
func (e *Enforcer) Lift(clause, by, why string) error { return e.byHand(clause, by, why, false) }

func (e *Enforcer) byHand(clause, by, why string, enact bool) error {
	refuse := func(field, value, reason string) error {
		return &slo.FieldError{Package: packageName, Field: field, Value: value, Reason: reason}
	}
	if e == nil {
		return refuse("Enforcer", "nil", "want one that Enforce returned")
	}
	switch {
	case strings.TrimSpace(by) == "" || len(by) > maxText:
		return refuse("by", by, "want to know who says so")
	case strings.TrimSpace(why) == "" || len(why) > maxText:
		return refuse("why", why, "want to know why")
	}
	news, left, ok := func() ([]Enactment, errands[Enactment], bool) {
		e.mu.Lock()
		defer e.mu.Unlock()
		i := slices.IndexFunc(e.clauses, func(c *clauseState) bool { return c.clause.Name == clause })
		if i < 0 || e.clauses[i].clause.When.Kind != ManualCondition {
			return nil, errands[Enactment]{}, false
		}
		c := e.clauses[i]
		x := c.cells[0]
		if e.closed || x.enacted == enact {
			return nil, errands[Enactment]{}, true
		}
		e.now = e.wall()
		var news []Enactment
		if enact {
			news = e.stepReview([]Enactment{c.enact(e, x, by, why)})
		} else {
			news = []Enactment{c.lift(e, x, by, why)}
		}
		return news, e.record(news), true
	}()
	if !ok {
		return refuse("clause", clause, "want a clause whose condition is manual"+e.manual())
	}
	e.write(news)
	e.courier.scribe.settle()
	e.courier.run(left)
	return nil
}

// manual lists the manual clauses.
func (e *Enforcer) manual() string {
	var all []string
	p := e.Policy()
	for _, c := range p.Clauses {
		if c.When.Kind == ManualCondition {
			all = append(all, c.Name)
		}
	}
	if len(all) == 0 {
		return "; this policy has none"
	}
	return ": " + list(all)
}

// overridden records that a gate let a change through that it would not have.
func (e *Enforcer) overridden(change Change, by, why string) {
	if e == nil {
		return
	}
	var n Enactment
	left := func() errands[Enactment] {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.closed {
			return errands[Enactment]{}
		}
		e.now = e.wall()
		n = e.enactment(GateOverridden)
		n.Change, n.By, n.Why = change, by, why
		return e.record([]Enactment{n})
	}()
	if n.Action == GateOverridden {
		e.write([]Enactment{n})
		e.courier.scribe.settle()
	}
	e.courier.run(left)
}

// Panics returns how often a callback or a signal panicked. It is 0 on nil.
func (e *Enforcer) Panics() uint64 {
	if e == nil {
		return 0
	}
	return e.courier.panics.Load()
}

// Dropped returns how many deliveries were dropped: a callback did not keep up, or Close did
// not wait for it any longer. It is 0 on nil.
func (e *Enforcer) Dropped() uint64 {
	if e == nil {
		return 0
	}
	return e.courier.dropped.Load()
}

// Close ends the evaluation, as closing the tracker does: from then on nothing is permitted,
// and gates that go by the policy need a person. It waits for callbacks as [Watcher.Close]
// does. Closing again is harmless, as is closing nil.
func (e *Enforcer) Close() {
	if e == nil {
		return
	}
	e.closing.Do(func() {
		e.mu.Lock()
		e.closed = true
		e.permits.Store(nil)
		detach := e.detach
		e.mu.Unlock()
		detach()
		e.courier.scribe.settle()
		e.courier.close()
	})
}

// late reports whether the tracker was closed, or its tick does not come.
func (e *Enforcer) late() bool {
	e.mu.Lock()
	accounts := e.accounts
	e.mu.Unlock()
	return len(accounts) > 0 && accounts[0].budget.Status().Known == budget.Stale
}

// wall returns the wall time of the tracker, which in a simulation is its own. The caller holds
// the lock.
func (e *Enforcer) wall() time.Time {
	switch {
	case len(e.accounts) > 0:
		return e.accounts[0].budget.Status().At
	case e.ticked:
		return e.now
	}
	return time.Now().Round(0)
}
