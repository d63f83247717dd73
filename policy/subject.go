package policy

import (
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A subject is one error budget under watch: its rules, what they said at the last tick,
// and its episodes. It belongs to its watcher, under the watcher's lock.
type subject struct {
	budget    budget.Budget
	name      string
	operation string
	objective slo.Objective
	allowed   uint64 // of the target, per billion

	checks  []check // those that share their breaches first
	groups  []*group
	truths  []truth         // of the checks, as of the last tick
	funds   bool            // a rule goes by the fund
	fund    fund            // as of the last tick
	lengths []time.Duration // of the windows that the checks read, each once
	windows []budget.Window // as of the last tick
	stalled time.Duration   // as of the last tick: for how long nothing has finished
	holding time.Duration   // for how long that has been too long
	now     time.Duration   // engine time of the last tick
	scratch []budget.Window
}

func newSubject(b budget.Budget, s *budget.Status) *subject {
	return &subject{
		budget: b, name: s.Name, operation: s.Operation, objective: s.Objective,
		allowed: s.Objective.Target.AllowedPerBillion(),
	}
}

// watch gives the subject its rules.
func (s *subject) watch(checks []check) {
	slices.SortStableFunc(checks, func(a, b check) int { return rank(&a) - rank(&b) })
	s.checks, s.truths = checks, make([]truth, len(checks))
	remembered := 0
	shared := 0
	for i := range checks {
		c := &s.checks[i]
		for _, d := range c.lengths() {
			c.at = append(c.at, s.place(d))
		}
		if r, ok := c.evaluator.(*repeating); ok {
			remembered = max(remembered, r.MoreThan+1)
		}
		if c.shares {
			shared = i + 1
		}
	}
	if shared > 0 {
		s.groups = append(s.groups, newGroup(checks, 0, shared))
	}
	for i := range checks {
		if !checks[i].shares {
			s.groups = append(s.groups, newGroup(checks, i, i+1))
		}
		if _, ok := checks[i].evaluator.(*repeating); !ok && remembered > 0 {
			checks[i].rises = make([]time.Duration, 0, remembered)
		}
	}
}

// rank orders rules: those that share their breaches before others, and what counts how
// often others became true last.
func rank(c *check) int {
	_, repeats := c.evaluator.(*repeating)
	switch {
	case c.shares && !c.health:
		return 0
	case c.shares:
		return 1
	case !repeats:
		return 2
	}
	return 3
}

// place returns the place of a window of that length among those that are read.
func (s *subject) place(d time.Duration) int {
	i := slices.Index(s.lengths, d)
	if i < 0 {
		i = len(s.lengths)
		s.lengths = append(s.lengths, d)
	}
	return i
}

// evaluate reads the windows and evaluates the rules. It reports false when there is nothing
// to read, because the tracker is closed: nothing changes any more.
func (s *subject) evaluate(now, watched time.Duration) bool {
	windows := s.budget.Windows(s.windows[:0], s.lengths...)
	if len(windows) != len(s.lengths) {
		return false
	}
	s.windows = windows
	if s.funds {
		s.fund, _ = newFund(s.budget, s.objective.Window)
	}
	before := s.stalled
	s.stalled = s.budget.StalledFor()
	if s.stalled > 0 && before > 0 {
		s.holding += watched
	} else {
		s.holding = 0
	}
	s.now = now
	for _, g := range s.groups {
		for i := g.from; i < g.to; i++ {
			c := &s.checks[i]
			e, _ := g.of(c.severity)
			c.step(s, now, watched, e.open && e.member[i-g.from])
			s.truths[i] = c.truth
		}
	}
	return true
}

// key names the breach of a severity of a group.
func (s *subject) key(w *Watcher, g *group, severity Severity) string {
	return breachKey(w.tracker.Service(), s.objective.Region, w.plan.Environment, s.name, severity, g.alone)
}

// state describes what a rule said at the last tick.
func (s *subject) state(w *Watcher, g *group, i int) RuleState {
	c, t := &s.checks[i], s.truths[i]
	r := RuleState{Objective: s.name, Rule: c.name, Severity: c.severity, Factor: c.factor}
	if len(c.at) > 0 {
		r.Long.Length, r.Short.Length = s.lengths[c.at[0]], s.lengths[c.at[len(c.at)-1]]
	}
	if s.now == 0 {
		r.Blind, r.Reason = true, "not evaluated yet"
	} else {
		s.describe(&r, c, t)
	}
	page, ticket := &g.machine.page, &g.machine.ticket
	switch {
	case c.severity == Ticket && ticket.open && ticket.member[i-g.from]:
		r.Breach = s.key(w, g, Ticket)
	case page.open && page.member[i-g.from]:
		r.Breach = s.key(w, g, Page)
	}
	r.Active = g.keeps(page, i) || g.keeps(ticket, i)
	return r
}

// describe fills in what a check made of its windows.
func (s *subject) describe(r *RuleState, c *check, t truth) {
	v := view{s, c.at}
	switch _, level := c.evaluator.(*levelling); {
	case level:
		r.Long, r.Short = s.fund.own, s.fund.own
	case len(c.at) > 0:
		r.Long, r.Short = *v.window(0), *v.window(len(c.at) - 1)
	}
	r.Holds, r.HeldBack, r.Pending, r.Blind = t.holds, t.heldBack, t.pending, t.blind
	r.Reason = c.reason(v, t)
	if t.pending {
		r.Reason += ", for " + c.holding.Truncate(time.Millisecond).String() + " of " + slo.FormatDuration(c.hold)
	}
}

// states appends what all rules said at the last tick.
func (s *subject) states(dst []RuleState, w *Watcher) []RuleState {
	for _, g := range s.groups {
		for i := g.from; i < g.to; i++ {
			dst = append(dst, s.state(w, g, i))
		}
	}
	return dst
}

// waits reports whether an open episode waits for something to be measured: none of its
// rules holds, and one that keeps it open is blind.
func (s *subject) waits(g *group, e *episode, severity Severity) bool {
	blind := false
	for i, in := range e.member {
		if !in || s.checks[g.from+i].severity != severity {
			continue
		}
		if s.truths[g.from+i].holds {
			return false
		}
		r := &g.machine.runs[i]
		blind = blind || s.truths[g.from+i].blind && (r.doubt || r.quiet < r.short)
	}
	return blind
}
