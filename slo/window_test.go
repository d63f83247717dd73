package slo_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func TestWindow(t *testing.T) {
	for _, tt := range []struct {
		in   slo.Window
		want time.Duration
		text string
	}{
		{slo.Window{}, 28 * slo.Day, "28d"},
		{slo.Rolling(28 * slo.Day), 28 * slo.Day, "28d"},
		{slo.Rolling(30 * slo.Day), 30 * slo.Day, "30d"},
		{slo.Rolling(time.Hour), time.Hour, "1h"},
		{slo.Rolling(90 * time.Minute), 90 * time.Minute, "90m"},
		{slo.Rolling(0), 0, "0s"}, // not the zero Window: somebody asked for zero
		{slo.Rolling(-time.Second), -time.Second, "-1s"},
		{slo.Rolling(28), 28, "28ns"},
		{slo.Rolling(math.MaxInt64), math.MaxInt64, "2562047h47m16.854775807s"},
	} {
		if got := tt.in.Length(); got != tt.want {
			t.Errorf("%v.Length() = %v, want %v", tt.in, got, tt.want)
		}
		if got := tt.in.String(); got != tt.text {
			t.Errorf("String() = %q, want %q", got, tt.text)
		}
	}
	if slo.Rolling(slo.DefaultWindow) != (slo.Window{}) {
		t.Error("Rolling(DefaultWindow) differs from the zero Window")
	}
	if slo.Rolling(0) == (slo.Window{}) {
		t.Error("Rolling(0) is the zero Window, want it apart")
	}
}

func TestFormatDuration(t *testing.T) {
	for _, tt := range []struct {
		in   time.Duration
		want string
	}{
		{0, "0s"},
		{1, "1ns"},
		{400 * time.Millisecond, "400ms"},
		{time.Second, "1s"},
		{1500 * time.Millisecond, "1.5s"},
		{5 * time.Minute, "5m"},
		{time.Hour, "1h"},
		{90 * time.Minute, "90m"},
		{90 * time.Second, "90s"},
		{6 * time.Hour, "6h"},
		{slo.Day, "1d"},
		{36 * time.Hour, "36h"},
		{3 * slo.Day, "3d"},
		{28 * slo.Day, "28d"},
		{slo.Day + time.Nanosecond, "24h0m0.000000001s"},
		{-time.Hour, "-1h0m0s"},
		{math.MinInt64, "-2562047h47m16.854775808s"},
	} {
		if got := slo.FormatDuration(tt.in); got != tt.want {
			t.Errorf("FormatDuration(%v) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want time.Duration
	}{
		{"28d", 28 * slo.Day},
		{"4w", 28 * slo.Day},
		{"0d", 0},
		{"0", 0},
		{"0s", 0},
		{"5m", 5 * time.Minute},
		{"1h30m", 90 * time.Minute},
		{"90m", 90 * time.Minute},
		{"500ms", 500 * time.Millisecond},
		{"1.5h", 90 * time.Minute},
		{"100us", 100 * time.Microsecond},
		{"100µs", 100 * time.Microsecond},
		{"106751d", 106751 * slo.Day}, // 292 years
		{"15250w", 106750 * slo.Day},
	} {
		if got, err := slo.ParseDuration(tt.in); got != tt.want || err != nil {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", tt.in, got, err, tt.want)
		}
	}
	for _, in := range []string{
		"", "d", "w", "28", "28 d", " 28d", "1.5d", "1d12h", "-1d", "+1d", "-5m", "1_000d", "28D", "4 weeks", "1mo", "1y",
		"106752d", "15251w", "99999999999999999999d", "2562048h", "1e3s", "NaNs", "٢٨d", "28d\x00",
	} {
		got, err := slo.ParseDuration(in)
		if got != 0 || err == nil {
			t.Errorf("ParseDuration(%q) = %v, %v, want an error", in, got, err)
			continue
		}
		checkInvalid(t, err)
	}
	_, err := slo.ParseDuration("1y")
	if got, want := err.Error(), `slo: Duration is "1y": want a length such as "28d", "6h" or "90m"`; got != want {
		t.Errorf("ParseDuration(1y) error = %s, want %s", got, want)
	}
}

func TestDurationsRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	units := []time.Duration{1, time.Microsecond, time.Millisecond, time.Second, time.Minute, time.Hour, slo.Day, 7 * slo.Day}
	for range 100_000 {
		unit := units[rng.IntN(len(units))]
		want := time.Duration(rng.Int64N(math.MaxInt64/int64(unit))) >> rng.UintN(60) * unit
		text := slo.FormatDuration(want)
		if got, err := slo.ParseDuration(text); got != want || err != nil {
			t.Fatalf("ParseDuration(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestParsePercentile(t *testing.T) {
	for _, tt := range []struct {
		in        string
		threshold time.Duration
		target    slo.Target
	}{
		{"p95 < 500ms", 500 * time.Millisecond, slo.Percent(95)},
		{"p95<500ms", 500 * time.Millisecond, slo.Percent(95)},
		{" P99.9 <= 1s ", time.Second, slo.Percent(99.9)},
		{"p50 <= 1m30s", 90 * time.Second, slo.Percent(50)},
		{"p99.9999999 < 1µs", time.Microsecond, slo.Percent(99.9999999)},
		{"p95 < 1d", slo.Day, slo.Percent(95)},
	} {
		sli, target, err := slo.ParsePercentile(tt.in)
		if err != nil || sli != slo.Latency(tt.threshold) || target != tt.target {
			t.Errorf("ParsePercentile(%q) = %v, %v, %v, want latency %v, %v", tt.in, sli, target, err, tt.threshold, tt.target)
		}
	}
	const (
		form    = `want a form such as "p95 < 500ms"`
		percent = `want a percentile above 1 and below 100, with at most 7 digits after the point, such as "p95"`
		latency = `want a latency of at least 1µs after the "<", such as "500ms"`
	)
	for _, tt := range []struct{ in, want string }{
		{"", form},
		{"p < 500ms", form},
		{"95 < 500ms", form},
		{"p95", form},
		{"p95 > 500ms", form},
		{"p95 = 500ms", form},
		{"p95% < 500ms", form},
		{"p 95 < 500ms", form},
		{"p9e1 < 500ms", form},
		{"p-95 < 500ms", form},
		{"pNaN < 500ms", form},
		{"p100 < 500ms", percent},
		{"p0.95 < 500ms", percent},
		{"p99.99999999 < 500ms", percent},
		{"p95 < 500", latency},
		{"p95 < ", latency},
		{"p95 << 500ms", latency},
		{"p95 < = 500ms", latency},
		{"p95 < -500ms", latency},
		{"p95 < 0s", latency},
		{"p95 < 500ns", latency},
	} {
		sli, target, err := slo.ParsePercentile(tt.in)
		if err == nil {
			t.Errorf("ParsePercentile(%q) = %v, %v, want an error", tt.in, sli, target)
			continue
		}
		checkInvalid(t, err)
		if got, want := err.Error(), `slo: Percentile is "`+tt.in+`": `+tt.want; got != want {
			t.Errorf("ParsePercentile(%q) error = %s, want %s", tt.in, got, want)
		}
		if sli != (slo.SLI{}) || target != (slo.Target{}) {
			t.Errorf("ParsePercentile(%q) = %v, %v beside its error, want zero values", tt.in, sli, target)
		}
	}
}
