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

	checks  []check
	lengths []time.Duration // of the windows that the checks read, each once
	windows []budget.Window // as of the last tick
	truths  []truth
	stalled time.Duration // as of the last tick: for how long nothing has finished
	holding time.Duration // for how long that has been too long

	machine                machine
	pageSince, ticketSince since
}

// since is when an episode was opened.
type since struct {
	at      time.Time
	elapsed time.Duration // engine time
}

func newSubject(b budget.Budget, s *budget.Status, checks []check) *subject {
	sub := &subject{
		budget: b, name: s.Name, operation: s.Operation, objective: s.Objective,
		allowed: s.Objective.Target.AllowedPerBillion(), checks: checks,
	}
	place := func(d time.Duration) int {
		i := slices.Index(sub.lengths, d)
		if i < 0 {
			i = len(sub.lengths)
			sub.lengths = append(sub.lengths, d)
		}
		return i
	}
	for i := range sub.checks {
		c := &sub.checks[i]
		c.iLong = place(c.long)
		c.iShort = c.iLong
		if c.kind == burnCheck {
			c.iShort = place(c.short)
		}
	}
	sub.truths = make([]truth, len(checks))
	sub.machine = newMachine(checks)
	return sub
}

// evaluate reads the windows and steps the episodes. When there is nothing to read,
// because the tracker is closed, nothing changes any more.
func (s *subject) evaluate(watched time.Duration) (page, ticket change) {
	windows := s.budget.Windows(s.windows[:0], s.lengths...)
	if len(windows) != len(s.lengths) {
		return unchanged, unchanged
	}
	s.windows = windows
	before := s.stalled
	s.stalled = s.budget.StalledFor()
	if s.stalled > 0 && before > 0 {
		s.holding += watched
	} else {
		s.holding = 0
	}
	for i := range s.checks {
		s.truths[i] = s.judge(&s.checks[i])
	}
	return s.machine.step(s.truths, watched)
}

// judge evaluates one rule.
func (s *subject) judge(c *check) (t truth) {
	long, short := &s.windows[c.iLong], &s.windows[c.iShort]
	empty := total(long) == 0
	switch c.kind {
	case stalledCheck:
		t.holds = s.stalled > 0 && s.holding >= stallHold
	case givingUpCheck:
		t.holds, t.heldBack = givingUp(long.Cancelled, total(long))
	default:
		t.holds, t.heldBack = c.burns(long, short, s.allowed)
		empty = short.Counts.Valid() == 0
	}
	t.blind = !t.holds && (s.stalled > 0 || empty)
	return t
}

// state describes what a rule said at the last tick.
func (s *subject) state(i int, service string) RuleState {
	c, t := &s.checks[i], s.truths[i]
	r := RuleState{Objective: s.name, Rule: c.name, Severity: c.severity, Factor: c.factor}
	if len(s.windows) == 0 {
		r.Blind, r.Reason = true, "not evaluated yet"
		r.Long.Length, r.Short.Length = s.lengths[c.iLong], s.lengths[c.iShort]
		return r
	}
	r.Holds, r.HeldBack, r.Blind = t.holds, t.heldBack, t.blind
	r.Long, r.Short = s.windows[c.iLong], s.windows[c.iShort]
	r.Reason = c.reason(t, &r.Long, &r.Short, s.stalled)
	switch m := &s.machine; {
	case c.severity == Ticket && m.ticket.open && m.ticket.member[i]:
		r.Breach = breachKey(service, s.name, Ticket)
	case m.page.open && m.page.member[i]:
		r.Breach = breachKey(service, s.name, Page)
	}
	return r
}

// episode returns the episode of a severity and when it was opened.
func (s *subject) episode(severity Severity) (*episode, *since) {
	if severity == Page {
		return &s.machine.page, &s.pageSince
	}
	return &s.machine.ticket, &s.ticketSince
}

// waits reports whether an open episode waits for something to be measured: none of its
// rules holds, and one that keeps it open is blind.
func (s *subject) waits(e *episode, severity Severity) bool {
	blind := false
	for i, in := range e.member {
		if !in || s.checks[i].severity != severity {
			continue
		}
		if s.truths[i].holds {
			return false
		}
		r := &s.machine.runs[i]
		blind = blind || s.truths[i].blind && r.quiet < r.short
	}
	return blind
}
