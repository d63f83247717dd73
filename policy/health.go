package policy

import (
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/budget"
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
		{name: stalledName, severity: Page, shares: true, health: true, quiet: stallHold, evaluator: stalling{w}},
		{name: givingUpName, severity: Ticket, shares: true, health: true, quiet: w, evaluator: givingUp{w}},
	}
	if of.Kind() == slo.DependencySource {
		checks = checks[:1]
	}
	return checks
}

// stalledText is the reason of a rule that is blind because its source is stalled.
const stalledText = "stalled: nothing new to judge"

// stalling is the rule that a source has been stalled for a while.
type stalling struct{ over time.Duration }

func (s stalling) lengths() []time.Duration { return []time.Duration{s.over} }

func (stalling) judge(v view) truth {
	t := truth{holds: v.stalled > 0 && v.holding >= stallHold}
	t.blind = !t.holds && (v.stalled > 0 || total(v.window(0)) == 0)
	return t
}

func (stalling) reason(v view, _ truth) string {
	if v.stalled > 0 {
		return fmt.Sprintf("nothing has finished for %v with requests in flight", v.stalled.Truncate(time.Millisecond))
	}
	return "not stalled"
}

// givingUp is the rule that clients are giving up.
type givingUp struct{ over time.Duration }

func (g givingUp) lengths() []time.Duration { return []time.Duration{g.over} }

func (g givingUp) judge(v view) truth {
	w := v.window(0)
	t := g.weigh(w.Cancelled, total(w))
	t.blind = !t.holds && (v.stalled > 0 || total(w) == 0)
	return t
}

// weigh says whether so many cancelled of all are too many, or are held back by the minimum
// alone.
func (givingUp) weigh(cancelled, all uint64) truth {
	if cancelled <= all/givingUpShare { // of integers, rounding down changes nothing
		return truth{}
	}
	return truth{holds: cancelled >= givingUpAtLeast, heldBack: cancelled < givingUpAtLeast}
}

func (g givingUp) reason(v view, t truth) string {
	w := v.window(0)
	if t.heldBack {
		return fmt.Sprintf("%d of %d cancelled requests", w.Cancelled, givingUpAtLeast)
	}
	return fmt.Sprintf("%d of %d events in %s were cancelled", w.Cancelled, total(w), slo.FormatDuration(w.Length))
}

// total returns the number of all events of a window.
func total(w *budget.Window) uint64 { return w.Counts.Valid() + w.Counts.Excluded }
