package policy

// A State is where a [Breach] stands.
type State uint8

// The states, as callbacks are given them. [Watcher.Active] has Ongoing and Stale only.
const (
	// Started: it has just opened, or what kept it from being told has ended.
	Started State = iota + 1

	// Ongoing: it is open still. It is told again when Config.Resend or Rule.Snooze is over,
	// when a rule raises its priority, and when it was stale and something is measured again.
	Ongoing

	// Resolved: it has just ended.
	Resolved

	// Stale: it is open, and nothing is measured that could end it. It is told when that has
	// been so for a minute.
	Stale
)

// String returns "started", "ongoing", "resolved" or "stale"; "none" for the zero State,
// "unknown state" outside the set.
func (s State) String() string { return nameOf(stateNames[:], int(s), "unknown state") }

// MarshalText writes what String returns.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String returns. The error matches slo.ErrInvalid, and leaves s
// unchanged.
func (s *State) UnmarshalText(text []byte) error {
	i, err := indexOf(stateNames[:], string(text), "State")
	if err == nil {
		*s = State(i)
	}
	return err
}

var stateNames = [...]string{0: "none", Started: "started", Ongoing: "ongoing", Resolved: "resolved", Stale: "stale"}
