package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/examples/internal/cli/clitest"
	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/slo"
)

// asProgram makes the binary of the tests behave as the program itself.
const asProgram = "QUICKSTART_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// anHour is long enough for nothing to leave the window, and no outage to come, while a test
// runs.
func anHour(state string) options {
	return options{Options: live.Options{Addr: "127.0.0.1:0", Length: live.Length(time.Hour), Quiet: true}, state: stateFile(state)}
}

// scrape returns the samples of a metrics page by series.
func scrape(t *testing.T, url string) map[string]float64 {
	t.Helper()
	body := get(t, url+"/metrics")
	samples := map[string]float64{}
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		i := strings.LastIndexByte(line, ' ')
		v, err := strconv.ParseFloat(strings.TrimSpace(line[i+1:]), 64)
		if err != nil {
			t.Fatalf("bad sample %q: %v", line, err)
		}
		samples[line[:i]] = v
	}
	return samples
}

func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestStateCarriesBudgetsOver holds that a restart does not refill a budget, and that counters
// begin at 0 all the same.
func TestStateCarriesBudgetsOver(t *testing.T) {
	state := filepath.Join(t.TempDir(), "shop.state")
	var stderr bytes.Buffer
	q, err := open(anHour(state), io.Discard, &stderr)
	if err != nil {
		t.Fatal(err)
	}
	q.show.Begin()
	q.server.serve(func() {})
	for range 20 {
		get(t, q.server.url()+"/items/1")
	}
	failed := q.tracker.HTTP("POST /checkout")
	for range 3 { // there is no outage in the first quarter of an hour
		failed.Start()
		failed.Finish(slo.ServerError, time.Millisecond)
	}
	r, err := q.finish()
	if err != nil {
		t.Fatal(err)
	}
	if want := "There is no history in " + state; !strings.HasPrefix(r.restored, want) {
		t.Errorf("the first run says %q, want %q", r.restored, want)
	}
	checkAlone(t, state)

	q, err = open(anHour(state), io.Discard, &stderr)
	if err != nil {
		t.Fatal(err)
	}
	q.show.Begin()
	q.server.serve(func() {})
	for _, was := range r.Statuses {
		is := q.tracker.Budget(was.Name).Status()
		if !is.Restored || is.Counts != was.Counts || is.Remaining != was.Remaining || is.Since.Sub(was.Since).Abs() > time.Second {
			t.Errorf("%s: restored %v, %+v with %v left since %v, want %+v with %v left since %v",
				was.Name, is.Restored, is.Counts, is.Remaining, is.Since, was.Counts, was.Remaining, was.Since)
		}
		if is.Total != (budget.Counts{}) {
			t.Errorf("%s: counted %+v, want nothing yet", was.Name, is.Total)
		}
	}
	counters := 0
	samples := scrape(t, q.server.url())
	for series, v := range samples {
		name, _, _ := strings.Cut(series, "{")
		if strings.HasSuffix(name, "_total") && !strings.HasPrefix(name, "nines_self_") {
			if counters++; v != 0 {
				t.Errorf("%s = %v, want 0: it counts this process", series, v)
			}
		}
	}
	if counters == 0 {
		t.Errorf("there are no counters on the page: %v", samples)
	}
	for series, want := range map[string]float64{
		`nines_window_events{outcome="bad",slo="checkout-availability",slo_service="shop"}`:                                              3,
		`nines_window_events{outcome="good",slo="shop-availability",slo_service="shop"}`:                                                 20,
		`nines_error_budget_remaining_ratio{slo="checkout-availability",slo_service="shop"}`:                                             1 - 1/0.03,
		`nines_events_total{operation="POST /checkout",outcome="bad",sli="availability",slo="checkout-availability",slo_service="shop"}`: 0,
	} {
		if got, ok := samples[series]; !ok || got < want-1e-9 || got > want+1e-9 {
			t.Errorf("%s = %v, %v, want %v", series, got, ok, want)
		}
	}
	r, err = q.finish()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := r.write(&text); err != nil {
		t.Fatal(err)
	}
	clitest.Says(t, "the report", text.String(), "  Restored from "+state+": 5 of 5 error budgets, kept since ")
	if stderr.Len() > 0 {
		t.Errorf("complained: %s", &stderr)
	}
}

// checkAlone wants a file that only its owner may read, and nothing else in its folder.
func checkAlone(t *testing.T, file string) {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("%s has mode %v, want -rw-------", file, got)
	}
	all, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*"))
	if err != nil || len(all) != 1 {
		t.Errorf("beside %s there are %q, %v, want no temporary file left", file, all, err)
	}
}

