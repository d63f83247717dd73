package policy

// A group is rules of one error budget that share their breaches: at most one page and one
// ticket at a time. Rules on burn rates and health rules are one group, every other rule is
// its own.
type group struct {
	from, to     int    // its rules among the subject's
	alone        string // the name of the rule that is a group of its own
	machine      machine
	page, ticket incident
}

func newGroup(checks []check, from, to int) *group {
	g := &group{from: from, to: to, machine: newMachine(checks[from:to])}
	if !checks[from].shares {
		g.alone = checks[from].name
	}
	return g
}

// of returns the episode of a severity, and what was told of it.
func (g *group) of(severity Severity) (*episode, *incident) {
	if severity == Page {
		return &g.machine.page, &g.page
	}
	return &g.machine.ticket, &g.ticket
}

// keeps reports whether the rule keeps an episode of the group open, or opened one that is.
func (g *group) keeps(e *episode, i int) bool {
	if !e.open || !e.member[i-g.from] {
		return false
	}
	r := &g.machine.runs[i-g.from]
	return r.holds || r.doubt || r.quiet < r.short || e.by == i-g.from
}
