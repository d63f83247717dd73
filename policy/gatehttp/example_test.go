package gatehttp_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/policy/gatehttp"
	"github.com/seed-abb722f7/nines/slo"
)

// serveGate serves the gate of a shop in which nothing has failed for two hours. Time is moved
// by hand here; a service calls budget.New.
func serveGate(cfg gatehttp.Config) *httptest.Server {
	tracker, err := budget.NewSimulation(budget.Config{Objectives: []slo.Objective{
		{Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9)},
	}}, time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC))
	if err != nil {
		log.Fatal(err)
	}
	for range 5000 {
		tracker.HTTP("POST /checkout").Start()
		tracker.HTTP("POST /checkout").Finish(slo.Success, 0)
	}
	tracker.Advance(2 * time.Hour)
	gate := policy.NewGate(tracker, policy.GateConfig{Logger: slog.New(slog.DiscardHandler)})
	handler, err := gatehttp.New(gate, cfg)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/gate", handler)
	return httptest.NewServer(mux)
}

func ExampleNew() {
	server := serveGate(gatehttp.Config{ReadOnly: true})
	defer server.Close()
	resp, err := http.Get(server.URL + "/gate?kind=feature&id=v2.5.0")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	fmt.Println(resp.Status)

	_, err = gatehttp.New(nil, gatehttp.Config{})
	fmt.Println(err)
	// Output:
	// 200 OK
	// gatehttp: Token is "": want a token, as POST begins deployments; or ReadOnly without GuardReads, which needs none
}

func ExampleClient() {
	server := serveGate(gatehttp.Config{Token: "a-long-and-random-token"})
	defer server.Close()
	gate := gatehttp.Client{URL: server.URL + "/gate", Token: "a-long-and-random-token"}
	change := policy.Change{Kind: policy.Feature, ID: "v2.5.0"}

	decision, err := gate.Begin(context.Background(), change)
	if err != nil {
		log.Fatal(err) // the gate could not be asked: that is no decision
	}
	fmt.Println(decision)
	if decision.Outcome == policy.Allow {
		// ... deploy ...
		grant, err := gate.Done(context.Background(), change)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(grant)
	}
	// Output:
	// allow feature v2.5.0: checkout: 100 % of the error budget remains, by the 0.2976 % of the window that were watched
	// feature v2.5.0 done at 2025-03-03 14:00, feature 1 of 2025-03-03
}
