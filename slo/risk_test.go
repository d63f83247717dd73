package slo_test

import (
	"math"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func TestRisk(t *testing.T) {
	for _, tt := range []struct {
		name         string
		in           slo.Risk
		once, yearly time.Duration
		target       slo.Target
		consumed     float64
		window       slo.Window
		consumedOnce float64
	}{
		{ // ten outages of three hours for half of the customers
			"zone",
			slo.Risk{TimeToDetect: time.Hour, TimeToResolve: 2 * time.Hour, Impact: 0.5, PerYear: 10},
			90 * time.Minute, 15 * time.Hour, slo.Percent(99), 15 / 87.6, slo.Rolling(30 * slo.Day), 1.5 / 7.2,
		},
		{ // 43.2 minutes a month spend 99.9 % of 30 days
			"nines",
			slo.Risk{TimeToResolve: 43*time.Minute + 12*time.Second, Impact: 1, PerYear: 365. / 30},
			43*time.Minute + 12*time.Second, 525*time.Minute + 36*time.Second, slo.Percent(99.9), 1, slo.Month(nil), 1,
		},
		{
			"rare",
			slo.Risk{TimeToDetect: slo.Day, Impact: 1, PerYear: 0.1},
			slo.Day, slo.Day / 10, slo.Percent(99.9), 0.1 / 0.365,
			slo.Window{},
			1 / 0.028,
		},
		{ // all of the time
			"always",
			slo.Risk{TimeToDetect: 365 * slo.Day, Impact: 1, PerYear: 1},
			365 * slo.Day, 365 * slo.Day, slo.Percent(90), 10, slo.Year(nil), 10,
		},
	} {
		if err := tt.in.Err(); err != nil {
			t.Errorf("%s: Err() = %v", tt.name, err)
		}
		if got := tt.in.Downtime(); got != tt.once {
			t.Errorf("%s: Downtime() = %v, want %v", tt.name, got, tt.once)
		}
		if got := tt.in.DowntimePerYear(); got != tt.yearly {
			t.Errorf("%s: DowntimePerYear() = %v, want %v", tt.name, got, tt.yearly)
		}
		if got, ok := tt.in.Consumed(tt.target); math.Abs(got-tt.consumed) > 1e-12*tt.consumed || !ok {
			t.Errorf("%s: Consumed(%v) = %v, %v, want %v", tt.name, tt.target, got, ok, tt.consumed)
		}
		if got, ok := tt.in.ConsumedOnce(tt.target, tt.window); math.Abs(got-tt.consumedOnce) > 1e-12*tt.consumedOnce || !ok {
			t.Errorf("%s: ConsumedOnce(%v, %v) = %v, %v, want %v", tt.name, tt.target, tt.window, got, ok, tt.consumedOnce)
		}
	}
}

func TestRiskErr(t *testing.T) {
	good := slo.Risk{TimeToDetect: time.Minute, TimeToResolve: time.Hour, Impact: 0.5, PerYear: 12}
	changed := func(change func(*slo.Risk)) slo.Risk {
		r := good
		change(&r)
		return r
	}
	for _, tt := range []struct {
		in   slo.Risk
		want string
	}{
		{changed(func(r *slo.Risk) { r.TimeToDetect = -1 }), "slo: Risk.TimeToDetect is -1ns: want 0 to 365 days"},
		{changed(func(r *slo.Risk) { r.TimeToDetect = math.MaxInt64 }), "slo: Risk.TimeToDetect is 2562047h47m16.854775807s: want 0 to 365 days"},
		{changed(func(r *slo.Risk) { r.TimeToResolve = 366 * slo.Day }), "slo: Risk.TimeToResolve is 8784h0m0s: want 0 to 365 days"},
		{slo.Risk{Impact: 1, PerYear: 1}, "slo: Risk.TimeToResolve is 0s: want more than 0 if TimeToDetect is 0: it would cost nothing"},
		{changed(func(r *slo.Risk) { r.Impact = 0 }), "slo: Risk.Impact is 0: want a share above 0 and at most 1"},
		{changed(func(r *slo.Risk) { r.Impact = 50 }), "slo: Risk.Impact is 50: want a share above 0 and at most 1 (did you mean 0.5?)"},
		{changed(func(r *slo.Risk) { r.Impact = 101 }), "slo: Risk.Impact is 101: want a share above 0 and at most 1"},
		{changed(func(r *slo.Risk) { r.Impact = math.NaN() }), "slo: Risk.Impact is NaN: want a share above 0 and at most 1"},
		{changed(func(r *slo.Risk) { r.PerYear = 0 }), "slo: Risk.PerYear is 0: want a number above 0, such as 12 for once a month"},
		{changed(func(r *slo.Risk) { r.PerYear = math.NaN() }), "slo: Risk.PerYear is NaN: want a number above 0, such as 12 for once a month"},
		{changed(func(r *slo.Risk) { r.PerYear = math.Inf(1) }), "slo: Risk.PerYear is +Inf: want at most as many as fit in a year, one after the other"},
		{changed(func(r *slo.Risk) { r.PerYear = 8760 }), "slo: Risk.PerYear is 8760: want at most as many as fit in a year, one after the other"},
	} {
		err := tt.in.Err()
		if err == nil || err.Error() != tt.want {
			t.Errorf("%+v.Err() = %v, want %s", tt.in, err, tt.want)
			continue
		}
		checkInvalid(t, err)
		if tt.in.Downtime() != 0 || tt.in.DowntimePerYear() != 0 {
			t.Errorf("%+v is refused and costs %v, %v a year, want 0", tt.in, tt.in.Downtime(), tt.in.DowntimePerYear())
		}
		if got, ok := tt.in.Consumed(slo.Percent(99)); got != 0 || ok {
			t.Errorf("%+v is refused and Consumed = %v, %v, want 0, false", tt.in, got, ok)
		}
		if got, ok := tt.in.ConsumedOnce(slo.Percent(99), slo.Window{}); got != 0 || ok {
			t.Errorf("%+v is refused and ConsumedOnce = %v, %v, want 0, false", tt.in, got, ok)
		}
	}
	if got, ok := good.Consumed(slo.Percent(100)); got != 0 || ok {
		t.Errorf("Consumed(100 %%) = %v, %v, want 0, false", got, ok)
	}
	for _, w := range []slo.Window{slo.Rolling(0), slo.Days(0, monday)} {
		if got, ok := good.ConsumedOnce(slo.Percent(99), w); got != 0 || ok {
			t.Errorf("ConsumedOnce(%v) = %v, %v, want 0, false", w, got, ok)
		}
	}
}
