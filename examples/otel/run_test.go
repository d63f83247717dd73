package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/examples/internal/cli/clitest"
)

var tested = clitest.Program{Name: "otel", Run: run}

// pretend puts a program in the only folder of PATH that says that it is something else.
func pretend(t *testing.T, name, version, help string) (dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a program is no shell script there")
	}
	dir = t.TempDir()
	script := "#!/bin/sh\ncase $1 in\n--version) echo '" + version + "' ;;\n--help) echo '" + help + "' ;;\n*) echo 'bad configuration' >&2; exit 1 ;;\nesac\n"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	return dir
}

func TestSaysHowToGetOne(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	status, stdout, stderr := tested.Start(t.Context())
	if status != cli.Failed || stdout != "" {
		t.Errorf("run = %d and printed %q, want %d and nothing", status, stdout, cli.Failed)
	}
	for _, want := range []string{
		"otel: this example starts a real OpenTelemetry Collector, and there is none in PATH. ",
		"\n  go build -C internal/otlp -o /tmp/otelcol ./otelcol\n  go run ./examples/otel -collector /tmp/otelcol\n",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr lacks %q:\n%s", want, stderr)
		}
	}
}

// A Prometheus without a receiver, as Debian has it, is none.
func TestKnowsPrometheusWithoutReceiver(t *testing.T) {
	dir := pretend(t, "prometheus", "prometheus, version 3.5.3 (branch: x)", "--enable-feature= ... agent, exemplar-storage")
	status, _, stderr := tested.Start(t.Context())
	if want := "none in PATH (" + filepath.Join(dir, "prometheus") + " is prometheus, version 3.5.3, which takes no OTLP). Build"; status != cli.Failed || !strings.Contains(stderr, want) {
		t.Errorf("run = %d, want %d; stderr lacks %q:\n%s", status, cli.Failed, want, stderr)
	}
}

func TestKnowsReceiver(t *testing.T) {
	for help, want := range map[string]string{
		"--[no-]web.enable-otlp-receiver Enable API endpoint":           "--web.enable-otlp-receiver",
		"--enable-feature= ... native-histograms, otlp-write-receiver.": "--enable-feature=otlp-write-receiver",
	} {
		pretend(t, "prometheus", "prometheus, version 2.53.0 (branch: x)", help)
		p, err := find(t.Context(), "")
		if err != nil || p.receiver != want || p.version != "prometheus, version 2.53.0" {
			t.Errorf("find of %q = %+v, %v, want the flag %q", help, p, err, want)
		}
	}
}

func TestRefusesCollector(t *testing.T) {
	dir := pretend(t, "tea", "tea 1.0", "")
	for _, tt := range []struct{ wanted, want string }{
		{"tea", `otel: -collector is "tea": want the name or path of an otelcol, or of a Prometheus that takes OTLP: ` + filepath.Join(dir, "tea") + ` says that it is "tea 1.0"`},
		{"/no/such", `otel: -collector is "/no/such": want the name or path of an otelcol, or of a Prometheus that takes OTLP: exec: "/no/such"`},
	} {
		status, _, stderr := tested.Start(t.Context(), "-collector", tt.wanted)
		if status != cli.Failed || !strings.HasPrefix(stderr, tt.want) {
			t.Errorf("run(-collector %s) = %d, and said %q, want %d and %q", tt.wanted, status, stderr, cli.Failed, tt.want)
		}
	}
}

