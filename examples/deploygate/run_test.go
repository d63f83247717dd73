package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/internal/golden"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/policy/gatehttp"
	"github.com/seed-abb722f7/nines/slo"
)

const token = "a-long-and-random-token"

// reader is a reader of error budgets that is no tracker, so that a test can say anything.
type reader []budget.Status

func (r reader) Statuses() []budget.Status { return r }

type panicking struct{}

func (panicking) Statuses() []budget.Status { panic("from hell") }

// status returns an error budget of 99.9 % of a million events, so many of them bad: 10 are 1 %
// of it.
func status(name string, bad uint64, change func(*budget.Status)) budget.Status {
	target := slo.Percent(99.9)
	s := budget.Status{
		Name: name, Objective: slo.Objective{Name: name, Target: target}, At: budgettest.Start, Known: budget.FullyKnown,
		Counts: budget.Counts{Good: 1_000_000 - bad, Bad: bad}, Expected: 1_000_000, Observed: 28 * slo.Day, Coverage: 1,
		Met: target.Met(bad, 1_000_000), Exhausted: target.Exhausted(bad, 1_000_000),
	}
	s.SLI, _ = s.Counts.SLI()
	s.Consumed, _ = target.Consumed(bad, s.Expected)
	s.Remaining = 1 - s.Consumed
	if change != nil {
		change(&s)
	}
	return s
}

func as(known budget.Known) func(*budget.Status) {
	return func(s *budget.Status) { s.Known = known }
}

// serve serves a gate over real connections and returns its URL.
func serve(t *testing.T, gate *policy.Gate) string {
	t.Helper()
	handler, err := gatehttp.New(gate, gatehttp.Config{Token: token})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func env(values ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(values); i += 2 {
			if values[i] == name {
				return values[i+1]
			}
		}
		return ""
	}
}

var withToken = env(tokenVariable, token)

// start runs the program.
func start(t *testing.T, getenv func(string) string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, getenv, &out, &errs)
	return status, out.String(), errs.String()
}

// TestExitStatusAndJSONAgree: ten states in both failure modes, through a real server. Where the
// gate is closed, nothing but what is known lets a change through.
func TestExitStatusAndJSONAgree(t *testing.T) {
	lost := func(g *policy.Gate) { _ = g.Restore([]byte("half of it")) } // refused, which is the case
	states := []struct {
		name    string
		from    policy.StatusReader
		prepare func(*policy.Gate)
		want    [2]int // closed, open
		code    policy.Code
	}{
		{"budget left", reader{status("a", 600, nil)}, nil, [2]int{0, 0}, policy.CodeBudgetLeft},
		{"exhausted", reader{status("a", 1000, nil)}, nil, [2]int{1, 1}, policy.CodeExhausted},
		{"no data", reader{status("a", 0, as(budget.NoEvents))}, nil, [2]int{2, 0}, policy.CodeNoEvents},
		{"too few", reader{status("a", 0, as(budget.TooFew))}, nil, [2]int{2, 0}, policy.CodeTooFewEvents},
		{"stale", reader{status("a", 0, as(budget.Stale))}, nil, [2]int{2, 0}, policy.CodeStale},
		{"stalled", reader{status("a", 0, as(budget.Stalled))}, nil, [2]int{2, 0}, policy.CodeStalled},
		{"clock suspect", reader{status("a", 0, func(s *budget.Status) { s.ClockSuspect = true })}, nil, [2]int{2, 0}, policy.CodeClockSuspect},
		{"state lost", reader{status("a", 0, nil)}, lost, [2]int{2, 0}, policy.CodeStateLost},
		{"nothing to ask", nil, nil, [2]int{2, 0}, policy.CodeNoTracker},
		{"internal error", panicking{}, nil, [2]int{2, 0}, policy.CodeReadFailed},
	}
	for _, tt := range states {
		for i, mode := range []policy.Outcome{policy.NeedsPerson, policy.Allow} {
			gate := policy.NewGate(tt.from, policy.GateConfig{OnUnknown: mode, Logger: slog.New(slog.DiscardHandler)})
			if tt.prepare != nil {
				tt.prepare(gate)
			}
			url := serve(t, gate)
			exit, out, errs := start(t, withToken, "-url", url, "-id", "v2.5.0", "-format", "json")
			var d policy.Decision
			if err := json.Unmarshal([]byte(out), &d); err != nil || errs != "" {
				t.Fatalf("%s: %s%s: %v", tt.name, out, errs, err)
			}
			agreed := map[policy.Outcome]int{policy.Allow: exitAllow, policy.Deny: exitDeny, policy.NeedsPerson: exitPerson}[d.Outcome]
			if exit != tt.want[i] || agreed != exit || !strings.Contains(out, string(tt.code)) {
				t.Errorf("%s, on unknown %v: exit %d, JSON %v (%s), want %d and %s", tt.name, mode, exit, d.Outcome, d.Reasons[0].Code, tt.want[i], tt.code)
			}
			for _, format := range []string{"text", "report"} {
				if got, text, _ := start(t, withToken, "-url", url, "-id", "v2.5.0", "-format", format); got != exit || text == "" {
					t.Errorf("%s: -format %s: exit %d, %q, want %d", tt.name, format, got, text, exit)
				}
			}
		}
	}
}

