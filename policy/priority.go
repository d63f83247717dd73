package policy

import "time"

// A PriorityOrigin says where the priority of a [Breach] comes from.
type PriorityOrigin uint8

// The origins.
const (
	NoPriority       PriorityOrigin = iota // it has none
	ExplicitPriority                       // the objective declares it
	DerivedPriority                        // from a rule, or from what is left of the budget
)

// String returns "none", "explicit" or "derived"; "unknown priority origin" outside the set.
func (o PriorityOrigin) String() string {
	return nameOf(originNames[:], int(o), "unknown priority origin")
}

// MarshalText writes what String returns.
func (o PriorityOrigin) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what String returns. The error matches slo.ErrInvalid, and leaves o
// unchanged.
func (o *PriorityOrigin) UnmarshalText(text []byte) error {
	i, err := indexOf(originNames[:], string(text), "PriorityOrigin")
	if err == nil {
		*o = PriorityOrigin(i)
	}
	return err
}

var originNames = [...]string{NoPriority: "none", ExplicitPriority: "explicit", DerivedPriority: "derived"}

// The priorities that are derived where neither the objective nor a rule has one: by the
// share of the budget that is spent, in hundredths, once the trend is to spend all of it
// (Ukis, Establishing SRE Foundations, table 9.5: 20, 40, 60 and 80 % left).
var derivedPriorities = [...]struct {
	spent uint64
	name  string
}{{80, "P1"}, {60, "P2"}, {40, "P3"}, {20, "P4"}}

// trendWindow is what the trend of spending is judged by, as in budget.Status.
const trendWindow = time.Hour

// A rating is a priority, with the reason for it.
type rating struct {
	priority string
	origin   PriorityOrigin
	reason   string
	byRule   bool
}

// above reports whether the rating is more urgent: of two names the first in the alphabet is,
// P1 before P2.
func (r rating) above(other rating) bool {
	return r.priority != "" && (other.priority == "" || r.priority < other.priority)
}

// rate gives an incident its priority, and raises it as things get worse.
func (in *incident) rate(s *subject, g *group, e *episode, now moment) {
	r := s.rating(g, e)
	if !r.above(in.rating) {
		return
	}
	if in.rating.priority != "" {
		in.note(now.at, "priority "+r.priority+": "+r.reason)
	}
	// What a rule was given is for somebody to hear; a default is not worth a second call.
	in.unsaid = in.unsaid || in.told && r.byRule
	in.rating = r
}

// rating returns the priority of an episode as it is now.
func (s *subject) rating(g *group, e *episode) (r rating) {
	if p := s.objective.Priority; p != "" {
		return rating{priority: p, origin: ExplicitPriority, reason: "the objective declares it"}
	}
	for i, member := range e.member {
		k := &s.checks[g.from+i]
		if member && k.priority != "" && (r.priority == "" || k.priority < r.priority) {
			r = rating{priority: k.priority, origin: DerivedPriority, reason: "rule " + k.name + " has it", byRule: true}
		}
	}
	if r.priority != "" {
		return r
	}
	have, ok := newFund(s.budget, s.objective.Window)
	if !ok || !s.premature(&have) {
		return r
	}
	for _, p := range derivedPriorities {
		if have.compare(have.own.Counts.Bad, s.allowed, p.spent*(billion/100)) >= 0 {
			reason := percent(1-have.spent(have.own.Counts.Bad, s.objective.Target)) + " of the budget is left, and the trend is to spend all of it"
			return rating{priority: p.name, origin: DerivedPriority, reason: reason}
		}
	}
	return r
}

// premature reports whether the trend is to spend the rest of the budget before a window
// has passed, or before the calendar period ends.
func (s *subject) premature(g *fund) bool {
	if s.objective.Window.Calendar() {
		return s.budget.Status().WillExhaust
	}
	left := 1 - g.spent(g.own.Counts.Bad, s.objective.Target)
	s.scratch = s.budget.Windows(s.scratch[:0], min(trendWindow, s.objective.Window.Length()))
	return left <= 0 || len(s.scratch) == 1 && weighed(&s.scratch[0]) > left
}
