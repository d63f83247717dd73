package budget_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/slo"
)

// What exporters rely on, found by writing one.

var pay = slo.HTTP("POST /pay")

func payAvailable(name string) slo.Objective {
	return slo.Objective{Name: name, Of: pay, SLI: slo.Availability(), Target: slo.Percent(99.9)}
}

func find(t *testing.T, r budget.Report, name string, kind slo.SourceKind) budget.OperationReport {
	t.Helper()
	i := slices.IndexFunc(r.Operations, func(o budget.OperationReport) bool { return o.Name == name && o.Kind == kind })
	if i < 0 {
		t.Fatalf("no operation %q of kind %d in %d operations", name, kind, len(r.Operations))
	}
	return r.Operations[i]
}

func TestObjectiveNameThatIsNotUTF8(t *testing.T) {
	tr := budgettest.New(t, payAvailable("caf\xe9"))
	if got, want := tr.Objectives(), []string{`caf\xe9`}; !slices.Equal(got, want) {
		t.Errorf("Objectives() = %q, want %q", got, want)
	}
	for _, name := range []string{"caf\xe9", `caf\xe9`} {
		if got := tr.Budget(name).Status(); got.Known == budget.NoSuchObjective || got.Name != `caf\xe9` {
			t.Errorf("Budget(%q).Status() = %v %q, want the objective, named %q", name, got.Known, got.Name, `caf\xe9`)
		}
	}
}

func TestObjectiveNamesThatPrintAlike(t *testing.T) {
	_, err := budget.New(budget.Config{Objectives: []slo.Objective{payAvailable("\xff"), payAvailable(`\xff`)}})
	if !errors.Is(err, slo.ErrInvalid) {
		t.Fatalf("New = %v, want an error that matches slo.ErrInvalid", err)
	}
	if want := `want a name that Objectives[0] does not have already, as it is printed`; !strings.Contains(err.Error(), want) {
		t.Errorf("New = %q, want it to contain %q", err, want)
	}
}

func TestReportTellsOtherStreamsFromOtherRequests(t *testing.T) {
	tr := budgettest.NewConfig(t, budget.Config{Objectives: []slo.Objective{payAvailable("pay")}, MaxOperations: 1})
	for _, name := range []string{"a", "b", "c"} {
		o := tr.HTTP("GET /" + name)
		o.Start()
		o.Finish(slo.Success, time.Millisecond)
		tr.Events(name).Add(2, 5)
	}
	r := tr.Report()
	if got := find(t, r, "_OTHER", slo.NoSource).Requests(); got != 2 {
		t.Errorf("requests in _OTHER = %d, want 2", got)
	}
	if got := find(t, r, "_OTHER", slo.EventsSource).Requests(); got != 10 {
		t.Errorf("events in _OTHER = %d, want 10", got)
	}
	if r.Self.Overflowed != 2 {
		t.Errorf("Self.Overflowed = %d, want the 2 requests", r.Self.Overflowed)
	}
}

func TestReportClosed(t *testing.T) {
	tr := budgettest.New(t, payAvailable("pay"))
	if tr.Report().Closed {
		t.Error("Report().Closed = true, want false while the tracker counts")
	}
	tr.Close()
	if !tr.Report().Closed {
		t.Error("Report().Closed = false after Close, want true")
	}
}

// A sum of nanoseconds passes 2^64 after 584 years of requests, which a thousand
// requests under way at any time take half a year for.
func TestReportSumNeverDecreases(t *testing.T) {
	tr := budgettest.New(t, payAvailable("pay"))
	o := tr.HTTP("POST /pay")
	var last float64
	for i := range 6 {
		o.Start()
		o.Finish(slo.Success, math.MaxInt64)
		got := find(t, tr.Report(), "POST /pay", slo.HTTPSource).Good.Sum
		want := float64(i+1) * math.MaxInt64 / 1e9
		if got < last || math.Abs(got-want) > want*1e-12 {
			t.Errorf("after %d requests of 292 years: Sum = %v, want %v", i+1, got, want)
		}
		last = got
	}
}

func TestHistogramCumulative(t *testing.T) {
	tr := budgettest.New(t, payAvailable("pay"), slo.Objective{
		Name: "fast", Of: pay, SLI: slo.Latency(333 * time.Millisecond), Target: slo.Percent(95),
	})
	o := tr.HTTP("POST /pay")
	for _, d := range []time.Duration{
		0, 5 * time.Millisecond, 5*time.Millisecond + 1,
		333 * time.Millisecond, 333*time.Millisecond + 1, time.Hour,
	} {
		o.Start()
		o.Finish(slo.Success, d)
	}
	h := find(t, tr.Report(), "POST /pay", slo.HTTPSource).Good
	bounds := tr.Bounds()
	got := h.Cumulative(bounds)
	for i, d := range bounds {
		if want := h.AtMost(d); got[i] != want {
			t.Errorf("Cumulative at %v = %d, want %d as AtMost says", d, got[i], want)
		}
	}
	want := []uint64{2, 4, 5}
	if got := h.Cumulative([]time.Duration{5 * time.Millisecond, 333 * time.Millisecond, 10 * time.Second}); !slices.Equal(got, want) {
		t.Errorf("Cumulative(5ms, 333ms, 10s) = %v, want %v", got, want)
	}
	if got := (budget.Histogram{}).Cumulative(bounds); !slices.Equal(got, make([]uint64, len(bounds))) {
		t.Errorf("Cumulative of the zero Histogram = %v, want zeros", got)
	}
}
