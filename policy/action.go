package policy

// An Action is what an [Enactment] did. The zero Action is none.
type Action uint8

// The actions.
const (
	TierChanged    Action = iota + 1 // another tier is in force
	ClauseEnacted                    // the condition of a clause began to hold
	ClauseLifted                     // it has not held for long enough, or a person lifted it
	ReviewDue                        // the policy is to be looked at again
	GateOverridden                   // a change was let through that a Gate would not have
)

// String returns "tier changed", "clause enacted", "clause lifted", "review due" or "gate
// overridden"; "none" for the zero Action, "unknown action" outside the set.
func (a Action) String() string { return nameOf(actionNames[:], int(a), "unknown action") }

// MarshalText writes what String returns.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what String returns. The error matches slo.ErrInvalid, and leaves a
// unchanged.
func (a *Action) UnmarshalText(text []byte) error {
	i, err := indexOf(actionNames[:], string(text), "Action")
	if err == nil {
		*a = Action(i)
	}
	return err
}

var actionNames = [...]string{
	0: "none", TierChanged: "tier changed", ClauseEnacted: "clause enacted", ClauseLifted: "clause lifted",
	ReviewDue: "review due", GateOverridden: "gate overridden",
}
