package rulesslo

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"
)

// quote returns s as a string literal of PromQL. Only printable characters stand in it as
// they are, so that it cannot end early, span lines, or break what it is embedded in.
func quote(s string) string { return strconv.Quote(s) }

// A matcher is a label matcher: label, operator and value.
type matcher struct{ label, op, value string }

func equal(label, value string) matcher    { return match(label, "=", value) }
func notEqual(label, value string) matcher { return match(label, "!=", value) }

// match matches a value, or all others. The replacement character must not stand in PromQL,
// in no form: Prometheus takes it for a mistake in the encoding, also where it has printed
// an expression itself, escapes resolved, to parse it again for each evaluation. As an
// escape of a regular expression it can be named.
func match(label, op, value string) matcher {
	if !strings.ContainsRune(value, utf8.RuneError) {
		return matcher{label, op, value}
	}
	return matcher{label, map[string]string{"=": "=~", "!=": "!~"}[op], literally(value)}
}

// prefixed matches the values that begin with the prefix and go on.
func prefixed(label, prefix string) matcher {
	return matcher{label, "=~", literally(prefix) + "(?s:.+)"}
}

// literally returns a regular expression for a text.
func literally(s string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(s), string(utf8.RuneError), `\x{fffd}`)
}

// selectorOf returns an instant vector selector.
func selectorOf(metric string, matchers ...matcher) string {
	var b strings.Builder
	b.WriteString(metric)
	b.WriteByte('{')
	for i, m := range matchers {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(m.label + m.op + quote(m.value))
	}
	b.WriteByte('}')
	return b.String()
}

// seriesOf returns a series as tests of rules name it, which is parsed once. Labels without
// a value are none.
func seriesOf(metric string, labels map[string]string) string {
	var b strings.Builder
	b.WriteString(metric + "{")
	separator := ""
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if labels[name] != "" {
			b.WriteString(separator + name + "=" + strings.ReplaceAll(quote(labels[name]), string(utf8.RuneError), `\ufffd`))
			separator = ", "
		}
	}
	b.WriteByte('}')
	return b.String()
}

// ceilMilliseconds rounds up to what Prometheus can express: a window is never shorter
// than asked.
func ceilMilliseconds(d time.Duration) time.Duration {
	const ms = time.Millisecond
	if rest := d % ms; rest > 0 && d <= math.MaxInt64-ms {
		d += ms - rest
	}
	return d
}

// duration prints a length as Prometheus does, and Sloth after it: 28 days are 4w, 30 are
// 30d.
func duration(d time.Duration) string { return model.Duration(d).String() }

// significant prints a float for people: six digits, and no exponent.
func significant(f float64) string {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 6, 64), 64) // its own text
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// number prints a float so that it is read back as the same.
func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
