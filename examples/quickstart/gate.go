package main

import (
	"context"
	"slices"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
)

// A ruling is what the gate said to a team.
type ruling struct {
	team string
	policy.Decision
}

// decide asks whether three changes may be deployed now. A gate over the tracker itself
// would go by all error budgets; here each team goes by its own.
func decide(ctx context.Context, from policy.StatusReader, s scenario) []ruling {
	// An hour of observation, the default, is for windows of weeks.
	cfg := policy.GateConfig{MinObserved: s.length / 2}
	rulings := make([]ruling, 0, 3)
	for _, c := range []struct {
		team   string
		change policy.Change
	}{
		{paymentsTeam, policy.Change{Kind: policy.Feature, ID: "gift-cards"}},
		{paymentsTeam, policy.Change{Kind: policy.Rollback, ID: "v2.4.1"}},
		{catalogueTeam, policy.Change{Kind: policy.Feature, ID: "bigger-pictures"}},
	} {
		gate := policy.NewGate(budgetsOf{c.team, from}, cfg)
		rulings = append(rulings, ruling{c.team, gate.Decide(ctx, c.change)})
	}
	return rulings
}

// budgetsOf reads the error budgets that one team owns.
type budgetsOf struct {
	team string
	from policy.StatusReader
}

func (b budgetsOf) Statuses() []budget.Status {
	return slices.DeleteFunc(b.from.Statuses(), func(s budget.Status) bool { return s.Objective.Owner != b.team })
}
