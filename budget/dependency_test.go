package budget

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

var (
	payments = slo.Objective{Name: "payments", Of: slo.Dependency("payments"), SLI: slo.Availability(), Target: slo.Percent(99)}
	charging = slo.Objective{Name: "charging", Of: slo.Dependency("payments"), SLI: slo.Latency(100 * time.Millisecond), Target: slo.Percent(95)}
	each     = slo.Objective{Name: "each", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(90)}
)

func checkCounts(t *testing.T, tr *Tracker, objective string, want Counts) {
	t.Helper()
	if got := tr.Budget(objective).Counts(); got != want {
		t.Errorf("%s: Counts() = %+v, want %+v", objective, got, want)
	}
}

// What the service asks of others is judged by its own objectives, and by no objective on
// what the service serves: not while it is live, not from history, not after a restart.
func TestDependenciesAreNotRequests(t *testing.T) {
	cfg := Config{Service: "test", Objectives: []slo.Objective{payments, charging, everything, each}}
	s, err := NewSimulation(cfg, noon)
	if err != nil {
		t.Fatal(err)
	}
	record(s.HTTP("GET /a"), slo.Success, 0)
	record(s.Dependency("payments"), slo.RPCOK, 50*time.Millisecond)
	record(s.Dependency("payments"), slo.Success, 150*time.Millisecond)
	record(s.Dependency("payments"), slo.Failed, 0)
	record(s.Dependency("payments"), slo.Cancelled, 0)
	record(s.Dependency("other"), slo.Failed, 0)
	check := func() {
		t.Helper()
		checkCounts(t, s.Tracker, "all", Counts{Good: 1})
		checkCounts(t, s.Tracker, "payments", Counts{Good: 2, Bad: 1, Excluded: 1})
		checkCounts(t, s.Tracker, "charging", Counts{Good: 1, Bad: 1, Excluded: 2})
	}
	check()
	s.Advance(10 * time.Minute)
	check()
	if got := strings.Join(s.Objectives(), " "); got != "payments charging all each/GET /a" {
		t.Errorf("Objectives() = %s, want no objective of slo.Each on a dependency", got)
	}
	if got := s.Budget("payments").Status().Operation; got != "dependency:payments" {
		t.Errorf("Operation = %q, want dependency:payments", got)
	}
	s = restart(t, s, time.Minute, cfg)
	check()
	record(s.Dependency("payments"), slo.Failed, 0)
	checkCounts(t, s.Tracker, "payments", Counts{Good: 2, Bad: 2, Excluded: 1})
	s.Advance(time.Hour + 2*time.Minute)
	checkCounts(t, s.Tracker, "all", Counts{})
}

// A proxy serves what it calls: the two are different operations everywhere.
func TestDependencyAndOperationOfOneName(t *testing.T) {
	const method = "/pay.v1.Payments/Charge"
	s := simulate(t,
		slo.Objective{Name: "served", Of: slo.RPC(method), SLI: slo.Availability(), Target: slo.Percent(99)},
		slo.Objective{Name: "called", Of: slo.Dependency(method), SLI: slo.Availability(), Target: slo.Percent(99)})
	record(s.RPC(method), slo.RPCOK, time.Second)
	record(s.Dependency(method), slo.RPCInternal, time.Minute)
	record(s.Dependency(method), slo.RPCInternal, time.Minute)
	checkCounts(t, s.Tracker, "served", Counts{Good: 1})
	checkCounts(t, s.Tracker, "called", Counts{Bad: 2})
	for name, want := range map[string]uint64{method: 1, "dependency:" + method: 2} {
		if l, ok := s.Latency(name, SinceStart); !ok || l.Count != want {
			t.Errorf("Latency(%q) = %d requests, %v, want %d", name, l.Count, ok, want)
		}
	}
	names := map[string]slo.SourceKind{}
	for _, o := range s.Report().Operations {
		if o.Kind == slo.EventsSource {
			continue // the names of streams are told apart by kind
		}
		if _, twice := names[o.Name]; twice {
			t.Errorf("two operations are named %q", o.Name)
		}
		names[o.Name] = o.Kind
	}
	if names[method] != slo.RPCSource || names["dependency:"+method] != slo.DependencySource {
		t.Errorf("the report's operations are %v", names)
	}
	// Nothing that is served can take the name of a dependency.
	record(s.HTTP("dependency:"+method), slo.Success, 0)
	checkCounts(t, s.Tracker, "called", Counts{Bad: 2})
	if got := s.Report().Self.Overflowed; got != 1 {
		t.Errorf("Overflowed = %d, want the request that was named like a dependency", got)
	}
}

