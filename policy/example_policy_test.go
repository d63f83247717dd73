package policy_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// The error budget policy of a team, in force.
func ExampleEnforce() {
	tracker := newShop()
	defer tracker.Close()
	enforcer, err := policy.Enforce(tracker.Tracker, policy.Policy{
		Name:  "payments",
		Owner: "payments", // of the objectives that it is about
		Tiers: policy.DefaultTiers(),
		Clauses: []policy.Clause{
			{Name: "fast burn", When: policy.SpentWithin(0.3, slo.Day), Then: []policy.Consequence{
				{Kind: policy.Escalate, Text: "to the head of engineering"},
			}},
		},
	}, policy.EnforceConfig{Logger: slog.New(slog.DiscardHandler)}) // the audit log; nil is slog.Default
	if err != nil {
		log.Fatal(err)
	}
	enforcer.OnEnactment(func(_ context.Context, n policy.Enactment) { fmt.Println(n) })

	serve(tracker, 2*time.Hour, slo.Success)
	serve(tracker, 4*time.Second, slo.ServerError)
	fmt.Println(enforcer.Standing())
	// Output:
	// payments: tier green: checkout-availability: 100 % of the error budget remains
	// payments: tier green -> yellow: checkout-availability: 44.48 % of the error budget remains
	// payments: tier yellow since 2025-03-03 14:00, 44.48 % of checkout-availability remains
}

