package policy

import (
	"context"

	"github.com/seed-abb722f7/nines/budget"
)

// A StatusReader is where a gate reads error budgets. *budget.Tracker is one.
//
// A reader that has to ask others may have a method StatusesContext too, which is Statuses with
// the context that the gate was asked with; and one that sees more than its process a method
// Scope() string, which GateConfig.Scope is then if it is not set. *fleet.Reader of package
// budget/fleet has both.
type StatusReader interface {
	// Statuses returns everything about every error budget. It may be called from several
	// goroutines at once, and what it returns belongs to the caller.
	Statuses() []budget.Status
}

// A contextReader can be asked with a context.
type contextReader interface {
	StatusesContext(ctx context.Context) []budget.Status
}

// A scopedReader says whose traffic it sees.
type scopedReader interface{ Scope() string }