// Dependencies beyond the limit share one operation, and take no place of the service's
// own; declared ones have theirs.
func TestDependenciesAreBounded(t *testing.T) {
	s := simulate(t, payments)
	for i := range 10 * DefaultMaxOperations {
		record(s.Dependency("host"+strconv.Itoa(i)), slo.Success, 0)
	}
	record(s.Dependency("payments"), slo.Success, 0)
	record(s.HTTP("GET /a"), slo.Success, 0)
	checkCounts(t, s.Tracker, "payments", Counts{Good: 1})
	r := s.Report()
	count := map[string]uint64{}
	for _, o := range r.Operations {
		count[o.Name] += o.Requests()
	}
	if got := count["dependency:_OTHER"]; got != 9*DefaultMaxOperations || r.Self.Overflowed != got || count["_OTHER"] != 0 || count["GET /a"] != 1 {
		t.Errorf("dependency:_OTHER has %d, _OTHER %d, GET /a %d, Overflowed is %d; want %d, 0, 1 and the first again",
			got, count["_OTHER"], count["GET /a"], r.Self.Overflowed, 9*DefaultMaxOperations)
	}
}

// What has no name of its own is reported, though it is the only call there is.
func TestOnlyUnnamedDependencies(t *testing.T) {
	s := simulate(t, everything)
	requests := func() (n uint64) {
		for _, o := range s.Report().Operations {
			n += o.Requests() + o.InFlight
		}
		return n
	}
	if got := len(s.Report().Operations); got != 4 {
		t.Errorf("%d operations where nothing is called, want the four reserved ones", got)
	}
	s.Dependency("_OTHER").Start()
	if got := requests(); got != 1 {
		t.Errorf("%d calls reported that began, want 1", got)
	}
	s.Dependency("_OTHER").Finish(slo.Failed, 0)
	if got := requests(); got != 1 {
		t.Errorf("%d calls reported, want 1", got)
	}
}

// A dependency that does not answer stalls itself. The service is stalled by what it serves.
func TestStalledDependency(t *testing.T) {
	s := simulate(t, payments, everything, availability)
	record(s.HTTP("GET /a"), slo.Success, 0)
	s.Dependency("payments").Start()
	s.HTTP("GET /a").Start()
	for range 20 {
		s.Advance(time.Second)
		record(s.HTTP("GET /a"), slo.Success, 0)
	}
	if got := s.Budget("payments").Status(); got.Known != Stalled || got.InFlight != 1 {
		t.Errorf("payments: %v with %d in flight, want stalled with 1", got.Known, got.InFlight)
	}
	for range 20 { // a dependency that answers is no sign of life of the service
		s.Advance(time.Second)
		record(s.Dependency("payments"), slo.Success, 0)
	}
	if got := s.Budget("payments").Status().Known; got == Stalled {
		t.Error("payments is stalled although it answers")
	}
	if got := s.Budget("all").Status(); got.Known != Stalled || got.InFlight != 1 {
		t.Errorf("all: %v with %d in flight, want stalled with the 1 that is served", got.Known, got.InFlight)
	}
}

func TestNilTrackerHasNoDependencies(t *testing.T) {
	var tr *Tracker
	record(tr.Dependency("payments"), slo.Success, 0)
	if got := tr.Dependency("payments").Name(); got != "" {
		t.Errorf("Name() = %q of nil, want none", got)
	}
}
