package rulesslo

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"unicode/utf8"

	"github.com/seed-abb722f7/nines/internal/escape"
)

// FuzzText holds that any text means itself wherever it is put: in a literal of PromQL, in a
// regular expression, in a scalar of YAML, in a template, and before the eyes of Grafana.
func FuzzText(f *testing.F) {
	for _, s := range []string{
		"", "checkout", `"`, `\`, "\n", "\x00", "\xff", "\ufffd", "{{", "{{{", "{{{{{", "{", `{{"{{"}}`, "{{ .x }}", "}}", "$1", "$$", "[[x]]", "[[[",
		`) or vector(1)`, "a\u2028b", "\ufeff", "日本語", "🔥", "(?i)x", "a|b", ".*", `\Q`, `\x{fffd}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = escape.UTF8(s)
		for name, literal := range map[string]string{"quote": quote(s), "scalar": scalar(s)} {
			// The escapes of both are those of Go too.
			if got, err := strconv.Unquote(literal); err != nil || got != s {
				t.Errorf("%s(%q) = %s, which reads as %q, %v", name, s, literal, got, err)
			}
			for _, r := range literal {
				if !strconv.IsPrint(r) {
					t.Errorf("%s(%q) = %s, which has %U", name, s, literal, r)
				}
			}
		}
		if strings.ContainsRune(scalar(s), utf8.RuneError) {
			t.Errorf("scalar(%q) has the replacement character", s)
		}
		for _, m := range []matcher{equal("slo", s), notEqual("slo", s), prefixed("slo", s)} {
			if strings.ContainsRune(selectorOf("x", m), utf8.RuneError) {
				t.Errorf("%+v has the replacement character", m)
			}
		}
		expression := regexp.MustCompile("^(?:" + literally(s) + ")$") // as Prometheus has it
		if !expression.MatchString(s) || expression.MatchString(s+"x") || expression.MatchString("x"+s) {
			t.Errorf("literally(%q) = %s, want a match of itself alone", s, expression)
		}
		var b strings.Builder
		text := "a" + inert(s) + " {{ . }}"
		if parsed, err := template.New("").Parse(text); err != nil || parsed.Execute(&b, "data") != nil || b.String() != "a"+s+" data" {
			t.Errorf("inert(%q) = %s, which prints %q, %v", s, inert(s), b.String(), err)
		}
		if hidden := interpolated(quote(s)); strings.Contains(hidden, "$") || strings.Contains(hidden, "[[") {
			t.Errorf("interpolated: Grafana finds a variable in %s", hidden)
		} else if got, err := strconv.Unquote(hidden); err != nil || got != s {
			t.Errorf("interpolated: %s reads as %q, %v, want %q", hidden, got, err, s)
		}
	})
}
