package slo_test

import (
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Every row that came in is an event: good once it has been processed, bad when the batch ends
// without it. Whoever knows says so with tracker.Events("invoice rows").Add(processed, all).
func ExampleCompleteness() {
	o := slo.Objective{
		Name: "invoices-complete", Of: slo.Events("invoice rows"),
		SLI: slo.Completeness(), Target: slo.Percent(99.99), Window: slo.Rolling(7 * slo.Day),
	}
	fmt.Println(slo.Validate(o), o.SLI)
	fmt.Println("of 2,000,000 rows", o.Target.AllowedBad(2_000_000), "may be missing")
	// Output:
	// <nil> completeness
	// of 2,000,000 rows 200 may be missing
}

// Every answer is an event: good if the data it was made from were young enough. How old that is
// the code decides that serves it.
func ExampleFreshness() {
	o := slo.Objective{
		Name: "prices-fresh", Of: slo.Events("prices served"),
		SLI: slo.Freshness(), Target: slo.Percent(99),
	}
	fmt.Println(slo.Validate(o), o.SLI)
	const fresh = 10 * time.Minute
	for _, age := range []time.Duration{2 * time.Minute, fresh, time.Hour} {
		class := slo.EventGood // tracker.Events("prices served").Good()
		if age > fresh {
			class = slo.EventBad // or .Bad()
		}
		fmt.Println(age, o.SLI.Verdict(class))
	}
	// Output:
	// <nil> freshness
	// 2m0s good
	// 10m0s good
	// 1h0m0s bad
}

// A job reads back a sample of what is stored; each object is an event.
func ExampleDurability() {
	o := slo.Objective{
		Name: "backups-readable", Of: slo.Events("objects read back"),
		SLI: slo.Durability(), Target: slo.Percent(99.9999), Window: slo.Quarter(time.UTC),
	}
	fmt.Println(slo.Validate(o), o.SLI)
	fmt.Println("too few to tell:", o.Target.TooFew(10_000), o.Target.TooFew(1_000_000))
	// Output:
	// <nil> durability
	// too few to tell: true false
}

// Every minute is an event: good if the pipeline kept the agreed pace in it.
func ExampleThroughput() {
	o := slo.Objective{
		Name: "import-pace", Of: slo.Events("minutes of import"),
		SLI: slo.Throughput(), Target: slo.Percent(99), Window: slo.Rolling(7 * slo.Day),
	}
	fmt.Println(slo.Validate(o), o.SLI)
	const pace = 5000 // rows a minute
	var good, all uint64
	for _, rows := range []int{6200, 5000, 1400, 7100} {
		if all++; rows >= pace {
			good++
		}
	}
	consumed, _ := o.Target.Consumed(all-good, 7*24*60) // tracker.Events("minutes of import").Add(good, all)
	fmt.Printf("%d minutes of %d kept the pace: %.1f %% of a week's budget spent\n", good, all, 100*consumed)
	// Output:
	// <nil> throughput
	// 3 minutes of 4 kept the pace: 1.0 % of a week's budget spent
}
