package policy

import "time"

// An episode is one incident at one severity: it is opened by a rule that holds, others
// join it, and it closes when all that joined have been quiet for long enough: burn-rate
// rules for their short windows.
type episode struct {
	open   bool
	by     int    // the rule that opened it
	member []bool // by rule: held at some time while it was open
	joined uint64 // how often a rule became true that would have opened a breach of its own
}

func (e *episode) start(by int) {
	clear(e.member)
	e.open, e.by, e.joined = true, by, 0
}

// A run is what a machine knows of one rule.
type run struct {
	page  bool
	short time.Duration // for how long it must not have held

	holds bool
	doubt bool          // it ceased to hold for want of anything to judge, and nobody knows better yet
	quiet time.Duration // for how long it has been known not to hold, of what was watched
	spent bool          // a ticket rule that belonged to a page episode: it opens none before it was false once
}

// hear takes what the rule says now.
func (r *run) hear(now truth, watched time.Duration) {
	switch {
	case now.holds:
		r.quiet = 0
	case r.holds: // not any more: the clock starts
		r.quiet, r.spent = 0, false
	case !now.blind:
		r.quiet += watched
	}
	r.doubt = !now.holds && now.blind && (r.holds || r.doubt)
	r.holds = now.holds
}

// A change is what a tick did to an episode.
type change uint8

const (
	unchanged change = iota
	opened
	closed
)

// A machine makes episodes of the rules of one error budget: one incident, one breach. It
// knows no clock and no counts.
//
//   - A page rule that holds opens the page episode, or belongs to it if it is open,
//     faster or slower.
//   - A ticket rule that holds belongs to the ticket episode if that is open, and to the
//     page episode if that is. If neither is, it opens the ticket episode, unless it has
//     held without a break since a page episode: it was part of that incident.
//   - The page episode closes when each page rule in it has been quiet for its short window,
//     the ticket episode when each ticket rule in it has.
//   - The clock of "has been quiet for" stands still while a rule is blind, and while
//     nobody watches. What ceased to hold because it is blind is not quiet, however short
//     that may be.
//
// Held by FuzzMachineMatchesModel.
type machine struct {
	runs         []run
	page, ticket episode
}

func newMachine(checks []check) machine {
	m := machine{runs: make([]run, len(checks))}
	for i, c := range checks {
		m.runs[i] = run{page: c.severity == Page, short: c.quiet}
	}
	m.page.member = make([]bool, len(checks))
	m.ticket.member = make([]bool, len(checks))
	return m
}

// step takes what the rules say now; watched is the time since the last step. It returns
// what became of the page and of the ticket episode. Pages come first: a ticket rule that
// becomes true together with a page rule is part of its incident.
func (m *machine) step(now []truth, watched time.Duration) (page, ticket change) {
	page = m.advance(&m.page, true, now, watched)
	ticket = m.advance(&m.ticket, false, now, watched)
	return page, ticket
}

// advance steps the rules and the episode of one severity.
func (m *machine) advance(e *episode, page bool, now []truth, watched time.Duration) (c change) {
	for i := range m.runs {
		r := &m.runs[i]
		if r.page != page {
			continue
		}
		rose := now[i].holds && !r.holds
		r.hear(now[i], watched)
		switch {
		case !r.holds:
		case e.open && rose:
			e.joined++
		case e.open:
		case m.page.open:
			if r.spent = true; rose {
				m.page.joined++
			}
		case !r.spent:
			e.start(i)
			c = opened
		}
	}
	for i, r := range m.runs {
		if r.page != page || !r.holds {
			continue
		}
		if e.open {
			e.member[i] = true
		}
		if m.page.open {
			m.page.member[i] = true // shown there, even if it belongs to a ticket episode
		}
	}
	if c == unchanged && e.open && m.over(e, page) {
		e.open = false
		c = closed
	}
	return c
}

// over reports whether every rule that can keep the episode open has been quiet for long
// enough.
func (m *machine) over(e *episode, page bool) bool {
	for i, in := range e.member {
		r := &m.runs[i]
		if in && r.page == page && (r.holds || r.doubt || r.quiet < r.short) {
			return false
		}
	}
	return true
}
