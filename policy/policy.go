package policy

import (
	"maps"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A Policy is an error budget policy: what a team has agreed to do as its error budgets are
// spent (Google, The Site Reliability Workbook, appendix B). It is a plain value that does
// nothing by itself: [Enforce] evaluates it, and a [Gate] goes by it. Package
// policy/policyfile reads and writes it as YAML.
//
// Name is required, and tiers or clauses.
type Policy struct {
	// Name identifies the policy in decisions, logs and the audit log; Version says which text
	// of it is in force.
	Name, Version string

	// Purpose says, for people, what the policy is for.
	Purpose string

	// Services are those it is for, by budget.Config.Service. Empty is any.
	Services []string

	// Owner, Objectives, Target and Window are the scope within a service: the error budgets of
	// objectives that have this owner, one of these names (the name of an objective on slo.Each
	// stands for all of its operations), this target and a window of this length. What is zero
	// leaves all in. Shadow objectives are never part of it.
	Owner      string
	Objectives []string
	Target     slo.Target
	Window     time.Duration

	// Tiers say what may be deployed, and what is permitted, with how much budget left; the one
	// with the most first. At most 16. See [DefaultTiers]. Without any, whatever is not
	// exhausted may be deployed.
	Tiers []Tier

	// Clauses say what follows from which condition. At most 256.
	Clauses []Clause

	// Escalation says who decides where people disagree, and how they are reached. AgreedBy
	// are those who have agreed, such as "product owner".
	Escalation string
	AgreedBy   []string

	// Enacted is the day it came into force. Zero is unknown.
	Enacted time.Time

	// Review says when it is to be looked at again.
	Review Review

	// Links lead to where the policy is kept. Notes are fields of your own.
	Links []slo.Link
	Notes map[string]string
}

// A Review says when a [Policy] is to be looked at again, whatever comes first. The zero
// Review is never.
type Review struct {
	// By is a day. Zero is none.
	By time.Time

	// After are names of clauses, whose enactment makes the review due, or events that no
	// machine sees, in words.
	After []string
}

// clone returns a copy that shares nothing.
func (p *Policy) clone() Policy {
	c := *p
	c.Services = slices.Clone(p.Services)
	c.Objectives = slices.Clone(p.Objectives)
	c.Tiers = slices.Clone(p.Tiers)
	for i := range c.Tiers {
		c.Tiers[i] = p.Tiers[i].clone()
	}
	c.Clauses = slices.Clone(p.Clauses)
	for i := range c.Clauses {
		c.Clauses[i].Objectives = slices.Clone(c.Clauses[i].Objectives)
		c.Clauses[i].Then = slices.Clone(c.Clauses[i].Then)
	}
	c.AgreedBy = slices.Clone(p.AgreedBy)
	c.Review.After = slices.Clone(p.Review.After)
	c.Links = slices.Clone(p.Links)
	c.Notes = maps.Clone(p.Notes)
	return c
}

// selects returns the scope of the policy.
func (p *Policy) selects() *selection {
	return &selection{owner: p.Owner, objectives: p.Objectives, target: p.Target, window: p.Window}
}

// title returns the name and the version.
func (p *Policy) title() string {
	if p.Version == "" {
		return p.Name
	}
	return p.Name + " " + p.Version
}
