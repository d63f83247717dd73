package policy

import "github.com/seed-abb722f7/nines/slo"

// A Severity says how soon a person is needed. The zero Severity is none, and refused by
// [Watch]: a rule must not page because somebody forgot to say.
type Severity uint8

// The severities, the graver the greater.
const (
	Ticket Severity = iota + 1 // within days
	Page                       // now
)

// String returns "ticket" or "page"; "none" for the zero Severity, "unknown severity"
// outside the set.
func (s Severity) String() string { return nameOf(severityNames[:], int(s), "unknown severity") }

// MarshalText writes what String returns.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "page", "ticket" or "none". The error matches slo.ErrInvalid, and
// leaves s unchanged.
func (s *Severity) UnmarshalText(text []byte) error {
	i, err := indexOf(severityNames[:], string(text), "Severity")
	if err == nil {
		*s = Severity(i)
	}
	return err
}

var severityNames = [...]string{0: "none", Ticket: "ticket", Page: "page"}

// nameOf returns the name of a value of a closed set.
func nameOf(names []string, i int, unknown string) string {
	if i >= len(names) {
		return unknown
	}
	return names[i]
}

// indexOf returns the value of a closed set that has the name.
func indexOf(names []string, name, field string) (int, error) {
	for i, n := range names {
		if n == name {
			return i, nil
		}
	}
	return 0, &slo.FieldError{Package: packageName, Field: field, Value: name, Reason: "want one of " + list(names)}
}
