package escape

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// UTF8 returns s with every byte that is not UTF-8 written as \xNN, which is how package
// budget prints names. Everything else is left as it is.
func UTF8(s string) string {
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
