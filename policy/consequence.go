package policy

import (
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A Consequence is what follows when the condition of a [Clause] holds. Kind is required.
type Consequence struct {
	Kind ConsequenceKind

	// Text says, for people, what is to be done, such as "an action item at the top of the
	// backlog".
	Text string

	// Automated says that a machine does it: a Gate denies features where releases are stopped
	// (where a person has to stop them, it has a person look), and everything else is for
	// callbacks of [Enforcer.OnEnactment]. It is refused for what only people can do:
	// Postmortem, PrioritizeActionItem and FinishActionItem.
	Automated bool

	// Traceable says that it leaves a trace that can be looked up later, such as a linked
	// item.
	Traceable bool

	// Due is within what time it is to be done. Zero is no limit.
	Due time.Duration

	// Link leads to the runbook, the channel or the board. Empty is none.
	Link string
}

// A ConsequenceKind tells consequences apart. The zero ConsequenceKind is none.
type ConsequenceKind uint8

// The kinds.
const (
	AssignPeople         ConsequenceKind = iota + 1 // engineers work on reliability until the condition clears
	Escalate                                        // see Policy.Escalation
	Postmortem                                      // hold a blameless one
	CreateActionItem                                // in the backlog
	PrioritizeActionItem                            // before other work
	FinishActionItem                                // in time, see Due
	EngageOwner                                     // of the dependency that failed
	Communicate                                     // the state of the error budget
	StopStaging                                     // no feature goes to staging
	StopProduction                                  // no feature goes to production
	OtherConsequence                                // see Text, which is required
)

// String returns the kind as policy files have it, such as "stop production"; "none" for the
// zero ConsequenceKind, "unknown consequence" outside the set.
func (k ConsequenceKind) String() string {
	return nameOf(consequenceNames[:], int(k), "unknown consequence")
}

// MarshalText writes what String returns.
func (k ConsequenceKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what String returns. The error matches slo.ErrInvalid, and leaves k
// unchanged.
func (k *ConsequenceKind) UnmarshalText(text []byte) error {
	i, err := indexOf(consequenceNames[:], string(text), "ConsequenceKind")
	if err == nil {
		*k = ConsequenceKind(i)
	}
	return err
}

var consequenceNames = [...]string{
	0: "none", AssignPeople: "assign people", Escalate: "escalate", Postmortem: "postmortem",
	CreateActionItem: "create action item", PrioritizeActionItem: "prioritize action item", FinishActionItem: "finish action item",
	EngageOwner: "engage owner", Communicate: "communicate", StopStaging: "stop staging", StopProduction: "stop production",
	OtherConsequence: "other",
}

// String returns the kind, the text and the time it has, such as "finish action item: lower
// the timeout, within 7d".
func (c Consequence) String() string {
	s := c.Kind.String()
	if c.Text != "" {
		s += ": " + c.Text
	}
	if c.Due > 0 {
		s += ", within " + slo.FormatDuration(c.Due)
	}
	return s
}

// peopleOnly reports whether no machine can do it.
func (k ConsequenceKind) peopleOnly() bool {
	return k == Postmortem || k == PrioritizeActionItem || k == FinishActionItem
}
