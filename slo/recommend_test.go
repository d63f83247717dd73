package slo_test

import (
	"math"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func TestRecommend(t *testing.T) {
	seen := func(valid uint64, bad ...uint64) []slo.Observation {
		var periods []slo.Observation
		for _, b := range bad {
			periods = append(periods, slo.Observation{Bad: b, Valid: valid})
		}
		return periods
	}
	const million = 1_000_000
	for _, tt := range []struct {
		name string
		in   []slo.Observation
		want slo.Recommendation // without a target: nothing
	}{
		{"nothing", nil, slo.Recommendation{}},
		{"no events", seen(0, 0, 0), slo.Recommendation{}},
		{"never worked", seen(million, million, million), slo.Recommendation{}},
		{"less than half", seen(million, 500_001), slo.Recommendation{}},
		{"half", seen(million, 500_000), slo.Recommendation{Target: slo.Percent(50), Kept: 1, Periods: 1, Best: 0.5, Worst: 0.5}},
		{"never failed", seen(million, 0, 0), slo.Recommendation{Target: slo.Percent(99.99), Kept: 2, Periods: 2, Best: 1, Worst: 1}},
		{"at the boundary", seen(million, 1000), slo.Recommendation{Target: slo.Percent(99.9), Kept: 1, Periods: 1, Best: 0.999, Worst: 0.999}},
		{"beyond it", seen(million, 1001), slo.Recommendation{Target: slo.Percent(99.5), Kept: 1, Periods: 1, Best: 0.998999, Worst: 0.998999}},
		{ // one bad month of four does not decide, two do
			"one bad month", seen(million, 400, 900_000, 500, 100),
			slo.Recommendation{Target: slo.Percent(99.95), Kept: 3, Periods: 4, Best: 0.9999, Worst: 0.1},
		},
		{
			"two bad months", seen(million, 400, 200_000, 300_000, 100),
			slo.Recommendation{Target: slo.Percent(80), Kept: 3, Periods: 4, Best: 0.9999, Worst: 0.7},
		},
		{ // 100 events cannot prove 99.9 %
			"too few", seen(100, 0, 0), slo.Recommendation{Target: slo.Percent(99), Kept: 2, Periods: 2, Best: 1, Worst: 1},
		},
		{"one event", seen(1, 0), slo.Recommendation{}},
		{
			"an idle period is left out", append(seen(million, 10_000, 10_000), seen(0, 0)...),
			slo.Recommendation{Target: slo.Percent(99), Kept: 2, Periods: 2, Best: 0.99, Worst: 0.99},
		},
		{ // what cannot be counts as all bad
			"more bad than valid", seen(10, 11), slo.Recommendation{},
		},
		{
			"the largest counts", seen(math.MaxUint64, math.MaxUint64/10),
			slo.Recommendation{Target: slo.Percent(90), Kept: 1, Periods: 1, Best: 0.9, Worst: 0.9},
		},
	} {
		got, ok := slo.Recommend(tt.in...)
		if got != tt.want || ok != (tt.want.Target != slo.Target{}) {
			t.Errorf("%s: Recommend = %+v, %v, want %+v", tt.name, got, ok, tt.want)
		}
	}
}

func TestRecommendThreshold(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		in   []time.Duration
		want time.Duration
	}{
		{nil, 0},
		{[]time.Duration{0, -time.Second}, 0},
		{[]time.Duration{312 * ms}, 350 * ms},
		{[]time.Duration{350 * ms}, 350 * ms},
		{[]time.Duration{95 * ms, 0}, 95 * ms},
		{[]time.Duration{101 * ms}, 150 * ms},
		{[]time.Duration{time.Second}, time.Second},
		{[]time.Duration{1100 * ms}, 1500 * ms},
		{[]time.Duration{9 * time.Second, 200 * ms, 210 * ms, 190 * ms}, 250 * ms},
		{[]time.Duration{9 * time.Second, 200 * ms, 210 * ms}, 9 * time.Second},
		{[]time.Duration{1}, time.Microsecond},
		{[]time.Duration{7}, time.Microsecond},
		{[]time.Duration{math.MaxInt64}, math.MaxInt64},
	} {
		in := append([]time.Duration(nil), tt.in...)
		got, ok := slo.RecommendThreshold(in...)
		if got != tt.want || ok != (tt.want > 0) {
			t.Errorf("RecommendThreshold(%v) = %v, %v, want %v", tt.in, got, ok, tt.want)
		}
		for i := range in {
			if in[i] != tt.in[i] {
				t.Errorf("RecommendThreshold(%v) has changed its arguments to %v", tt.in, in)
				break
			}
		}
		if ok {
			if err := slo.Validate(with(func(o *slo.Objective) { o.SLI = slo.Latency(got) })); err != nil {
				t.Errorf("RecommendThreshold(%v) = %v, which is refused: %v", tt.in, got, err)
			}
		}
	}
}

func TestAllowedBad(t *testing.T) {
	for _, tt := range []struct {
		target slo.Target
		valid  uint64
		want   uint64
	}{
		{slo.Percent(99.9), 1_000_000, 1000},
		{slo.Percent(99.9), 999_999, 999},
		{slo.Percent(99.9), 999, 0},
		{slo.Percent(98), 0, 0},
		{slo.Percent(99.9999999), math.MaxUint64, 18_446_744_073},
		{slo.Ratio(0.000000001), math.MaxUint64, 18_446_744_055_262_807_541},
		{slo.Target{}, 1000, 0},
	} {
		got := tt.target.AllowedBad(tt.valid)
		if got != tt.want {
			t.Errorf("%v.AllowedBad(%d) = %d, want %d", tt.target, tt.valid, got, tt.want)
		}
		if tt.valid > 0 && tt.target.Err() == nil && (!tt.target.Met(got, tt.valid) || tt.target.Met(got+1, tt.valid)) {
			t.Errorf("%v.AllowedBad(%d) = %d is not the most that is met", tt.target, tt.valid, got)
		}
	}
}
