package slo

import "time"

// An Objective promises a share of good events over a window. It has exactly one
// error budget. Name, Of, SLI and Target are required. An Objective is a plain
// value; constructors copy it, Links included.
type Objective struct {
	// Name identifies the objective: history, counters and budgets follow it. It is
	// any non-empty text of at most 256 bytes, unique within a tracker. It must not
	// begin with the name of an objective on [Each] and a slash, unless it is that of
	// the operation it overrides.
	Name string

	// Of is the source of the events that are judged.
	Of Source

	// SLI says which events are good.
	SLI SLI

	// Target is the share of valid events that must be good.
	Target Target

	// Window is the time over which the objective is judged. Zero is the last 28 days.
	Window Window

	// Method is what the budget is counted in: events, or slices of time. Zero is events.
	Method Method

	// ExpectedEvents is how many valid events a calendar period is expected to have, of
	// each operation if the objective is on [Each]. The budget of a running period is
	// granted by it, instead of by the rate of the period before; at the end of a period
	// only what was observed counts. Zero is not known. Rolling windows and time slices
	// have no use for it, and constructors refuse it there.
	ExpectedEvents uint64

	// StallAfter is how long the operation may have requests in flight and finish
	// none before it counts as stalled, at least one millisecond. Zero is the largest
	// latency threshold on the operation, and at least 10 seconds. Set it on endpoints
	// that are slow on purpose; of several objectives on one operation the largest
	// holds. An event stream has none.
	StallAfter time.Duration

	// Shadow objectives are measured and exported, but never breach and never gate.
	Shadow bool

	// Owner is the team that answers for the objective, Region where it sits. Both
	// have at most 256 bytes. Empty is none.
	Owner, Region string

	// Priority is the owner's rating of a breach, such as "P1", of at most 256 bytes.
	// Empty is none.
	Priority string

	// Description says, for people, whose experience the objective protects.
	Description string

	// Links lead to dashboards, runbooks and logs.
	Links []Link
}
