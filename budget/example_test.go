package budget_test

import (
	"fmt"
	"log"
	"os"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

var start = time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC)

// shop returns a tracker whose time is moved by hand, so that the examples print the
// same every time; a service calls budget.New with the same configuration.
func shop() *budget.Simulation {
	checkout := slo.HTTP("POST /checkout")
	tracker, err := budget.NewSimulation(budget.Config{
		Service: "shop",
		Objectives: []slo.Objective{
			{Name: "checkout-availability", Of: checkout, SLI: slo.Availability(), Target: slo.Percent(99.9)},
			{Name: "checkout-latency", Of: checkout, SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95)},
			{Name: "orders-correct", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99)},
		},
	}, start)
	if err != nil {
		log.Fatal(err)
	}
	return tracker
}

// serve records n requests of a class, as middleware would.
func serve(tracker *budget.Tracker, n int, class slo.Class, latency time.Duration) {
	operation := tracker.HTTP("POST /checkout")
	for range n {
		operation.Start()
		operation.Finish(class, latency)
	}
}

func ExampleNew() {
	tracker, err := budget.New(budget.Config{
		Service: "shop",
		Objectives: []slo.Objective{
			{Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9)},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer tracker.Close()
	fmt.Println(tracker.Objectives())
	// Output: [checkout]
}

func ExampleNew_refused() {
	_, err := budget.New(budget.Config{Objectives: []slo.Objective{
		{Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(0.999)},
	}})
	fmt.Println(err)
	// Output: slo: Objectives[0] "checkout".Target is Percent(0.999): want a percentage above 1 and below 100 (did you mean 99.9?)
}

func ExampleBudget_Remaining() {
	tracker := shop()
	checkout := tracker.Budget("checkout-availability")
	remaining, ok := checkout.Remaining()
	fmt.Println(remaining, ok, "nothing to judge yet")

	serve(tracker.Tracker, 9995, slo.Success, 20*time.Millisecond)
	serve(tracker.Tracker, 5, slo.ServerError, 20*time.Millisecond)
	remaining, ok = checkout.Remaining()
	fmt.Println(remaining, ok)
	// Output:
	// 1 false nothing to judge yet
	// 0.5 true
}

func ExampleBudget_BurnRate() {
	tracker := shop()
	serve(tracker.Tracker, 98, slo.Success, 20*time.Millisecond)
	serve(tracker.Tracker, 2, slo.ServerError, 20*time.Millisecond)
	rate, ok := tracker.Budget("checkout-availability").BurnRate(time.Hour)
	fmt.Printf("%.1f %v\n", rate, ok)
	// Output: 20.0 true
}

func ExampleBudget_Counts() {
	tracker := shop()
	serve(tracker.Tracker, 8, slo.Success, 400*time.Millisecond)
	serve(tracker.Tracker, 2, slo.Success, 401*time.Millisecond)
	serve(tracker.Tracker, 1, slo.Cancelled, time.Millisecond)
	fmt.Printf("%+v\n", tracker.Budget("checkout-latency").Counts())
	// Output: {Good:8 Bad:2 Excluded:1}
}

func ExampleBudget_SLI() {
	tracker := shop()
	serve(tracker.Tracker, 3, slo.Success, 0)
	serve(tracker.Tracker, 1, slo.ServerError, 0)
	fmt.Println(tracker.Budget("checkout-availability").SLI())
	// Output: 0.75 true
}

func ExampleBudget_Consumed() {
	tracker := shop()
	serve(tracker.Tracker, 998, slo.Success, 0)
	serve(tracker.Tracker, 2, slo.ServerError, 0)
	fmt.Println(tracker.Budget("checkout-availability").Consumed())
	// Output: 2 true
}

func ExampleBudget_Windows() {
	tracker := shop()
	serve(tracker.Tracker, 10, slo.ServerError, 0)
	tracker.Advance(30 * time.Minute)
	serve(tracker.Tracker, 90, slo.Success, 0)
	for _, w := range tracker.Budget("checkout-availability").Windows(nil, 5*time.Minute, time.Hour) {
		fmt.Printf("%v: %d of %d bad, burn rate %.0f, coverage %.1f\n", w.Length, w.Counts.Bad, w.Counts.Valid(), w.BurnRate, w.Coverage())
	}
	// Output:
	// 5m0s: 0 of 90 bad, burn rate 0, coverage 1.0
	// 1h0m0s: 10 of 100 bad, burn rate 100, coverage 0.5
}

func ExampleBudget_StalledFor() {
	tracker := shop()
	defer tracker.Close()
	tracker.HTTP("POST /checkout").Start() // and never finishes
	tracker.Advance(31 * time.Second)
	fmt.Println(tracker.Budget("checkout-availability").StalledFor())
	// Output: 30s
}

func ExampleBudget_Status() {
	tracker := shop()
	serve(tracker.Tracker, 1999, slo.Success, 0)
	serve(tracker.Tracker, 1, slo.ServerError, 0)
	serve(tracker.Tracker, 4, slo.Cancelled, 0)
	tracker.Advance(7 * slo.Day)
	s := tracker.Budget("checkout-availability").Status()
	fmt.Println(s.Known, s.Counts, s.Excluded, s.Coverage)
	fmt.Println(s.Remaining, "remaining, met:", s.Met, "as of", s.At)
	// Output:
	// partial coverage {1999 1 4} [{cancelled 4}] 0.25
	// 0.5 remaining, met: true as of 2025-03-10 12:00:00 +0000 UTC
}

func ExampleTracker_Events() {
	tracker := shop()
	tracker.Events("orders").Good()
	tracker.Events("orders").Bad()
	tracker.Events("orders").Add(98, 98)
	fmt.Println(tracker.Budget("orders-correct").Remaining())
	// Output: 0 true
}

// What the service calls is measured as what it serves, and apart from it. Client
// middleware does this for you.
func ExampleTracker_Dependency() {
	tracker, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{
		{Name: "payments", Of: slo.Dependency("payments"), SLI: slo.Availability(), Target: slo.Percent(99)},
		{Name: "service", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)},
	}}, start)
	if err != nil {
		log.Fatal(err)
	}
	defer tracker.Close()
	call := tracker.Dependency("payments")
	call.Start()
	call.Finish(slo.Failed, 3*time.Second)
	fmt.Println(tracker.Budget("payments").Counts().Bad, tracker.Budget("service").Counts().Bad)
	// Output: 1 0
}

