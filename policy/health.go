package policy

import (
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// The health rules: what no error budget shows, because what is not finished, or not
// counted, spends none of it.
const (
	stalledName  = "stalled"
	givingUpName = "clients are giving up"
)

const (
	// stallHold is how long a source must have been stalled before it pages, and how long
	// it must not have been before the page ends: a stall that passes needs no person.
	stallHold = time.Minute

	// healthWindow is what cancelled requests are counted over. More than one tenth of all
	// events, and at least givingUpAtLeast, is giving up: below that it is people closing
	// their browsers.
	healthWindow    = 5 * time.Minute
	givingUpShare   = 10 // a divisor
	givingUpAtLeast = 20
)

// healthChecks returns the health rules of a source. No window can be longer than history.
// Calls of a dependency are cancelled by the service itself, which may well ask two and take
// the first answer: nobody gives up there.
func healthChecks(of slo.Source, history time.Duration) []check {
	w := min(healthWindow, history)
	checks := []check{
		{kind: stalledCheck, name: stalledName, severity: Page, long: w, short: stallHold},
		{kind: givingUpCheck, name: givingUpName, severity: Ticket, long: w, short: w},
	}
	if of.Kind() == slo.DependencySource {
		checks = checks[:1]
	}
	return checks
}

// givingUp evaluates the rule of that name: whether it holds, or is held back by the
// minimum alone.
func givingUp(cancelled, all uint64) (holds, heldBack bool) {
	if cancelled <= all/givingUpShare { // of integers, rounding down changes nothing
		return false, false
	}
	return cancelled >= givingUpAtLeast, cancelled < givingUpAtLeast
}
