package policy

import (
	"cmp"
	"log/slog"
	"slices"
	"time"
)

// The defaults of a [GateConfig].
const (
	DefaultMinObserved = time.Hour
	DefaultValidity    = 10 * time.Minute
)

// GateConfig configures a [Gate]. The zero GateConfig is closed to what it does not know.
type GateConfig struct {
	// Owner and Objectives say which error budgets the gate goes by: those of objectives that
	// have the owner, and those of these names, where the name of an objective on slo.Each stands
	// for all of its operations, and name + "/" + operation for one. Empty is all; of both, what
	// both select. A name that means nothing is not known. Objectives are copied.
	Owner      string
	Objectives []string

	// Policy is the error budget policy that the gate goes by: its scope, the tier in force, its
	// deploys a day, and the clauses that stop releases. Nil is none: whatever is not exhausted
	// may be deployed, as often as one likes.
	Policy *Enforcer

	// Location says where a day of deploys begins. Nil is UTC.
	Location *time.Location

	// Scope says whose traffic the reader sees. Zero is what the reader says, if it has a method
	// Scope, or else ScopeProcess.
	Scope Scope

	// MaxAge is how old a reading may be, by Status.At and the clock of this machine: for readers
	// that keep what they have read. Zero is any age, and any time ahead of that clock: a tracker
	// reads when it is asked, and says itself when it is stale. Less than zero no reading can be:
	// then nothing is known of any error budget, and decisions say why.
	MaxAge time.Duration

	// OnUnknown is the answer where nothing can be said of an error budget: the zero
	// NeedsPerson, or Allow or Deny. Anything else counts as NeedsPerson.
	OnUnknown Outcome

	// MinObserved is how much of an objective's window must have been watched for a verdict
	// on that part. Zero, or less, is one hour. An objective over less than this must have
	// been watched for all of its window.
	MinObserved time.Duration

	// Validity is how long a decision stands: a deployment that starts later has to ask
	// again. Zero, or less, is 10 minutes.
	Validity time.Duration

	// Logger receives a line for each deployment that is begun, done, cancelled or overridden,
	// before the call returns, unless it blocks for more than a second: then lines wait for it, at
	// most 1,024, and how many were dropped is a line of its own. Nil means slog.Default.
	Logger *slog.Logger
}

// normal returns the configuration with its defaults. What makes no sense is taken the
// cautious way, as a gate has nobody to refuse it to.
func (c GateConfig) normal() GateConfig {
	c.Objectives = slices.Clone(c.Objectives)
	if c.OnUnknown != Allow && c.OnUnknown != Deny {
		c.OnUnknown = NeedsPerson
	}
	if c.MinObserved <= 0 {
		c.MinObserved = DefaultMinObserved
	}
	if c.Validity <= 0 {
		c.Validity = DefaultValidity
	}
	if c.Location == nil {
		c.Location = time.UTC
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Scope = cmp.Or(c.Scope, ScopeProcess)
	return c
}