func ExampleTracker_Explain() {
	tracker := shop()
	serve(tracker.Tracker, 3, slo.Success, 0)
	if err := tracker.Explain(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// service "shop": 3 objectives, a tick each 1s, windows up to 28d, at most 200 undeclared operations
	//
	// objective "checkout-availability": 99.9% of slo.HTTP("POST /checkout") availability over 28d
	//   budget: 0.001 of valid events may be bad (as much as 40m19s of total outage under even traffic); burn rate at most 1000
	//   good: 2xx-3xx, 4xx, 429, degraded
	//   bad: 5xx, failed
	//   excluded: cancelled, unmatched, health, shutdown, handler
	//   stalled: nothing finished for 10s with requests in flight
	//
	// objective "checkout-latency": 95% of slo.HTTP("POST /checkout") latency 400ms over 28d
	//   budget: 0.05 of valid events may be bad (as much as 33h36m0s of total outage under even traffic); burn rate at most 20
	//   within: a good event that took longer than 400ms is bad
	//   cancelled: bad after 400ms, excluded before
	//   good: 2xx-3xx, 4xx, 429, degraded
	//   excluded: 5xx, failed, cancelled, unmatched, health, shutdown, handler
	//   stalled: nothing finished for 10s with requests in flight
	//
	// objective "orders-correct": 99% of slo.Events("orders") correctness over 28d
	//   budget: 0.01 of valid events may be bad (as much as 6h43m12s of total outage under even traffic); burn rate at most 100
	//   good: good
	//   bad: bad
	//
	// recorded since 2025-03-03T12:00:00Z:
	//   POST /checkout  declared  3  2xx-3xx 3
	//   orders          declared  0  nothing yet
	// memory: 7 KiB in 6 operations and 0 change points of history
}

func ExampleTracker_Latency() {
	tracker := shop()
	serve(tracker.Tracker, 95, slo.Success, 100*time.Millisecond)
	serve(tracker.Tracker, 5, slo.Success, 2*time.Second)
	latency, ok := tracker.Latency("POST /checkout", budget.SinceStart)
	p50, _ := latency.Quantile(0.50)
	p99, _ := latency.Quantile(0.99)
	fmt.Println(ok, latency.Count, "requests, mean", latency.Mean, "p50 at most", p50, "p99 at most", p99)
	// Output: true 100 requests, mean 195ms p50 at most 100ms p99 at most 2s
}

// The four golden signals of an operation.
func ExampleTracker_Signals() {
	pool := func() float64 { return 0.25 } // 5 of 20 connections
	tracker, err := budget.NewSimulation(budget.Config{
		Objectives: []slo.Objective{{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)}},
		Saturation: pool,
	}, start)
	if err != nil {
		log.Fatal(err)
	}
	defer tracker.Close()
	serve(tracker.Tracker, 90, slo.Success, 100*time.Millisecond)
	serve(tracker.Tracker, 10, slo.ServerError, 2*time.Second)
	tracker.Advance(10 * time.Second)
	if s, ok := tracker.Signals("POST /checkout", budget.SinceStart); ok {
		p95, _ := s.Latency.Quantile(0.95)
		fmt.Printf("%.0f requests/s, %.0f %% fail, p95 %v, %d in flight, %.0f %% full\n",
			s.Traffic, 100*s.Errors, p95.Round(100*time.Millisecond), s.InFlight, 100*s.Saturation)
	}
	// Output: 10 requests/s, 10 % fail, p95 2s, 0 in flight, 25 % full
}

