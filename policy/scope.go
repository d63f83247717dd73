package policy

// A Scope says whose traffic a [Decision] goes by.
type Scope string

const (
	// ScopeProcess is one process: what it saw since it started, and no other.
	ScopeProcess Scope = "process"

	// ScopeFleet is all replicas, where the reader of error budgets sums them up.
	ScopeFleet Scope = "fleet"
)
