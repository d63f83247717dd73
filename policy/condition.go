package policy

import (
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A Condition is what a [Clause] waits for. Make it with [Spent], [SpentWithin], [RuleHolds],
// [Signal] or [Manual]; the zero Condition is refused.
type Condition struct {
	Kind ConditionKind

	// Share is the share of the error budget that must have been spent, above 0 and at most
	// 10: 0.7 is 70 % of it, 1 all of it. Exactly that much is enough. It is taken to nine
	// digits after the point. Of SpentCondition only.
	Share float64

	// Within is the time in which it must have been spent: at most the objective's window,
	// and zero is all of that. Of SpentCondition only.
	Within time.Duration

	// Name is that of the rule or of the signal, or in words what a person looks for.
	Name string
}

// A ConditionKind tells conditions apart. The zero ConditionKind is none.
type ConditionKind uint8

// The kinds.
const (
	SpentCondition  ConditionKind = iota + 1 // so much of an error budget was spent
	RuleCondition                            // a rule of a Watcher holds
	SignalCondition                          // a function that Enforce was given says so
	ManualCondition                          // a person says so
)

// String returns "spent", "rule", "signal" or "manual"; "none" for the zero ConditionKind,
// "unknown condition" outside the set.
func (k ConditionKind) String() string {
	return nameOf(conditionNames[:], int(k), "unknown condition")
}

// MarshalText writes what String returns.
func (k ConditionKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

var conditionNames = [...]string{
	0: "none", SpentCondition: "spent", RuleCondition: "rule", SignalCondition: "signal", ManualCondition: "manual",
}

// Spent is the condition that a share of an error budget has been spent over the window of
// its objective, or in the calendar period under way: 0.7 is 70 % of it, and 1 is that it is
// exhausted. It takes at least 2 bad events. Time that nobody observed counts as not spent, as
// it does for rules: a process five minutes old has seen next to nothing of four weeks.
func Spent(share float64) Condition { return Condition{Kind: SpentCondition, Share: share} }

// SpentWithin is the condition that a share of an error budget has been spent in the last d:
// SpentWithin(0.3, slo.Day) is 30 % of all of it within a day, as budget.Budget.Spent has it.
func SpentWithin(share float64, d time.Duration) Condition {
	return Condition{Kind: SpentCondition, Share: share, Within: d}
}

// RuleHolds is the condition that a rule of EnforceConfig.Watcher holds for an error budget.
func RuleHolds(rule string) Condition { return Condition{Kind: RuleCondition, Name: rule} }

// Signal is the condition that a function of EnforceConfig.Signals returns true: for what
// no error budget shows, such as a queue of dead letters or a lost dependency.
func Signal(name string) Condition { return Condition{Kind: SignalCondition, Name: name} }

// Manual is the condition that a person says so, by [Enforcer.Enact]: for what no machine
// sees. The text says what to look for.
func Manual(text string) Condition { return Condition{Kind: ManualCondition, Name: text} }

// Automatic reports whether a machine evaluates the condition.
func (c Condition) Automatic() bool { return c.Kind != ManualCondition && c.Kind != 0 }

// String returns the condition in words, such as "30 % of the error budget spent within 1d".
func (c Condition) String() string {
	switch c.Kind {
	case SpentCondition:
		text := percent(c.Share) + " of the error budget spent"
		if c.Within > 0 {
			text += " within " + slo.FormatDuration(c.Within)
		}
		return text
	case RuleCondition:
		return "rule " + c.Name + " holds"
	case SignalCondition:
		return "signal " + c.Name
	case ManualCondition:
		return c.Name
	}
	return c.Kind.String()
}

// perBudget reports whether the condition is about each error budget in scope.
func (c Condition) perBudget() bool { return c.Kind == SpentCondition || c.Kind == RuleCondition }

// known reports whether the condition is of one of the kinds, and not none.
func (c Condition) known() bool { return c.Kind >= SpentCondition && c.Kind <= ManualCondition }
