package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/examples/internal/cli/clitest"
)

// The whole program, against the real Prometheus.
func TestRealFleet(t *testing.T) {
	if _, err := exec.LookPath("prometheus"); err != nil {
		if os.Getenv("NINES_REQUIRE_COMPONENTS") == "1" {
			t.Fatal(install)
		}
		t.Skip(install)
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"-for", "6s"}, &stdout, &stderr); code != cli.OK {
		t.Fatalf("run = %d, want %d; stderr: %s\n%s", code, cli.OK, &stderr, &stdout)
	}
	clitest.Says(t, "the report", stdout.String(), "restored from the fleet: true", "scope fleet", "the fleet, through Prometheus")
}

func TestSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), nil, &stdout, &stderr); code != cli.Failed || !strings.Contains(stderr.String(), "apt-get install prometheus") {
		t.Errorf("run = %d, want %d and a word on what to install; stderr: %s", code, cli.Failed, &stderr)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-for", "1s"}, {"-for", "x"}, {"x"}, {"-y"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, &stdout, &stderr); code != cli.Usage || stderr.Len() == 0 {
			t.Errorf("run(%q) = %d, want %d; stderr: %q", args, code, cli.Usage, &stderr)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"-h"}, &stdout, &stderr); code != cli.OK {
		t.Errorf("run(-h) = %d, want %d", code, cli.OK)
	}
}
