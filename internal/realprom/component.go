package realprom

import (
	"os"
	"os/exec"
	"testing"
)

// require returns the path of a program, or ends the test.
func require(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	switch {
	case err == nil:
		return path
	case os.Getenv("NINES_REQUIRE_COMPONENTS") == "1":
		t.Fatalf("%s is missing: install the package prometheus, such as by apt-get install prometheus", program)
	default:
		t.Skipf("%s is missing: install the package prometheus, such as by apt-get install prometheus", program)
	}
	return ""
}
