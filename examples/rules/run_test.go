package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/examples/internal/cli/clitest"
)

var program = clitest.Program{Name: "rules", Run: func(_ context.Context, args []string, stdout, stderr io.Writer) int {
	return run(args, stdout, stderr)
}}

// printed runs the program, which must succeed.
func printed(t *testing.T, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(args, &stdout, &stderr); code != cli.OK || stderr.Len() > 0 {
		t.Fatalf("run(%q) = %d, and said %q, want %d and nothing", args, code, stderr.String(), cli.OK)
	}
	return stdout.Bytes()
}

func TestPrints(t *testing.T) {
	rules := string(printed(t))
	clitest.Says(t, "the output", rules,
		"groups:\n", "- record: slo:sli_error:ratio_rate4w\n", "- alert: ErrorBudgetBurn\n",
		`sloth_id: "nines-shop-checkout-availability"`, `owner: "payments"`)
	if tests := string(printed(t, "-tests")); !strings.Contains(tests, `- "shop.rules.yml"`) {
		t.Errorf("the tests do not name the rules:\n%.300s", tests)
	}
	if dashboard := printed(t, "-dashboard"); !json.Valid(dashboard) {
		t.Errorf("the dashboard is no JSON:\n%.300s", dashboard)
	}
	if week := string(printed(t, "-window", "1w", "-interval", "30s")); !strings.Contains(week, "ratio_rate1w\n") || !strings.Contains(week, "interval: 30s\n") {
		t.Error("-window and -interval do not show in the rules")
	}
}

func TestRefuses(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"x"}, `rules: unexpected argument "x": there are only flags`},
		{[]string{"-tests", "-dashboard"}, "rules: -tests and -dashboard: want one of them"},
		{[]string{"-window", "soon"}, `rules: invalid value "soon" for flag -window: slo: Duration is "soon": want a length such as "28d", "6h" or "90m"`},
		{[]string{"-file", "x.yaml", "-window", "7d"}, "rules: -file and -window: want one of them, because the file has windows"},
		{[]string{"-file", "/no/such.yaml"}, "rules: open /no/such.yaml: no such file or directory"},
		{[]string{"-window", "10ms"}, `rules: rulesslo: Objectives[0] "checkout-availability".Window is 10ms: want at least a second: Prometheus looks no closer`},
		{[]string{"-interval", "-1s"}, `rules: rulesslo: Interval is -1s: want at least a millisecond, such as 30*time.Second, or zero to leave it to the server`},
	} {
		var stdout, stderr bytes.Buffer
		code := run(tt.args, &stdout, &stderr)
		first, _, _ := strings.Cut(stderr.String(), "\n")
		if code != cli.Usage || first != tt.want || stdout.Len() > 0 {
			t.Errorf("run(%q) = %d, and said %q, want %d and %q", tt.args, code, first, cli.Usage, tt.want)
		}
	}
}

func TestHelps(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run([]string{"-h"}, &stdout, &stderr); code != cli.OK || stderr.Len() > 0 || !strings.HasPrefix(stdout.String(), "usage: rules") {
		t.Errorf("run(-h) = %d, %q, %q, want help on stdout", code, stdout.String(), stderr.String())
	}
}

func TestSaysThatItCannotWrite(t *testing.T) { program.CannotWrite(t.Context(), t) }
