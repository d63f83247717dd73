package main

import (
	"testing"
	"time"
)

func TestPercent(t *testing.T) {
	value := func(x float64) *float64 { return &x }
	for _, c := range []struct {
		x      *float64
		digits int
		want   string
	}{
		{nil, 3, "-"},
		{value(0), 1, "0.0%"},
		{value(1), 3, "100.000%"},
		{value(0.99969344), 3, "99.969%"},
		{value(0.9999999), 3, ">99.999%"}, // not all
		{value(0.9999999), 1, ">99.9%"},
		{value(0.0001), 1, "<0.1%"}, // not nothing
		{value(-0.693), 1, "-69.3%"},
		{value(-110.11), 1, "-11011.0%"},
		{value(-0.00001), 1, "-0.0%"},
	} {
		if got := percent(c.x, c.digits); got != c.want {
			t.Errorf("percent(%v, %d) = %q, want %q", c.x, c.digits, got, c.want)
		}
	}
}

func TestGroup(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0", 999: "999", 1000: "1,000", 12345: "12,345", 1234567: "1,234,567", 1<<64 - 1: "18,446,744,073,709,551,615",
	} {
		if got := group(n); got != want {
			t.Errorf("group(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDays(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 55 * time.Second: "55s", 23*time.Hour + 59*time.Minute: "23h59m0s", 24 * time.Hour: "1d0h", 83*time.Hour + 59*time.Minute: "3d11h",
	} {
		if got := days(d); got != want {
			t.Errorf("days(%v) = %q, want %q", d, got, want)
		}
	}
}
