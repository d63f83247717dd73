package rulesslo_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/exporter/rulesslo"
	"github.com/seed-abb722f7/nines/internal/hostile"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// hostileNames are names that break naive generators of PromQL, YAML and templates.
var hostileNames = []string{
	`"`, `\`, `\\"`, "`", "'", "\x00", "a\x00b", "\n", "a\nb", "\r\n", "\t", " ", "  x  ", "\x7f", "\u0085", "\u00a0", "\u2028", "\ufeff",
	"\ufffd", "\xff", `\xff`, "caf\xe9", "\xed\xa0\x80", "日本語", "🔥", "\U000e0001", "\ue000", "\ufffe",
	`) or vector(1)`, `"}) or vector(1) #`, `"} or vector(1) or x{a="`, `a",slo="forged`, `{a="b"}`, `[5m]`, `.*`, `.+|x`, `(?i)x`, `$1`, `${1}`, `$$`, `$labels`,
	"{{", "}}", "{{{", "{{{{", "{{ }}", "{{ .Value }}", `{{"{{"}}`, "{{- /* */ -}}", "{{ query \"up\" }}", "{{ $labels.slo }}", "{{ end }}", "{ {", "x{",
	"# EOF", "# TYPE x counter", "---", "...", "- a", "a: b", "&a", "*a", "!!binary x", "? x", "| x", "> x", "%YAML", "@x", "null", "~", "true", "1e3", "0x1f", "[]", "{}",
	"%s%n", "${HOME}", "../../etc/passwd", "<script>alert(1)</script>", "NaN", "=cmd()", "/", "//", "a/b", "é\u0301", "\u202e", strings.Repeat("é", 128),
}

// pieces are what random names are made of.
var pieces = append([]string{"a", "b", "/", "-", "_", ",", "=", "{", "}", "(", ")", "[", "]", "\x01", "\x1b", "\x80", "\xc0", "\xf0\x9f", "$", "|"}, hostileNames...)

// names hands out names of which no two print alike, and none begins like an objective on
// slo.Each.
type names struct {
	next func() string
	seen map[string]bool
}

func newNames(next func() string) *names { return &names{next: next, seen: map[string]bool{}} }

func (n *names) take() string {
	for {
		name := n.next()
		if name != "" && !n.seen[hostile.Printed(name)] && !strings.Contains(name, "each/") {
			n.seen[hostile.Printed(name)] = true
			return name
		}
	}
}

// hostileObjectives returns objectives with a hostile text in every place that takes one.
func hostileObjectives(r *rand.Rand, n *names, count int) []slo.Objective {
	var list []slo.Objective
	for i := range count {
		text := n.next
		o := slo.Objective{
			Name: n.take(), Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99.9),
			Owner: text(), Region: text(), Priority: text(), Description: text() + text(),
			Links: []slo.Link{{Name: text() + "x", URL: text() + "x"}, {Name: "runbook", URL: text() + "y"}},
		}
		switch r.IntN(4) {
		case 0:
			stream := "stream " + o.Name
			o.Of, o.SLI = slo.Events(stream[:min(len(stream), 256)]), slo.Custom("x"+o.Name[:min(len(o.Name), 200)])
		case 1:
			o.Of, o.SLI = slo.HTTP("/"+o.Name[:min(len(o.Name), 200)]), slo.Latency(time.Second)
			if slo.Validate(o) != nil { // it is no pattern of a route
				o.Of = slo.All
			}
		}
		if i == 0 {
			o.Of, o.SLI, o.Name = slo.Each, slo.Availability(), "each/"+o.Name[:min(len(o.Name), 200)]
		}
		list = append(list, o)
	}
	return list
}

