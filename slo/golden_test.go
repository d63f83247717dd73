package slo_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// The golden tests are the worked numbers of the literature, named as
// REQUIREMENTS counts them; those that need windows are in package budget.

// 98 % availability over four weeks: 2 % of the requests may fail.
func TestG1TwoPercentMayFail(t *testing.T) {
	target := slo.Percent(98)
	if got := target.ErrorBudget(); got != 0.02 {
		t.Errorf("ErrorBudget() = %v, want 0.02", got)
	}
	if got := (slo.Window{}).String(); got != "28d" {
		t.Errorf("Window{} = %v, want four weeks", got)
	}
	const requests = 1_000_000
	if !target.Met(20_000, requests) || target.Met(20_001, requests) {
		t.Errorf("of %d requests 20,000 may fail and 20,001 may not", requests)
	}
}

// A 100 % target has no budget: it is refused, and the message names why.
func TestG2AHundredPercentIsRefused(t *testing.T) {
	for _, target := range []slo.Target{slo.Percent(100), slo.Ratio(1)} {
		err := slo.Validate(slo.Objective{
			Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: target,
		})
		if err == nil || !strings.Contains(err.Error(), "100 % leaves no error budget to spend") {
			t.Errorf("Validate = %v, want an error that says why 100 %% is refused", err)
		}
		if got, ok := target.Consumed(1, 1); got != 0 || ok {
			t.Errorf("Consumed = %v, %v, want 0, false and no division by zero", got, ok)
		}
	}
}

// 95 % within 400 ms: 5 % of the requests may take as long as they like.
func TestG3FivePercentAreUncapped(t *testing.T) {
	sli, target := slo.Latency(400*time.Millisecond), slo.Percent(95)
	if got, ok := sli.Threshold(); got != 400*time.Millisecond || !ok {
		t.Errorf("Threshold() = %v, %v, want 400ms, true", got, ok)
	}
	if got := target.ErrorBudget(); got != 0.05 {
		t.Errorf("ErrorBudget() = %v, want 0.05", got)
	}
	if !target.Met(50, 1000) || target.Met(51, 1000) {
		t.Error("of 1,000 requests 50 may be slow and 51 may not")
	}
}

// 95 % in 700 ms and 75 % in 350 ms are two budgets: a request of 500 ms spends of
// the second only.
func TestG4TwoThresholdsAreTwoBudgets(t *testing.T) {
	const took = 500 * time.Millisecond
	for _, tt := range []struct {
		sli    slo.SLI
		target slo.Target
		want   float64 // consumed by that request among 100
	}{
		{slo.Latency(700 * time.Millisecond), slo.Percent(95), 0},
		{slo.Latency(350 * time.Millisecond), slo.Percent(75), 0.04},
	} {
		threshold, _ := tt.sli.Threshold()
		bad := uint64(0)
		if took > threshold {
			bad = 1
		}
		if got, ok := tt.target.Consumed(bad, 100); got != tt.want || !ok {
			t.Errorf("%v of %v: Consumed(%d, 100) = %v, %v, want %v", tt.target, tt.sli, bad, got, ok, tt.want)
		}
	}
}

// 99.9 % over 30 days is 43.2 minutes.
func TestG22MinutesOfThirtyDays(t *testing.T) {
	for _, tt := range []struct {
		percent float64
		want    time.Duration
	}{
		{99.9, 43*time.Minute + 12*time.Second},
		{99.99, 4*time.Minute + 19200*time.Millisecond},
		{99, 7*time.Hour + 12*time.Minute},
	} {
		const billionth = 30 * slo.Day / 1_000_000_000
		got := time.Duration(slo.Percent(tt.percent).AllowedPerBillion()) * billionth
		if got != tt.want {
			t.Errorf("%v %% of 30 days leaves %v, want %v", tt.percent, got, tt.want)
		}
	}
}

