package realprom

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// CheckMetrics has promtool check metrics in the text format, for syntax and for
// style. Whatever it has to say fails the test.
func CheckMetrics(tb testing.TB, text []byte) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), require(tb, "promtool"), "check", "metrics")
	cmd.Stdin = bytes.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		tb.Errorf("promtool check metrics: %v\n%.4000s", err, out)
	}
}

// CheckRules has promtool check a rule file, for syntax and for duplicates.
func CheckRules(tb testing.TB, rules []byte) {
	tb.Helper()
	promtool(tb, []string{"check", "rules"}, write(tb, tb.TempDir(), "rules.yml", rules))
}

// TestRules has promtool run unit tests of rules. The tests must name the rule file
// rules.yml.
func TestRules(tb testing.TB, rules, tests []byte) {
	tb.Helper()
	dir := tb.TempDir()
	write(tb, dir, "rules.yml", rules)
	promtool(tb, []string{"test", "rules"}, write(tb, dir, "tests.yml", tests))
}

// Backfill turns samples in the OpenMetrics format, with timestamps, into the data of a
// server, and returns the flags that make [Start] use it.
func Backfill(tb testing.TB, samples []byte) (flags []string) {
	tb.Helper()
	dir := tb.TempDir()
	data := filepath.Join(dir, "data")
	file := write(tb, dir, "samples.om", samples)
	// Few long blocks are read faster than many of the usual two hours.
	promtool(tb, []string{"tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=1000h", file, data})
	return []string{"--storage.tsdb.path=" + data, "--storage.tsdb.retention.time=100y"}
}

// promtool runs the program, which says FAILED of what it does not like and has an exit
// status for some of it.
func promtool(tb testing.TB, args []string, files ...string) {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), require(tb, "promtool"), append(args, files...)...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "FAILED") {
		tb.Errorf("promtool %s: %v\n%.8000s", strings.Join(args[:2], " "), err, out)
	}
}

func write(tb testing.TB, dir, name string, data []byte) string {
	tb.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		tb.Fatalf("realprom: %v", err)
	}
	return file
}
