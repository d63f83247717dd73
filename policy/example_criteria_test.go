package policy_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// newHourly returns the shop of the examples with a budget that is quickly spent: 99 % over
// an hour, and these rules; what they say is printed.
func newHourly(rules ...policy.Rule) (*budget.Simulation, *policy.Watcher) {
	tracker := newShop(slo.Objective{
		Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99), Window: slo.Rolling(time.Hour),
	})
	watcher, err := policy.Watch(tracker.Tracker, policy.Config{NoDefaults: true, NoHealth: true, Rules: rules})
	if err != nil {
		log.Fatal(err)
	}
	watcher.OnBreach(func(_ context.Context, b policy.Breach) {
		fmt.Println(b.At.Format(time.TimeOnly), b.State, b.Severity, b.Rule)
	})
	return tracker, watcher
}

// Who wants to know that a budget runs low, whatever spent it.
func ExampleLevel() {
	tracker, _ := newHourly(
		policy.Rule{Severity: policy.Ticket, When: policy.Level(0.5)},
		policy.Rule{Severity: policy.Page, When: policy.Level(0.1)},
	)
	defer tracker.Close()
	serve(tracker, time.Hour, slo.Success)
	serve(tracker, 40*time.Second, slo.ServerError) // of the 36 that an hour allows
	// Output:
	// 13:00:19 started ticket 50% left
	// 13:00:33 started page 10% left
}

// How fast it is being spent, by the count of bad events.
func ExampleDepletion() {
	tracker, _ := newHourly(policy.Rule{Severity: policy.Page, When: policy.Depletion{Share: 0.3, Within: 10 * time.Minute}})
	defer tracker.Close()
	serve(tracker, time.Hour, slo.Success)
	serve(tracker, 20*time.Second, slo.ServerError)
	// Output: 13:00:11 started page 30% in 10m
}

// One long window decides, evaluated now and then, and heard of every two hours at most: the
// example of Establishing SRE Foundations, table 9.10.
func ExampleBurnRate() {
	tracker, watcher := newHourly(policy.Rule{
		Name: "hourly", Severity: policy.Page, When: policy.BurnRate{Factor: 2, Long: time.Hour},
		Every: 5 * time.Minute, Snooze: 2 * time.Hour,
	})
	defer tracker.Close()
	serve(tracker, time.Hour, slo.Success)
	serve(tracker, 90*time.Second, slo.ServerError)
	serve(tracker, 5*time.Minute, slo.Success)
	for _, b := range watcher.Active() {
		fmt.Println("snoozed until", b.SnoozedUntil.Format(time.TimeOnly))
	}
	// Output:
	// 13:05:00 started page hourly
	// snoozed until 15:05:00
}

func ExampleEpisodeCost() {
	tracker, _ := newHourly(policy.Rule{Severity: policy.Ticket, When: policy.EpisodeCost(0.5)})
	defer tracker.Close()
	serve(tracker, time.Hour, slo.Success)
	serve(tracker, 15*time.Second, slo.ServerError)
	serve(tracker, 5*time.Second, slo.Success)
	serve(tracker, 15*time.Second, slo.ServerError) // the same incident
	// Output: 13:00:24 started ticket 50% in one episode
}

func ExampleCauseShare() {
	tracker, _ := newHourly(policy.Rule{Severity: policy.Ticket, When: policy.CauseShare{Cause: "payments", Share: 0.5}})
	defer tracker.Close()
	serve(tracker, time.Hour, slo.Success)
	operation := tracker.HTTP("POST /checkout")
	for range 2000 {
		var event slo.Event // middleware makes it, the handler finds it
		event.Bad("payments")
		operation.Start()
		operation.FinishEvent(&event, slo.Success, time.Second)
	}
	tracker.Advance(time.Second)
	// Output: 13:00:01 started ticket 50% by payments
}

func ExampleRepeats() {
	tracker, _ := newHourly(
		policy.Rule{Name: "now", Severity: policy.Ticket, Priority: "P4", When: policy.BurnRate{Factor: 50, Long: 10 * time.Second}},
		policy.Rule{Name: "flaps", Severity: policy.Page, Priority: "P2", When: policy.Repeats{MoreThan: 3, Within: time.Hour}},
	)
	defer tracker.Close()
	for range 4 {
		serve(tracker, 10*time.Second, slo.ServerError)
		serve(tracker, 20*time.Second, slo.Success)
	}
	// Output:
	// 12:00:06 started ticket now
	// 12:00:16 resolved ticket now
	// 12:00:36 started ticket now
	// 12:00:46 resolved ticket now
	// 12:01:06 started ticket now
	// 12:01:16 resolved ticket now
	// 12:01:36 started ticket now
	// 12:01:36 started page flaps
	// 12:01:46 resolved ticket now
}

func ExampleNoData() {
	tracker, _ := newHourly(policy.Rule{Severity: policy.Ticket, When: policy.NoData(10 * time.Minute)})
	defer tracker.Close()
	serve(tracker, time.Minute, slo.Success)
	tracker.Advance(15 * time.Minute)
	serve(tracker, time.Second, slo.Success)
	// Output:
	// 12:11:04 started ticket no data for 10m
	// 12:16:01 resolved ticket no data for 10m
}

