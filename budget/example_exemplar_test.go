package budget_test

import (
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

func ExampleOperation_AddExemplar() {
	tracker := shop()
	defer tracker.Close()

	// What middleware does when a handler has returned:
	operation, event, latency := tracker.HTTP("POST /checkout"), &slo.Event{}, 20*time.Millisecond
	operation.Start()
	if operation.FinishEvent(event, slo.ServerError, latency) {
		trace, _ := budget.ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		operation.AddExemplar(trace, event, slo.ServerError, latency)
	}

	for _, x := range tracker.Budget("checkout-availability").Exemplars() {
		fmt.Println(x.Operation, x.Class, "after", x.Latency, "in trace", x.TraceID)
	}
	// Output: POST /checkout 5xx after 20ms in trace 0af7651916cd43dd8448eb211c80319c
}

func ExampleParseTraceparent() {
	trace, ok := budget.ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	fmt.Println(ok, trace.Sampled)
	_, ok = budget.ParseTraceparent("not a trace")
	fmt.Println(ok)
	// Output:
	// true true
	// false
}

func ExampleParseTrace() {
	trace, ok := budget.ParseTrace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
	fmt.Println(ok, trace.IsValid())
	// Output: true true
}
