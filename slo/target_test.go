package slo_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seed-abb722f7/nines/slo"
)

func TestPercentIsExact(t *testing.T) {
	for _, tt := range []struct {
		in   float64
		want uint64
		text string
	}{
		{50, 500_000_000, "50%"},
		{80, 200_000_000, "80%"},
		{90, 100_000_000, "90%"},
		{98, 20_000_000, "98%"},
		{99, 10_000_000, "99%"},
		{99.5, 5_000_000, "99.5%"},
		{99.7, 3_000_000, "99.7%"},
		{99.9, 1_000_000, "99.9%"},
		{99.95, 500_000, "99.95%"},
		{99.99, 100_000, "99.99%"},
		{99.995, 50_000, "99.995%"},
		{99.999, 10_000, "99.999%"},
		{99.9999, 1_000, "99.9999%"},
		{99.99999, 100, "99.99999%"},
		{99.9999999, 1, "99.9999999%"},
		{100 * 0.999, 1_000_000, "99.9%"}, // computed
		{100 * (1 - 0.0005), 500_000, "99.95%"},
		{1.0000001, 989_999_999, "1.0000001%"},
		{57, 430_000_000, "57%"}, // 57.0/100 is 0.5699999999999999
	} {
		got := slo.Percent(tt.in)
		if got.AllowedPerBillion() != tt.want || got.Err() != nil {
			t.Errorf("Percent(%v) allows %d, err %v, want %d", tt.in, got.AllowedPerBillion(), got.Err(), tt.want)
		}
		if got.String() != tt.text {
			t.Errorf("Percent(%v).String() = %q, want %q", tt.in, got, tt.text)
		}
	}
}

func TestRatioIsExact(t *testing.T) {
	for _, tt := range []struct {
		in   float64
		want uint64
		text string
	}{
		{0.5, 500_000_000, "50%"},
		{0.9, 100_000_000, "90%"},
		{0.999, 1_000_000, "99.9%"},
		{99.9 / 100, 1_000_000, "99.9%"}, // 0.9990000000000001
		{0.9995, 500_000, "99.95%"},
		{0.99995, 50_000, "99.995%"},
		{0.999999999, 1, "99.9999999%"},
		{0.010000001, 989_999_999, "1.0000001%"},
		{0.01, 990_000_000, "0.01"},
		{0.005, 995_000_000, "0.005"},
		{0.000000001, 999_999_999, "0.000000001"},
	} {
		got := slo.Ratio(tt.in)
		if got.AllowedPerBillion() != tt.want || got.Err() != nil {
			t.Errorf("Ratio(%v) allows %d, err %v, want %d", tt.in, got.AllowedPerBillion(), got.Err(), tt.want)
		}
		if got.String() != tt.text {
			t.Errorf("Ratio(%v).String() = %q, want %q", tt.in, got, tt.text)
		}
	}
}

