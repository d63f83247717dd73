package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// start runs the program.
func start(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(ctx, args, &out, &errs)
	return status, out.String(), errs.String()
}

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
	if !maps.Equal(r.counts.Counted, r.counts.Sent) {
		t.Errorf("counted %v, want what was sent: %v", r.counts.Counted, r.counts.Sent)
	}
	for _, o := range []live.Outcome{
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
	} {
		if r.counts.Sent[o] == 0 {
			t.Errorf("no call was made for %v: the scenario did not happen", o)
		}
	}
	checkTotals(t, r)
	checkBreaches(t, r)

	var report bytes.Buffer
	if err := r.write(&report); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Every request was counted once.",
		"\n  /shop.Shop/Checkout  payments  ",
		"page    checkout by 1.333s/266ms: started at ",
	} {
		if !strings.Contains(report.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, &report)
		}
	}
	for _, want := range []string{
		"A gRPC shop under traffic at 127.0.0.1:",
		"  dependency:payments  provider  ",
		"s  the payment provider goes down",
		`s  page started: "checkout" by 1.333s/266ms`,
		`s  page resolved: "checkout" by 1.333s/266ms`,
	} {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("what was shown meanwhile lacks %q:\n%s", want, &shown)
		}
	}
}

// checkTotals compares each error budget with the tally.
func checkTotals(t *testing.T, r *report) {
	t.Helper()
	sent := func(operation string, classes ...slo.Class) (n uint64) {
		for o, c := range r.counts.Sent {
			for _, class := range classes {
				if o.Class == class && o.Operation == operation {
					n += c
				}
			}
		}
		return n
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
	for _, s := range r.statuses {
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
	for _, b := range r.breaches {
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
		status, stdout, stderr := start(ctx, c.args...)
		if status != exitOK || stderr != "" || !strings.HasPrefix(stdout, c.want) {
			t.Errorf("grpc %v: status %d, stdout %q, stderr %q, want status 0 and %q", c.args, status, stdout, stderr, c.want)
		}
		for _, want := range []string{"no events", "Breaches\n\n  none\n", "Who is to blame\n\n  nobody\n"} {
			if !strings.Contains(stdout, want) {
				t.Errorf("grpc %v lacks %q:\n%s", c.args, want, stdout)
			}
		}
	}
}

func TestRunUsage(t *testing.T) {
	status, stdout, stderr := start(t.Context(), "-for", "4s")
	if want := "grpc: -for is 4s: want at least 5s and at most 1h0m0s\n\nusage: grpc [flags]"; status != exitUsage || stdout != "" || !strings.HasPrefix(stderr, want) {
		t.Errorf("grpc -for 4s: status %d, stdout %q, stderr %q, want status 2 and %q", status, stdout, stderr, want)
	}
	status, stdout, stderr = start(t.Context(), "-h")
	if status != exitOK || stderr != "" || !strings.HasPrefix(stdout, "usage: grpc [flags]") {
		t.Errorf("grpc -h: status %d, stdout %q, stderr %q, want the usage and status 0", status, stdout, stderr)
	}
}

func TestRunAddressInUse(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, addr := range []string{taken.Addr().String(), "127.0.0.1:99999"} {
		status, stdout, stderr := start(t.Context(), "-addr", addr)
		if status != exitFailed || stdout != "" || !strings.HasPrefix(stderr, "grpc: listen tcp") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("-addr %s: status %d, stdout %q, stderr %q, want status 1 and one line that says why", addr, status, stdout, stderr)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestRunCannotWrite(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stderr bytes.Buffer
	status := run(ctx, nil, fullDisk{}, &stderr)
	if want := "grpc: no space left on device\n"; status != exitFailed || stderr.String() != want {
		t.Errorf("status %d, stderr %q, want 1 and %q", status, stderr.String(), want)
	}
}
