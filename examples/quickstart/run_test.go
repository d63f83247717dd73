package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/examples/internal/cli/clitest"
	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/examples/internal/live/livetest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/policy/gatehttp"
	"github.com/seed-abb722f7/nines/slo"
)

var program = clitest.Program{Name: "quickstart", Run: run}

// TestSmoke is a whole run in real time. What it wants, it derives from what the load
// generator saw.
func TestSmoke(t *testing.T) {
	var shown bytes.Buffer
	q, err := open(options{Options: live.Options{Addr: "127.0.0.1:0", Length: live.Length(7 * time.Second)}}, &shown, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	q.drive(t.Context())
	checkGate(t, q.server.url()+"/gate")
	r, err := q.finish()
	if err != nil {
		t.Errorf("finish: %v", err)
	}

	// Each request once, as what its client saw.
	livetest.Counted(t, r.Counts, []live.Outcome{
		{Operation: "GET /{$}", Class: slo.Success},
		{Operation: "GET /items/{id}", Class: slo.Success},
		{Operation: "GET /items/{id}", Class: slo.ClientError},
		{Operation: "GET /search", Class: slo.Success},
		{Operation: "POST /cart", Class: slo.Success},
		{Operation: "POST /checkout", Class: slo.Success},
		{Operation: "POST /checkout", Class: slo.ServerError},
		{Operation: live.Unmatched, Class: slo.Unmatched},
	}...)
	checkTotals(t, r)
	checkBreaches(t, r)
	checkRulings(t, r)

	var text bytes.Buffer
	if err := r.write(&text); err != nil {
		t.Fatal(err)
	}
	clitest.Says(t, "the report", text.String(),
		"Every request was counted once.",
		"payments   deny feature gift-cards: checkout-availability: error budget exhausted: ",
		"payments   allow rollback v2.4.1: ",
		"catalogue  allow feature bigger-pictures: ",
		"page    checkout-availability by 1.166s/233ms: started at ")
	clitest.Says(t, "what was shown meanwhile", shown.String(),
		"A shop under traffic at http://127.0.0.1:",
		"  POST /checkout   checkout-availability  ",
		"s  the payment provider goes down",
		`s  page started: "checkout-availability" by 1.166s/233ms`,
		`s  page resolved: "checkout-availability" by 1.166s/233ms`)
}

// checkTotals compares each error budget with the tally.
func checkTotals(t *testing.T, r *report) {
	t.Helper()
	sent := func(operation string, classes ...slo.Class) uint64 {
		return livetest.Sent(r.Counts, operation, classes...)
	}
	seen := map[string]bool{}
	for _, s := range r.Statuses {
		seen[s.Name] = true
		want := budget.Counts{
			Good:     sent(s.Operation, slo.Success, slo.ClientError),
			Bad:      sent(s.Operation, slo.ServerError),
			Excluded: sent(s.Operation, slo.Unmatched),
		}
		if s.Name == searchLatency { // how many were slow is the server's to say
			if got := s.Total.Valid(); got != want.Good {
				t.Errorf("%s: %d valid events, want the %d that were answered", s.Name, got, want.Good)
			}
			continue
		}
		if s.Total != want {
			t.Errorf("%s: counted %+v, want as sent %+v", s.Name, s.Total, want)
		}
		if s.Counts.Bad > s.Total.Bad || s.Counts.Good > s.Total.Good {
			t.Errorf("%s: %+v in the window, want at most the total %+v", s.Name, s.Counts, s.Total)
		}
	}
	for _, name := range []string{
		checkoutAvailability, searchLatency, shopAvailability,
		"availability/GET /{$}", "availability/GET /items/{id}", "availability/GET /search", "availability/POST /cart",
	} {
		if !seen[name] {
			t.Errorf("there is no error budget %s among %v", name, seen)
		}
		delete(seen, name)
	}
	if len(seen) > 0 {
		t.Errorf("there are error budgets besides: %v", seen)
	}
}

// checkBreaches wants one breach for the outage. Searches may be slow on their own where
// the machine is busy, so theirs are not counted here: TestScenario does.
func checkBreaches(t *testing.T, r *report) {
	t.Helper()
	var page []policy.Breach
	for _, b := range r.Breaches {
		switch b.Name {
		case checkoutAvailability:
			page = append(page, b)
		case searchLatency:
		default:
			t.Errorf("a breach of what did not fail: %v", b)
		}
	}
	if len(page) != 2 || page[0].State != policy.Started || page[1].State != policy.Resolved ||
		page[0].ID != page[1].ID || page[0].Severity != policy.Page {
		t.Errorf("breaches of %s: %v, want one page that started and resolved", checkoutAvailability, page)
	}
}

func checkRulings(t *testing.T, r *report) {
	t.Helper()
	want := []struct {
		team    string
		kind    policy.Kind
		outcome policy.Outcome
	}{
		{paymentsTeam, policy.Feature, policy.Deny},
		{paymentsTeam, policy.Rollback, policy.Allow},
		{catalogueTeam, policy.Feature, policy.Allow},
	}
	if len(r.rulings) != len(want) {
		t.Fatalf("%d rulings, want %d", len(r.rulings), len(want))
	}
	for i, w := range want {
		if got := r.rulings[i]; got.team != w.team || got.Change.Kind != w.kind || got.Outcome != w.outcome {
			t.Errorf("ruling %d for %s: %v, want %v of a %v for %s", i, got.team, got.Decision, w.outcome, w.kind, w.team)
		}
	}
}

// checkGate asks the gate that is served, as a pipeline would.
func checkGate(t *testing.T, url string) {
	t.Helper()
	for kind, want := range map[policy.Kind]policy.Outcome{policy.Feature: policy.Deny, policy.Rollback: policy.Allow} {
		d, err := gatehttp.Client{URL: url}.Decide(t.Context(), policy.Change{Kind: kind, ID: "v2.5.0"})
		if err != nil || d.Outcome != want {
			t.Errorf("the gate says %v, %v to a %v, want %v", d, err, kind, want)
		}
	}
}

// TestRunInterrupted holds that an interrupt is a normal end, and that what was hardly
// watched is not taken for healthy.
func TestRunInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		args []string
		want string // at the start of the output
	}{
		{nil, "A shop under traffic at http://127.0.0.1:"},
		{[]string{"-quiet", "-for", "5s"}, "\nError budgets after "},
	} {
		status, stdout, stderr := program.Start(ctx, c.args...)
		if status != cli.OK || stderr != "" || !strings.HasPrefix(stdout, c.want) {
			t.Errorf("quickstart %v: status %d, stdout %q, stderr %q, want status 0 and %q", c.args, status, stdout, stderr, c.want)
		}
		clitest.Says(t, fmt.Sprint("quickstart ", c.args), stdout, "feature gift-cards needs a person: ", "allow rollback v2.4.1", "feature bigger-pictures needs a person: ",
			"no events", "Breaches\n\n  none\n")
	}
}

func TestRunUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-nonsense"}, "flag provided but not defined: -nonsense"},
		{[]string{"-for", "soon"}, `invalid value "soon" for flag -for`},
		{[]string{"-for", "4s"}, "-for is 4s: want at least 5s and at most 1h0m0s"},
		{[]string{"-for", "2h"}, "-for is 2h0m0s: want at least 5s and at most 1h0m0s"},
		{[]string{"8080"}, `unexpected argument "8080": there are only flags`},
	} {
		status, stdout, stderr := program.Start(t.Context(), c.args...)
		if status != cli.Usage || stdout != "" || !strings.HasPrefix(stderr, "quickstart: "+c.want) || !strings.Contains(stderr, "usage: quickstart [flags]") {
			t.Errorf("quickstart %v: status %d, stdout %q, stderr %q, want status 2 and %q", c.args, status, stdout, stderr, c.want)
		}
	}
	status, stdout, stderr := program.Start(t.Context(), "-h")
	if status != cli.OK || stderr != "" || !strings.HasPrefix(stdout, "usage: quickstart [flags]") || !strings.Contains(stdout, "-addr address") {
		t.Errorf("quickstart -h: status %d, stdout %q, stderr %q, want the usage and status 0", status, stdout, stderr)
	}
}

func TestRunAddressInUse(t *testing.T) { program.AddressInUse(t) }

func TestRunCannotWrite(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	program.CannotWrite(ctx, t)
}

// The address of a server that listens everywhere is one that a client can dial.
func TestServerURL(t *testing.T) {
	for _, c := range []struct{ addr, want string }{
		{":0", "http://localhost:"},
		{"127.0.0.1:0", "http://127.0.0.1:"},
	} {
		q, err := open(options{Options: live.Options{Addr: c.addr, Length: live.Length(time.Minute)}}, &bytes.Buffer{}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.server.url(); !strings.HasPrefix(got, c.want) {
			t.Errorf("-addr %s: served at %s, want %s and the port", c.addr, got, c.want)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		q.drive(ctx)
		if _, err := q.finish(); err != nil {
			t.Error(err)
		}
	}
}
