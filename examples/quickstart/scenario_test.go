package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestScenario plays the scenario in virtual time, at every length exactly: one page, one
// ticket, and the rulings that follow.
func TestScenario(t *testing.T) {
	for _, length := range []time.Duration{live.Shortest, 7 * time.Second, 7777777 * time.Microsecond, time.Minute, live.Longest} {
		s := newScenario(live.Length(length))
		sim, err := budget.NewSimulation(budget.Config{Objectives: s.objectives(), Resolution: s.length.Resolution()}, time.Unix(1e9, 0))
		if err != nil {
			t.Fatalf("%v: %v", length, err)
		}
		watcher, err := policy.Watch(sim.Tracker, policy.Config{Rules: s.rules()})
		if err != nil {
			t.Fatalf("%v: %v", length, err)
		}
		type told struct {
			name     string
			severity policy.Severity
			state    policy.State
		}
		var got []told
		watcher.OnBreach(func(_ context.Context, b policy.Breach) { got = append(got, told{b.Name, b.Severity, b.State}) })

		every := time.Second / time.Duration(pace.Rate)
		for n := 0; time.Duration(n)*every < length; n++ {
			sim.Advance(every)
			play(sim.Tracker, s, time.Duration(n)*every, mix[n%len(mix)](n))
		}
		want := []told{
			{checkoutAvailability, policy.Page, policy.Started},
			{checkoutAvailability, policy.Page, policy.Resolved},
			{searchLatency, policy.Ticket, policy.Started},
			{searchLatency, policy.Ticket, policy.Resolved},
		}
		if len(got) != len(want) {
			t.Errorf("%v: told %v, want %v", length, got, want)
		}
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Errorf("%v: told %v, want %v", length, got[i], want[i])
			}
		}
		for i, outcome := range []policy.Outcome{policy.Deny, policy.Allow, policy.Allow} {
			if d := decide(t.Context(), sim, s)[i]; d.Outcome != outcome {
				t.Errorf("%v: %s: %v, want %v", length, d.team, d.Decision, outcome)
			}
		}
		sim.Close()
	}
}

// play records a request as the shop would answer it.
func play(tracker *budget.Tracker, s scenario, at time.Duration, what live.Request) {
	op := tracker.HTTP(what.Operation)
	class, took := slo.Success, time.Millisecond
	switch {
	case what.Operation == live.Unmatched:
		op, class = tracker.Unmatched(), slo.Unmatched
	case what.Path == "/checkout" && s.outage.Holds(at):
		class = slo.StatusClass(http.StatusServiceUnavailable)
	case what.Operation == "GET /search" && s.slowness.Holds(at):
		took = 3 * slowAbove
	}
	op.Start()
	op.Finish(class, took)
}
