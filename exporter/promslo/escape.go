package promslo

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// printable returns s with every byte that is not UTF-8 escaped as \xNN, which is
// how package budget prints names. Anything else is left to the encoders, which
// escape what their format needs.
func printable(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}
