package slo_test

import (
	"context"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func TestEventMarks(t *testing.T) {
	type outcome struct {
		class  slo.Class // of an event that succeeded
		cause  string
		marked bool
	}
	for _, tt := range []struct {
		name string
		mark func(*slo.Event)
		want outcome
	}{
		{"nothing", func(*slo.Event) {}, outcome{slo.Success, "", false}},
		{"bad", func(e *slo.Event) { e.Bad("payments") }, outcome{slo.Failed, "payments", true}},
		{"bad without cause", func(e *slo.Event) { e.Bad("") }, outcome{slo.Failed, "", true}},
		{"excluded", func(e *slo.Event) { e.Exclude("load test") }, outcome{slo.Exempt, "load test", true}},
		{"degraded", func(e *slo.Event) { e.Degraded() }, outcome{slo.Degraded, "", true}},
		{"subtracted only", func(e *slo.Event) { e.Subtract(time.Second) }, outcome{slo.Success, "", false}},
		{"bad, then excluded", func(e *slo.Event) { e.Bad("payments"); e.Exclude("load test") }, outcome{slo.Failed, "payments", true}},
		{"excluded, then bad", func(e *slo.Event) { e.Exclude("load test"); e.Bad("payments") }, outcome{slo.Failed, "payments", true}},
		{"excluded, then bad without cause", func(e *slo.Event) { e.Exclude("load test"); e.Bad("") }, outcome{slo.Failed, "", true}},
		{"degraded, then excluded", func(e *slo.Event) { e.Degraded(); e.Exclude("") }, outcome{slo.Exempt, "", true}},
		{"excluded, then degraded", func(e *slo.Event) { e.Exclude("x"); e.Degraded() }, outcome{slo.Exempt, "x", true}},
		{"degraded twice", func(e *slo.Event) { e.Degraded(); e.Degraded() }, outcome{slo.Degraded, "", true}},
		{"bad twice", func(e *slo.Event) { e.Bad("payments"); e.Bad("stock") }, outcome{slo.Failed, "stock", true}},
		{"bad twice, then without cause", func(e *slo.Event) { e.Bad("payments"); e.Bad("") }, outcome{slo.Failed, "payments", true}},
	} {
		var e slo.Event
		tt.mark(&e)
		if got := (outcome{e.Class(slo.Success), e.Cause(), e.Marked()}); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// Blame says nothing of the outcome, and is heard only where that is bad and has no cause
// of its own.
func TestBlame(t *testing.T) {
	type outcome struct {
		class  slo.Class
		cause  string
		marked bool
	}
	blame := func(e *slo.Event) { e.Blame("payments") }
	for _, tt := range []struct {
		name string
		mark []func(*slo.Event)
		in   slo.Class
		want outcome
	}{
		{"a failure", []func(*slo.Event){blame}, slo.ServerError, outcome{slo.ServerError, "payments", false}},
		{"a failed RPC", []func(*slo.Event){blame}, slo.RPCUnavailable, outcome{slo.RPCUnavailable, "payments", false}},
		{"a success", []func(*slo.Event){blame}, slo.Success, outcome{slo.Success, "", false}},
		{"the client's fault", []func(*slo.Event){blame}, slo.ClientError, outcome{slo.ClientError, "", false}},
		{"a class outside the set", []func(*slo.Event){blame}, 250, outcome{250, "", false}},
		{"bad without cause", []func(*slo.Event){blame, func(e *slo.Event) { e.Bad("") }}, slo.Success, outcome{slo.Failed, "payments", true}},
		{"bad without cause before", []func(*slo.Event){func(e *slo.Event) { e.Bad("") }, blame}, slo.Success, outcome{slo.Failed, "payments", true}},
		{"bad with a cause", []func(*slo.Event){blame, func(e *slo.Event) { e.Bad("stock") }}, slo.Success, outcome{slo.Failed, "stock", true}},
		{"bad with a cause before", []func(*slo.Event){func(e *slo.Event) { e.Bad("stock") }, blame}, slo.Success, outcome{slo.Failed, "stock", true}},
		{"excluded", []func(*slo.Event){blame, func(e *slo.Event) { e.Exclude("test") }}, slo.ServerError, outcome{slo.Exempt, "test", true}},
		{"degraded, and a success", []func(*slo.Event){blame, (*slo.Event).Degraded}, slo.Success, outcome{slo.Degraded, "", true}},
		{"degraded, and a failure", []func(*slo.Event){blame, (*slo.Event).Degraded}, slo.ServerError, outcome{slo.ServerError, "payments", true}},
		{"degraded before", []func(*slo.Event){(*slo.Event).Degraded, blame}, slo.ServerError, outcome{slo.ServerError, "payments", true}},
		{"the last holds", []func(*slo.Event){blame, func(e *slo.Event) { e.Blame("stock") }, func(e *slo.Event) { e.Blame("") }}, slo.Failed, outcome{slo.Failed, "stock", false}},
	} {
		var e slo.Event
		for _, mark := range tt.mark {
			mark(&e)
		}
		class := e.Class(tt.in)
		if got := (outcome{class, e.CauseOf(class), e.Marked()}); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
	var none *slo.Event
	none.Blame("payments")
	if got := none.CauseOf(slo.Failed); got != "" {
		t.Errorf("a nil event blames %q", got)
	}
	var long slo.Event
	long.Blame(strings.Repeat("x", 1<<20))
	if got := len(long.CauseOf(slo.Failed)); got != 256 {
		t.Errorf("a cause of a mebibyte is kept in %d bytes, want 256", got)
	}
}

func TestMarksOnEveryClass(t *testing.T) {
	var silent, bad, excluded, degraded slo.Event
	bad.Bad("")
	excluded.Exclude("")
	degraded.Degraded()
	for n := range 256 { // those outside the set too: a custom classifier may return any
		c := slo.Class(n)
		want := c
		if c == slo.Success || c == slo.RPCOK || c == slo.EventGood {
			want = slo.Degraded
		}
		for _, tt := range []struct {
			name string
			e    *slo.Event
			want slo.Class
		}{
			{"silent", &silent, c},
			{"nil", nil, c},
			{"bad", &bad, slo.Failed},
			{"excluded", &excluded, slo.Exempt},
			{"degraded", &degraded, want},
		} {
			if got := tt.e.Class(c); got != tt.want {
				t.Errorf("%s event: Class(%d) = %d, want %d", tt.name, c, got, tt.want)
			}
		}
	}
}

// A mark must not turn what an objective calls bad into something it calls good.
func TestDegradedMakesNothingGood(t *testing.T) {
	var e slo.Event
	e.Degraded()
	for _, sli := range []slo.SLI{slo.Availability(), slo.Availability(slo.Strict()), slo.Availability(slo.Verdicts{slo.ClientError: slo.Bad}), slo.Fidelity()} {
		for c := range slo.NumClasses {
			if sli.Verdict(c) != slo.Good && sli.Verdict(e.Class(c)) == slo.Good {
				t.Errorf("%v: %v is %v, and good once degraded", sli, c, sli.Verdict(c))
			}
		}
	}
}

func TestSubtract(t *testing.T) {
	for _, tt := range []struct {
		in   []time.Duration
		want time.Duration
	}{
		{nil, 0},
		{[]time.Duration{time.Second}, time.Second},
		{[]time.Duration{time.Second, 2 * time.Second}, 3 * time.Second},
		{[]time.Duration{time.Second, -2 * time.Second, 0}, time.Second},
		{[]time.Duration{math.MinInt64}, 0},
		{[]time.Duration{math.MaxInt64}, math.MaxInt64},
		{[]time.Duration{math.MaxInt64, math.MaxInt64, 1}, math.MaxInt64}, // not below zero
	} {
		var e slo.Event
		for _, d := range tt.in {
			e.Subtract(d)
		}
		if got := e.Subtracted(); got != tt.want {
			t.Errorf("after Subtract of %v: Subtracted() = %v, want %v", tt.in, got, tt.want)
		}
	}
}

func TestNilEventDoesNothing(t *testing.T) {
	var e *slo.Event
	e.Bad("payments")
	e.Exclude("load test")
	e.Degraded()
	e.Subtract(time.Second)
	if e.Marked() || e.Cause() != "" || e.Subtracted() != 0 || e.Class(slo.ServerError) != slo.ServerError {
		t.Errorf("a nil event says %v, %q, %v, %v", e.Marked(), e.Cause(), e.Subtracted(), e.Class(slo.ServerError))
	}
}

func TestLongCausesAreCut(t *testing.T) {
	var e slo.Event
	e.Bad(strings.Repeat("x", 1<<20))
	if got := len(e.Cause()); got != 256 {
		t.Errorf("a cause of a mebibyte is kept in %d bytes, want 256", got)
	}
	for name, letter := range map[string]string{"two bytes": "\u00e9", "three": "\u20ac", "four": "\U0001f4a3"} {
		var e slo.Event
		e.Bad("a" + strings.Repeat(letter, 200))
		got := e.Cause()
		if want := "a" + strings.Repeat(letter, 255/len(letter)); got != want {
			t.Errorf("a cause of letters of %s is cut to %d bytes, want %d, whole letters", name, len(got), len(want))
		}
	}
	var raw slo.Event
	raw.Bad(strings.Repeat("\x80", 300))
	if got := len(raw.Cause()); got > 256 || got < 252 {
		t.Errorf("a cause of no letters is kept in %d bytes, want 252 to 256", got)
	}
}

func TestEventInContext(t *testing.T) {
	var e slo.Event
	ctx := slo.NewContext(t.Context(), &e)
	if got := slo.FromContext(ctx); got != &e {
		t.Errorf("FromContext = %p, want %p", got, &e)
	}
	inner, cancel := context.WithCancel(ctx)
	cancel()
	slo.FromContext(inner).Bad("payments")
	if got := e.Class(slo.Success); got != slo.Failed {
		t.Errorf("marked through a derived context: Class = %v, want failed", got)
	}
	var second slo.Event
	if got := slo.FromContext(slo.NewContext(ctx, &second)); got != &second {
		t.Error("FromContext does not return the innermost event")
	}
}

func TestNoEventInContext(t *testing.T) {
	for name, ctx := range map[string]context.Context{
		"empty":     t.Context(),
		"nil event": slo.NewContext(t.Context(), nil),
		"nil":       nil, // a mistake, but none that takes the host down
	} {
		e := slo.FromContext(ctx)
		if e != nil {
			t.Errorf("%s: FromContext = %v, want nil", name, e)
		}
		e.Bad("nobody counts")
	}
}

// Handlers mark from several goroutines. Whatever the order, the gravest mark holds,
// with a text of its own and never that of another.
func TestConcurrentSafeEvent(t *testing.T) {
	const rounds, each = 2000, 4
	for round := range rounds {
		var e slo.Event
		var wg sync.WaitGroup
		for range each {
			wg.Go(func() { e.Bad("bad") })
			wg.Go(func() { e.Exclude("excluded") })
			wg.Go(func() { e.Degraded() })
			wg.Go(func() { e.Subtract(time.Second) })
			wg.Go(func() { e.Blame("blamed") })
		}
		wg.Go(func() {
			for range 10 {
				e.Class(slo.Success)
				e.Subtracted()
				if cause := e.Cause(); cause != "" && cause != "bad" && cause != "excluded" {
					t.Errorf("round %d: Cause() = %q while marking", round, cause)
				}
			}
		})
		wg.Wait()
		if got := e.Class(slo.Success); got != slo.Failed {
			t.Fatalf("round %d: Class = %v, want failed", round, got)
		}
		if got := e.Cause(); got != "bad" {
			t.Fatalf("round %d: Cause() = %q, want bad", round, got)
		}
		if got := e.Subtracted(); got != each*time.Second {
			t.Fatalf("round %d: Subtracted() = %v, want %v", round, got, each*time.Second)
		}
	}
}

func TestMarksAllocateAtMostOnce(t *testing.T) {
	var e slo.Event
	var none *slo.Event
	var blamed slo.Event
	for _, tt := range []struct {
		name string
		mark func()
		want float64
	}{
		{"Blame", func() { blamed.Blame("payments") }, 1},
		{"Degraded", func() { e.Degraded() }, 0},
		{"Subtract", func() { e.Subtract(1) }, 0},
		{"reading", func() { e.Class(slo.Success); e.Cause(); e.Marked() }, 0},
		{"nil", func() { none.Bad("payments") }, 0},
		{"Exclude", func() { e.Exclude("load test") }, 1},
		{"Bad", func() { e.Bad("payments") }, 1},
		{"Exclude under Bad", func() { e.Exclude("load test") }, 0},
	} {
		if got := testing.AllocsPerRun(100, tt.mark); got != tt.want {
			t.Errorf("%s allocates %v times, want %v", tt.name, got, tt.want)
		}
	}
}
