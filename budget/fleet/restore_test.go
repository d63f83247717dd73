package fleet_test

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/fleet"
	"github.com/seed-abb722f7/nines/slo"
)

// requests is what a class of an operation counted in the last tile, of a process that began in
// the window.
func requests(operation, class, n string) string {
	labels := `{"nines_stat":"` + "%" + `","operation":"` + operation + `","class":"` + class + `","pod":"b"}`
	return list(ranged(strings.Replace(labels, "%", "first", 1), "0"), ranged(strings.Replace(labels, "%", "last", 1), n))
}

func judged(name, operation, outcome, n string) string {
	labels := `{"nines_stat":"%","slo":"` + name + `","operation":"` + operation + `","outcome":"` + outcome + `","pod":"b"}`
	return list(ranged(strings.Replace(labels, "%", "first", 1), "0"), ranged(strings.Replace(labels, "%", "last", 1), n))
}

// Every kind of objective goes on from what its counters say: classes, latencies at several
// thresholds, clients that gave up, streams, dependencies, all and each.
func TestRestoreOfEveryKind(t *testing.T) {
	window := slo.Rolling(50 * time.Minute)
	objectives := []slo.Objective{
		{Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99), Window: window},
		{Name: "fast", Of: slo.HTTP("POST /checkout"), SLI: slo.Latency(100 * time.Millisecond), Target: slo.Percent(90), Window: window},
		{Name: "bearable", Of: slo.HTTP("POST /checkout"), SLI: slo.Latency(time.Second), Target: slo.Percent(95), Window: window},
		{Name: "orders", Of: slo.Events("orders"), SLI: slo.Availability(), Target: slo.Percent(99), Window: window},
		{Name: "payments", Of: slo.Dependency("payments"), SLI: slo.Availability(), Target: slo.Percent(99), Window: window},
		{Name: "add", Of: slo.RPC("/shop.Cart/Add"), SLI: slo.Availability(), Target: slo.Percent(99), Window: window},
		{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99), Window: window},
		{Name: "each", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(99), Window: window},
	}
	// What a process counted, by its own tracker.
	truth, err := budget.NewSimulation(budget.Config{Service: "shop", Objectives: objectives}, noon.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	truth.Advance(time.Hour)
	for _, x := range []struct {
		op      *budget.Operation
		class   slo.Class
		latency time.Duration
		n       uint64
	}{
		{truth.HTTP("POST /checkout"), slo.Success, 10 * time.Millisecond, 900},
		{truth.HTTP("POST /checkout"), slo.Success, 500 * time.Millisecond, 60},
		{truth.HTTP("POST /checkout"), slo.ClientError, 2 * time.Second, 25},
		{truth.HTTP("POST /checkout"), slo.ServerError, 5 * time.Second, 10},
		{truth.HTTP("POST /checkout"), slo.Cancelled, 3 * time.Second, 4},
		{truth.HTTP("POST /checkout"), slo.Cancelled, time.Millisecond, 6},
		{truth.HTTP("GET /"), slo.Success, time.Millisecond, 333},
		{truth.RPC("/shop.Cart/Add"), slo.RPCUnavailable, time.Millisecond, 7},
		{truth.RPC("/shop.Cart/Add"), slo.RPCOK, time.Millisecond, 77},
		{truth.Dependency("payments"), slo.ServerError, time.Millisecond, 5},
		{truth.Unmatched(), slo.Unmatched, time.Millisecond, 11},
	} {
		truth.Add(x.op, x.class, x.latency, x.n)
	}
	truth.Events("orders").Add(40, 42)

	s := newServer()
	s.base, s.tiles = "", ranged(`{"nines_stat":"start","pod":"b"}`, seconds(noon.Add(-time.Minute)))+","+ranged(`{"nines_stat":"start_last","pod":"b"}`, seconds(noon.Add(-time.Minute)))
	var counted, events []string
	report := truth.Report()
	for _, o := range report.Operations {
		if o.Kind == slo.EventsSource {
			continue
		}
		for _, c := range o.Classes {
			counted = append(counted, requests(o.Name, c.Class.String(), text(c.Count)))
		}
	}
	want := map[string]budget.Counts{}
	for _, o := range report.Objectives {
		c := o.Total
		want[o.Name] = c
		events = append(events, judged(o.Name, o.Operation, "good", text(c.Good)), judged(o.Name, o.Operation, "bad", text(c.Bad)))
	}
	starts := s.tiles
	s.do = func(_ context.Context, query url.Values) (int, string, error) {
		if query.Get("step") != "" {
			s.tiles = list(append([]string{starts}, events...)...)
			if strings.Contains(query.Get("query"), "nines_requests_total") {
				s.tiles = list(append([]string{starts}, counted...)...)
			}
		}
		return 200, "", nil
	}
	reader := newReader(t, fleet.Config{Client: s, Service: "shop", Objectives: objectives})
	history, err := reader.Restore(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	restored, err := budget.NewSimulation(budget.Config{Service: "shop", Objectives: objectives, Restore: history}, noon)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range want {
		got := restored.Budget(name).Status()
		if got.Counts != c || !got.Restored || got.Known == budget.NoSuchObjective {
			t.Errorf("%s: Counts, Restored, Known = %+v, %v, %v, want %+v, true", name, got.Counts, got.Restored, got.Known, c)
		}
		if got.Total != (budget.Counts{}) {
			t.Errorf("%s: Total = %+v, want nothing: exported counters begin at 0", name, got.Total)
		}
	}
	if len(want) != 8 {
		t.Errorf("%d error budgets, want 7 declared, and one of each that nobody declared", len(want))
	}
}

func TestRestoreRefusals(t *testing.T) {
	for _, c := range []struct {
		name     string
		replicas int
		spoil    func(*server)
		want     string
	}{
		{"replicas", 0, func(*server) {}, "fleet: replicas is 0: want how many replicas share the traffic, at least 1"},
		{"nobody", 1, func(s *server) {
			s.base, s.tiles = "", ""
			s.do = func(_ context.Context, query url.Values) (int, string, error) {
				if query.Get("step") != "" {
					return 200, `{"status":"success","data":{"resultType":"matrix","result":[]}}`, nil
				}
				return 200, "", nil
			}
		}, "fleet: no history: no_series: nobody exported the service within its windows"},
		{"unreachable", 1, func(s *server) {
			s.do = func(context.Context, url.Values) (int, string, error) {
				return 0, "", &url.Error{Op: "Post", URL: "http://prometheus.example", Err: io.EOF}
			}
		}, `fleet: no history: unreachable: Post "http://prometheus.example": EOF`},
		{"warned", 1, func(s *server) { s.warnings = "store-3 is unavailable" }, "fleet: no history: partial: the server warns: store-3 is unavailable"},
	} {
		s := newServer()
		c.spoil(s)
		_, err := newReader(t, over(s)).Restore(t.Context(), c.replicas)
		if err == nil || err.Error() != c.want || errors.Is(err, slo.ErrInvalid) != (c.replicas < 1) {
			t.Errorf("%s: Restore = %v, want %s", c.name, err, c.want)
		}
	}
}
