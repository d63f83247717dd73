package gatehttp_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/policy/gatehttp"
)

// TestRealCurl: what the comment of the package says to run. curl -f fails, with 22, unless the
// change may be deployed.
func TestRealCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		if os.Getenv("NINES_REQUIRE_COMPONENTS") == "1" {
			t.Fatal("curl is not installed")
		}
		t.Skip("curl is not installed: apt-get install curl")
	}
	r := newRig(t, gatehttp.Config{Token: token})
	run := func(args ...string) (status int, out string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), curl, append([]string{"-sS", "--noproxy", "*", "--max-time", "20"}, args...)...)
		text, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), string(text)
	}
	ask := r.server.URL + "/gate?kind=feature&id=v2.5.0"
	begin := []string{"-f", "-H", "Authorization: Bearer " + token, "-d", "action=begin", "-d", "kind=feature", "-d", "id=v2.5.0", r.server.URL + "/gate"}

	if status, out := run("-f", ask); status != 22 || !strings.Contains(out, "409") {
		t.Errorf("while nothing is known: exit %d, %s, want 22 for 409", status, out)
	}
	r.fill(0)
	if status, out := run("-f", ask); status != 0 || !strings.Contains(out, `"outcome":"allow"`) {
		t.Errorf("with budget left: exit %d, %s, want 0", status, out)
	}
	if status, out := run(begin...); status != 0 || !strings.Contains(out, `"state":"begun"`) {
		t.Errorf("begin: exit %d, %s, want 0", status, out)
	}
	if status, out := run("-f", "-d", "action=begin", "-d", "kind=feature", "-d", "id=x", r.server.URL); status != 22 || !strings.Contains(out, "401") {
		t.Errorf("begin without a token: exit %d, %s, want 22 for 401", status, out)
	}
	r.fill(500)
	if status, out := run("-f", ask); status != 22 || !strings.Contains(out, "403") {
		t.Errorf("with the budget spent: exit %d, %s, want 22 for 403", status, out)
	}
	if status, out := run("--fail-with-body", ask); status != 22 || !strings.Contains(out, `"code":"exhausted"`) {
		t.Errorf("with the body: exit %d, %s, want 22 and the reason", status, out)
	}
}
