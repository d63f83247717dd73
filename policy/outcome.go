package policy

// An Outcome is what a [Gate] says. The zero Outcome is NeedsPerson: nothing that was
// never decided lets a change through.
type Outcome uint8

// The outcomes.
const (
	NeedsPerson Outcome = iota // the gate does not know: somebody has to look
	Allow                      // go ahead
	Deny                       // wait until there is budget again
)

// String returns "needs a person", "allow" or "deny"; "unknown outcome" outside the set.
func (o Outcome) String() string { return nameOf(outcomeNames[:], int(o), "unknown outcome") }

// MarshalText writes "needs_person", "allow" or "deny"; "unknown outcome" outside the set.
func (o Outcome) MarshalText() ([]byte, error) {
	return []byte(nameOf(outcomeTexts[:], int(o), "unknown outcome")), nil
}

// UnmarshalText reads what MarshalText writes. The error matches slo.ErrInvalid, and
// leaves o unchanged.
func (o *Outcome) UnmarshalText(text []byte) error {
	i, err := indexOf(outcomeTexts[:], string(text), "Outcome")
	if err == nil {
		*o = Outcome(i)
	}
	return err
}

var (
	outcomeNames = [...]string{NeedsPerson: "needs a person", Allow: "allow", Deny: "deny"}
	outcomeTexts = [...]string{NeedsPerson: "needs_person", Allow: "allow", Deny: "deny"}
)

// gravity orders outcomes: of several reasons the gravest decides.
func (o Outcome) gravity() int {
	switch o {
	case Deny:
		return 2
	case Allow:
		return 0
	}
	return 1
}