// TestStateIsRefused holds that a service starts whatever is in the file, says why it did not
// use it, and keeps it.
func TestStateIsRefused(t *testing.T) {
	good := snapshot(t)
	version := bytes.Clone(good)
	binary.BigEndian.PutUint16(version[len("nines\x00"):], 999)
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 4
	for _, c := range []struct {
		name, want string
		blob       []byte
	}{
		{"text", "this is not a snapshot", []byte("hello, this is no snapshot at all")},
		{"truncated", "want a whole snapshot", good[:len(good)-1]},
		{"flipped", "the checksum does not fit", flipped},
		{"newer", "this one is of version 999", version},
	} {
		t.Run(c.name, func(t *testing.T) {
			state := filepath.Join(t.TempDir(), "shop.state")
			if err := os.WriteFile(state, c.blob, 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			status, stdout, stderr := program.Start(ctx, "-for", "1h", "-state", state)
			aside, err := filepath.Glob(state + ".refused-*")
			if err != nil || len(aside) != 1 {
				t.Fatalf("set aside: %q, %v, want one file", aside, err)
			}
			if kept, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(kept, c.blob) {
				t.Errorf("%s holds %d bytes, %v, want the %d that were refused", aside[0], len(kept), err, len(c.blob))
			}
			if status != cli.OK || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, aside[0]) {
				t.Errorf("status %d, stderr %q, want 0 and a line that says %q and where it is", status, stderr, c.want)
			}
			if want := "There is no history in " + state + ": the error budgets begin anew."; strings.Count(stdout, want) != 2 {
				t.Errorf("stdout lacks %q at the start or at the end:\n%s", want, stdout)
			}
			if blob, err := os.ReadFile(state); err != nil || !bytes.HasPrefix(blob, []byte("nines\x00")) {
				t.Errorf("afterwards the file holds %d bytes, %v, want a snapshot", len(blob), err)
			}
		})
	}
}

// TestStateCannotBeKept holds that what would fail at the end fails at the start.
func TestStateCannotBeKept(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ state, want string }{
		{filepath.Join(dir, "none", "shop.state"), "want a file in a folder that can be written to"},
		{dir, "is a directory"},
	} {
		status, stdout, stderr := program.Start(t.Context(), "-for", "1h", "-state", c.state)
		if status != cli.Failed || stdout != "" || !strings.HasPrefix(stderr, "quickstart: -state") ||
			!strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("-state %s: status %d, stdout %q, stderr %q, want status 1 and one line with %q", c.state, status, stdout, stderr, c.want)
		}
	}
}

// snapshot returns what a run would leave behind in which sixty of a thousand checkouts failed.
func snapshot(t *testing.T) []byte {
	t.Helper()
	s := newScenario(live.Length(time.Hour))
	sim, err := budget.NewSimulation(budget.Config{Objectives: s.objectives(), Resolution: s.length.Resolution()}, time.Now().Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	op := sim.HTTP("POST /checkout")
	for n := range 1000 {
		class := slo.Success
		if n < 60 {
			class = slo.ServerError
		}
		op.Start()
		op.Finish(class, time.Millisecond)
	}
	sim.Advance(10 * time.Second)
	return sim.Snapshot()
}

// TestInterruptedProgramKeepsItsState runs the program itself, as a process of its own that
// is interrupted, twice. In its first quarter of an hour no checkout fails, so the bad ones
// are those of the past, however many requests it has sent itself.
func TestInterruptedProgramKeepsItsState(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted on Windows")
	}
	state := filepath.Join(t.TempDir(), "shop.state")
	if err := os.WriteFile(state, snapshot(t), 0o600); err != nil {
		t.Fatal(err)
	}
	for run := range 2 {
		p := launch(t, "-for", "1h", "-state", state)
		samples := scrape(t, p.url)
		for series, want := range map[string]float64{
			`nines_window_events{outcome="bad",slo="checkout-availability",slo_service="shop"}`:                                              60,
			`nines_events_total{operation="POST /checkout",outcome="bad",sli="availability",slo="checkout-availability",slo_service="shop"}`: 0,
		} {
			if got, ok := samples[series]; !ok || got != want {
				t.Errorf("run %d: %s = %v, %v, want %v", run, series, got, ok, want)
			}
		}
		out := p.interrupt(t)
		clitest.Says(t, fmt.Sprint("run ", run), out, "\nRestored from "+state+": ", "Every request was counted once.", "\n  Restored from "+state+": ")
		checkAlone(t, state)
	}
}

// TestProgramWithoutAReaderKeepsItsState holds that the state is written also when whoever
// read the output is gone, as tee is after Ctrl-C.
func TestProgramWithoutAReaderKeepsItsState(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted on Windows")
	}
	state := filepath.Join(t.TempDir(), "shop.state")
	p := launch(t, "-for", "1h", "-state", state)
	if err := p.out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err == nil || p.cmd.ProcessState.ExitCode() != cli.Failed || !strings.Contains(p.stderr.String(), "broken pipe") {
		t.Errorf("the program ended with %v, stderr %q, want status 1 and what it could not write to", err, &p.stderr)
	}
	checkAlone(t, state)
}

// A process is the program at work.
type process struct {
	cmd    *exec.Cmd
	url    string
	out    io.Closer
	stdout *bufio.Reader
	seen   strings.Builder
	stderr bytes.Buffer
}

// launch starts the program and returns once it serves.
func launch(t *testing.T, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.CommandContext(t.Context(), exe, args...)}
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.out, p.stdout = out, bufio.NewReader(out)
	line, err := p.stdout.ReadString('\n')
	p.seen.WriteString(line)
	m := regexp.MustCompile(`^A shop under traffic at (http://\S+) for `).FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("first line %q, %v, want where it serves", line, err)
	}
	p.url = m[1]
	return p
}

// interrupt ends the program as Ctrl-C does, and returns all that it printed.
func (p *process) interrupt(t *testing.T) string {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(p.stdout)
	if err != nil {
		t.Fatal(err)
	}
	p.seen.Write(rest)
	if err := p.cmd.Wait(); err != nil || p.stderr.Len() > 0 {
		t.Errorf("the program ended with %v, stderr %q, want 0 and nothing", err, &p.stderr)
	}
	return p.seen.String()
}
