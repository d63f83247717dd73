package slo_test

import (
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A budget for each calendar month, whole again on the first.
func ExampleMonth() {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		fmt.Println(err)
		return
	}
	window := slo.Month(berlin)
	start, end := window.Period(time.Date(2026, time.March, 31, 12, 0, 0, 0, time.UTC))
	fmt.Println(start)
	fmt.Println(end)
	fmt.Println(end.Sub(start), "of at most", window.MaxLength())
	// Output:
	// 2026-03-01 00:00:00 +0100 CET
	// 2026-04-01 00:00:00 +0200 CEST
	// 743h0m0s of at most 745h0m0s
}

// Four weeks, counted from the first week of 2026.
func ExampleWeeks() {
	window := slo.Weeks(4, slo.FirstWeek(2026, nil))
	start, end := window.Period(time.Date(2026, time.February, 1, 0, 0, 0, 0, time.UTC))
	fmt.Println(window)
	fmt.Println(start.Format(time.DateOnly), "to", end.Format(time.DateOnly))
	// Output:
	// 4w from 2025-12-29 UTC
	// 2026-01-26 to 2026-02-23
}

func ExampleDays() {
	window := slo.Days(1, slo.FirstWeek(2026, nil))
	fmt.Println(window.Length(), window.Calendar())
	fmt.Println(slo.Rolling(slo.Day).Length(), slo.Rolling(slo.Day).Calendar())
	// Output:
	// 24h0m0s true
	// 24h0m0s false
}

// The quarters of a fiscal year that begins in February.
func ExampleMonths() {
	window := slo.Months(3, time.Date(2026, time.February, 1, 0, 0, 0, 0, time.UTC))
	start, end := window.Period(time.Date(2026, time.January, 15, 0, 0, 0, 0, time.UTC))
	fmt.Println(start.Format(time.DateOnly), "to", end.Format(time.DateOnly))
	// Output:
	// 2025-11-01 to 2026-02-01
}

func ExampleQuarter() {
	fmt.Println(slo.Quarter(nil), slo.Quarter(nil).Length())
	// Output:
	// quarter UTC 2160h0m0s
}

func ExampleYear() {
	fmt.Println(slo.Year(nil), slo.Year(nil).MaxLength())
	// Output:
	// year UTC 8784h0m0s
}

func ExampleFirstWeek() {
	for _, year := range []int{2025, 2026, 2027} {
		fmt.Println(slo.FirstWeek(year, nil).Format(time.DateOnly))
	}
	// Output:
	// 2024-12-30
	// 2025-12-29
	// 2027-01-04
}

// Where the clocks go forward at midnight, a day begins at 01:00.
func ExampleWindow_Period() {
	window, err := slo.ParseWindow("1d from 2026-01-01 Africa/Cairo")
	if err != nil {
		fmt.Println(err)
		return
	}
	start, end := window.Period(time.Date(2023, time.April, 28, 12, 0, 0, 0, time.UTC))
	fmt.Println(start.Format(time.RFC3339), end.Format(time.RFC3339), end.Sub(start))

	start, end = slo.Rolling(slo.Day).Period(time.Date(2023, time.April, 28, 12, 0, 0, 0, time.UTC))
	fmt.Println("a rolling window has none:", start.IsZero() && end.IsZero())
	// Output:
	// 2023-04-28T01:00:00+03:00 2023-04-29T00:00:00+03:00 23h0m0s
	// a rolling window has none: true
}

func ExampleParseWindow() {
	for _, text := range []string{"28d", "month Europe/Berlin", "4w from 2025-12-29", "monthly"} {
		window, err := slo.ParseWindow(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(window, window.Calendar())
	}
	// Output:
	// 28d false
	// month Europe/Berlin true
	// 4w from 2025-12-29 UTC true
	// slo: Window is "monthly": want a window such as "28d", "month Europe/Berlin" or "4w from 2025-12-29 Europe/Berlin"
}

// 99.9 % of the minutes of a month must be good ones: those in which at most 5 % of the
// requests failed.
func ExampleTimeslices() {
	o := slo.Objective{
		Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9),
		Window: slo.Month(nil), Method: slo.Timeslices(time.Minute, slo.Percent(95)),
	}
	fmt.Println(slo.Validate(o))
	fmt.Printf("%v of %v, over %v\n", o.Target, o.Method, o.Window)
	// Output:
	// <nil>
	// 99.9% of Timeslices 1m 95%, over month UTC
}

func ExampleRatioTimeslices() {
	method := slo.RatioTimeslices(5 * time.Minute)
	fmt.Println(method.Kind(), method.SliceLength())
	// Output:
	// RatioTimeslices 5m0s
}
