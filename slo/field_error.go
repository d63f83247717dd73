package slo

import (
	"errors"
	"fmt"
)

// ErrInvalid is matched, through errors.Is, by every error that reports a
// rejected configuration, in this package and in those that build on it.
var ErrInvalid = errors.New("invalid configuration")

// A FieldError reports the one configuration field that was rejected.
// Constructors join several with errors.Join; errors.As finds the first.
type FieldError struct {
	Field  string // where the value stands, such as `Objectives[2] "checkout".Target`
	Value  any    // what was given
	Reason string // what would have been accepted
}

// Error names the field, the value and what would have been accepted.
func (e *FieldError) Error() string {
	switch v := e.Value.(type) {
	case string:
		return fmt.Sprintf("slo: %s is %q: %s", e.Field, v, e.Reason)
	default:
		return fmt.Sprintf("slo: %s is %v: %s", e.Field, v, e.Reason)
	}
}

// Is reports whether target is [ErrInvalid].
func (e *FieldError) Is(target error) bool { return target == ErrInvalid }
