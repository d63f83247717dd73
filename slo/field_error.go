package slo

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrInvalid is matched, through errors.Is, by every error that reports a
// rejected configuration, in this package and in those that build on it.
var ErrInvalid = errors.New("invalid configuration")

// A FieldError reports the one configuration field that was rejected.
// Constructors join several with errors.Join; errors.As finds the first.
type FieldError struct {
	Field   string // where the value stands, such as `Objectives[2] "checkout".Target`
	Value   any    // what was given, as fmt prints it
	Reason  string // what would have been accepted
	Package string // the package that refuses it; "" is slo
}

// Error names the package, the field, the value and what would have been accepted,
// on one line: strings are quoted, long values cut.
func (e *FieldError) Error() string {
	in := e.Package
	if in == "" {
		in = "slo"
	}
	return in + ": " + e.Field + " is " + show(e.Value) + ": " + e.Reason
}

// Is reports whether target is [ErrInvalid].
func (e *FieldError) Is(target error) bool { return target == ErrInvalid }

// literal is printed as it is, where a string would be quoted.
type literal string

// maxShown is the longest value, in bytes, that an error shows whole: an accepted
// name and what a call such as slo.HTTP adds to it.
const maxShown = maxName + 64

func show(value any) string {
	if s, ok := value.(string); ok {
		return quote(s)
	}
	text := shorten(fmt.Sprint(value))
	if strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) || !utf8.ValidString(text) {
		return strconv.Quote(text) // hostile bytes must not forge a line of a log
	}
	return text
}

func quote(s string) string { return strconv.Quote(shorten(s)) }

// shorten cuts s to its first 32 bytes, whole characters, if it is too long to show.
func shorten(s string) string {
	if len(s) <= maxShown {
		return s
	}
	cut := 32
	for cut > 32-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}
