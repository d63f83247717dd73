package policy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// newShop returns a tracker whose time is moved by hand, so that the examples print the
// same every time; a service calls budget.New with the same configuration.
func newShop(objectives ...slo.Objective) *budget.Simulation {
	if len(objectives) == 0 {
		objectives = []slo.Objective{{
			Name: "checkout-availability", Of: slo.HTTP("POST /checkout"),
			SLI: slo.Availability(), Target: slo.Percent(99.9), Owner: "payments",
		}}
	}
	tracker, err := budget.NewSimulation(
		budget.Config{Service: "shop", Objectives: objectives},
		time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC))
	if err != nil {
		log.Fatal(err)
	}
	return tracker
}

// serve lets time pass with 100 requests a second, as middleware would record them.
func serve(tracker *budget.Simulation, d time.Duration, class slo.Class) {
	operation := tracker.HTTP("POST /checkout")
	for ; d > 0; d -= time.Second {
		for range 100 {
			operation.Start()
			operation.Finish(class, 12*time.Millisecond)
		}
		tracker.Advance(time.Second)
	}
}

func ExampleWatch() {
	tracker := newShop()
	defer tracker.Close()

	watcher, err := policy.Watch(tracker.Tracker, policy.Config{}) // default burn-rate rules
	if err != nil {
		log.Fatal(err)
	}
	cancel := watcher.OnBreach(func(_ context.Context, b policy.Breach) {
		fmt.Println(b.At.Format(time.TimeOnly), b.Objective.Owner, b.State, b.Severity, b.Rule)
	})
	defer cancel()

	serve(tracker, 5*time.Minute, slo.ServerError)
	serve(tracker, 2*time.Hour, slo.Success)
	// Output:
	// 12:00:49 payments started page 1h/5m
	// 13:05:04 payments resolved page 1h/5m
}

func ExampleWatch_refused() {
	tracker := newShop(slo.Objective{Name: "search", Of: slo.HTTP("GET /search"), SLI: slo.Availability(), Target: slo.Percent(93)})
	defer tracker.Close()

	_, err := policy.Watch(tracker.Tracker, policy.Config{Rules: []policy.Rule{
		{Name: "fast", Severity: policy.Page, When: policy.BurnRate{Factor: 14.4, Long: time.Hour, Short: 5 * time.Minute}},
	}})
	fmt.Println(err)
	// Output:
	// policy: Rules[0] "fast".When.Factor is 14.4: want a factor below 14.2857143, the greatest burn rate that objective "search" can have: 1 / (1 - 93%)
}

func ExampleWatcher_OnBreach() {
	tracker := newShop()
	defer tracker.Close()
	watcher, err := policy.Watch(tracker.Tracker, policy.Config{})
	if err != nil {
		log.Fatal(err)
	}

	// One process may shed load, roll itself back or drain; it speaks for itself alone.
	shedding := false
	cancel := watcher.OnBreach(func(_ context.Context, b policy.Breach) {
		if b.Severity == policy.Page {
			shedding = b.Open()
		}
	})
	defer cancel()

	serve(tracker, time.Minute, slo.ServerError)
	fmt.Println("shedding:", shedding)
	serve(tracker, 2*time.Hour, slo.Success)
	fmt.Println("shedding:", shedding)
	// Output:
	// shedding: true
	// shedding: false
}

