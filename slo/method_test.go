package slo_test

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func TestMethod(t *testing.T) {
	minute, target := time.Minute, slo.Percent(95)
	for _, tt := range []struct {
		in     slo.Method
		kind   slo.MethodKind
		length time.Duration
		target slo.Target
		text   string
	}{
		{slo.Method{}, slo.OccurrencesMethod, 0, slo.Target{}, "Occurrences"},
		{slo.Timeslices(minute, target), slo.TimeslicesMethod, minute, target, "Timeslices 1m 95%"},
		{slo.RatioTimeslices(90 * time.Second), slo.RatioTimeslicesMethod, 90 * time.Second, slo.Target{}, "RatioTimeslices 90s"},
	} {
		if tt.in.Kind() != tt.kind || tt.in.SliceLength() != tt.length || tt.in.SliceTarget() != tt.target || tt.in.String() != tt.text {
			t.Errorf("%v is %v of %v at %v, want %q: %v of %v at %v",
				tt.in, tt.in.Kind(), tt.in.SliceLength(), tt.in.SliceTarget(), tt.text, tt.kind, tt.length, tt.target)
		}
	}
	a, b := slo.Timeslices(minute, target), slo.Timeslices(time.Minute, slo.Percent(95))
	if a != b || a == slo.RatioTimeslices(minute) {
		t.Error("methods are not == exactly if they are declared alike")
	}
	if got := slo.MethodKind(3).String(); got != "unknown method" {
		t.Errorf("MethodKind(3) = %q, want unknown method", got)
	}
}

func TestValidateMethod(t *testing.T) {
	target := slo.Percent(95)
	month, hour := slo.Month(nil), slo.Rolling(time.Hour)
	judged := func(w slo.Window, m slo.Method, expected uint64) slo.Objective {
		return with(func(o *slo.Objective) { o.Window, o.Method, o.ExpectedEvents = w, m, expected })
	}
	for _, o := range []slo.Objective{
		judged(month, slo.Method{}, 1),
		judged(slo.Days(1, monday), slo.Method{}, 1<<64-1),
		judged(slo.Window{}, slo.Timeslices(time.Second, target), 0),
		judged(hour, slo.Timeslices(6*time.Minute, target), 0),
		judged(month, slo.RatioTimeslices(3*slo.Day), 0),
	} {
		if err := slo.Validate(o); err != nil {
			t.Errorf("Validate of %v, %v, %d = %v, want nil", o.Window, o.Method, o.ExpectedEvents, err)
		}
	}
	const (
		at      = `slo: Objectives[0] "checkout".`
		seconds = "want slices of whole seconds, at least 1s, such as time.Minute"
	)
	for _, tt := range []struct {
		in   slo.Objective
		want []string
	}{
		{judged(hour, slo.Timeslices(0, target), 0), []string{"Method is slo.Timeslices(0s, 95%): " + seconds}},
		{judged(hour, slo.Timeslices(-time.Minute, target), 0), []string{"Method is slo.Timeslices(-1m0s, 95%): " + seconds}},
		{judged(hour, slo.Timeslices(1500*time.Millisecond, target), 0), []string{"Method is slo.Timeslices(1.5s, 95%): " + seconds}},
		{judged(hour, slo.RatioTimeslices(60), 0), []string{"Method is slo.RatioTimeslices(60ns): " + seconds}},
		{judged(hour, slo.RatioTimeslices(6*time.Minute+time.Second), 0), []string{
			"Method is slo.RatioTimeslices(6m1s): want slices of at most 6m, a tenth of the window",
		}},
		{judged(month, slo.Timeslices(4*slo.Day, target), 0), []string{"Method is slo.Timeslices(96h0m0s, 95%): want slices of at most 3d, a tenth of the window"}},
		{judged(hour, slo.Timeslices(time.Minute, slo.Target{}), 0), []string{"Method is unset: want slo.Percent(p) or slo.Ratio(r) as the target of a slice"}},
		{judged(hour, slo.Timeslices(time.Hour, slo.Percent(0.95)), 0), []string{
			"Method is slo.Timeslices(1h0m0s, invalid): want slices of at most 6m, a tenth of the window",
			"Method is Percent(0.95): want a percentage above 1 and below 100 (did you mean 95?) as the target of a slice",
		}},
		{judged(slo.Window{}, slo.Method{}, 1000), []string{
			"ExpectedEvents is 1000: want zero, or a calendar window such as slo.Month(nil): a rolling window is over, so what it saw is all there was to expect",
		}},
		{judged(month, slo.RatioTimeslices(time.Minute), 1000), []string{"ExpectedEvents is 1000: want zero: how many time slices a period has is known"}},
		{judged(slo.Days(0, monday), slo.RatioTimeslices(time.Hour), 0), []string{"Window is slo.Days(0, 2026-01-05 UTC): want 1 to 3660 days"}},
	} {
		for i := range tt.want {
			tt.want[i] = at + tt.want[i]
		}
		checkRefused(t, []slo.Objective{tt.in}, tt.want...)
	}
}
