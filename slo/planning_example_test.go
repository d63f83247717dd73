package slo_test

import (
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// What is known to go wrong, against what may: the first two fit into 99.9 %, all three do not.
func ExampleRisk() {
	target := slo.Percent(99.9)
	fmt.Printf("%v allows %v a year\n", target, target.AllowedDowntime(365*slo.Day))
	sum := 0.0
	for _, risk := range []slo.Risk{
		{Name: "bad release", TimeToDetect: 5 * time.Minute, TimeToResolve: 25 * time.Minute, Impact: 0.2, PerYear: 24},
		{Name: "full disk", TimeToDetect: 10 * time.Minute, TimeToResolve: 50 * time.Minute, Impact: 1, PerYear: 2},
		{Name: "lost zone", TimeToDetect: 5 * time.Minute, TimeToResolve: 4 * time.Hour, Impact: 0.33, PerYear: 4},
	} {
		share, _ := risk.Consumed(target)
		sum += share
		fmt.Printf("%s: %v a year, %.0f%% of the budget, %.0f%% in all\n", risk.Name, risk.DowntimePerYear(), 100*share, 100*sum)
	}
	// Output:
	// 99.9% allows 8h45m36s a year
	// bad release: 2h24m0s a year, 27% of the budget, 27% in all
	// full disk: 2h0m0s a year, 23% of the budget, 50% in all
	// lost zone: 5h23m24s a year, 62% of the budget, 112% in all
}

// What one outage leaves of a month.
func ExampleRisk_ConsumedOnce() {
	outage := slo.Risk{TimeToDetect: 5 * time.Minute, TimeToResolve: 13 * time.Minute, Impact: 0.6, PerYear: 1}
	share, ok := outage.ConsumedOnce(slo.Percent(99.9), slo.Month(nil))
	fmt.Println(outage.Downtime(), share, ok)

	fmt.Println(slo.Risk{TimeToResolve: time.Hour, Impact: 60, PerYear: 1}.Err())
	// Output:
	// 10m48s 0.25 true
	// slo: Risk.Impact is 60: want a share above 0 and at most 1 (did you mean 0.6?)
}

// Every operation has a modest objective until somebody agrees on a better one.
func ExampleDefaults() {
	for _, o := range slo.Defaults() {
		fmt.Printf("%s: %v of %v\n", o.Name, o.Target, o.SLI)
	}
	// Output:
	// availability: 90% of availability
	// latency: 80% of latency 1s
}

func ExampleLint() {
	for _, advice := range slo.Lint(slo.Objective{
		Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.99),
		Window: slo.Rolling(30 * slo.Day), Owner: "payments", Description: "People who want to pay can.",
	}) {
		fmt.Println(advice)
	}
	// Output:
	// "checkout".Links: whoever is woken by it finds no runbook
	// "checkout".Target: 99.99% allows 4m19s of total outage in 30d: what heals it must not wait for people
	// "checkout".Window: 30d are not whole weeks, so the number of weekends in it changes: consider 28d
}

// Four months of a service that never had 99 %.
func ExampleRecommend() {
	recommended, ok := slo.Recommend(
		slo.Observation{Bad: 21_000, Valid: 1_000_000},
		slo.Observation{Bad: 12_000, Valid: 1_100_000},
		slo.Observation{Bad: 90_000, Valid: 1_200_000},
		slo.Observation{Bad: 14_000, Valid: 1_000_000},
	)
	fmt.Println(recommended, ok)

	_, ok = slo.Recommend()
	fmt.Println("of nothing:", ok)
	// Output:
	// 95%: kept in 3 of 4 periods, from 92.5% to 98.91% true
	// of nothing: false
}

// The 95th percentiles of four months.
func ExampleRecommendThreshold() {
	const ms = time.Millisecond
	threshold, _ := slo.RecommendThreshold(280*ms, 312*ms, 900*ms, 301*ms)
	fmt.Println("95 % within", threshold)
	// Output:
	// 95 % within 350ms
}

func ExampleTarget_AllowedBad() {
	fmt.Println(slo.Percent(98).AllowedBad(1_000_000))
	// Output:
	// 20000
}