// Rules of your own, for an objective over a minute whose tracker ticks ten times a
// second: what a demonstration or a load test needs.
func ExampleRule() {
	tracker, err := budget.NewSimulation(budget.Config{
		Resolution: 100 * time.Millisecond,
		Objectives: []slo.Objective{{
			Name: "checkout-availability", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(),
			Target: slo.Percent(99), Window: slo.Rolling(time.Minute),
		}},
	}, time.Unix(0, 0))
	if err != nil {
		log.Fatal(err)
	}
	defer tracker.Close()

	watcher, err := policy.Watch(tracker.Tracker, policy.Config{Rules: []policy.Rule{{
		Name: "10s/2s", Severity: policy.Page, When: policy.BurnRate{Factor: 10, Long: 10 * time.Second, Short: 2 * time.Second},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	watcher.OnBreach(func(_ context.Context, b policy.Breach) { fmt.Println(b) })

	serve(tracker, 20*time.Second, slo.Success)
	serve(tracker, 5*time.Second, slo.ServerError)
	serve(tracker, 20*time.Second, slo.Success)
	// Output:
	// page started: "checkout-availability" by 10s/2s, P1: burn rate x coverage is 20 over 10s and 100 over 2s, above 10; -809.1 % of the error budget remains
	// page resolved: "checkout-availability" by 10s/2s, P1: burn rate x coverage is 50 over 10s and 0 over 2s, not both above 10; after 7s; -1624 % of the error budget remains
}

func ExampleDefaultRules() {
	for _, days := range []time.Duration{7, 28, 90} {
		fmt.Print(int(days), " days:")
		for _, r := range policy.DefaultRules(slo.Objective{
			Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(),
			Target: slo.Percent(99.9), Window: slo.Rolling(days * slo.Day),
		}) {
			fmt.Printf(" %s %v", r.Name, r.When.(policy.BurnRate).Factor)
		}
		fmt.Println()
	}
	// Output:
	// 7 days: 1h/5m 3.36 6h/30m 1.4 1d/2h 1
	// 28 days: 1h/5m 13.44 6h/30m 5.6 1d/2h 2.8 3d/6h 1
	// 90 days: 1h/5m 43.2 6h/30m 18 1d/2h 9 3d/6h 3
}

func ExampleWatcher_Active() {
	tracker := newShop()
	defer tracker.Close()
	watcher, err := policy.Watch(tracker.Tracker, policy.Config{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(watcher.Active()))
	serve(tracker, 30*time.Minute, slo.ServerError)
	for _, b := range watcher.Active() {
		fmt.Println(b.State, b.Key, "for", b.Duration, "with", b.Joined, "more rules")
		for _, r := range b.Rules {
			fmt.Println(r.Severity, r.Rule, r.Holds)
		}
	}
	// Output:
	// 0
	// ongoing shop/checkout-availability/page for 29m11s with 3 more rules
	// page 1h/5m true
	// page 6h/30m true
	// ticket 1d/2h true
	// ticket 3d/6h true
}

func ExampleWatcher_States() {
	tracker := newShop()
	defer tracker.Close()
	watcher, err := policy.Watch(tracker.Tracker, policy.Config{NoHealth: true})
	if err != nil {
		log.Fatal(err)
	}
	tracker.Advance(time.Hour) // a quiet night
	tracker.HTTP("POST /checkout").Start()
	tracker.HTTP("POST /checkout").Finish(slo.ServerError, time.Second)
	tracker.Advance(time.Second)
	for _, s := range watcher.States() {
		fmt.Println(s)
	}
	// Output:
	// page 1h/5m: 1 of 5 bad events
	// page 6h/30m: 1 of 5 bad events
	// ticket 1d/2h: 1 of 2 bad events
	// ticket 3d/6h: 1 of 2 bad events
}

func ExampleWatcher_Close() {
	tracker := newShop()
	watcher, err := policy.Watch(tracker.Tracker, policy.Config{})
	if err != nil {
		log.Fatal(err)
	}
	watcher.OnBreach(func(context.Context, policy.Breach) { fmt.Println("never called") })
	watcher.Close() // closing the tracker would do as well
	serve(tracker, time.Minute, slo.ServerError)
	fmt.Println(watcher.Active(), watcher.Dropped(), watcher.Panics())
	tracker.Close()
	// Output: [] 0 0
}

func ExampleBreach_LogValue() {
	tracker := newShop()
	defer tracker.Close()
	watcher, err := policy.Watch(tracker.Tracker, policy.Config{})
	if err != nil {
		log.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{} // of the machine, not of the example
		}
		return a
	}}))
	watcher.OnBreach(func(_ context.Context, b policy.Breach) { logger.Error("budget is burning", "breach", b) })
	serve(tracker, time.Minute, slo.ServerError)
	// Output:
	// level=ERROR msg="budget is burning" breach.id=shop/checkout-availability/page@2025-03-03T12:00:49Z breach.state=started breach.severity=page breach.rule=1h/5m breach.service=shop breach.objective=checkout-availability breach.started=2025-03-03T12:00:49.000Z breach.duration=0s breach.reason="burn rate x coverage is 13.6111 over 1h and 163.333 over 5m, above 13.44" breach.remaining=-999 breach.known="partial coverage" breach.owner=payments
}

func ExampleDecision_MarshalJSON() {
	gate := policy.NewGate(nil, policy.GateConfig{}) // nothing to ask
	decision := gate.Decide(context.Background(), policy.Change{Kind: policy.Feature, ID: "v2.5.0"})
	decision.At = time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC)
	decision.Expires = decision.At.Add(policy.DefaultValidity)
	decision.Deploys.Day = "2025-03-03"
	text, err := json.MarshalIndent(decision, "", "  ")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
	// Output:
	// {
	//   "outcome": "needs_person",
	//   "change": {
	//     "kind": "feature",
	//     "id": "v2.5.0"
	//   },
	//   "scope": "process",
	//   "at": "2025-03-03T12:00:00Z",
	//   "expires": "2025-03-03T12:10:00Z",
	//   "risk": "unknown",
	//   "requires": [],
	//   "deploys": {
	//     "day": "2025-03-03",
	//     "per_day": null,
	//     "used": 0,
	//     "left": null
	//   },
	//   "reasons": [
	//     {
	//       "code": "no_tracker",
	//       "outcome": "needs_person",
	//       "text": "there is no tracker to ask"
	//     }
	//   ]
	// }
}

