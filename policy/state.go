package policy

// A State is where a [Breach] stands.
type State uint8

// The states. Callbacks are given Started and Resolved, [Watcher.Active] lists Ongoing and
// Stale.
const (
	Started  State = iota + 1 // it has just opened
	Ongoing                   // it is open
	Resolved                  // it has just ended
	Stale                     // it is open, and nothing is measured that could end it
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