func ExampleEnforcer_Permits() {
	tracker := newShop()
	defer tracker.Close()
	enforcer, err := policy.Enforce(tracker.Tracker, policy.Policy{Name: "payments", Tiers: policy.DefaultTiers()},
		policy.EnforceConfig{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("at the start:", enforcer.Permits("experimental-features"))
	serve(tracker, 2*time.Hour, slo.Success)
	fmt.Println("with budget:", enforcer.Permits("experimental-features"))
	serve(tracker, time.Minute, slo.ServerError)
	fmt.Println("without:", enforcer.Permits("experimental-features"))
	// Output:
	// at the start: false
	// with budget: true
	// without: false
}

// What no machine sees is enacted by a person, and stays in the audit log.
func ExampleEnforcer_Enact() {
	tracker := newShop()
	defer tracker.Close()
	enforcer, err := policy.Enforce(tracker.Tracker, policy.Policy{
		Name: "payments",
		Clauses: []policy.Clause{{
			Name: "outage of the provider", When: policy.Manual("the payment provider is down"),
			Then: []policy.Consequence{{Kind: policy.StopProduction, Automated: true}, {Kind: policy.EngageOwner}},
		}},
		Review: policy.Review{After: []string{"outage of the provider"}},
	}, policy.EnforceConfig{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	serve(tracker, 2*time.Hour, slo.Success)
	if err := enforcer.Enact("outage of the provider", "alice", "their status page says so"); err != nil {
		log.Fatal(err)
	}
	gate := policy.NewGate(tracker, policy.GateConfig{Policy: enforcer})
	fmt.Println(gate.Decide(context.Background(), policy.Change{Kind: policy.Feature, ID: "v2.5.0"}))

	if err := enforcer.Lift("outage of the provider", "bob", "it is back"); err != nil {
		log.Fatal(err)
	}
	for _, n := range enforcer.Enactments() {
		fmt.Println(n.At.Format(time.TimeOnly), n)
	}
	// Output:
	// deny feature v2.5.0: clause "outage of the provider" stops releases: their status page says so
	// 14:00:00 payments: clause enacted: "outage of the provider": their status page says so (by alice); stop production; engage owner
	// 14:00:00 payments: review due: it was to be reviewed after outage of the provider
	// 14:00:00 payments: clause lifted: "outage of the provider": it is back (by bob)
}

// What a service exports of its policy: callbacks that panic are survived and counted, and so are
// those that do not keep up.
func ExampleEnforcer_Panics() {
	tracker := newShop()
	defer tracker.Close()
	enforcer, err := policy.Enforce(tracker.Tracker, policy.Policy{Name: "payments", Tiers: policy.DefaultTiers()},
		policy.EnforceConfig{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	enforcer.OnEnactment(func(_ context.Context, n policy.Enactment) {
		fmt.Println(n.Consequences[0]) // a mistake: a change of tier has none
	})
	serve(tracker, 2*time.Hour, slo.Success)
	fmt.Println("panics:", enforcer.Panics(), "dropped:", enforcer.Dropped(), "- still", enforcer.Standing().Tier.Name)
	// Output: panics: 1 dropped: 0 - still green
}

// A policy may go by what no error budget shows, and by the rules of a watcher.
func ExampleSignal() {
	tracker := newShop()
	defer tracker.Close()
	watcher, err := policy.Watch(tracker.Tracker, policy.Config{})
	if err != nil {
		log.Fatal(err)
	}
	letters := 0
	enforcer, err := policy.Enforce(tracker.Tracker, policy.Policy{Name: "payments", Clauses: []policy.Clause{
		{Name: "dead letters", When: policy.Signal("dead letters"), Then: []policy.Consequence{
			{Kind: policy.CreateActionItem, Text: "at the top of the backlog", Automated: true, Traceable: true},
			{Kind: policy.FinishActionItem, Traceable: true, Due: 7 * slo.Day},
		}},
		{Name: "burning", When: policy.RuleHolds("1h/5m"), Then: []policy.Consequence{{Kind: policy.Communicate, Text: "in the channel of the team"}}},
	}}, policy.EnforceConfig{
		Watcher: watcher,
		Signals: map[string]func() bool{"dead letters": func() bool { return letters > 100 }},
		Logger:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		log.Fatal(err)
	}
	letters = 101
	serve(tracker, time.Minute, slo.ServerError)
	for _, n := range enforcer.Standing().Enacted {
		fmt.Println(n.Clause, n.Consequences)
	}
	// Output:
	// dead letters [create action item: at the top of the backlog finish action item, within 7d]
	// burning [communicate: in the channel of the team]
}

// The tier in force, the audit log and the deploys of the day are part of the snapshot of the
// tracker.
func ExampleEnforce_restart() {
	p := policy.Policy{Name: "payments", Tiers: policy.DefaultTiers()}
	p.Tiers[2].LeaveAfter = slo.Day // a freeze lasts until a day was steady
	quiet := policy.EnforceConfig{Logger: slog.New(slog.DiscardHandler)}

	tracker := newShop()
	before, err := policy.Enforce(tracker.Tracker, p, quiet)
	if err != nil {
		log.Fatal(err)
	}
	serve(tracker, 2*time.Hour, slo.Success)
	serve(tracker, time.Minute, slo.ServerError)
	fmt.Println(before.Standing().Tier.Name)

	next, err := budget.NewSimulation(budget.Config{Service: "shop", Objectives: tracker.Declared(), Restore: tracker.Snapshot()}, tracker.Time())
	if err != nil {
		log.Fatal(err)
	}
	defer next.Close()
	tracker.Close()
	after, err := policy.Enforce(next.Tracker, p, quiet)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(after.Standing().Tier.Name, "with", len(after.Enactments()), "lines in the audit log")
	// Output:
	// red
	// red with 3 lines in the audit log
}

// Another text of the policy, as from a file that was edited, is put in force or refused as a
// whole.
func ExampleEnforcer_Update() {
	tracker := newShop()
	defer tracker.Close()
	p := policy.Policy{Name: "payments", Version: "1", Tiers: policy.DefaultTiers()}
	enforcer, err := policy.Enforce(tracker.Tracker, p, policy.EnforceConfig{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	p.Version = "2"
	p.Tiers[0].AtLeast = 80 // a slip
	fmt.Println(enforcer.Update(p), "- in force:", enforcer.Policy().Version)
	p.Tiers[0].AtLeast = 0.8
	fmt.Println(enforcer.Update(p), "- in force:", enforcer.Policy().Version)
	// Output:
	// policy: Tiers[0] "green".AtLeast is 80: want a share of the error budget from -10 to 1, such as 0.5 (did you mean 0.8?) - in force: 1
	// <nil> - in force: 2
}

func ExampleGate_Begin() {
	tracker := newShop()
	defer tracker.Close()
	enforcer, err := policy.Enforce(tracker.Tracker, policy.Policy{Name: "payments", Tiers: policy.DefaultTiers()},
		policy.EnforceConfig{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	serve(tracker, 2*time.Hour, slo.Success)
	gate := policy.NewGate(tracker, policy.GateConfig{Policy: enforcer, Logger: slog.New(slog.DiscardHandler)})

	ctx := context.Background()
	for _, id := range []string{"v2.5.0", "v2.5.0", "v2.5.1", "v2.5.2"} {
		decision := gate.Begin(ctx, policy.Change{Kind: policy.Feature, ID: id})
		fmt.Println(decision.Outcome, id, decision.Grant.Number, "of", decision.Deploys.PerDay)
	}
	gate.Done(policy.Change{Kind: policy.Feature, ID: "v2.5.0"})   // it was deployed
	gate.Cancel(policy.Change{Kind: policy.Feature, ID: "v2.5.1"}) // it was not
	fmt.Println(gate.Begin(ctx, policy.Change{Kind: policy.Feature, ID: "v2.5.2"}).Outcome)
	// Output:
	// allow v2.5.0 1 of 2
	// allow v2.5.0 1 of 2
	// allow v2.5.1 2 of 2
	// deny v2.5.2 0 of 2
	// allow
}

// Somebody may take it upon themselves, and is recorded.
func ExampleGate_Override() {
	tracker := newShop()
	defer tracker.Close()
	serve(tracker, 2*time.Hour, slo.Success)
	serve(tracker, time.Minute, slo.ServerError)
	gate := policy.NewGate(tracker, policy.GateConfig{Logger: slog.New(slog.DiscardHandler)})
	change := policy.Change{Kind: policy.Feature, ID: "v2.5.0"}
	fmt.Println(gate.Decide(context.Background(), change).Outcome)
	fmt.Println(gate.Override(context.Background(), change, "alice", "the contract ends today"))
	for _, g := range gate.Overrides() {
		fmt.Println(g)
	}
	// Output:
	// deny
	// allow feature v2.5.0: overridden by alice: the contract ends today
	// feature v2.5.0 begun at 2025-03-03 14:01, feature 1 of 2025-03-03, overridden by alice: the contract ends today
}

// The deploys of a day survive a restart.
func ExampleGate_Restore() {
	tracker := newShop()
	defer tracker.Close()
	serve(tracker, 2*time.Hour, slo.Success)
	cfg := policy.GateConfig{Logger: slog.New(slog.DiscardHandler)}
	gate := policy.NewGate(tracker, cfg)
	gate.Begin(context.Background(), policy.Change{Kind: policy.Feature, ID: "v2.5.0"})

	next := policy.NewGate(tracker, cfg)
	if err := next.Restore(gate.Snapshot()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(next.Grants())
	fmt.Println(next.Restore([]byte("half of it")))
	// Output:
	// [feature v2.5.0 begun at 2025-03-03 14:00, feature 1 of 2025-03-03]
	// policy: Restore is "10 bytes": want what Snapshot returned: this is something else, or only its beginning
}

func ExamplePolicy_Validate() {
	fmt.Println(policy.Policy{Name: "payments", Tiers: []policy.Tier{{Name: "green", AtLeast: 50}, {Name: "red"}}}.Validate())
	// Output: policy: Tiers[0] "green".AtLeast is 50: want a share of the error budget from -10 to 1, such as 0.5 (did you mean 0.5?)
}

func ExampleDefaultTiers() {
	for _, t := range policy.DefaultTiers() {
		fmt.Println(t)
	}
	// Output:
	// green: at least 50 % left, 2 deploys a day, permits experimental-features
	// yellow: at least 10 % left, 1 deploy a day, requires staging-validation
	// red: feature freeze
}
