package realprom

import (
	"bytes"
	"os/exec"
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
