package policy

import "slices"

// renew follows the objectives of the tracker after they were changed (see
// budget.Tracker.Update): what is enacted goes on under the name of its error budget, and is
// lifted where that is not in scope any more. It returns what is lifted. The caller holds the
// lock.
func (e *Enforcer) renew() (news []Enactment) {
	e.fixed = !expands(e.tracker.Declared())
	if err := e.config.check(e.tracker, &e.policy); err != nil {
		logSafely(func() {
			e.config.Logger.Warn("nines: the objectives have changed, and an error budget policy does not fit them any more",
				"service", e.tracker.Service(), "policy", e.policy.Name, "error", err)
		})
	}
	former := make([][]*cell, len(e.clauses))
	for i, c := range e.clauses {
		if !c.clause.When.perBudget() {
			continue
		}
		former[i], c.cells = c.cells, nil
		for _, x := range former[i] {
			if x.enacted {
				e.inherited = append(e.inherited, enactedState{int64(x.quiet), x.record})
			}
		}
	}
	e.accounts, e.met = nil, 0
	e.meet()
	for i, c := range e.clauses {
		for _, x := range former[i] {
			if !x.enacted || slices.ContainsFunc(c.cells, func(now *cell) bool { return now.account.name == x.account.name }) {
				continue
			}
			e.inherited = slices.DeleteFunc(e.inherited, func(s enactedState) bool {
				return s.Record.Clause == c.clause.Name && s.Record.Objective == x.account.name
			})
			news = append(news, c.lift(e, x, "", "the error budget is not in scope any more"))
		}
	}
	return news
}
