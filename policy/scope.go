package policy

// A Scope says whose traffic a [Decision] goes by.
type Scope string

// ScopeProcess is one process: what it saw since it started, and no other.
const ScopeProcess Scope = "process"
