package rulesslo

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A writer writes YAML of the few shapes that rule files have. All text is
// double-quoted with everything that is not printable escaped, but for expressions, whose
// own literals are.
type writer struct{ strings.Builder }

func (w *writer) line(depth int, format string, args ...any) {
	w.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(&w.Builder, format, args...)
	w.WriteByte('\n')
}

// expression writes a key with an expression, which is printable: as a literal block if it
// would need escapes.
func (w *writer) expression(depth int, key, text string) {
	if !strings.ContainsAny(text, "\n\"\\") {
		w.line(depth, "%s: %s", key, scalar(text))
		return
	}
	w.line(depth, "%s: |-", key)
	for line := range strings.SplitSeq(text, "\n") {
		w.line(depth+1, "%s", line)
	}
}

// pairs writes a mapping, sorted by key; nothing if it is empty. The keys are label names.
func (w *writer) pairs(depth int, key string, pairs map[string]string) {
	if len(pairs) == 0 {
		return
	}
	w.line(depth, "%s:", key)
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		w.line(depth+1, "%s: %s", name, scalar(pairs[name]))
	}
}

// scalar returns a double-quoted scalar. s must be UTF-8.
func scalar(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == ' ' || unicode.IsPrint(r) && r != unicode.ReplacementChar:
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// comment returns text that is safe after a #: one line, printable.
func comment(s string) string { return strconv.Quote(s) }

// inert returns text that a template prints as it is. Two braces that open an action are
// printed by one.
func inert(s string) string { return strings.ReplaceAll(s, "{{", `{{"{{"}}`) }
