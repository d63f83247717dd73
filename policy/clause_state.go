package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A clauseState is a clause as it stands: one cell for each error budget that it is about, or
// one for all.
type clauseState struct {
	clause *Clause
	share  uint64 // of a condition on what was spent, in billionths
	cells  []*cell
}

// A cell is where a clause stands for one error budget.
type cell struct {
	account *account // nil: about none
	window  int      // place of the window in the account's
	enacted bool
	quiet   time.Duration // for how long the condition has been known not to hold; -1 while it holds
	record  Enactment     // by which it was enacted
}

func newClauseState(c *Clause) *clauseState {
	s := &clauseState{clause: c, share: billionths(c.When.Share)}
	if !c.When.perBudget() {
		s.cells = []*cell{{}}
	}
	return s
}

// meet adds an error budget in the scope of the policy, if the clause is about it.
func (c *clauseState) meet(a *account, s *budget.Status) {
	narrow := selection{objectives: c.clause.Objectives}
	if c.clause.When.perBudget() && narrow.has(s) {
		c.cells = append(c.cells, &cell{account: a, window: a.place(c.clause.When.Within)})
	}
}

// outside is what was found of the conditions that are not about what was spent.
type outside struct {
	signals map[string]answer
	rules   map[[2]string]answer // by rule and error budget
}

// ask asks signals and rules, which run other people's code: without the lock.
func (e *Enforcer) ask(t budget.Tick) (o outside) {
	e.mu.Lock()
	clauses := e.clauses // never changed, but replaced
	e.mu.Unlock()
	for _, c := range clauses {
		switch when := c.clause.When; when.Kind {
		case SignalCondition:
			if o.signals == nil {
				o.signals = make(map[string]answer)
			}
			if _, asked := o.signals[when.Name]; !asked {
				o.signals[when.Name] = e.signals[when.Name].ask(t, e)
			}
		case RuleCondition:
			if o.rules == nil {
				o.rules = make(map[[2]string]answer)
				for _, s := range e.config.Watcher.States() {
					o.rules[[2]string{s.Rule, s.Objective}] = ofRule(&s)
				}
			}
		}
	}
	return o
}

func ofRule(s *RuleState) answer {
	switch {
	case s.Holds:
		return yes
	case s.Blind:
		return dunno
	}
	return no
}

// find says whether the condition holds for a cell.
func (c *clauseState) find(x *cell, o outside) answer {
	found := dunno
	switch when := c.clause.When; when.Kind {
	case SpentCondition:
		if len(x.account.windows) > x.window && x.account.known != budget.Stale { // it has been read
			found = x.account.spent(x.window, c.share)
		}
	case RuleCondition:
		if a, ok := o.rules[[2]string{when.Name, x.account.name}]; ok {
			found = a
		}
	case SignalCondition:
		if a, ok := o.signals[when.Name]; ok {
			found = a
		}
	}
	return found
}

// step enacts and lifts the clause. Manual clauses are people's business.
func (c *clauseState) step(e *Enforcer, news []Enactment, o outside, watched time.Duration) []Enactment {
	if c.clause.When.Kind == ManualCondition {
		return news
	}
	for _, x := range c.cells {
		switch found := c.find(x, o); {
		case found == yes && !x.enacted:
			news = append(news, c.enact(e, x, "", c.why(x)))
		case found == yes:
			x.quiet = -1
		case found == no && x.enacted:
			if x.quiet < 0 {
				x.quiet = 0 // from now on
			} else {
				x.quiet += watched
			}
			if x.quiet >= c.clause.Hold {
				news = append(news, c.lift(e, x, "", c.whyNot(x)))
			}
		}
	}
	return news
}

// enact enacts the clause for a cell.
func (c *clauseState) enact(e *Enforcer, x *cell, by, why string) Enactment {
	x.enacted, x.quiet = true, -1
	x.record = c.enactment(e, ClauseEnacted, x, by, why)
	return x.record
}

// lift lifts it again.
func (c *clauseState) lift(e *Enforcer, x *cell, by, why string) Enactment {
	x.enacted = false
	return c.enactment(e, ClauseLifted, x, by, why)
}

func (c *clauseState) enactment(e *Enforcer, a Action, x *cell, by, why string) Enactment {
	n := e.enactment(a)
	n.Clause, n.By, n.Why = c.clause.Name, by, why
	n.Consequences = slices.Clone(c.clause.Then)
	if x.account != nil {
		x.account.describe(&n)
	}
	return n
}

// why says why the condition holds.
func (c *clauseState) why(x *cell) string {
	when := c.clause.When
	if when.Kind == SpentCondition {
		text := percent(x.account.spentShare(x.window)) + " of the error budget spent"
		if when.Within > 0 {
			text += " within " + slo.FormatDuration(when.Within)
		}
		return text + ", at least " + percent(when.Share)
	}
	return when.String()
}

// whyNot says why the clause is lifted.
func (c *clauseState) whyNot(x *cell) string {
	text := "not any more: " + c.clause.When.String()
	if c.clause.When.Kind == SpentCondition {
		text = percent(x.account.spentShare(x.window)) + " of the error budget spent, less than " + percent(c.clause.When.Share)
	}
	if c.clause.Hold > 0 {
		text += fmt.Sprintf(", for %s", slo.FormatDuration(c.clause.Hold))
	}
	return text
}
