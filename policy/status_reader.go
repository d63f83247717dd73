package policy

import "github.com/seed-abb722f7/nines/budget"

// A StatusReader is where a gate reads error budgets. *budget.Tracker is one.
type StatusReader interface {
	// Statuses returns everything about every error budget. It may be called from several
	// goroutines at once, and what it returns belongs to the caller.
	Statuses() []budget.Status
}