func TestRefusedTargets(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, tt := range []struct {
		target slo.Target
		want   string
	}{
		{slo.Target{}, "slo: Target is unset: want slo.Percent(p) or slo.Ratio(r)"},
		{slo.Percent(100), "slo: Target is Percent(100): want a percentage above 1 and below 100 (100 % leaves no error budget to spend)"},
		{slo.Percent(100.1), "slo: Target is Percent(100.1): want a percentage above 1 and below 100"},
		{slo.Percent(1e300), "slo: Target is Percent(1e+300): want a percentage above 1 and below 100"},
		{slo.Percent(0), "slo: Target is Percent(0): want a percentage above 1 and below 100"},
		{slo.Percent(-99.9), "slo: Target is Percent(-99.9): want a percentage above 1 and below 100"},
		{slo.Percent(nan), "slo: Target is Percent(NaN): want a percentage above 1 and below 100"},
		{slo.Percent(inf), "slo: Target is Percent(+Inf): want a percentage above 1 and below 100"},
		{slo.Percent(-inf), "slo: Target is Percent(-Inf): want a percentage above 1 and below 100"},
		{slo.Percent(0.999), "slo: Target is Percent(0.999): want a percentage above 1 and below 100 (did you mean 99.9?)"},
		{slo.Percent(0.9995), "slo: Target is Percent(0.9995): want a percentage above 1 and below 100 (did you mean 99.95?)"},
		{slo.Percent(0.57), "slo: Target is Percent(0.57): want a percentage above 1 and below 100 (did you mean 57?)"},
		{slo.Percent(1), "slo: Target is Percent(1): want a percentage above 1 and below 100"},                       // never "did you mean 100?"
		{slo.Percent(0.9999999999), "slo: Target is Percent(0.9999999999): want a percentage above 1 and below 100"}, // nor when it rounds to 100
		{slo.Percent(0.001), "slo: Target is Percent(0.001): want a percentage above 1 and below 100"},               // 0.1 would be refused too
		{slo.Percent(99.99999999), "slo: Target is Percent(99.99999999): want a percentage above 1 and below 100, with at most 7 digits after the point"},
		{slo.Percent(99.99999999999999), "slo: Target is Percent(99.99999999999999): want a percentage above 1 and below 100, with at most 7 digits after the point"},
		{slo.Percent(99.90000001), "slo: Target is Percent(99.90000001): want a percentage above 1 and below 100, with at most 7 digits after the point"},
		{slo.Percent(1.00000001), "slo: Target is Percent(1.00000001): want a percentage above 1 and below 100, with at most 7 digits after the point"},

		{slo.Ratio(1), "slo: Target is Ratio(1): want a ratio above 0 and below 1 (100 % leaves no error budget to spend)"},
		{slo.Ratio(0), "slo: Target is Ratio(0): want a ratio above 0 and below 1"},
		{slo.Ratio(-0.1), "slo: Target is Ratio(-0.1): want a ratio above 0 and below 1"},
		{slo.Ratio(nan), "slo: Target is Ratio(NaN): want a ratio above 0 and below 1"},
		{slo.Ratio(inf), "slo: Target is Ratio(+Inf): want a ratio above 0 and below 1"},
		{slo.Ratio(-inf), "slo: Target is Ratio(-Inf): want a ratio above 0 and below 1"},
		{slo.Ratio(99.9), "slo: Target is Ratio(99.9): want a ratio above 0 and below 1 (did you mean Percent(99.9)?)"},
		{slo.Ratio(100), "slo: Target is Ratio(100): want a ratio above 0 and below 1"},
		{slo.Ratio(150), "slo: Target is Ratio(150): want a ratio above 0 and below 1"},
		{slo.Ratio(99.99999999), "slo: Target is Ratio(99.99999999): want a ratio above 0 and below 1"},
		{slo.Ratio(0.9990000001), "slo: Target is Ratio(0.9990000001): want a ratio above 0 and below 1, with at most 9 digits after the point"},
		{slo.Ratio(0.9999999999999999), "slo: Target is Ratio(0.9999999999999999): want a ratio above 0 and below 1, with at most 9 digits after the point"},
		{slo.Ratio(1e-10), "slo: Target is Ratio(1e-10): want a ratio above 0 and below 1, with at most 9 digits after the point"},
		{slo.Ratio(5e-324), "slo: Target is Ratio(5e-324): want a ratio above 0 and below 1, with at most 9 digits after the point"},
	} {
		err := tt.target.Err()
		if err == nil || err.Error() != tt.want {
			t.Errorf("Err() = %v, want %s", err, tt.want)
			continue
		}
		checkInvalid(t, err)
		if tt.target.AllowedPerBillion() != 0 || tt.target.Ratio() != 0 || tt.target.ErrorBudget() != 0 || tt.target.MaxBurnRate() != 0 {
			t.Errorf("%v: a refused target has values other than 0", err)
		}
		if got := tt.target.String(); got != "invalid" {
			t.Errorf("%v: String() = %q, want invalid", err, got)
		}
		if _, marshalErr := tt.target.MarshalText(); marshalErr == nil || marshalErr.Error() != tt.want {
			t.Errorf("MarshalText() error = %v, want %s", marshalErr, tt.want)
		}
	}
}

// checkInvalid checks what every error of this package promises.
func checkInvalid(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, slo.ErrInvalid) {
		t.Errorf("errors.Is(%v, ErrInvalid) = false, want true", err)
	}
	if field := (*slo.FieldError)(nil); !errors.As(err, &field) {
		t.Errorf("errors.As(%v, *FieldError) = false, want true", err)
	}
}

