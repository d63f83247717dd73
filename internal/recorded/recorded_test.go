package recorded_test

import (
	"fmt"
	"testing"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/internal/recorded"
	"github.com/seed-abb722f7/nines/slo"
)

// A log is a test that fails without failing.
type log struct {
	testing.TB
	lines []string
}

func (l *log) Helper() {}

func (l *log) Errorf(format string, args ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func TestCheck(t *testing.T) {
	tr := budgettest.New(t, slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)})
	o := tr.HTTP("GET /row")
	o.Start()
	o.Finish(slo.Success, 0)
	recorded.Check(t, tr.Tracker, "GET /row 2xx-3xx 1")
	o.Start()
	l := &log{TB: t}
	recorded.Check(l, tr.Tracker, "GET /row 2xx-3xx 2")
	want := []string{
		"GET /row: 1 in flight, want 0",
		`recorded ["GET /row 2xx-3xx 1"], want ["GET /row 2xx-3xx 2"]`,
	}
	if fmt.Sprint(l.lines) != fmt.Sprint(want) {
		t.Errorf("Check said %q, want %q", l.lines, want)
	}
}
