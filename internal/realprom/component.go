package realprom

import (
	"os"
	"os/exec"
	"testing"
)

// require returns the path of a program, or ends the test.
func require(tb testing.TB, program string) string {
	tb.Helper()
	path, err := exec.LookPath(program)
	switch {
	case err == nil:
		return path
	case os.Getenv("NINES_REQUIRE_COMPONENTS") == "1":
		tb.Fatalf("%s is missing: install the package prometheus, such as by apt-get install prometheus", program)
	default:
		tb.Skipf("%s is missing: install the package prometheus, such as by apt-get install prometheus", program)
	}
	return ""
}
