package grpcslo_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

// TestRegister: every method is there before its first call, health services aside.
func TestRegister(t *testing.T) {
	tr := budgettest.New(t, slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)})
	server := grpc.NewServer()
	server.RegisterService(desc(), &service{})
	healthpb.RegisterHealthServer(server, health.NewServer())
	for range 2 {
		grpcslo.Register(tr.Tracker, server)
	}
	var got []string
	for _, o := range tr.Report().Operations {
		if o.Kind == slo.RPCSource {
			got = append(got, o.Name)
		}
	}
	if want := []string{bidiMethod, clientMethod, serverMethod, unaryMethod}; !slices.Equal(got, want) {
		t.Errorf("operations = %q, want %q", got, want)
	}
}

// TestCheck: declared operations that no service registers are reported.
func TestCheck(t *testing.T) {
	server := grpc.NewServer()
	server.RegisterService(desc(), &service{})
	for _, c := range []struct {
		of   slo.Source
		want string
	}{
		{slo.RPC(unaryMethod), ""},
		{slo.RPC(bidiMethod), ""},
		{slo.HTTP("GET /x"), ""},
		{slo.All, ""},
		{grpcslo.Client("/a.B/C"), ""},
		{
			slo.RPC("/nines.test.Row/unary"),
			`slo: Objectives[0] "it".Of is slo.RPC("/nines.test.Row/unary"): want a method that is registered, to the letter: slo.RPC("/nines.test.Row/Unary")`,
		},
		{
			slo.RPC("/no.such.Service/X"),
			`slo: Objectives[0] "it".Of is slo.RPC("/no.such.Service/X"): want a method that a service of the server registers, such as slo.RPC("/nines.test.Row/Bidi")`,
		},
	} {
		tr := budgettest.New(t,
			slo.Objective{Name: "it", Of: c.of, SLI: slo.Availability(), Target: slo.Percent(99)},
			slo.Objective{Name: "again", Of: c.of, SLI: slo.Latency(threshold), Target: slo.Percent(99)})
		err := grpcslo.Check(tr.Tracker, server)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("Check of %v = %v, want nil", c.of, err)
		case c.want != "" && (err == nil || err.Error() != c.want || !errors.Is(err, slo.ErrInvalid)):
			t.Errorf("Check of %v = %v, want %s", c.of, err, c.want)
		}
	}
	tr := budgettest.New(t, slo.Objective{Name: "it", Of: slo.RPC(unaryMethod), SLI: slo.Availability(), Target: slo.Percent(99)})
	if err := grpcslo.Check(tr.Tracker, grpc.NewServer()); err == nil || !strings.Contains(err.Error(), "none does") {
		t.Errorf("Check of an empty server = %v, want that none does", err)
	}
	grpcslo.Register(tr.Tracker, nil)
	if err := grpcslo.Check(tr.Tracker, nil); err == nil || !strings.Contains(err.Error(), "none does") {
		t.Errorf("Check of no server = %v, want that none does", err)
	}
}
