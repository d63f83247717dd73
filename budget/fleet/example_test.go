package fleet_test

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/api"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/fleet"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// client stands for what api.NewClient(api.Config{Address: "http://prometheus:9090"})
// returns: it answers as if there were two replicas.
var client api.Client = newServer()

var objectives = []slo.Objective{{
	Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99),
	Window: slo.Rolling(slo.Day / 24),
}}

func ExampleNewReader() {
	reader, err := fleet.NewReader(fleet.Config{Client: client, Service: "shop", Objectives: objectives})
	if err != nil {
		fmt.Println(err)
		return
	}
	gate := policy.NewGate(reader, policy.GateConfig{})
	fmt.Println(gate.Decide(context.Background(), policy.Change{Kind: policy.Feature, ID: "v2.5.0"}))
	// Output:
	// allow feature v2.5.0: checkout: 40 % of the error budget remains
}

func ExampleReader_Reading() {
	reader, err := fleet.NewReader(fleet.Config{Client: client, Service: "shop", Objectives: objectives})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := reader.Reading(context.Background(), "checkout")
	fmt.Printf("%d replicas: %d bad of %d events, %.0f %% remains (%v)\n",
		r.Replicas, r.Counts.Bad, r.Counts.Valid(), 100*r.Remaining, r.Known)
	for _, w := range r.BurnRates {
		fmt.Printf("burn rate over %v: %.2g\n", w.Length, w.BurnRate)
	}
	// Output:
	// 2 replicas: 6 bad of 1000 events, 40 % remains (known)
	// burn rate over 5m0s: 0.6
	// burn rate over 30m0s: 0.6
	// burn rate over 1h0m0s: 0.6
}

func ExampleReader_Readings() {
	unreachable := newServer()
	unreachable.down = series(`{"__name__":"up","instance":"10.0.0.7:8080"}`, "0")
	reader, err := fleet.NewReader(fleet.Config{Client: unreachable, Service: "shop", Objectives: objectives})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range reader.Readings(context.Background()) {
		if r.Unknown != "" {
			fmt.Println(r.Name, "is", r.Known, "because of", r.Doubt)
		}
	}
	// Output:
	// checkout is stale because of partial: 1 replicas cannot be scraped
}

func ExampleWorse() {
	tracker, err := budget.New(budget.Config{Service: "shop", Objectives: objectives})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tracker.Close()
	reader, err := fleet.NewReader(fleet.Config{Client: client, Service: "shop", Objectives: objectives})
	if err != nil {
		fmt.Println(err)
		return
	}
	gate := policy.NewGate(fleet.Worse(tracker, reader), policy.GateConfig{})
	d := gate.Decide(context.Background(), policy.Change{Kind: policy.Feature, ID: "v2.5.0"})
	fmt.Println(d.Outcome, "in the scope", d.Scope)
	for _, r := range d.Reasons {
		fmt.Println(r)
	}
	// Output:
	// needs a person in the scope fleet
	// checkout: insufficient data: no valid event in the window
	// checkout: 40 % of the error budget remains
}

func ExampleReader_Restore() {
	reader, err := fleet.NewReader(fleet.Config{Client: client, Service: "shop", Objectives: objectives})
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg := budget.Config{Service: "shop", Objectives: objectives}
	cfg.Restore, err = reader.Restore(context.Background(), 3) // of three replicas this is one
	if err != nil {
		fmt.Println(err) // and begin with no history
	}
	tracker, err := budget.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tracker.Close()
	fmt.Println("restored:", tracker.Budget("checkout").Status().Restored)
	// Output:
	// restored: true
}
