package policy

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func TestNumbersForPeople(t *testing.T) {
	for _, tt := range []struct {
		x                       float64
		number, percent, ofName string
	}{
		{0, "0", "0 %", "0%"},
		{0.25, "0.25", "25 %", "25%"},
		{1, "1", "100 %", "100%"},
		{0.3001, "0.3001", "30.01 %", "30.01%"},
		{-8.0914, "-8.0914", "-809.1 %", "-809.14%"},
		{-16.24, "-16.24", "-1624 %", "-1624%"},
		{-162437.1, "-162437", "-16243710 %", "-16243710%"},
		{123456789, "123456789", "12345678900 %", "12345678900%"},
		{0.000012345678, "0.0000123457", "0.001235 %", "0.0012346%"},
		{0.07, "0.07", "7 %", "7%"},
		{1e-9, "0.000000001", "0.0000001 %", "0.0000001%"},
		{13.44, "13.44", "1344 %", "1344%"},
		{math.Copysign(0, -1), "0", "0 %", "0%"},
	} {
		if a, b, c := number(tt.x), percent(tt.x), shareName(tt.x); a != tt.number || b != tt.percent || c != tt.ofName {
			t.Errorf("%v: number %q, percent %q, in names %q, want %q, %q, %q", tt.x, a, b, c, tt.number, tt.percent, tt.ofName)
		}
	}
}

// TestNumbersHaveNoExponent, and mean what they say.
func TestNumbersHaveNoExponent(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		x := math.Float64frombits(r.Uint64())
		if math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) > 1e300 || math.Abs(x) < 1e-6 {
			continue
		}
		text := number(x)
		back, err := strconv.ParseFloat(text, 64)
		if err != nil || strings.ContainsAny(text, "eE") || math.Abs(back-x) > 1e-5*math.Abs(x) {
			t.Fatalf("number(%g) = %q, which is %v, %v", x, text, back, err)
		}
		if text := percent(x); strings.ContainsAny(text, "eE") {
			t.Fatalf("percent(%g) = %q", x, text)
		}
	}
}
