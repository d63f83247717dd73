// Package hostile is for tests of what prints names that anybody may choose.
package hostile

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

// Name returns a random name of 1 to limit bytes, made of any bytes and of these pieces.
func Name(r *rand.Rand, pieces []string, limit int) string {
	var b strings.Builder
	for range 1 + r.IntN(6) {
		if r.IntN(4) == 0 {
			b.WriteByte(byte(r.IntN(256)))
			continue
		}
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	s := b.String()
	return s[:min(len(s), limit)]
}

// Printed returns how a name must appear where only UTF-8 is taken. It is written out here,
// apart from package escape, because it is there to check that.
func Printed(s string) string {
	var b strings.Builder
	for i, r := range s {
		if _, size := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[i])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