// randomObjectives returns objectives of all kinds.
func randomObjectives(r *rand.Rand, count int) []slo.Objective {
	targets := []slo.Target{
		slo.Percent(50), slo.Percent(80), slo.Percent(90), slo.Percent(93), slo.Percent(95), slo.Percent(99), slo.Percent(99.5), slo.Percent(99.9),
		slo.Percent(99.95), slo.Percent(99.99), slo.Percent(99.9999), slo.Ratio(0.999999999), slo.Ratio(0.005),
	}
	windows := []time.Duration{
		time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, slo.Day, 36*time.Hour + 7*time.Second, 7 * slo.Day, 14 * slo.Day,
		28 * slo.Day, 30 * slo.Day, 84 * slo.Day, 90 * slo.Day, 365 * slo.Day, time.Duration(1+r.Int64N(int64(100*slo.Day))).Truncate(time.Second) + time.Second,
	}
	var list []slo.Objective
	for i := range count {
		o := slo.Objective{
			Name:   fmt.Sprintf("objective-%d", i),
			Target: targets[r.IntN(len(targets))],
			Window: slo.Rolling(windows[r.IntN(len(windows))]),
			Shadow: r.IntN(8) == 0,
		}
		switch r.IntN(8) {
		case 0:
			o.Window = slo.Month(time.UTC)
		case 1:
			if o.Window.Length() >= time.Hour {
				o.Method = slo.Timeslices(time.Minute, slo.Percent(95))
			}
		case 2:
			if o.Window.Length() >= time.Hour {
				o.Method = slo.RatioTimeslices(time.Minute)
			}
		}
		switch r.IntN(7) {
		case 0:
			o.Of, o.SLI = slo.HTTP(fmt.Sprintf("GET /items/{id}/%d", i)), slo.Availability()
		case 1:
			o.Of, o.SLI = slo.HTTP(fmt.Sprintf("POST /cart/%d", i)), slo.Latency(time.Duration(1+r.IntN(2000))*time.Millisecond)
		case 2:
			o.Of, o.SLI = slo.RPC(fmt.Sprintf("/shop.v1.Cart/Add%d", i)), slo.Availability(slo.Strict())
		case 3:
			o.Of, o.SLI = slo.Events(fmt.Sprintf("orders-%d", i)), slo.Freshness()
		case 4:
			o.Of, o.SLI = slo.All, slo.Availability()
		case 5:
			o.Of, o.SLI = slo.Each, slo.Availability()
		case 6:
			o.Of, o.SLI = slo.Dependency(fmt.Sprintf("payments-%d", i)), slo.Latency(time.Second)
		}
		if r.IntN(3) == 0 {
			o.Owner, o.Priority = "payments", "P1"
			o.Links = []slo.Link{{Name: "runbook", URL: "https://example.com/runbook"}, {Name: "Dash board", URL: "https://example.com/d"}}
		}
		list = append(list, o)
	}
	return list
}

// randomRules returns rules of a user's own for some of the objectives.
func randomRules(r *rand.Rand, objectives []slo.Objective) []policy.Rule {
	var rules []policy.Rule
	for i, o := range objectives {
		if r.IntN(3) > 0 || o.Window.Length() < time.Hour {
			continue
		}
		rule := policy.Rule{
			Name: fmt.Sprintf("own-%d", i), Severity: policy.Page, Objectives: []string{o.Name},
			When: policy.BurnRate{Long: 20 * time.Minute, Short: 2 * time.Minute, Factor: o.Target.MaxBurnRate() * (0.1 + 0.8*r.Float64())},
		}
		if r.IntN(2) == 0 {
			rule.Severity, rule.MinBad = policy.Ticket, 7
		}
		if o.Of.Kind() == slo.EachSource && r.IntN(2) == 0 {
			rule.Objectives = []string{o.Name + "/GET /special"}
		}
		if r.IntN(3) == 0 {
			rule.Name = "1h/5m" // takes the place of the default
		}
		rules = append(rules, rule)
	}
	return rules
}

// thorough returns how much to do: all of it where component tests may not be skipped, and
// a sample in passing.
func thorough(sample, all int) int {
	if os.Getenv("NINES_REQUIRE_COMPONENTS") == "1" {
		return all
	}
	return sample
}

func generate(tb testing.TB, cfg rulesslo.Config) *rulesslo.Rules {
	tb.Helper()
	rules, err := rulesslo.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return rules
}

func seeded(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // the same objectives every time
}