func TestParseTarget(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want uint64
	}{
		{"99.9%", 1_000_000},
		{"99.9 %", 1_000_000},
		{"  99.9%\n", 1_000_000},
		{"0.999", 1_000_000},
		{".999", 1_000_000},
		{"00.9990000000000000", 1_000_000},
		{"099.900000000000000%", 1_000_000},
		{"99.%", 10_000_000},
		{"99.9999999%", 1},
		{"0.999999999", 1},
		{"1.0000001%", 989_999_999},
		{"0.000000001", 999_999_999},
		{"0.01", 990_000_000},
	} {
		got, err := slo.ParseTarget(tt.in)
		if err != nil || got.AllowedPerBillion() != tt.want {
			t.Errorf("ParseTarget(%q) allows %d, err %v, want %d", tt.in, got.AllowedPerBillion(), err, tt.want)
		}
	}
}

func TestParseTargetRefuses(t *testing.T) {
	const form = `want a percentage such as "99.9%" or a ratio such as "0.999"`
	for _, tt := range []struct{ in, want string }{
		{"", `slo: Target is "": ` + form},
		{"%", `slo: Target is "%": ` + form},
		{".", `slo: Target is ".": ` + form},
		{"99.9%%", `slo: Target is "99.9%%": ` + form},
		{"99,9%", `slo: Target is "99,9%": ` + form},
		{"99.9.9%", `slo: Target is "99.9.9%": ` + form},
		{"+99.9%", `slo: Target is "+99.9%": ` + form},
		{"-0.999", `slo: Target is "-0.999": ` + form},
		{"9.99e1%", `slo: Target is "9.99e1%": ` + form},
		{"0x1p-1", `slo: Target is "0x1p-1": ` + form},
		{"NaN", `slo: Target is "NaN": ` + form},
		{"Inf%", `slo: Target is "Inf%": ` + form},
		{"three nines", `slo: Target is "three nines": ` + form},
		{"99.9\x00%", `slo: Target is "99.9\x00%": ` + form},
		{"99.9", `slo: Target is "99.9": want a ratio above 0 and below 1 (did you mean "99.9%"?)`},
		{"0.999%", `slo: Target is "0.999%": want a percentage above 1 and below 100 (did you mean "99.9%"?)`},
		{"1%", `slo: Target is "1%": want a percentage above 1 and below 100`},
		{"0.001%", `slo: Target is "0.001%": want a percentage above 1 and below 100`},
		{"0%", `slo: Target is "0%": want a percentage above 1 and below 100`},
		{"100%", `slo: Target is "100%": want a percentage above 1 and below 100 (100 % leaves no error budget to spend)`},
		{"100.0000000001%", `slo: Target is "100.0000000001%": want a percentage above 1 and below 100`},
		{"1000%", `slo: Target is "1000%": want a percentage above 1 and below 100`},
		{"99.99999999%", `slo: Target is "99.99999999%": want a percentage above 1 and below 100, with at most 7 digits after the point`},
		{"99.9000000000001%", `slo: Target is "99.9000000000001%": want a percentage above 1 and below 100, with at most 7 digits after the point`},
		{"1.00000001%", `slo: Target is "1.00000001%": want a percentage above 1 and below 100, with at most 7 digits after the point`},
		{"0", `slo: Target is "0": want a ratio above 0 and below 1`},
		{"1", `slo: Target is "1": want a ratio above 0 and below 1 (100 % leaves no error budget to spend)`},
		{"1.0000000000001", `slo: Target is "1.0000000000001": want a ratio above 0 and below 1`},
		{"100", `slo: Target is "100": want a ratio above 0 and below 1`},
		{"340282366920938463463374607431768211456", `slo: Target is "340282366920938463463374607431768211456": want a ratio above 0 and below 1`},
		{"0.9999999999", `slo: Target is "0.9999999999": want a ratio above 0 and below 1, with at most 9 digits after the point`},
	} {
		got, err := slo.ParseTarget(tt.in)
		if err == nil || err.Error() != tt.want {
			t.Errorf("ParseTarget(%q) error = %v, want %s", tt.in, err, tt.want)
			continue
		}
		checkInvalid(t, err)
		if got.Err() == nil || got.Err().Error() != tt.want {
			t.Errorf("ParseTarget(%q) target has Err %v, want the error that was returned", tt.in, got.Err())
		}
	}
}

