package slo_test

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func TestLint(t *testing.T) {
	fine := with(func(o *slo.Objective) {
		o.Owner, o.Description, o.Links = "payments", "People who pay.", []slo.Link{{Name: "runbook", URL: "https://wiki.example/checkout"}}
	})
	changed := func(name string, change func(*slo.Objective)) slo.Objective {
		o := named(name, fine)
		change(&o)
		return o
	}
	fast := func(name string, threshold time.Duration, percent float64, options ...slo.Option) slo.Objective {
		return changed(name, func(o *slo.Objective) { o.SLI, o.Target = slo.Latency(threshold, options...), slo.Percent(percent) })
	}
	const ms = time.Millisecond
	for _, tt := range []struct {
		name string
		in   []slo.Objective
		want []string
	}{
		{"nothing", nil, nil},
		{"fine", []slo.Objective{fine}, nil},
		{"bare", []slo.Objective{valid()}, []string{
			`"checkout".Owner: nobody answers for it: name the team`,
			`"checkout".Description: it does not say whose experience it protects`,
			`"checkout".Links: whoever is woken by it finds no runbook`,
		}},
		{"shadow wakes nobody", []slo.Objective{changed("a", func(o *slo.Objective) { o.Shadow, o.Links = true, nil })}, nil},
		{"three nines", []slo.Objective{changed("a", func(o *slo.Objective) { o.Target = slo.Percent(99.9) })}, nil},
		{
			"four nines",
			[]slo.Objective{changed("a", func(o *slo.Objective) { o.Target, o.Window = slo.Percent(99.99), slo.Month(nil) })},
			[]string{`"a".Target: 99.99% allows 4m19s of total outage in month UTC: what heals it must not wait for people`},
		},
		{
			"just above three",
			[]slo.Objective{changed("a", func(o *slo.Objective) { o.Target = slo.Percent(99.9000001) })},
			[]string{`"a".Target: 99.9000001% allows 40m19s of total outage in 28d: what heals it must not wait for people`},
		},
		{
			"weekends",
			[]slo.Objective{
				changed("a", func(o *slo.Objective) { o.Window = slo.Rolling(30 * slo.Day) }),
				changed("b", func(o *slo.Objective) { o.Window = slo.Rolling(7 * slo.Day) }),
				changed("c", func(o *slo.Objective) { o.Window = slo.Rolling(3 * slo.Day) }),
				changed("d", func(o *slo.Objective) { o.Window = slo.Month(nil) }),
			},
			[]string{`"a".Window: 30d are not whole weeks, so the number of weekends in it changes: consider 28d`},
		},
		{"two thresholds", []slo.Objective{fast("a", 700*ms, 95), fast("b", 350*ms, 75)}, nil},
		{
			"one implies the other",
			[]slo.Objective{fast("a", 700*ms, 75), fast("b", 350*ms, 95)},
			[]string{`"a".SLI: it is kept whenever "b" is`},
		},
		{
			"the same twice",
			[]slo.Objective{fast("a", 700*ms, 75), fast("b", 700*ms, 75)},
			[]string{`"b".SLI: it is kept whenever "a" is`},
		},
		{
			"not the same requests", []slo.Objective{
				fast("a", 700*ms, 75), fast("b", 350*ms, 95, slo.CountFailures),
				changed("c", func(o *slo.Objective) { o.Of, o.SLI = slo.HTTP("GET /"), slo.Latency(350*ms) }),
				changed("d", func(o *slo.Objective) { o.SLI, o.Window = slo.Latency(350*ms), slo.Rolling(7*slo.Day) }),
				changed("e", func(o *slo.Objective) { o.SLI, o.Method = slo.Latency(350*ms), slo.RatioTimeslices(time.Minute) }),
			}, nil,
		},
		{"what Validate refuses", []slo.Objective{changed("a", func(o *slo.Objective) { o.Target, o.Window = slo.Percent(100), slo.Days(0, monday) })}, nil},
	} {
		var got []string
		for _, a := range slo.Lint(tt.in...) {
			got = append(got, a.String())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: Lint = %q, want %q", tt.name, got, tt.want)
		}
	}
}
