package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/examples/internal/cli/clitest"
	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/examples/internal/live/livetest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

var program = clitest.Program{Name: "grpc", Run: run}

// TestSmoke is a whole run in real time. What it wants, it derives from what the load
// generator and the provider saw.
func TestSmoke(t *testing.T) {
	var shown bytes.Buffer
	d, err := open(live.Options{Addr: "127.0.0.1:0", Length: live.Length(8 * time.Second)}, &shown)
	if err != nil {
		t.Fatal(err)
	}
	d.drive(t.Context())
	r, err := d.finish()
	if err != nil {
		t.Errorf("finish: %v", err)
	}

	// Each call once, as what its client saw, and each of the provider's as what it answered.
	livetest.Counted(t, r.Counts, []live.Outcome{
		{Operation: checkoutMethod, Class: slo.RPCOK},
		{Operation: checkoutMethod, Class: slo.RPCUnavailable},
		{Operation: quoteMethod, Class: slo.RPCOK},
		{Operation: quoteMethod, Class: slo.RPCNotFound},
		{Operation: quoteMethod, Class: slo.RPCDeadlineExceeded},
		{Operation: trackMethod, Class: slo.RPCCancelled},
		{Operation: "_OTHER", Class: slo.Unmatched},
		{Operation: "unmatched", Class: slo.Health},
		{Operation: "dependency:payments", Class: slo.RPCOK},
		{Operation: "dependency:payments", Class: slo.RPCUnavailable},
	}...)
	checkTotals(t, r)
	checkBreaches(t, r)

	var report bytes.Buffer
	if err := r.write(&report); err != nil {
		t.Fatal(err)
	}
	clitest.Says(t, "the report", report.String(),
		"Every request was counted once.",
		"\n  /shop.Shop/Checkout  payments  ",
		"page    checkout by 1.333s/266ms: started at ")
	clitest.Says(t, "what was shown meanwhile", shown.String(),
		"A gRPC shop under traffic at 127.0.0.1:",
		"  dependency:payments  provider  ",
		"s  the payment provider goes down",
		`s  page started: "checkout" by 1.333s/266ms`,
		`s  page resolved: "checkout" by 1.333s/266ms`)
}

// checkTotals compares each error budget with the tally.
func checkTotals(t *testing.T, r *report) {
	t.Helper()
	sent := func(operation string, classes ...slo.Class) uint64 {
		return livetest.Sent(r.Counts, operation, classes...)
	}
	checkout := budget.Counts{Good: sent(checkoutMethod, slo.RPCOK), Bad: sent(checkoutMethod, slo.RPCUnavailable)}
	quote := budget.Counts{Good: sent(quoteMethod, slo.RPCOK, slo.RPCNotFound), Bad: sent(quoteMethod, slo.RPCDeadlineExceeded)}
	track := sent(trackMethod, slo.RPCCancelled)
	want := map[string]budget.Counts{
		"checkout": checkout,
		"quote":    quote,
		"shop": {
			Good: checkout.Good + quote.Good + track, Bad: checkout.Bad + quote.Bad,
			Excluded: sent("_OTHER", slo.Unmatched) + sent("unmatched", slo.Health),
		},
		"provider": {Good: sent("dependency:payments", slo.RPCOK), Bad: sent("dependency:payments", slo.RPCUnavailable)},
	}
	for _, s := range r.Statuses {
		if s.Name == "first-update" { // how many were slow is the server's to say
			if got := s.Total.Valid(); got != track {
				t.Errorf("%s: %d valid events, want the %d that were answered", s.Name, got, track)
			}
			continue
		}
		if s.Total != want[s.Name] {
			t.Errorf("%s: counted %+v, want as sent %+v", s.Name, s.Total, want[s.Name])
		}
		delete(want, s.Name)
	}
	if len(want) > 0 {
		t.Errorf("there are no error budgets of %v", want)
	}
}

// checkBreaches wants a page for the outage and a ticket for the quotes, both over.
func checkBreaches(t *testing.T, r *report) {
	t.Helper()
	told := map[string][]policy.Breach{}
	for _, b := range r.Breaches {
		told[b.Name] = append(told[b.Name], b)
	}
	for name, severity := range map[string]policy.Severity{"checkout": policy.Page, "quote": policy.Ticket} {
		b := told[name]
		if len(b) != 2 || b[0].State != policy.Started || b[1].State != policy.Resolved || b[0].ID != b[1].ID || b[0].Severity != severity {
			t.Errorf("breaches of %s: %v, want one %v that started and resolved", name, b, severity)
		}
		delete(told, name)
	}
	if len(told) > 0 {
		t.Errorf("breaches of what did not fail: %v", told)
	}
}

// TestRunInterrupted holds that an interrupt is a normal end.
func TestRunInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		args []string
		want string // at the start of the output
	}{
		{nil, "A gRPC shop under traffic at 127.0.0.1:"},
		{[]string{"-quiet", "-for", "5s", "-addr", ":0"}, "\nError budgets after "},
	} {
		status, stdout, stderr := program.Start(ctx, c.args...)
		if status != cli.OK || stderr != "" || !strings.HasPrefix(stdout, c.want) {
			t.Errorf("grpc %v: status %d, stdout %q, stderr %q, want status 0 and %q", c.args, status, stdout, stderr, c.want)
		}
		clitest.Says(t, fmt.Sprint("grpc ", c.args), stdout, "no events", "Breaches\n\n  none\n", "Who is to blame\n\n  nobody\n")
	}
}

func TestRunUsage(t *testing.T) {
	status, stdout, stderr := program.Start(t.Context(), "-for", "4s")
	if want := "grpc: -for is 4s: want at least 5s and at most 1h0m0s\n\nusage: grpc [flags]"; status != cli.Usage || stdout != "" || !strings.HasPrefix(stderr, want) {
		t.Errorf("grpc -for 4s: status %d, stdout %q, stderr %q, want status 2 and %q", status, stdout, stderr, want)
	}
	status, stdout, stderr = program.Start(t.Context(), "-h")
	if status != cli.OK || stderr != "" || !strings.HasPrefix(stdout, "usage: grpc [flags]") {
		t.Errorf("grpc -h: status %d, stdout %q, stderr %q, want the usage and status 0", status, stdout, stderr)
	}
}

func TestRunAddressInUse(t *testing.T) { program.AddressInUse(t) }

func TestRunCannotWrite(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	program.CannotWrite(ctx, t)
}
