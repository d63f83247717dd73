package main

import (
	"context"

	"github.com/seed-abb722f7/nines/policy"
)

// A ruling is what the gate said to a team.
type ruling struct {
	team string
	policy.Decision
}

// gateOf returns a gate that goes by the error budgets of a team, or of all teams.
func (s scenario) gateOf(from policy.StatusReader, team string) *policy.Gate {
	return policy.NewGate(from, policy.GateConfig{
		Owner:       team,
		MinObserved: s.length.Share(0.5), // an hour, the default, is for windows of weeks
	})
}

// decide asks whether three changes may be deployed now, each team by its own error budgets.
func decide(ctx context.Context, from policy.StatusReader, s scenario) []ruling {
	rulings := make([]ruling, 0, 3)
	for _, c := range []struct {
		team   string
		change policy.Change
	}{
		{paymentsTeam, policy.Change{Kind: policy.Feature, ID: "gift-cards"}},
		{paymentsTeam, policy.Change{Kind: policy.Rollback, ID: "v2.4.1"}},
		{catalogueTeam, policy.Change{Kind: policy.Feature, ID: "bigger-pictures"}},
	} {
		rulings = append(rulings, ruling{c.team, s.gateOf(from, c.team).Decide(ctx, c.change)})
	}
	return rulings
}
