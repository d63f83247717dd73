package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/examples/internal/cli/clitest"
	"github.com/seed-abb722f7/nines/internal/golden"
)

// program is replay with this on its standard input.
func program(stdin string) clitest.Program {
	return clitest.Program{Name: "replay", Run: func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
		return run(ctx, args, strings.NewReader(stdin), stdout, stderr)
	}}
}

// mustRun runs the program and returns what it prints.
func mustRun(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	status, stdout, stderr := program(stdin).Start(t.Context(), args...)
	if status != cli.OK || stderr != "" {
		t.Fatalf("replay %v: status %d, %q", args, status, stderr)
	}
	return stdout
}

func TestRunGolden(t *testing.T) {
	for _, c := range []struct {
		golden string
		args   []string
	}{
		{"access.txt", []string{"testdata/access.log"}},
		{"access-top.txt", []string{"-top", "2", "-operations", "3", "testdata/access.log"}},
		{"slices.txt", []string{"-top", "1", "-target", "75", "-window", "28d", "-method", "timeslices 1m 95%", "testdata/access.log"}},
		{"timed.txt", []string{"-depth", "3", "testdata/timed.log"}},
		{"timed.json", []string{"-json", "testdata/timed.log"}},
	} {
		checkGolden(t, c.golden, "", c.args...)
	}
}

// checkGolden compares what the program prints with a file, or writes it with -update.
func checkGolden(t *testing.T, file, stdin string, args ...string) {
	t.Helper()
	got := mustRun(t, stdin, args...)
	golden.Check(t, filepath.Join("testdata", file), got)
}

// TestRunInputs holds that a log is the same log, however it comes.
func TestRunInputs(t *testing.T) {
	plain, err := os.ReadFile("testdata/access.log")
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile("testdata/access.log.gz")
	if err != nil {
		t.Fatal(err)
	}
	// Named by what is in it, not by what it is called.
	misnamed := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(misnamed, packed, 0o644); err != nil {
		t.Fatal(err)
	}
	// All but the first words, which name the file.
	body := func(report string) string { _, after, _ := strings.Cut(report, ": "); return after }
	want := body(mustRun(t, "", "testdata/access.log"))
	for _, c := range []struct {
		name, stdin string
		args        []string
	}{
		{"gzip", "", []string{"testdata/access.log.gz"}},
		{"gzip by another name", "", []string{misnamed}},
		{"standard input", string(plain), nil},
		{"standard input by name", string(plain), []string{"-"}},
		{"gzip on standard input", string(packed), []string{"-"}},
	} {
		if got := body(mustRun(t, c.stdin, c.args...)); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, want)
		}
	}
}

// TestRunJSON holds the part of the document that programs count on.
func TestRunJSON(t *testing.T) {
	out := mustRun(t, "", "-json", "testdata/access.log")
	var doc map[string]any
	d := json.NewDecoder(strings.NewReader(out))
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		t.Errorf("after the document comes %v, want nothing", err)
	}
	for field, want := range map[string]float64{"lines": 39, "malformed": 5, "good": 24, "bad": 3, "excluded": 7, "late": 1} {
		if got, ok := doc[field].(float64); !ok || got != want {
			t.Errorf("%s = %v, want %v", field, doc[field], want)
		}
	}
	for field, want := range map[string]string{
		"from": "2024-03-01T10:00:03Z", "to": "2024-03-10T11:03:30Z", "source": "testdata/access.log", "request_time": "none",
	} {
		if doc[field] != want {
			t.Errorf("%s = %v, want %q", field, doc[field], want)
		}
	}
	for _, field := range []string{"notes", "operations", "offenders", "malformed_lines", "late_lines"} {
		if _, ok := doc[field].([]any); !ok {
			t.Errorf("%s = %v, want a list", field, doc[field])
		}
	}
	objective, _ := doc["objective"].(map[string]any)
	if objective["target"] != "99.9%" || objective["window"] != "28d" || objective["known"] != "too few events" {
		t.Errorf("objective = %v, want 99.9%% over 28d, of too few events", objective)
	}
	if _, ok := doc["latency_objective"]; ok {
		t.Error("there is a latency objective for a log without request times")
	}
}

// TestRunJSONOfNothing holds that lists are lists, and what is unknown is null.
func TestRunJSONOfNothing(t *testing.T) {
	out := mustRun(t, "", "-json")
	clitest.Says(t, "the report of an empty log", out,
		`"lines": 0,`, `"from": null,`, `"to": null,`, `"ratio": null,`, `"remaining": null,`, `"known": "no events",`,
		`"notes": [],`, `"operations": [],`, `"offenders": [],`, `"malformed_lines": [],`, `"late_lines": []`)
}

func TestRunUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-nonsense"}, "flag provided but not defined: -nonsense"},
		{[]string{"-depth", "0"}, "-depth is 0: want at least 1"},
		{[]string{"-depth", "two"}, `invalid value "two" for flag -depth`},
		{[]string{"-operations", "-1"}, "-operations is -1: want at least 1"},
		{[]string{"-top", "-1"}, "-top is -1: want at least 1, or 0 for all"},
		{[]string{"-time", "hours"}, `invalid value "hours" for flag -time: want auto, none, s, ms or us`},
		{[]string{"-target", "100"}, `invalid value "100" for flag -target: want a percentage above 1 and below 100 (100 % leaves no error budget to spend)`},
		{[]string{"-target", "0.999"}, `invalid value "0.999" for flag -target: want a percentage above 1 and below 100 (did you mean "99.9%"?)`},
		{[]string{"-target", "three nines"}, `invalid value "three nines" for flag -target: want a percentage such as 99.95`},
		{[]string{"-window", "fortnight"}, `invalid value "fortnight" for flag -window: want a window such as "28d", "month Europe/Berlin" or "4w from 2025-12-29 Europe/Berlin"`},
		{[]string{"-window", "month Europe/Atlantis"}, `invalid value "month Europe/Atlantis" for flag -window: want a time zone that this host knows`},
		{[]string{"-window", "1mo from 2026-01-31"}, `invalid value "1mo from 2026-01-31" for flag -window: want an anchor on a day that every month has, 1 to 28`},
		{[]string{"-window", "500ms"}, `-window is "500ms": want at least one Resolution, which is 1s`},
		{[]string{"-window", "9000d"}, `-window is "9000d": want at most `},
		{[]string{"-method", "occurrences 1m"}, `invalid value "occurrences 1m" for flag -method: want "occurrences", "timeslices 1m 95%"`},
		{[]string{"-method", "timeslices"}, `invalid value "timeslices" for flag -method: want "occurrences", "timeslices 1m 95%"`},
		{[]string{"-method", "timeslices 1m"}, `invalid value "timeslices 1m" for flag -method: want "occurrences", "timeslices 1m 95%"`},
		{[]string{"-method", "timeslices 1m 101"}, `invalid value "timeslices 1m 101" for flag -method: of a slice: want a percentage above 1 and below 100`},
		{[]string{"-method", "ratiotimeslices minute"}, `invalid value "ratiotimeslices minute" for flag -method: want a length such as "28d", "6h" or "90m"`},
		{[]string{"-method", "ratiotimeslices 2m", "-window", "10m"}, `-method is "RatioTimeslices 2m", -window "10m": want slices of at most 1m, a tenth of the window`},
		{[]string{"a.log", "-json"}, `unexpected argument "-json": flags come first, then at most one file`},
	} {
		status, stdout, stderr := program("").Start(t.Context(), c.args...)
		if status != cli.Usage || stdout != "" || !strings.HasPrefix(stderr, "replay: "+c.want) || !strings.Contains(stderr, "usage: replay [flags] [FILE|-]") {
			t.Errorf("replay %v: status %d, stdout %q, stderr %q, want status 2 and %q", c.args, status, stdout, stderr, c.want)
		}
	}
	status, stdout, stderr := program("").Start(t.Context(), "-h")
	if status != cli.OK || stderr != "" || !strings.HasPrefix(stdout, "usage: replay [flags] [FILE|-]") || !strings.Contains(stdout, "-time unit") || !strings.Contains(stdout, "(default 99.9%)") {
		t.Errorf("replay -h: status %d, stdout %q, stderr %q, want the usage and status 0", status, stdout, stderr)
	}
}

func TestRunUnreadable(t *testing.T) {
	packed, err := os.ReadFile("testdata/access.log.gz")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	half := filepath.Join(dir, "half.gz")
	if err := os.WriteFile(half, packed[:len(packed)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, stdin, file string
		want              []string
	}{
		{"no such file", "", filepath.Join(dir, "none.log"), []string{"none.log"}},
		{"a folder", "", dir, []string{dir, "after line 0"}},
		{"half a file", "", half, []string{half, "the compressed data is cut off"}},
		{"half of standard input", string(packed[:len(packed)/2]), "-", []string{"standard input", "the compressed data is cut off"}},
	} {
		status, stdout, stderr := program(c.stdin).Start(t.Context(), c.file)
		if status != cli.Failed || stdout != "" || !strings.HasPrefix(stderr, "replay: ") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, stdout %q, stderr %q, want status 1 and one line on stderr", c.name, status, stdout, stderr)
		}
		clitest.Says(t, c.name+": stderr", stderr, c.want...)
	}
}

func TestRunCannotWrite(t *testing.T) { program("").CannotWrite(t.Context(), t, "testdata/access.log") }