func TestTargetRoundTrips(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	check := func(want slo.Target) {
		t.Helper()
		text, err := want.MarshalText()
		if err != nil || string(text) != want.String() {
			t.Fatalf("%v.MarshalText() = %q, %v, want %q", want, text, err, want.String())
		}
		if got, err := slo.ParseTarget(want.String()); got != want || err != nil {
			t.Fatalf("ParseTarget(%q) = %v, %v, want %v", want.String(), got, err, want)
		}
		if got := slo.Ratio(want.Ratio()); got != want {
			t.Fatalf("Ratio(%v) = %v, want %v", want.Ratio(), got, want)
		}
		if got := slo.Ratio(1 - want.ErrorBudget()); got != want {
			t.Fatalf("Ratio(1 - %v) = %v, want %v", want.ErrorBudget(), got, want)
		}
	}
	for _, allowed := range []uint64{1, 2, 9, 10, 999_999_999, 999_999_998, 990_000_000, 989_999_999, 990_000_001, 500_000_000} {
		check(targetOf(t, allowed))
	}
	for range 100_000 {
		check(targetOf(t, 1+rng.Uint64N(999_999_999)))
	}
}

// targetOf returns the target that allows so many bad events per billion.
func targetOf(t *testing.T, allowed uint64) slo.Target {
	t.Helper()
	target := slo.Ratio(float64(1_000_000_000-allowed) / 1e9)
	if target.AllowedPerBillion() != allowed {
		t.Fatalf("Ratio for %d allows %d: %v", allowed, target.AllowedPerBillion(), target.Err())
	}
	return target
}

func TestTargetInJSON(t *testing.T) {
	type config struct {
		Target slo.Target `json:"target"`
	}
	text, err := json.Marshal(config{slo.Percent(99.95)})
	if got, want := string(text), `{"target":"99.95%"}`; got != want || err != nil {
		t.Fatalf("Marshal = %s, %v, want %s", got, err, want)
	}
	var c config
	if err := json.Unmarshal(text, &c); err != nil || c.Target != slo.Percent(99.95) {
		t.Errorf("Unmarshal(%s) = %v, %v, want 99.95%%", text, c.Target, err)
	}
	if err := json.Unmarshal([]byte(`{"target":"100%"}`), &c); !errors.Is(err, slo.ErrInvalid) {
		t.Errorf("Unmarshal of 100%% = %v, want an error that matches ErrInvalid", err)
	}
	if c.Target != slo.Percent(99.95) {
		t.Errorf("after a refused text the target is %v, want it unchanged", c.Target)
	}
	if _, err := json.Marshal(config{}); !errors.Is(err, slo.ErrInvalid) {
		t.Errorf("Marshal of an unset target = %v, want an error that matches ErrInvalid", err)
	}
}

func TestTargetRatios(t *testing.T) {
	for _, tt := range []struct {
		target              slo.Target
		ratio, budget, burn float64
	}{
		{slo.Percent(99.9), 0.999, 0.001, 1000},
		{slo.Percent(99.95), 0.9995, 0.0005, 2000},
		{slo.Percent(99.99), 0.9999, 0.0001, 10_000},
		{slo.Percent(90), 0.9, 0.1, 10},
		{slo.Percent(80), 0.8, 0.2, 5},
		{slo.Percent(50), 0.5, 0.5, 2},
		{slo.Ratio(1e-9), 1e-9, 0.999999999, 1 / 0.999999999},
		{slo.Ratio(0.999999999), 0.999999999, 1e-9, 1e9},
	} {
		if got := tt.target.Ratio(); got != tt.ratio {
			t.Errorf("%v.Ratio() = %v, want %v", tt.target, got, tt.ratio)
		}
		if got := tt.target.ErrorBudget(); got != tt.budget {
			t.Errorf("%v.ErrorBudget() = %v, want %v", tt.target, got, tt.budget)
		}
		if got := tt.target.MaxBurnRate(); got != tt.burn {
			t.Errorf("%v.MaxBurnRate() = %v, want %v", tt.target, got, tt.burn)
		}
	}
}
