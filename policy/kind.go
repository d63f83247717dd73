package policy

// A Kind is what a [Change] is for. Only a Feature has to wait for error budget: a freeze
// that held back the cure would prolong the illness. The zero Kind is none, and a gate has
// a person look at it.
type Kind uint8

// The kinds.
const (
	Feature   Kind = iota + 1 // anything that users could wait for
	Fix                       // makes the service more reliable
	Security                  // closes a hole
	Rollback                  // back to what ran before
	Emergency                 // ends an incident under way
)

// String returns "feature", "fix", "security", "rollback" or "emergency"; "none" for the
// zero Kind, "unknown kind" outside the set.
func (k Kind) String() string { return nameOf(kindNames[:], int(k), "unknown kind") }

// MarshalText writes what String returns.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what String returns. The error matches slo.ErrInvalid, and leaves k
// unchanged.
func (k *Kind) UnmarshalText(text []byte) error {
	i, err := indexOf(kindNames[:], string(text), "Kind")
	if err == nil {
		*k = Kind(i)
	}
	return err
}

var kindNames = [...]string{
	0: "none", Feature: "feature", Fix: "fix", Security: "security", Rollback: "rollback", Emergency: "emergency",
}
