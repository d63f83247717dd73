package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/slo"
)

func TestRealPromtoolPassesRules(t *testing.T) {
	rules := printed(t)
	realprom.CheckRules(t, rules)
	realprom.TestRules(t, rules, []byte(strings.ReplaceAll(string(printed(t, "-tests")), "shop.rules.yml", "rules.yml")))
}

// quickstart runs examples/quickstart, and returns where it serves.
func quickstart(t *testing.T) (address string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "quickstart")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../quickstart").CombinedOutput(); err != nil {
		t.Fatalf("go build ../quickstart: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), program, "-for", "5m")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // what it would report matters to nobody
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	where := regexp.MustCompile(`under traffic at http://(\S+) `)
	for lines.Scan() {
		if m := where.FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, stdout) }()
			return m[1]
		}
	}
	t.Fatal("the quickstart does not say where it serves")
	return ""
}

// A server that scrapes the quickstart and has these rules judges what the quickstart declares,
// and answers every query of the dashboard.
func TestRealPrometheusJudgesQuickstart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.rules.yml")
	if err := os.WriteFile(file, printed(t, "-interval", "1s"), 0o600); err != nil {
		t.Fatal(err)
	}
	prom := realprom.Start(t, realprom.ScrapeConfig(quickstart(t))+"rule_files: ["+strconv.Quote(file)+"]\n")

	declared := map[string]float64{}
	for _, o := range objectives(slo.Window{}) {
		if o.Of.Kind() != slo.EachSource {
			declared[o.Name] = o.Target.Ratio()
		}
	}
	for _, s := range prom.WaitFor(`nines_objective_ratio`, func(s []realprom.Sample) bool { return len(s) > len(declared) }) {
		want, ok := declared[s.Labels["slo"]]
		if each := strings.HasPrefix(s.Labels["slo"], "availability/"); each {
			want, ok = 0.95, true
		}
		if !ok || s.Value != want {
			t.Errorf("the quickstart declares %q with %v, the rules judge by %v", s.Labels["slo"], s.Value, want)
		}
	}
	// The same objectives, judged by the rules: none is missing, and none is one too many.
	exported := len(prom.WaitFor(`count by (slo) (nines_events_total)`, func(s []realprom.Sample) bool { return len(s) == 3+4 }))
	prom.WaitForValue(`count(slo:period_error_budget_remaining:ratio)`, float64(exported))
	prom.WaitForValue(`count(sum by (slo) (nines_events_total) unless on (slo) label_replace(slo:objective:ratio, "slo", "$1", "sloth_slo", "(.*)")) or vector(0)`, 0)

	var dashboard any
	if err := json.Unmarshal(printed(t, "-dashboard"), &dashboard); err != nil {
		t.Fatal(err)
	}
	queries := expressions(dashboard)
	for _, q := range queries {
		prom.WaitFor(strings.ReplaceAll(q, "$__rate_interval", "10s"), func(s []realprom.Sample) bool { return len(s) > 0 })
	}
	if len(queries) < 20 {
		t.Errorf("%d queries, want some for each panel", len(queries))
	}
}

// expressions returns all expressions of a dashboard.
func expressions(node any) (list []string) {
	switch node := node.(type) {
	case []any:
		for _, n := range node {
			list = append(list, expressions(n)...)
		}
	case map[string]any:
		for key, n := range node {
			if text, ok := n.(string); ok && key == "expr" {
				list = append(list, text)
			}
			list = append(list, expressions(n)...)
		}
	}
	return list
}

func TestRealPromtoolPassesRulesOfFile(t *testing.T) {
	realprom.CheckRules(t, printed(t, "-file", "testdata/shop.yaml"))
}