func ExampleTracker_Report() {
	tracker := shop()
	serve(tracker.Tracker, 3, slo.Success, 90*time.Millisecond)
	serve(tracker.Tracker, 1, slo.Success, 5*time.Second)
	for _, o := range tracker.Report().Operations {
		if o.Declared && o.Kind == slo.HTTPSource {
			fmt.Println(o.Name, o.Requests(), "requests,", o.Good.AtMost(400*time.Millisecond), "within 400ms")
		}
	}
	// Output: POST /checkout 4 requests, 3 within 400ms
}

func ExampleSimulation() {
	// How would an hour of 1 % errors look against a day's objective?
	sim, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{
		{Name: "api", Of: slo.HTTP("GET /"), SLI: slo.Availability(), Target: slo.Percent(99.9), Window: slo.Rolling(slo.Day)},
	}}, start)
	if err != nil {
		log.Fatal(err)
	}
	defer sim.Close()
	for minute := range 24 * 60 {
		for i := range 100 {
			class := slo.Success
			if minute < 60 && i == 0 {
				class = slo.ServerError
			}
			sim.HTTP("GET /").Start()
			sim.HTTP("GET /").Finish(class, 0)
		}
		sim.Advance(time.Minute)
	}
	s := sim.Budget("api").Status()
	fmt.Printf("%s: %d bad of %d, %.0f %% of the budget left\n", s.Known, s.Counts.Bad, s.Counts.Valid(), 100*s.Remaining)
	// Output: known: 60 bad of 144000, 58 % of the budget left
}

func ExampleTracker_Attach() {
	tracker := shop()
	detach := tracker.Attach(budget.Hook{Tick: func(k budget.Tick) {
		fmt.Println("tick at", k.Elapsed)
	}})
	tracker.Advance(2 * time.Second)
	detach()
	// Output:
	// tick at 1s
	// tick at 2s
}

// The time that windows are made of goes on while the machine sleeps, as Now does not.
func ExampleTracker_Elapsed() {
	tracker := shop()
	tracker.Advance(30 * time.Minute)
	tracker.StepWall(8 * time.Hour)  // a suspend, as the clocks show it afterwards
	tracker.Advance(2 * time.Minute) // a jump of the wall clock is believed after one
	fmt.Println("now:", tracker.Now(), "elapsed:", tracker.Elapsed())
	// Output: now: 32m0s elapsed: 8h32m0s
}

func ExampleTracker_Snapshot() {
	tracker := shop()
	serve(tracker.Tracker, 9995, slo.Success, 0)
	serve(tracker.Tracker, 5, slo.ServerError, 0)
	blob := tracker.Snapshot() // to a file, say; then the process ends
	tracker.Close()

	next, err := budget.NewSimulation(budget.Config{
		Service: "shop",
		Objectives: []slo.Objective{
			{Name: "checkout-availability", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.95)},
		},
		Restore: blob,
	}, start.Add(time.Minute))
	if err != nil {
		log.Fatal(err)
	}
	s := next.Budget("checkout-availability").Status()
	fmt.Println(s.Counts, s.Remaining, "remaining; restored:", s.Restored, "counted by this process:", s.Total)
	// Output: {9995 5 0} 0 remaining; restored: true counted by this process: {0 0 0}
}

// An exporter of exponential histograms finds them in the report.
func ExampleHistogram_Exponential() {
	tracker, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{{
		Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(99),
	}}}, time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tracker.Close()
	op := tracker.HTTP("POST /checkout")
	for _, took := range []time.Duration{390 * time.Millisecond, 400 * time.Millisecond, 410 * time.Millisecond} {
		op.Start()
		op.Finish(slo.Success, took)
	}
	for _, o := range tracker.Report().Operations {
		e := o.Good.Exponential()
		for i, n := range e.Counts {
			if n > 0 {
				fmt.Printf("%s: %d of %d took at most %.3f s\n", o.Name, n, e.Count, e.UpperBound(i))
			}
		}
	}
	// Output:
	// POST /checkout: 3 of 3 took at most 0.420 s
}

func ExampleSimulation_Add() {
	start := time.Date(2025, 3, 3, 12, 0, 0, 0, time.UTC)
	sim, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{{
		Name: "checkout-latency", Of: slo.HTTP("POST /checkout"), SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95),
	}}}, start)
	if err != nil {
		fmt.Println(err)
		return
	}
	op := sim.HTTP("POST /checkout")
	sim.Add(op, slo.Success, 100*time.Millisecond, 970_000) // what a log of the past says
	sim.Add(op, slo.Success, time.Second, 30_000)
	sim.Advance(time.Hour)
	fmt.Println(sim.Budget("checkout-latency").Counts())
	fmt.Println(sim.Budget("checkout-latency").Remaining())
	// Output:
	// {970000 30000 0}
	// 0.4 true
}
