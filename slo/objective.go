package slo

import "time"

// An Objective promises a share of good events over a window. It has exactly one
// error budget. Name, Of, SLI and Target are required. An Objective is a plain
// value; constructors copy it, Links included.
type Objective struct {
	// Name identifies the objective: history, counters and budgets follow it. It is
	// any non-empty text of at most 256 bytes, unique within a tracker.
	Name string

	// Of is the source of the events that are judged.
	Of Source

	// SLI says which events are good.
	SLI SLI

	// Target is the share of valid events that must be good.
	Target Target

	// Window is the time over which the objective is judged. Zero is the last 28 days.
	Window Window

	// StallAfter is how long the operation may have requests in flight and finish
	// none before it counts as stalled. Zero is the largest latency threshold on the
	// operation, and at least 10 seconds. Set it on endpoints that are slow on
	// purpose; of several objectives on one operation the largest holds.
	StallAfter time.Duration

	// Shadow objectives are measured and exported, but never breach and never gate.
	Shadow bool

	// Owner is the team that answers for the objective, Region where it sits.
	Owner, Region string

	// Priority is the owner's rating of a breach, such as "P1". Empty is none.
	Priority string

	// Description says, for people, whose experience the objective protects.
	Description string

	// Links lead to dashboards, runbooks and logs.
	Links []Link
}

// A Link is a named address that an on-call person may need.
type Link struct {
	Name string // such as "runbook"
	URL  string
}
