package policy

import "time"

// A Rule says when somebody is told: while its [Criterion] holds for an error budget, a
// [Breach] is open. Severity and When are required.
type Rule struct {
	// Name identifies the rule in breaches, labels and reports. Empty is what the criterion
	// calls itself, such as "1h/5m" or "25% left"; a [Func] has no name of its own. A rule takes
	// the place of the default rule of the same name for the objectives it applies to. No two
	// rules of one objective may share a name.
	Name string

	// Severity is required: Page or Ticket.
	Severity Severity

	// Priority rates the breaches that the rule opens or joins, such as "P1", of at most 256
	// bytes, if the objective does not say itself. Empty is none. See [Breach.Priority].
	Priority string

	// Objectives are the names of the objectives that the rule applies to. Empty is all. The
	// name of an objective on slo.Each stands for all of its operations, and name +
	// "/" + operation for one.
	Objectives []string

	// When is required: what the rule looks at.
	When Criterion

	// MinBad is how many bad events there must be in what the criterion looks back over (the
	// long window of a [BurnRate]). Zero is 2 for a ticket, and 5 for a page, which a total
	// outage of at least 3 events may fall short of. A positive MinBad has no such exception; 1
	// asks for nothing that a criterion does not need anyway. It is refused with [NoData],
	// [Repeats] and [Func], which count no bad events.
	MinBad uint64

	// For is how long the criterion must have held, at every evaluation, before the rule does.
	// Zero is not at all. A rule whose breach is open need not wait again.
	For time.Duration

	// KeepFor is how long the rule must not have held before its breach may end, so that what
	// flickers is one breach (hysteresis). Time in which nothing is known does not count.
	// Zero is Short of a [BurnRate] that has one; a twelfth of what BurnRate, [Depletion],
	// [CauseShare] and [Level] look back over, at most an hour, otherwise; and for all others
	// no time at all.
	KeepFor time.Duration

	// Every is how often the criterion is evaluated. Zero is at every tick of the tracker.
	Every time.Duration

	// Snooze is for how long after a breach that the rule opened was told nothing more is
	// told of it but its end, nor of another of the same [Breach.Key]. After that, what is
	// still open is told again. Zero is not at all. See [Breach.SnoozedUntil].
	Snooze time.Duration
}

// name returns the name that the rule goes by.
func (r *Rule) name() string {
	if r.Name == "" && r.When != nil {
		return r.When.String()
	}
	return r.Name
}
