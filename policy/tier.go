package policy

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

// Unlimited is the DeploysPerDay of a [Tier] in which as much may be deployed as one likes.
const Unlimited = -1

// A Tier is a level of an error budget and what is allowed on it. The zero Tier is a
// freeze.
type Tier struct {
	// Name is required, and unique within its policy: such as "green".
	Name string

	// AtLeast is the unspent share of the error budget from which on the tier holds, in
	// [-10, 1]: 0.5 is half of it. Exactly that much is enough: with half of the budget left
	// the tier is the one that begins at half. The comparison is exact; AtLeast is taken to nine
	// digits after the point. It falls from tier to tier, and the last tier, which has whatever
	// is below, leaves it zero.
	AtLeast float64

	// DeploysPerDay is how many changes of kind Feature may be begun in a day. Zero is a
	// freeze, Unlimited no limit.
	DeploysPerDay int

	// Risk is what decisions on this tier tell. Zero is RiskLow for the first tier, RiskHigh
	// for the last of several and RiskMedium between.
	Risk Risk

	// Permits are what Enforcer.Permits is asked for, such as "experimental-features".
	Permits []string

	// Requires are what has to be done before a deployment, such as "staging-validation".
	// They are told with each decision; nothing checks them.
	Requires []string

	// LeaveAfter is how long there must have been enough left for a better tier, without a
	// break, before this one is left for it ("until steadily within the objective"). Time that
	// nobody observed, and time in which the budget was not known, does not count. Zero is at
	// once. A worse tier comes at once always.
	LeaveAfter time.Duration

	// Actions are what people do on this tier, in words.
	Actions []string
}

// DefaultTiers returns the usual three: green from half of the error budget on, with two
// deploys a day and "experimental-features"; yellow from a tenth on, with one that requires
// "staging-validation"; red below, which is a feature freeze.
func DefaultTiers() []Tier {
	return []Tier{
		{Name: "green", AtLeast: 0.5, DeploysPerDay: 2, Risk: RiskLow, Permits: []string{"experimental-features"}},
		{Name: "yellow", AtLeast: 0.1, DeploysPerDay: 1, Risk: RiskMedium, Requires: []string{"staging-validation"}},
		{Name: "red", Risk: RiskHigh},
	}
}

// clone returns a copy that shares nothing.
func (t *Tier) clone() Tier {
	c := *t
	c.Permits = slices.Clone(t.Permits)
	c.Requires = slices.Clone(t.Requires)
	c.Actions = slices.Clone(t.Actions)
	return c
}

// deploys says how many features a day are let through.
func (t *Tier) deploys() string {
	switch t.DeploysPerDay {
	case Unlimited:
		return "any number of deploys a day"
	case 0:
		return "feature freeze"
	case 1:
		return "1 deploy a day"
	}
	return fmt.Sprintf("%d deploys a day", t.DeploysPerDay)
}

// String returns the tier in a line, such as "green: at least 50 % left, 2 deploys a day,
// permits experimental-features".
func (t Tier) String() string {
	parts := []string{t.deploys()}
	if t.AtLeast != 0 {
		parts = []string{"at least " + percent(t.AtLeast) + " left", t.deploys()}
	}
	if len(t.Permits) > 0 {
		parts = append(parts, "permits "+strings.Join(t.Permits, ", "))
	}
	if len(t.Requires) > 0 {
		parts = append(parts, "requires "+strings.Join(t.Requires, ", "))
	}
	return t.Name + ": " + strings.Join(parts, ", ")
}

// tiers are those of a policy, the best first.
type tiers []Tier

// of returns the tier of an error budget that is a share of so many events, whole; -1 without
// tiers.
func (t tiers) of(bad, whole, allowed uint64) int {
	for i := range t[:max(len(t)-1, 0)] {
		if leaves(bad, whole, allowed, t[i].AtLeast) {
			return i
		}
	}
	return len(t) - 1
}

// leaves reports whether of an error budget, in which allowed of 10^9 valid events may be bad,
// at least a share is left:
//
//	1 - bad / whole x 10^9 / allowed >= share
func leaves(bad, whole, allowed uint64, share float64) bool {
	spendable := uint64(billion - int64(math.Round(share*billion))) // share is in [-10, 1]
	return !product(whole, allowed, spendable).less(product(bad, billion, billion))
}

// ofStatus is of, for a status.
func (t tiers) ofStatus(s *budget.Status) int {
	return t.of(s.Counts.Bad, wholeOf(s), s.Objective.Target.AllowedPerBillion())
}

// risk returns that of the tier at an index.
func (t tiers) risk(i int) Risk {
	switch {
	case i < 0:
		return 0
	case t[i].Risk != 0:
		return t[i].Risk
	case i == 0:
		return RiskLow
	case i == len(t)-1:
		return RiskHigh
	}
	return RiskMedium
}