// Consumed is (100 - SLI) / (100 - target): at 99.9 %, an SLI of 99.95 % leaves half
// of the budget and 99.85 % leaves minus half.
func TestG23RemainingIsSigned(t *testing.T) {
	for _, tt := range []struct {
		good uint64 // of 10,000
		want float64
	}{
		{10_000, 1}, {9995, 0.5}, {9990, 0}, {9985, -0.5}, {9900, -9}, {0, -999},
	} {
		consumed, ok := slo.Percent(99.9).Consumed(10_000-tt.good, 10_000)
		if got := 1 - consumed; got != tt.want || !ok {
			t.Errorf("SLI %d of 10,000: remaining = %v, %v, want %v", tt.good, got, ok, tt.want)
		}
	}
}

// G22: 99.9 % of 30 days are 43,200 min x 0.001 = 43.2 min; of a month of 365/12 days
// 43.8 min, and at 99.99 % 4.38 min.
func TestG22NinesInMinutes(t *testing.T) {
	const month = 365 * slo.Day / 12
	for _, tt := range []struct {
		target slo.Target
		window time.Duration
		want   time.Duration
	}{
		{slo.Percent(99.9), 30 * slo.Day, 43*time.Minute + 12*time.Second},
		{slo.Percent(99.9), month, 43*time.Minute + 48*time.Second},
		{slo.Percent(99.99), month, 4*time.Minute + 22800*time.Millisecond},
		{slo.Percent(99.9999999), time.Second, 1},
		{slo.Percent(99.999), 1<<63 - 1, 92233720368547 * time.Nanosecond},
		{slo.Percent(50), -time.Hour, 0},
		{slo.Target{}, time.Hour, 0},
	} {
		if got := tt.target.AllowedDowntime(tt.window); got != tt.want {
			t.Errorf("%v.AllowedDowntime(%v) = %v, want %v", tt.target, tt.window, got, tt.want)
		}
	}
}

// Without an explicit objective: 90 % availability and 80 % within 1,000 ms.
func TestG19Defaults(t *testing.T) {
	defaults := slo.Defaults()
	if err := slo.Validate(defaults...); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		name   string
		sli    slo.SLI
		target slo.Target
	}{
		{"availability", slo.Availability(), slo.Percent(90)},
		{"latency", slo.Latency(1000 * time.Millisecond), slo.Percent(80)},
	} {
		got := defaults[i]
		if got.Name != want.name || got.SLI != want.sli || got.Target != want.target || got.Of != slo.Each || got.Window != (slo.Window{}) {
			t.Errorf("Defaults()[%d] = %+v, want %v of %v on each operation over 28 days", i, got, want.target, want.sli)
		}
	}
	defaults[0].Name = "changed"
	if got := slo.Defaults(); len(got) != 2 || got[0].Name != "availability" {
		t.Errorf("Defaults() = %v, want two values of their own", got)
	}
}

// A history of at most 95 % proposes no 99 %, and latencies from 300 to 900 ms no 200 ms.
func TestG20NoTighterThanTheBest(t *testing.T) {
	var availability, fast []slo.Observation
	var latencies []time.Duration
	for i := range uint64(7) {
		availability = append(availability, slo.Observation{Bad: 5_000 + 300*i, Valid: 100_000}) // 95 % to 93.2 %
		fast = append(fast, slo.Observation{Bad: 100_000, Valid: 100_000})                       // within 200 ms: none
		latencies = append(latencies, time.Duration(300+100*i)*time.Millisecond)
	}
	got, ok := slo.Recommend(availability...)
	if want := (slo.Recommendation{Target: slo.Percent(90), Kept: 7, Periods: 7, Best: 0.95, Worst: 0.932}); got != want || !ok {
		t.Errorf("Recommend(at most 95 %%) = %+v, %v, want %+v", got, ok, want)
	}
	if got, ok := slo.Recommend(fast...); ok {
		t.Errorf("Recommend(none within 200 ms) = %v, want nothing", got)
	}
	if got, ok := slo.RecommendThreshold(latencies...); got != 800*time.Millisecond || !ok {
		t.Errorf("RecommendThreshold(300 ms to 900 ms) = %v, %v, want 800ms: six of seven periods kept it", got, ok)
	}
}
