package policy_test

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestTierBoundaries: exactly half, and exactly a tenth, belong to the better tier, and one bad
// event more does not. The same holds of the exact comparison for counts beyond 2^53.
func TestTierBoundaries(t *testing.T) {
	for _, tt := range []struct {
		bad  int
		tier string
	}{{0, "green"}, {49, "green"}, {50, "green"}, {51, "yellow"}, {89, "yellow"}, {90, "yellow"}, {91, "red"}, {100, "red"}, {1000, "red"}} {
		c := newCourt(t, lights(), policy.EnforceConfig{})
		c.fill(tt.bad)
		if got := c.Standing(); got.Tier.Name != tt.tier || !got.Known {
			t.Errorf("%d bad of 1,000 at 90 %%: %v, want tier %s, known", tt.bad, got, tt.tier)
		}
	}
}

// TestTierChanges follows a budget down and up again.
func TestTierChanges(t *testing.T) {
	c := newCourt(t, lights(), policy.EnforceConfig{})
	if s := c.Standing(); s.Known || s.Tier.Name != "" || c.Permits("experimental-features") {
		t.Errorf("before the first tick: %v, want nothing known and nothing permitted", s)
	}
	c.run(3599, 1, 0)
	if s := c.Standing(); s.Known || s.Tier.Name != "" || c.Permits("experimental-features") {
		t.Errorf("before enough was watched: %v, want nothing known and nothing permitted", s)
	}
	c.run(1, 1, 0)
	if s := c.Standing(); !s.Known || s.Tier.Name != "green" || !c.Permits("experimental-features") || c.Permits("anything else") {
		t.Errorf("after an hour: %v, want green and experiments", s)
	}
	c.run(1, 0, 201) // 201 of 3,800: 47 % left
	if s := c.Standing(); s.Tier.Name != "yellow" || c.Permits("experimental-features") || s.Objective != "checkout" {
		t.Errorf("with 47 %% left: %v, want yellow and no experiments", s)
	}
	c.run(1, 0, 200)
	c.Advance(time.Hour + 37*time.Second)
	c.run(1, 2000, 0) // the failures have left the window
	c.wantTold(
		"3600 payments: tier green: checkout: 100 % of the error budget remains",
		"3601 payments: tier green -> yellow: checkout: 47.12 % of the error budget remains",
		"3602 payments: tier yellow -> red: checkout: -0.2249 % of the error budget remains",
		"3603 payments: tier red -> green: checkout: 100 % of the error budget remains",
	)
	if got := c.Enactments(); len(got) != 4 || got[2].From != "yellow" || got[2].To != "red" || got[2].Version != "3" || got[2].Service != "test" {
		t.Errorf("Enactments() = %v, want the four", got)
	}
}

// TestTierLeaveAfter holds a freeze until the budget has been steadily above it, whatever
// interrupts that.
func TestTierLeaveAfter(t *testing.T) {
	p := lights()
	p.Tiers[2].LeaveAfter = 10 * time.Minute
	p.Tiers[1].LeaveAfter = 5 * time.Minute
	c := newCourt(t, p, policy.EnforceConfig{})
	c.fill(100)
	c.run(1, 1, 0) // what failed has left the window... after its one percent
	c.told = nil
	tier := func(want string) {
		t.Helper()
		if got := c.Standing(); got.Tier.Name != want {
			t.Fatalf("second %d: %v, want %s", c.second, got, want)
		}
	}
	c.quietly(37)
	c.run(1, 1000, 0)
	tier("red")
	if s := c.Standing(); s.Earning != "yellow" || s.Needed != 10*time.Minute {
		t.Errorf("%+v, want yellow being earned", s)
	}
	c.run(598, 1, 0)
	tier("red")
	c.run(2, 1, 0) // 10 minutes after the tick that saw it first, and green was earned by then
	tier("green")
	c.run(1, 0, 300)
	tier("red")
	c.run(1, 1, 0)
	if s := c.Standing(); s.Earning != "" {
		t.Errorf("%+v, want nothing being earned", s)
	}
}

func (c *court) quietly(seconds int) { c.run(seconds, 1, 0) }

// TestTierStepsThroughEach: a better tier but one is reached only when each on the way was
// earned.
func TestTierStepsThroughEach(t *testing.T) {
	p := lights()
	p.Tiers[2].LeaveAfter = time.Minute
	p.Tiers[1].LeaveAfter = 3 * time.Minute
	c := newCourt(t, p, policy.EnforceConfig{})
	c.fill(100)
	c.told = nil
	c.run(1, 9000, 0) // 100 of 10,000: 90 % left
	c.run(300, 1, 0)
	c.wantTold(
		"3662 payments: tier red -> yellow: checkout: 90.06 % of the error budget remains",
		"3782 payments: tier yellow -> green: checkout: 90.18 % of the error budget remains",
	)
}

// TestTierDoesNotImproveInDoubt: a stalled source keeps the tier, permits nothing, and what is
// seen to fail makes it worse all the same.
func TestTierDoesNotImproveInDoubt(t *testing.T) {
	c := newCourt(t, lights(), policy.EnforceConfig{})
	c.fill(60)
	c.told = nil
	c.op.Start()
	for range 15 {
		c.Advance(time.Second)
	}
	if s := c.Standing(); s.Known || s.Tier.Name != "yellow" {
		t.Errorf("stalled: %v, want yellow and not known", s)
	}
	c.Advance(time.Hour + 37*time.Second) // the failures leave, and nothing is left to judge by
	if s := c.Standing(); s.Known || s.Tier.Name != "yellow" || s.Objective != "" {
		t.Errorf("without events: %v, want yellow still, and not known", s)
	}
	c.wantTold()
	c.Tracker.Close()
	if s := c.Standing(); s.Known || c.Permits("experimental-features") {
		t.Errorf("closed: %v, want nothing known", s)
	}
}

// TestTierTakesTheWorst of several error budgets, shadow objectives left out, and says which.
func TestTierTakesTheWorst(t *testing.T) {
	a, b, shadow := hourly(), hourly(), hourly()
	a.Name, b.Name, b.Of, shadow.Name, shadow.Shadow = "a", "b", slo.Events("orders"), "shadow", true
	c := newCourt(t, lights(), policy.EnforceConfig{}, a, b, shadow)
	c.Events("orders").Add(940, 1000)
	c.fill(0)
	if s := c.Standing(); s.Tier.Name != "yellow" || s.Objective != "b" || !s.Known {
		t.Errorf("%v, want yellow by b", s)
	}
	c = newCourt(t, lights(), policy.EnforceConfig{}, a, b)
	c.fill(60)
	if s := c.Standing(); s.Tier.Name != "" || s.Known {
		t.Errorf("while b is silent: %v, want no tier: it could be worse than yellow", s)
	}
	c = newCourt(t, lights(), policy.EnforceConfig{}, a, b)
	c.fill(100)
	if s := c.Standing(); s.Tier.Name != "red" || s.Known {
		t.Errorf("while b is silent and a exhausted: %v, want red: it cannot be worse", s)
	}
}
