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
	from := "prometheus"
	if program == alertmanager || program == "amtool" {
		from = alertmanager
	}
	switch {
	case err == nil:
		return path
	case os.Getenv("NINES_REQUIRE_COMPONENTS") == "1":
		tb.Fatalf("%[1]s is missing: install the package %[2]s, such as by apt-get install %[2]s", program, from)
	default:
		tb.Skipf("%[1]s is missing: install the package %[2]s, such as by apt-get install %[2]s", program, from)
	}
	return ""
}
