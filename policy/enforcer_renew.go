package policy

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Update puts another text of the policy in force, all or nothing: while it is refused, the one
// before stays. The tier in force goes on if the text still has one of its name, with what was
// earned; so do the clauses that are enacted, and those that are gone are lifted. Gates go by
// it from then on, and the deploys of the day stay counted.
//
// The error is that of Enforce; the name has to stay, since another policy is another
// enforcer. On nil, and after Close, Update does nothing.
func (e *Enforcer) Update(p Policy) error {
	if e == nil {
		return nil
	}
	v := &policyChecker{}
	v.policy(&p)
	e.config.checkOn(v, e.tracker, &p)
	if name := e.Policy().Name; p.Name != name {
		v.reject("Name", p.Name, fmt.Sprintf("want %q: another policy is another enforcer", name))
	}
	if err := errors.Join(v.errs...); err != nil {
		return err
	}
	news, left := e.replace(p)
	e.write(news)
	e.courier.scribe.settle()
	e.courier.run(left)
	return nil
}

func (e *Enforcer) replace(p Policy) (news []Enactment, left errands[Enactment]) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, left
	}
	e.now = e.wall()
	s := e.state()
	enacted := s.Enacted
	s.Enacted = slices.Concat(e.inherited, enacted)
	e.inherited = nil
	e.adopt(p)
	e.watch()
	e.resume(&s)
	news = e.ended(news, enacted, "the policy does not have it any more")
	news = e.step(news, outside{}, 0)
	return news, e.record(news)
}

// ended lifts what was enacted and nothing has inherited.
func (e *Enforcer) ended(news []Enactment, enacted []enactedState, why string) []Enactment {
	for _, was := range enacted {
		left := len(e.inherited)
		e.inherited = slices.DeleteFunc(e.inherited, func(s enactedState) bool {
			return s.Record.Clause == was.Record.Clause && s.Record.Objective == was.Record.Objective
		})
		if len(e.inherited) == left {
			continue
		}
		n := was.Record
		n.Action, n.At, n.By, n.Why = ClauseLifted, e.now, "", why
		news = append(news, n)
	}
	return news
}

// sweep lifts what an earlier process had enacted, and nothing can go on with: clauses that are
// gone, and error budgets that are not in scope any more. An operation of an objective on slo.Each
// may still come. The caller holds the lock.
func (e *Enforcer) sweep() (lifted []Enactment) {
	if len(e.inherited) == 0 || e.swept == e.met {
		return nil
	}
	e.swept = e.met
	met := e.tracker.Objectives()
	declared := slices.DeleteFunc(e.tracker.Declared(), func(o slo.Objective) bool { return !e.policy.selects().mayHave(o) })
	e.inherited = slices.DeleteFunc(e.inherited, func(was enactedState) bool {
		n := was.Record
		why := "the error budget is not in scope any more"
		switch i := slices.IndexFunc(e.clauses, func(c *clauseState) bool { return c.clause.Name == n.Clause }); {
		case i < 0 || e.clauses[i].clause.When.perBudget() != (n.Objective != ""):
			why = "the policy does not have it any more"
		case !slices.Contains(met, n.Objective) && mayCome(n.Objective, declared):
			return false
		}
		n.Action, n.At, n.By, n.Why = ClauseLifted, e.now, "", why
		lifted = append(lifted, n)
		return true
	})
	return lifted
}

// remember keeps what was lifted for callbacks that come soon. The caller holds the lock.
func (e *Enforcer) remember(lifted []Enactment, now time.Duration) {
	if e.patient == 0 {
		e.patient = now + overFor
	}
	switch {
	case e.courier.heard():
		e.waiting = append(e.waiting, e.unheard...)
		e.unheard = nil
	case now >= e.patient:
		e.unheard = nil
	default:
		e.unheard = append(e.unheard, lifted...)
	}
}

// watch opens the accounts of the tracker's objectives. The caller holds the lock.
func (e *Enforcer) watch() {
	e.revision = e.tracker.Revision() // first: what changes meanwhile is seen at the next tick
	e.accounts, e.met, e.swept, e.standing.least = nil, 0, -1, nil
	e.fixed = !expands(e.tracker.Declared())
	for _, c := range e.clauses {
		if c.clause.When.perBudget() {
			c.cells = nil
		}
	}
	e.meet()
}

// renew follows the objectives of the tracker after they were changed (see
// budget.Tracker.Update): what is enacted goes on under the name of its error budget, and is
// lifted where that is not in scope any more. The caller holds the lock.
func (e *Enforcer) renew(news []Enactment) []Enactment {
	if e.tracker.Revision() == e.revision {
		return news
	}
	if err := e.config.check(e.tracker, &e.policy); err != nil {
		name := e.policy.Name
		e.courier.scribe.put(func(l *slog.Logger) {
			l.Warn("nines: the objectives have changed, and an error budget policy does not fit them any more",
				"service", e.tracker.Service(), "policy", name, "error", err)
		})
	}
	s := e.state()
	enacted := slices.DeleteFunc(s.Enacted, func(x enactedState) bool { return x.Record.Objective == "" }) // of error budgets
	e.inherited = slices.Concat(e.inherited, enacted)
	e.watch()
	return e.ended(news, enacted, "the error budget is not in scope any more")
}
