package slo_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Two promises about one route: that it answers, and that it answers in time.
func Example() {
	checkout := slo.HTTP("POST /checkout")
	objectives := []slo.Objective{
		{Name: "checkout-availability", Of: checkout, SLI: slo.Availability(), Target: slo.Percent(99.9)},
		{Name: "checkout-latency", Of: checkout, SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95)},
	}
	if err := slo.Validate(objectives...); err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range objectives {
		fmt.Printf("%s: %v of %v, over %v\n", o.Name, o.Target, o.SLI, o.Window)
	}
	// Output:
	// checkout-availability: 99.9% of availability, over 28d
	// checkout-latency: 95% of latency 400ms, over 28d
}

func ExampleObjective() {
	o := slo.Objective{
		Name:        "checkout-availability",
		Of:          slo.HTTP("POST /checkout"),
		SLI:         slo.Availability(slo.Strict()),
		Target:      slo.Percent(99.95),
		Window:      slo.Rolling(30 * slo.Day),
		Owner:       "payments",
		Priority:    "P1",
		Description: "Customers can pay for what is in their cart.",
		Links:       []slo.Link{{Name: "runbook", URL: "https://wiki.example/checkout"}},
	}
	fmt.Println(slo.Validate(o))
	fmt.Printf("%.2f%% of requests may fail\n", o.Target.ErrorBudget()*100)
	// Output:
	// <nil>
	// 0.05% of requests may fail
}

func ExamplePercent() {
	target := slo.Percent(99.9)
	fmt.Println(target, target.Ratio(), target.AllowedPerBillion())

	fmt.Println(slo.Percent(0.999).Err())
	fmt.Println(slo.Percent(100).Err())
	// Output:
	// 99.9% 0.999 1000000
	// slo: Target is Percent(0.999): want a percentage above 1 and below 100 (did you mean 99.9?)
	// slo: Target is Percent(100): want a percentage above 1 and below 100 (100 % leaves no error budget to spend)
}

func ExampleRatio() {
	fmt.Println(slo.Ratio(0.999))
	fmt.Println(slo.Ratio(99.9).Err())
	// Output:
	// 99.9%
	// slo: Target is Ratio(99.9): want a ratio above 0 and below 1 (did you mean Percent(99.9)?)
}

