package policy

// A Code names a reason for machines. Codes are never changed; new ones may come.
type Code string

// The codes of reasons that let a change through.
const (
	CodeBudgetLeft      Code = "budget_left"      // the whole window was watched, and budget is left
	CodePartialCoverage Code = "partial_coverage" // budget is left of what was watched, and that is enough to go by
	CodeKind            Code = "kind"             // changes of this kind do not wait for budget
	CodeTier            Code = "tier"             // the tier in force allows it
	CodeGranted         Code = "granted"          // it was granted already, see Gate.Begin
	CodeOverridden      Code = "overridden"       // somebody takes it upon themselves, see Gate.Override
)

// budgetLeft reports whether a reason of this code says that an error budget has something
// left.
func (c Code) budgetLeft() bool { return c == CodeBudgetLeft || c == CodePartialCoverage }

// alone reports whether a reason of this code decides whatever the error budgets say.
func (c Code) alone() bool {
	switch c {
	case CodeKind, CodeGranted, CodeOverridden, CodeNoKind, CodeNoID, CodeNoWho:
		return true
	}
	return false
}

// The codes of reasons that hold a feature back.
const (
	CodeExhausted     Code = "exhausted"       // an error budget is
	CodeFrozen        Code = "frozen"          // so little is left that the policy allows no feature
	CodeNoDeploysLeft Code = "no_deploys_left" // the tier in force allows so many a day, and they are used
	CodeStopped       Code = "stopped"         // a clause of the policy stops releases; by hand, it needs a person
)

// The codes of what is not known. They need a person unless GateConfig.OnUnknown says
// otherwise.
const (
	CodeNoTracker       Code = "no_tracker"         // the gate has nothing to ask
	CodeNoObjectives    Code = "no_objectives"      // nothing is promised, or only in shadow
	CodeNoSuchObjective Code = "no_such_objective"  // see budget.NoSuchObjective
	CodeStalled         Code = "stalled"            // see budget.Stalled
	CodeStale           Code = "stale"              // see budget.Stale
	CodeNoEvents        Code = "no_events"          // see budget.NoEvents
	CodeTooFewEvents    Code = "too_few_events"     // see budget.TooFew
	CodeNotWatched      Code = "not_watched_enough" // a fresh process: less than GateConfig.MinObserved
	CodeClockSuspect    Code = "clock_suspect"      // the wall clock jumped ahead: coverage may be overstated
	CodeCancelled       Code = "cancelled"          // the context ended before there was an answer
	CodeReadFailed      Code = "read_failed"        // what the gate asks panicked
	CodeOldReading      Code = "old_reading"        // an error budget was read longer ago than GateConfig.MaxAge
	CodeClockAhead      Code = "clock_ahead"        // a reading, or a grant, is from the future: a clock is wrong
	CodeStateLost       Code = "state_lost"         // what the gate had granted could not be restored
	CodePolicyClosed    Code = "policy_closed"      // the policy is not evaluated any more
)

// The codes of questions that cannot be answered. They always need a person.
const (
	CodeNoID   Code = "no_id"   // the change does not say which it is, see Change.ID
	CodeNoWho  Code = "no_who"  // an override does not say who and why
	CodeNoKind Code = "no_kind" // the change does not say what it is for
	CodeNoGate Code = "no_gate" // a nil *Gate was asked
)
