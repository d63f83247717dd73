package main

import (
	"errors"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/seed-abb722f7/nines/policy"
)

// A workflow is as much of one as the test looks at.
type workflow struct {
	On   map[string]any `yaml:"on"`
	Jobs map[string]struct {
		Env   map[string]string `yaml:"env"`
		Steps []struct {
			Name, ID, If, Run string
			Env               map[string]string
		}
	}
}

// recipe reads the workflow of docs/deploy-gate.md.
func recipe(t *testing.T) (w workflow) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "deploy-gate.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "```yaml\n")
	text, _, ok := strings.Cut(text, "```\n")
	if !ok {
		t.Fatal("docs/deploy-gate.md has no YAML")
	}
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestRealRecipe runs the steps of the documented workflow that talk to a gate, with sh and curl,
// as a runner would: with their variables and nothing of the inputs in the script.
func TestRealRecipe(t *testing.T) {
	for _, program := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("NINES_REQUIRE_COMPONENTS") == "1" {
				t.Fatalf("%s is not installed", program)
			}
			t.Skipf("%s is not installed: apt-get install %s", program, program)
		}
	}
	job := recipe(t).Jobs["deploy"]
	if len(job.Steps) != 3 || job.Steps[0].ID != "gate" || !strings.Contains(job.Steps[2].If, "steps.gate.outcome") {
		t.Fatalf("steps %+v, want to ask, to deploy and to tell", job.Steps)
	}
	for _, s := range job.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("step %q has an expression in its script: an input could be a command", s.Name)
		}
	}
	ask, tell := job.Steps[0].Run, job.Steps[2].Run
	variables := append(slices.Sorted(maps.Keys(job.Env)), slices.Sorted(maps.Keys(job.Steps[2].Env))...)
	if want := []string{"GATE_TOKEN", "GATE_URL", "KIND", "VERSION", "ACTION"}; !slices.Equal(variables, want) {
		t.Fatalf("variables %q, want %q", variables, want)
	}

	sh := func(script string, env ...string) (exit int, out string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", script)
		cmd.Dir = t.TempDir()
		cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "no_proxy=*"}, env...)
		text, err := cmd.CombinedOutput()
		var failed *exec.ExitError
		if err != nil && !errors.As(err, &failed) {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), string(text)
	}
	gate := func(from policy.StatusReader) (*policy.Gate, string) {
		g := policy.NewGate(from, policy.GateConfig{Logger: slog.New(slog.DiscardHandler)})
		return g, "GATE_URL=" + serve(t, g)
	}
	hostile := `v2.5.0 & $(touch pwned) "; exit 0`
	given := []string{"GATE_TOKEN=" + token, "KIND=feature", "VERSION=" + hostile}

	open, url := gate(reader{status("checkout", 600, nil)})
	if exit, out := sh(ask, append(given, url)...); exit != 0 || !strings.Contains(out, `"outcome":"allow"`) {
		t.Errorf("allow: exit %d\n%s", exit, out)
	}
	if got := open.Grants(); len(got) != 1 || got[0].Change.ID != hostile || got[0].State != policy.GrantBegun {
		t.Errorf("Grants() = %v, want the version as it was given", got)
	}
	if exit, out := sh(tell, append(given, url, "ACTION=done")...); exit != 0 || open.Grants()[0].State != policy.GrantDone {
		t.Errorf("done: exit %d\n%s", exit, out)
	}
	if exit, out := sh(tell, append(given, url, "ACTION=cancel")...); exit != 22 || !strings.Contains(out, "no such deployment is under way") {
		t.Errorf("cancel of what is done: exit %d\n%s", exit, out)
	}
	_, url = gate(reader{status("checkout", 1000, nil)})
	if exit, out := sh(ask, append(given, url)...); exit != 1 || !strings.Contains(out, "::error::The error budget policy says no") || !strings.Contains(out, `"code":"exhausted"`) {
		t.Errorf("deny: exit %d\n%s", exit, out)
	}
	_, url = gate(nil)
	if exit, out := sh(ask, append(given, url)...); exit != 2 || !strings.Contains(out, "::error::A person has to look") {
		t.Errorf("person: exit %d\n%s", exit, out)
	}
	if exit, out := sh(ask, "GATE_TOKEN=wrong", "KIND=feature", "VERSION=v1", url); exit != 3 || !strings.Contains(out, "could not be asked: 401") {
		t.Errorf("wrong token: exit %d\n%s", exit, out)
	}
	if exit, out := sh(ask, append(given, "GATE_URL=http://127.0.0.1:1/")...); exit != 3 || !strings.Contains(out, "could not be asked: no answer") {
		t.Errorf("no gate: exit %d\n%s", exit, out)
	}
}
