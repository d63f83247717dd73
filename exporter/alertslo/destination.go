package alertslo

import (
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// A Destination is where breaches are told: an [Alertmanager], a [Webhook] or a [Log]. For
// anything else there is policy.Watcher.OnBreach, with policy.Backoff.
type Destination interface {
	// open checks the configuration and returns what delivers, each on a goroutine of its own.
	open(n *Notifier, refuse reject) []deliverer
}

// A deliverer brings news to one place.
type deliverer interface {
	// hear is called for everything that is told, and must not block.
	hear(b *policy.Breach)

	// run delivers until the notifier is closed and nothing waits any more, or its context ends.
	run()

	stats() Stats
}

// reject takes one thing that is wrong with a configuration.
type reject func(field string, value any, reason string)

const packageName = "alertslo"

func fieldError(field string, value any, reason string) error {
	return &slo.FieldError{Package: packageName, Field: field, Value: value, Reason: reason}
}