// TestDeployment goes through a day.
func TestDeployment(t *testing.T) {
	sim := budgettest.New(t, slo.Objective{
		Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(90), Window: slo.Rolling(time.Hour),
	})
	quiet := slog.New(slog.DiscardHandler)
	enforcer, err := policy.Enforce(sim.Tracker, policy.Policy{Name: "payments", Version: "3", Tiers: policy.DefaultTiers()}, policy.EnforceConfig{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	url := serve(t, policy.NewGate(sim, policy.GateConfig{Policy: enforcer, Logger: quiet}))
	sim.Advance(time.Hour)
	op := sim.HTTP("POST /checkout")
	for i := range 1000 {
		class := slo.Success
		if i < 60 {
			class = slo.ServerError
		}
		op.Start()
		op.Finish(class, 0)
	}
	sim.Advance(time.Second)
	for i, tt := range []struct {
		args []string
		exit int
		want string
	}{
		{[]string{"-id", "v2"}, 0, "allow feature v2: tier yellow: 1 of 1 deploys left on 2025-03-03; checkout: 40 % of the error budget remains\n" +
			"  tier yellow of payments 3, risk medium, 1 of 1 deploys left on 2025-03-03\n  requires staging-validation\n" +
			"  by what one process saw until 2025-03-03T13:00:01Z; good until 2025-03-03T13:10:01Z\n"},
		{[]string{"-id", "v2", "-action", "begin"}, 0, "allow feature v2: tier yellow: 1 of 1 deploys left"},
		{[]string{"-id", "v3", "-action", "begin"}, 1, "deny feature v3: tier yellow: none of 1 deploys left on 2025-03-03\n"},
		{[]string{"-id", "v3", "-action", "begin", "-kind", "security"}, 0, "allow security v3: a change of kind security"},
		{[]string{"-id", "v3", "-action", "override", "-by", "alice", "-why", "the contract"}, 0, "allow feature v3: overridden by alice: the contract\n"},
		{[]string{"-id", "v2", "-action", "done"}, 0, "done: feature v2 done at 2025-03-03 13:00, feature 1 of 2025-03-03\n"},
		{[]string{"-id", "v3", "-action", "cancel"}, 0, "cancel: feature v3 begun at 2025-03-03 13:00, feature 2 of 2025-03-03, overridden by alice: the contract\n"},
		{[]string{"-id", "v2", "-action", "done", "-format", "json"}, 0, "{\n  \"change\": {\n    \"kind\": \"feature\",\n    \"id\": \"v2\"\n  },\n  \"state\": \"done\""},
		{[]string{"-id", "v3", "-action", "cancel"}, 3, ""},
		{[]string{"-kind", "none"}, 2, "none needs a person: the change does not say what it is for"},
	} {
		exit, out, _ := start(t, withToken, append([]string{"-url", url}, tt.args...)...)
		if exit != tt.exit || !strings.HasPrefix(out, tt.want) {
			t.Errorf("%d: %q: exit %d\n%s\nwant %d\n%s", i, tt.args, exit, out, tt.exit, tt.want)
		}
	}
	var marks []string
	for _, m := range sim.Markers() {
		marks = append(marks, m.Text)
	}
	if got := strings.Join(marks, " "); !strings.HasSuffix(got, "v2 v3") {
		t.Errorf("markers %q, want v2 and v3", got)
	}
}

// TestCouldNotTell is neither yes nor no.
func TestCouldNotTell(t *testing.T) {
	url := serve(t, policy.NewGate(reader{status("a", 0, nil)}, policy.GateConfig{Logger: slog.New(slog.DiscardHandler)}))
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer slow.Close()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<p>\x1b[2J") }))
	defer page.Close()
	for _, tt := range []struct {
		getenv func(string) string
		args   []string
		want   string
	}{
		{withToken, []string{"-url", "http://127.0.0.1:1", "-id", "a"}, "deploygate: gatehttp: Get "},
		{withToken, []string{"-url", slow.URL, "-id", "a", "-timeout", "1ms"}, "Client.Timeout"},
		{withToken, []string{"-url", page.URL, "-id", "a"}, "200 OK, which no gate answers"},
		{withToken, []string{"-url", "ftp://127.0.0.1", "-id", "a"}, "unsupported protocol scheme"},
		{env(), []string{"-url", url, "-id", "a", "-action", "begin"}, "401 Unauthorized: want the token, as Authorization: Bearer"},
		{env(), []string{"-id", "a"}, "want -url or $DEPLOY_GATE_URL"},
		{env(), []string{"-url", url, "-action", "deploy"}, `-action is "deploy": want one of decide, begin`},
		{env(), []string{"-url", url, "-format", "xml"}, `-format is "xml": want one of text, report, json`},
		{env(), []string{"-url", url, "-kind", "holiday"}, `invalid value "holiday" for flag -kind`},
		{env(), []string{"-url", url, "-action", "begin"}, "want -id for -action begin"},
		{env(), []string{"-url", url, "-action", "override", "-id", "a", "-by", "x"}, "want -by and -why for -action override"},
		{env(), []string{"-url", url, "-id", "a", "-by", "x"}, "want -by and -why for -action override only"},
		{env(), []string{"-url", url, "-timeout", "0s"}, "-timeout is 0s: want more than none"},
		{env(), []string{"-url", url, "now"}, `unexpected argument "now": there are only flags`},
		{env(), []string{"-url", url, "-token", "x"}, "flag provided but not defined: -token"},
	} {
		exit, out, errs := start(t, tt.getenv, tt.args...)
		if exit != exitUnknown || out != "" || !strings.Contains(errs, tt.want) || strings.Contains(errs, "\x1b") {
			t.Errorf("%q: exit %d, printed %q and %q, want 3 and %s", tt.args, exit, out, errs, tt.want)
		}
	}
	exit, out, _ := start(t, withToken, "-url", "http://127.0.0.1:1", "-id", "a", "-format", "json")
	var answer map[string]string
	if err := json.Unmarshal([]byte(out), &answer); err != nil || exit != exitUnknown || !strings.Contains(answer["error"], "connection refused") {
		t.Errorf("-format json: exit %d, %s", exit, out)
	}
	if exit, out, _ := start(t, env(urlVariable, url), "-id", "a"); exit != exitAllow || !strings.HasPrefix(out, "allow feature a: ") {
		t.Errorf("with the URL in the environment: exit %d, %s", exit, out)
	}
	if exit, out, _ := start(t, env(), "-h"); exit != 0 || !strings.HasPrefix(out, "usage: deploygate -url URL") {
		t.Errorf("-h: exit %d, %s", exit, out)
	}
	if exit := run(t.Context(), []string{"-url", url, "-id", "a"}, env(), brokenPipe{}, io.Discard); exit != exitUnknown {
		t.Errorf("when nobody can read the answer: exit %d, want 3", exit)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// TestReport holds the box, for an allow, a denial, and what is not known.
func TestReport(t *testing.T) {
	sim := budgettest.New(t, slo.Objective{Name: "a", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99.9)})
	enforcer, err := policy.Enforce(sim.Tracker, policy.Policy{Name: "payments", Version: "3", Tiers: policy.DefaultTiers()},
		policy.EnforceConfig{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	partly := func(s *budget.Status) {
		s.Known, s.Observed, s.Coverage = budget.PartialCoverage, 14*slo.Day, 0.5
	}
	nothing := func(s *budget.Status) {
		s.Known, s.Counts, s.Remaining = budget.NoEvents, budget.Counts{}, 1
	}
	feature := policy.Change{Kind: policy.Feature, ID: "v2.5.0"}
	var got strings.Builder
	for _, tt := range []struct {
		from   reader
		policy *policy.Enforcer
		change policy.Change
	}{
		{reader{status("checkout-availability", 600, nil), status("search-latency", 100, partly)}, enforcer, feature},
		{reader{status("checkout-availability", 950, nil)}, enforcer, feature},
		{reader{status("checkout-availability", 1200, nil)}, nil, feature},
		{reader{status("checkout-availability", 1200, nil)}, nil, policy.Change{Kind: policy.Rollback, ID: "v2.4.9"}},
		{reader{status("checkout-availability", 0, nothing), status("hostile \x1b[2J\u202e"+strings.Repeat("x", 100), 0, as(budget.Stalled))}, nil, feature},
		{nil, nil, feature},
	} {
		d := policy.NewGate(tt.from, policy.GateConfig{Policy: tt.policy}).Decide(context.Background(), tt.change)
		if tt.from == nil { // its time is the machine's
			d.At, d.Expires = budgettest.Start, budgettest.Start.Add(policy.DefaultValidity)
		}
		text := report(d)
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n != width+2 {
				t.Errorf("%d characters, want %d: %s", n, width+2, line)
			}
		}
		got.WriteString(text)
	}
	golden.Check(t, "testdata/report.txt", got.String())
}

// TestPercent never has an exponent.
func TestPercent(t *testing.T) {
	for _, tt := range []struct {
		ratio float64
		want  string
	}{
		{0, "0 %"}, {1, "100 %"}, {0.4, "40 %"}, {-0.2, "-20 %"}, {123.456, "12350 %"}, {-1_000_000, "-100000000 %"}, {0.000_000_012_346, "0.000001235 %"},
	} {
		if got := percent(tt.ratio, 4); got != tt.want {
			t.Errorf("percent(%v, 4) = %s, want %s", tt.ratio, got, tt.want)
		}
	}
}

func TestFold(t *testing.T) {
	for _, tt := range []struct {
		text string
		n    int
		want string
	}{
		{"", 5, `[""]`},
		{"a bc def", 5, `["a bc" "def"]`},
		{"a bc d", 6, `["a bc d"]`},
		{"abcdefgh", 3, `["abc" "def" "gh"]`},
		{"a bcdefgh i", 3, `["a" "bcd" "efg" "h i"]`},
		{"ä öü ß", 4, `["ä öü" "ß"]`},
	} {
		if got := fmt.Sprintf("%q", fold(tt.text, tt.n)); got != tt.want {
			t.Errorf("fold(%q, %d) = %s, want %s", tt.text, tt.n, got, tt.want)
		}
	}
}
