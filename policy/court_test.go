package policy_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// hourly is an objective whose whole window passes quickly.
func hourly() slo.Objective {
	o := checkout()
	o.Target, o.Window = slo.Percent(90), slo.Rolling(time.Hour)
	return o
}

// lights is green from half on, yellow from a tenth on, red below.
func lights() policy.Policy {
	return policy.Policy{Name: "payments", Version: "3", Tiers: policy.DefaultTiers()}
}

// A court is a tracker under a policy, which records what was enacted.
type court struct {
	*rig
	*policy.Enforcer
	told []string
}

func newCourt(t *testing.T, p policy.Policy, cfg policy.EnforceConfig, objectives ...slo.Objective) *court {
	t.Helper()
	if len(objectives) == 0 {
		objectives = []slo.Objective{hourly()}
	}
	return newRig(t, policy.Config{NoDefaults: true}, objectives...).enforce(p, cfg)
}

// enforce puts the rig's tracker under a policy.
func (r *rig) enforce(p policy.Policy, cfg policy.EnforceConfig) *court {
	r.t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = quietLog
	}
	e, err := policy.Enforce(r.Tracker.Tracker, p, cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	c := &court{rig: r, Enforcer: e}
	e.OnEnactment(func(_ context.Context, n policy.Enactment) {
		c.told = append(c.told, fmt.Sprintf("%d %v", c.second, n))
	})
	return c
}

// fill has an hour pass, so that all of the window is watched, and then 1,000 events, so many
// of them bad, that are in it for an hour: what is left is bad/100 less than 1.
func (c *court) fill(bad int) {
	c.t.Helper()
	c.second += 3600
	c.Advance(time.Hour)
	c.run(1, 1000-bad, bad)
}

func (c *court) wantTold(lines ...string) {
	c.t.Helper()
	if !slices.Equal(c.told, lines) {
		c.t.Errorf("second %d: told\n%s\nwant\n%s", c.second, strings.Join(c.told, "\n"), strings.Join(lines, "\n"))
	}
}

// restarted is the court of the next process, by the snapshot of its tracker.
func restarted(t *testing.T, c *court, p policy.Policy) *court {
	t.Helper()
	sim, err := budget.NewSimulation(budget.Config{
		Service: "test", Objectives: c.Declared(), Restore: c.Snapshot(), Logger: quietLog,
	}, c.Time())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	next := &rig{Tracker: &budgettest.Tracker{Simulation: sim}, t: t, second: c.second, op: sim.HTTP(route)}
	return next.enforce(p, policy.EnforceConfig{})
}
