package realprom

import (
	"bytes"
	"os/exec"
	"testing"
)

// CheckMetrics has promtool check metrics in the text format, for syntax and for
// style. Whatever it has to say fails the test.
func CheckMetrics(t testing.TB, text []byte) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), require(t, "promtool"), "check", "metrics")
	cmd.Stdin = bytes.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%.4000s", err, out)
	}
}