func ExampleParseTarget() {
	for _, s := range []string{"99.9%", "0.999", "99.9"} {
		target, err := slo.ParseTarget(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(target)
	}
	// Output:
	// 99.9%
	// 99.9%
	// slo: Target is "99.9": want a ratio above 0 and below 1 (did you mean "99.9%"?)
}

func ExampleTarget_Exhausted() {
	target := slo.Percent(99.9)
	for _, bad := range []uint64{999, 1000, 1001} {
		fmt.Println(bad, "exhausted:", target.Exhausted(bad, 1_000_000), "met:", target.Met(bad, 1_000_000))
	}
	fmt.Println("no events", "exhausted:", target.Exhausted(0, 0), "met:", target.Met(0, 0))
	// Output:
	// 999 exhausted: false met: true
	// 1000 exhausted: true met: true
	// 1001 exhausted: true met: false
	// no events exhausted: false met: false
}

func ExampleTarget_Overspent() {
	target := slo.Percent(99.9)
	fmt.Println("1,000 of a million:", target.Overspent(1000, 1_000_000))
	fmt.Println("1,001 of a million:", target.Overspent(1001, 1_000_000))
	fmt.Println("none of none:", target.Overspent(0, 0))
	// Output:
	// 1,000 of a million: false
	// 1,001 of a million: true
	// none of none: false
}

func ExampleTarget_Consumed() {
	target := slo.Percent(99.9)
	for _, bad := range []uint64{5, 10, 15} {
		consumed, _ := target.Consumed(bad, 10_000)
		fmt.Printf("%d bad of 10,000: %+.0f%% of the budget left\n", bad, 100*(1-consumed))
	}
	_, ok := target.Consumed(0, 0)
	fmt.Println("nothing to judge:", !ok)
	// Output:
	// 5 bad of 10,000: +50% of the budget left
	// 10 bad of 10,000: +0% of the budget left
	// 15 bad of 10,000: -50% of the budget left
	// nothing to judge: true
}

func ExampleTarget_MaxBurnRate() {
	fmt.Println(slo.Percent(99.9).MaxBurnRate())
	fmt.Println(slo.Percent(90).MaxBurnRate()) // so a factor of 14.4 can never be reached
	// Output:
	// 1000
	// 10
}

func ExampleAvailability() {
	sli := slo.Availability()
	for _, status := range []int{200, 404, 429, 503} {
		class := slo.StatusClass(status)
		fmt.Println(status, class, sli.Verdict(class))
	}
	// Output:
	// 200 2xx-3xx good
	// 404 4xx good
	// 429 429 good
	// 503 5xx bad
}

func ExampleLatency() {
	sli := slo.Latency(400*time.Millisecond, slo.CountFailures)
	threshold, _ := sli.Threshold()
	fmt.Println(sli, "- good up to", threshold, "- failures count:", sli.CountsFailures())
	// Output:
	// latency 400ms - good up to 400ms - failures count: true
}

func ExampleFidelity() {
	sli := slo.Fidelity()
	fmt.Println(sli.Verdict(slo.Success), sli.Verdict(slo.Degraded), sli.Verdict(slo.ServerError))
	// Output:
	// good bad excluded
}

func ExampleCustom() {
	o := slo.Objective{
		Name: "orders-shipped-in-a-day", Of: slo.Events("orders"),
		SLI: slo.Custom("shipped in a day"), Target: slo.Percent(98), Window: slo.Rolling(7 * slo.Day),
	}
	fmt.Println(slo.Validate(o), o.SLI, o.Of)
	// Output:
	// <nil> shipped in a day slo.Events("orders")
}

func ExampleStrict() {
	lenient, strict := slo.Availability(), slo.Availability(slo.Strict())
	for _, class := range []slo.Class{slo.TooManyRequests, slo.RPCResourceExhausted, slo.RPCAborted, slo.ClientError} {
		fmt.Println(class, lenient.Verdict(class), strict.Verdict(class))
	}
	// Output:
	// 429 good bad
	// RESOURCE_EXHAUSTED good bad
	// ABORTED good bad
	// 4xx good good
}

func ExampleVerdicts() {
	// To this service a 4xx is its own fault, and a 429 is not.
	sli := slo.Availability(slo.Verdicts{slo.ClientError: slo.Bad, slo.TooManyRequests: slo.Excluded})
	for _, status := range []int{200, 400, 429, 500} {
		fmt.Println(status, sli.Verdict(slo.StatusClass(status)))
	}
	// Output:
	// 200 good
	// 400 bad
	// 429 excluded
	// 500 bad
}

func ExampleWithCancelled() {
	for _, sli := range []slo.SLI{
		slo.Availability(),
		slo.Availability(slo.WithCancelled(slo.Bad)),
		slo.Availability(slo.WithCancelled(slo.BadAfter(2 * time.Second))),
		slo.Latency(400 * time.Millisecond),
	} {
		fmt.Print(sli.Name(), ": ", sli.Verdict(slo.Cancelled))
		if after, ok := sli.CancelledAfter(); ok {
			fmt.Print(", bad after ", after)
		}
		fmt.Println()
	}
	// Output:
	// availability: excluded
	// availability: bad
	// availability: excluded, bad after 2s
	// latency: excluded, bad after 400ms
}

func ExampleParsePercentile() {
	sli, target, err := slo.ParsePercentile("p95 < 500ms")
	if err != nil {
		fmt.Println(err)
		return
	}
	threshold, _ := sli.Threshold()
	fmt.Printf("%v of requests within %v\n", target, threshold)
	// Output:
	// 95% of requests within 500ms
}

func ExampleRolling() {
	fmt.Println(slo.Window{}, slo.Rolling(7*slo.Day), slo.Rolling(90*time.Minute))
	// Output:
	// 28d 7d 90m
}

func ExampleParseDuration() {
	for _, s := range []string{"28d", "4w", "1h30m"} {
		d, err := slo.ParseDuration(s)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(slo.FormatDuration(d))
	}
	// Output:
	// 28d
	// 28d
	// 90m
}

// One line for every operation, and a stricter one where it matters: the explicit
// objective takes the place of the one that Each makes.
func ExampleEach() {
	err := slo.Validate(
		slo.Objective{Name: "availability", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(99)},
		slo.Objective{Name: "availability/POST /checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9)},
	)
	fmt.Println(err)
	// Output:
	// <nil>
}

// What the service asks of others is measured beside what it serves, and is no part of it.
func ExampleDependency() {
	payments := slo.Dependency("payments")
	err := slo.Validate(
		slo.Objective{Name: "service", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99.9)},
		slo.Objective{Name: "payments", Of: payments, SLI: slo.Availability(), Target: slo.Percent(99.5)},
		slo.Objective{Name: "payments-latency", Of: payments, SLI: slo.Latency(200 * time.Millisecond), Target: slo.Percent(95)},
	)
	fmt.Println(payments, err)
	// Output:
	// slo.Dependency("payments") <nil>
}

func ExampleFromContext() {
	charge := func(ctx context.Context) error { return errors.New("card network is down") }
	pay := func(ctx context.Context) {
		if err := charge(ctx); err != nil {
			slo.FromContext(ctx).Bad("payments") // nothing happens if nobody counts
		}
	}

	pay(context.Background())

	var event slo.Event // middleware makes it
	pay(slo.NewContext(context.Background(), &event))
	fmt.Println(event.Class(slo.Success), event.Cause())
	// Output:
	// failed payments
}

// A client says that payments did not answer. Whether that made the request fail is known
// when it ends: here it was served without them.
func ExampleEvent_Blame() {
	var served, failed slo.Event
	served.Blame("payments")
	failed.Blame("payments")
	fmt.Printf("%q %q\n", served.CauseOf(slo.Success), failed.CauseOf(slo.ServerError))
	// Output: "" "payments"
}

func ExampleEvent_Marked() {
	var blamed, bad slo.Event // as a handler left them
	blamed.Blame("payments")
	bad.Bad("payments")
	fmt.Println(blamed.Marked(), bad.Marked())
	// Output: false true
}

func ExampleEvent_Subtract() {
	var event slo.Event // from httpslo.Event(w), or slo.FromContext(ctx)
	event.Subtract(150 * time.Millisecond)
	event.Subtract(50 * time.Millisecond)
	fmt.Println(event.Subtracted())
	// Output:
	// 200ms
}

// A load test is no user: neither that it was served nor that it failed says anything of the
// promise.
func ExampleEvent_Exclude() {
	var event slo.Event // from httpslo.Event(w), or slo.FromContext(ctx)
	event.Exclude("load test")
	for _, class := range []slo.Class{slo.Success, slo.ServerError} {
		fmt.Println(class, slo.Availability().Verdict(event.Class(class)), event.Cause())
	}
	// Output:
	// 2xx-3xx excluded load test
	// 5xx excluded load test
}

func ExampleEvent_Degraded() {
	var event slo.Event
	event.Degraded() // the page was served without recommendations
	class := event.Class(slo.Success)
	fmt.Println(slo.Availability().Verdict(class), slo.Fidelity().Verdict(class))
	// Output:
	// good bad
}

func ExampleValidate() {
	err := slo.Validate(
		slo.Objective{Name: "checkout", Of: slo.HTTP("post /checkout"), SLI: slo.Latency(400), Target: slo.Ratio(99.9)},
		slo.Objective{Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(98), Window: slo.Rolling(28)},
	)
	fmt.Println(err)

	var first *slo.FieldError
	fmt.Println(errors.Is(err, slo.ErrInvalid), errors.As(err, &first), first.Field)
	// Output:
	// slo: Objectives[0] "checkout".Of is slo.HTTP("post /checkout"): want a route pattern such as "POST /checkout" (did you mean "POST /checkout"?)
	// slo: Objectives[0] "checkout".SLI is slo.Latency(400ns): want a threshold of at least 1µs, such as slo.Latency(400*time.Millisecond)
	// slo: Objectives[0] "checkout".Target is Ratio(99.9): want a ratio above 0 and below 1 (did you mean Percent(99.9)?)
	// slo: Objectives[1].Name is "": want a name, unique within the tracker
	// slo: Objectives[1].Window is slo.Rolling(28ns): want at least 1ms, such as slo.Rolling(7*slo.Day), or the zero Window for 28 days
	// true true Objectives[0] "checkout".Of
}

func ExampleTarget_AllowedDowntime() {
	fmt.Println(slo.Percent(99.9).AllowedDowntime(30 * slo.Day))
	// Output: 43m12s
}