// A callback that takes back what was deployed.
func ExampleAfterDeployment() {
	tracker := newShop()
	defer tracker.Close()
	watcher, err := policy.Watch(tracker.Tracker, policy.Config{NoDefaults: true, Rules: []policy.Rule{{
		Name: "deployment", Severity: policy.Page, When: policy.AfterDeployment{ErrorRate: 0.05, Over: 5 * time.Minute},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	watcher.OnBreach(func(_ context.Context, b policy.Breach) {
		if b.Rule == "deployment" && b.State == policy.Started {
			fmt.Println(b.At.Format(time.TimeOnly), "rolling back:", b.Rules[0].Reason)
		}
	})
	serve(tracker, time.Hour, slo.Success)
	tracker.MarkDeployment("v2.5.0")
	serve(tracker, 10*time.Minute, slo.ServerError)
	// Output: 13:05:00 rolling back: 30000 of 30000 events in 5m after the deployment of v2.5.0 were bad, above 5 %
}

// What no error budget shows.
func ExampleFunc() {
	deadLetters := 0
	tracker, _ := newHourly(policy.Rule{
		Name: "dead letters", Severity: policy.Ticket, For: time.Minute,
		When: policy.Func(func(budget.Status) (holds bool, why string) {
			return deadLetters > 100, fmt.Sprint(deadLetters, " dead letters")
		}),
	})
	defer tracker.Close()
	deadLetters = 250
	tracker.Advance(2 * time.Minute)
	// Output: 12:01:01 started ticket dead letters
}

func ExampleVelocityRules() {
	objective := slo.Objective{Name: "login", Of: slo.HTTP("POST /login"), SLI: slo.Availability(), Target: slo.Percent(99.99)}
	for _, rule := range policy.VelocityRules(objective) {
		fmt.Println(rule.Priority, rule.Severity, rule.Name, rule.When.(policy.BurnRate).Factor)
	}
	// Output:
	// P1 page 75% in 5m 6048
	// P2 page 50% in 10m 2016
	// P3 ticket 25% in 15m 672
	// P4 ticket 25% in 20m 504
}

// A subscriber that is a network.
func ExampleBackoff_Retry() {
	tracker, watcher := newHourly(policy.Rule{Severity: policy.Page, When: policy.Level(0)})
	defer tracker.Close()
	tries := 0
	send := func(_ context.Context, b policy.Breach) error {
		if tries++; tries < 3 {
			return errors.New("connection refused")
		}
		fmt.Println("sent", b.Key, "at try", tries)
		return nil
	}
	watcher.OnBreach(policy.Backoff{}.Retry(send))
	serve(tracker, time.Hour, slo.Success)
	serve(tracker, time.Minute, slo.ServerError)
	// Output:
	// 13:00:37 started page 0% left
	// sent shop/checkout/page:0%25%20left at try 3
}

func ExampleWatcher_Service() {
	tracker, watcher := newHourly(policy.Rule{Severity: policy.Page, When: policy.Level(0)})
	defer tracker.Close()
	fmt.Println(watcher.Service(), watcher.Tracker() == tracker.Tracker)
	// Output: shop true
}

func ExampleWatcher_Shutdown() {
	tracker, watcher := newHourly(policy.Rule{Severity: policy.Page, When: policy.Level(0)})
	defer tracker.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // callbacks have so long
	defer cancel()
	fmt.Println(watcher.Shutdown(ctx))
	// Output: <nil>
}

func ExampleBreach_FactSheet() {
	tracker := newShop()
	defer tracker.Close()
	watcher, err := policy.Watch(tracker.Tracker, policy.Config{Environment: "production", NoHealth: true})
	if err != nil {
		log.Fatal(err)
	}
	watcher.OnBreach(func(_ context.Context, b policy.Breach) {
		if b.State != policy.Resolved {
			return
		}
		var sheet strings.Builder // a file, for the postmortem
		if err := b.FactSheet(&sheet); err != nil {
			log.Print(err)
		}
		_, timeline, _ := strings.Cut(sheet.String(), "## Timeline")
		timeline, _, _ = strings.Cut(timeline, "## Rules")
		fmt.Print("## Timeline", timeline)
	})
	tracker.MarkDeployment("v2.5.0")
	serve(tracker, time.Minute, slo.ServerError)
	serve(tracker, 2*time.Hour, slo.Success)
	// Output:
	// ## Timeline
	//
	// | Time | What happened |
	// | --- | --- |
	// | 2025-03-03 12:00:00 | the budget begins to be spent fast |
	// | 2025-03-03 12:00:00 | deployment: v2.5.0 |
	// | 2025-03-03 12:00:49 | 1h/5m holds: burn rate x coverage is 13.6111 over 1h and 163.333 over 5m, above 13.44 |
	// | 2025-03-03 12:05:58 | 1h/5m holds no more |
	// | 2025-03-03 12:10:58 | resolved |
}