// One that ends at once takes its last words along, and leaves nothing.
func TestSaysWhyCollectorEnds(t *testing.T) {
	pretend(t, "otelcol", "otelcol version 1.0", "")
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	status, _, stderr := tested.Start(t.Context())
	if want := "otel: otelcol ended at once: bad configuration\n"; status != cli.Failed || stderr != want {
		t.Errorf("run = %d, and said %q, want %d and %q", status, stderr, cli.Failed, want)
	}
	empty(t, tmp)
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-for", "1s"}, {"-for", "x"}, {"x"}, {"-y"}} {
		if status, _, stderr := tested.Start(t.Context(), args...); status != cli.Usage || !strings.HasPrefix(stderr, "otel: ") {
			t.Errorf("run(%q) = %d, want %d; stderr: %q", args, status, cli.Usage, stderr)
		}
	}
	if status, stdout, _ := tested.Start(t.Context(), "-h"); status != cli.OK || !strings.HasPrefix(stdout, "usage: otel [flags]\n") {
		t.Errorf("run(-h) = %d and printed %q, want %d and the usage", status, stdout, cli.OK)
	}
}

// realCollector returns one that is installed; where components are required, it builds one.
func realCollector(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"otelcol", "otelcol-contrib"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("NINES_REQUIRE_COMPONENTS") != "1" {
		t.Skip("there is no otelcol in PATH: go build -C internal/otlp -o /tmp/otelcol ./otelcol, and add /tmp to PATH")
	}
	path := filepath.Join(t.TempDir(), "otelcol")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-C", "../../internal/otlp", "-o", path, "./otelcol").CombinedOutput(); err != nil {
		t.Fatalf("go build ./otelcol: %v\n%s", err, out)
	}
	return path
}

// The whole program, against a real collector: what was sent, counted and has arrived is the
// same, and nothing stays behind. Then once more, interrupted.
func TestRealCollector(t *testing.T) {
	path, tmp := realCollector(t), t.TempDir()
	t.Setenv("TMPDIR", tmp)
	status, stdout, stderr := tested.Start(t.Context(), "-for", "5s", "-collector", path)
	if status != cli.OK || stderr != "" {
		t.Fatalf("run = %d, want %d; stderr: %s\n%s", status, cli.OK, stderr, stdout)
	}
	_, report, ok := strings.Cut(stdout, "\nRequests, as ")
	if !ok || !strings.Contains(report, "\n  What arrived is what the process says, in every count.\n") {
		t.Errorf("the report does not say that all has arrived:\n%s", stdout)
	}
	rows := regexp.MustCompile(`(?m)^  (\S+ ?\S+) +(2xx-3xx|5xx|unmatched) +(\d+) +(\d+) +(\d+)$`).FindAllStringSubmatch(report, -1)
	for i, want := range []string{"GET /search 2xx-3xx", "POST /checkout 2xx-3xx", "POST /checkout 5xx", "unmatched unmatched"} {
		if len(rows) <= i || rows[i][1]+" "+rows[i][2] != want || rows[i][3] == "0" || rows[i][3] != rows[i][4] || rows[i][4] != rows[i][5] {
			t.Errorf("row %d is not of %s, with one number three times:\n%s", i, want, report)
		}
	}
	for _, want := range []string{"Its error budgets go over OTLP to http://127.0.0.1:", "otelcol", "  ARRIVED    GOOD"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("what was shown lacks %q:\n%s", want, stdout)
		}
	}
	empty(t, tmp)

	ctx, interrupt := context.WithCancel(t.Context())
	var out interrupting
	out.when, out.do = "Its error budgets go", interrupt
	var errs bytes.Buffer
	if status := run(ctx, []string{"-for", "1h", "-collector", path}, &out, &errs); status != cli.OK || errs.Len() > 0 {
		t.Errorf("run = %d after an interrupt, want %d; stderr: %s", status, cli.OK, &errs)
	}
	empty(t, tmp)
	endpoint := regexp.MustCompile(`http://\S+/v1/metrics`).FindString(out.String())
	if endpoint == "" || takes(t.Context(), endpoint) {
		t.Errorf("the collector still serves after the interrupt, at %q", endpoint)
	}
}

// interrupting does something when it reads a text.
type interrupting struct {
	bytes.Buffer
	when string
	do   func()
}

func (i *interrupting) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(i.when)) {
		i.do()
	}
	return i.Buffer.Write(p)
}

// empty wants a folder to be that.
func empty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("%s has %v, %v, want nothing", dir, entries, err)
	}
}