func ExampleGate_Decide() {
	tracker := newShop()
	defer tracker.Close()
	gate := policy.NewGate(tracker, policy.GateConfig{})
	ctx := context.Background()
	change := policy.Change{Kind: policy.Feature, ID: "v2.5.0"}

	serve(tracker, time.Minute, slo.Success)
	fmt.Println(gate.Decide(ctx, change))
	serve(tracker, 2*time.Hour, slo.Success)
	fmt.Println(gate.Decide(ctx, change))
	serve(tracker, time.Minute, slo.ServerError)
	fmt.Println(gate.Decide(ctx, change))
	fmt.Println(gate.Decide(ctx, policy.Change{Kind: policy.Rollback, ID: "v2.4.9"}))
	// Output:
	// feature v2.5.0 needs a person: checkout-availability: watched for 1m, and 1h would be enough
	// allow feature v2.5.0: checkout-availability: 100 % of the error budget remains, by the 0.3001 % of the window that were watched
	// deny feature v2.5.0: checkout-availability: error budget exhausted: -719.7 % remains after 6000 bad of 732000 events, by the 0.3026 % of the window that were watched
	// allow rollback v2.4.9: a change of kind rollback does not wait for error budget
}

// all is a reader of error budgets that sums up all replicas, as fleet.Reader does; here their
// statuses are given.
type all []budget.Status

func (a all) Statuses() []budget.Status { return a }

func ExampleScope() {
	replicas := all{{
		Name: "checkout-availability", Known: budget.FullyKnown, Counts: budget.Counts{Good: 999_400, Bad: 600},
		At: time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC), Observed: 28 * slo.Day, Coverage: 1, Remaining: 0.4,
	}}
	// fleet.Reader says so itself; of a reader that does not, the configuration must.
	gate := policy.NewGate(replicas, policy.GateConfig{Scope: policy.ScopeFleet})
	decision := gate.Decide(context.Background(), policy.Change{Kind: policy.Feature, ID: "v2.5.0"})
	fmt.Println(decision.Scope, "-", decision)

	tracker := newShop()
	defer tracker.Close()
	decision = policy.NewGate(tracker, policy.GateConfig{}).Decide(context.Background(), decision.Change)
	fmt.Println(decision.Scope == policy.ScopeProcess)
	// Output:
	// fleet - allow feature v2.5.0: checkout-availability: 40 % of the error budget remains
	// true
}

func ExampleNewGate() {
	tracker := newShop()
	defer tracker.Close()
	// A gate that lets a process without traffic deploy, and believes it after a minute.
	gate := policy.NewGate(tracker, policy.GateConfig{OnUnknown: policy.Allow, MinObserved: time.Minute, Validity: time.Minute})
	decision := gate.Decide(context.Background(), policy.Change{Kind: policy.Feature})
	reason := decision.Reasons[0]
	fmt.Println(decision.Outcome, reason.Code, reason.Known, decision.Scope)
	fmt.Println(decision.Expired(decision.At), decision.Expired(decision.At.Add(time.Minute)))
	// Output:
	// allow no_events no events process
	// false true
}
