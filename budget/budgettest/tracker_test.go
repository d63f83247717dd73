package budgettest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/slo"
)

var checkout = slo.Objective{
	Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Latency(time.Second), Target: slo.Percent(99), Window: slo.Rolling(time.Hour),
}

// fakeTB records what a test would have been told.
type fakeTB struct {
	testing.TB
	errors, fatal []string
	cleanups      []func()
}

func (f *fakeTB) Helper()          {}
func (f *fakeTB) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }
func (f *fakeTB) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}

func (f *fakeTB) Fatalf(format string, args ...any) {
	f.fatal = append(f.fatal, fmt.Sprintf(format, args...))
	panic("fatal")
}

func TestWantSaysWhatWasCountedInstead(t *testing.T) {
	f := &fakeTB{TB: t}
	b := budgettest.New(f, checkout)
	o := b.HTTP("POST /checkout")
	o.Start()
	o.Finish(slo.ServerError, 0)
	b.Want("checkout", 0, 1, 0)
	if len(f.errors) != 0 {
		t.Fatalf("Want(0, 1, 0) reported %q, want nothing", f.errors)
	}
	b.Want("checkout", 1, 0, 0)
	b.Want("chekout", 1, 0, 0)
	if len(f.errors) != 2 {
		t.Fatalf("%d failures reported, want 2", len(f.errors))
	}
	for i, parts := range [][]string{
		{"checkout: got 0 good, 1 bad, 0 excluded; want 1 good, 0 bad, 0 excluded", "POST /checkout", "5xx 1"},
		{`no objective is named "chekout"; there are: "checkout"`},
	} {
		for _, part := range parts {
			if !strings.Contains(f.errors[i], part) {
				t.Errorf("failure %d is %q, want it to contain %q", i, f.errors[i], part)
			}
		}
	}
	for _, c := range f.cleanups {
		c()
	}
	if got := b.Budget("checkout").Status().Known; got != budget.Stale {
		t.Errorf("after the test: %v, want stale: closed", got)
	}
}

func TestWrongObjectivesEndTheTest(t *testing.T) {
	f := &fakeTB{TB: t}
	func() {
		defer func() { _ = recover() }()
		budgettest.New(f)
	}()
	if len(f.fatal) != 1 || !strings.Contains(f.fatal[0], "want at least one objective") {
		t.Errorf("reported %q, want that there is no objective", f.fatal)
	}
}

// Time is moved by hand in a bubble too: the bubble's own clock does not matter.
func TestInsideAndOutsideSynctest(t *testing.T) {
	use := func(t *testing.T) {
		t.Helper()
		b := budgettest.New(t, checkout)
		o := b.HTTP("POST /checkout")
		o.Start()
		began := b.Now()
		b.Advance(2 * time.Second)
		o.Finish(slo.Success, b.Now()-began)
		b.Want("checkout", 0, 1, 0)
		b.Advance(time.Hour + 37*time.Second)
		b.Want("checkout", 0, 0, 0)
		if got, want := b.Time(), budgettest.Start.Add(time.Hour+39*time.Second); !got.Equal(want) {
			t.Errorf("Time() = %v, want %v", got, want)
		}
	}
	use(t)
	synctest.Test(t, func(t *testing.T) {
		use(t)
		time.Sleep(time.Minute)
	})
}
