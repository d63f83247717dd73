package fleet

import (
	"context"
	"slices"

	"github.com/seed-abb722f7/nines/budget"
)

// A StatusReader is where error budgets are read: *budget.Tracker, *[Reader], or whatever a
// gate of package policy takes.
type StatusReader interface {
	Statuses() []budget.Status
}

// Worse returns a reader of the error budgets of several readers, of a process and of its fleet:
// all of them, those of one name after each other. A gate judges each and answers by the gravest,
// so whatever one of them denies or does not know, the gate does not allow. It takes its
// scope, as Reader does.
func Worse(readers ...StatusReader) *Several { return &Several{slices.Clone(readers)} }

// Several reads several readers; see [Worse]. It is safe for concurrent use if they are.
type Several struct{ readers []StatusReader }

// Scope returns "fleet".
func (s *Several) Scope() string { return "fleet" }

// Statuses returns the error budgets of all readers.
func (s *Several) Statuses() []budget.Status { return s.StatusesContext(context.Background()) }

// StatusesContext returns the error budgets of all readers. Those that can be asked with a
// context are.
func (s *Several) StatusesContext(ctx context.Context) (all []budget.Status) {
	for _, r := range s.readers {
		if c, ok := r.(interface {
			StatusesContext(ctx context.Context) []budget.Status
		}); ok {
			all = append(all, c.StatusesContext(ctx)...)
			continue
		}
		all = append(all, r.Statuses()...)
	}
	return all
}

// MarkDeployment tells all readers that can be told of a deployment, as trackers can.
func (s *Several) MarkDeployment(version string) {
	for _, r := range s.readers {
		if m, ok := r.(interface{ MarkDeployment(version string) }); ok {
			m.MarkDeployment(version)
		}
	}
}
