package policy

import (
	"fmt"
	"math"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A Criterion is what a [Rule] looks at. It is one of [BurnRate], [Depletion], [Level],
// [EpisodeCost], [CauseShare], [Repeats], [NoData], [AfterDeployment] and [Func]; a type switch
// tells them apart.
//
// All of them speak of budget that was spent, so time that nobody observed counts as not
// spent, and what cannot be known leaves a breach as it is. Rates (of
// BurnRate, AfterDeployment and Repeats) must be exceeded: at equality they do not hold. Shares
// of the budget (of all others) are reached: at equality they hold. The comparisons are exact.
type Criterion interface {
	// String names the criterion, such as "1h/5m" or "25% left".
	String() string

	// words says what holds, for an explanation.
	words() string

	// traits says how rules on the criterion behave, for the objective.
	traits(o *slo.Objective) traits

	// check refuses what is wrong whatever the objective, reach what the target or the window
	// of an objective puts out of reach.
	check(p *plan, refuse reject)
	reach(o *slo.Objective, refuse reject)

	// on returns the criterion at work on one error budget.
	on(s *subject, m minimum) evaluator
}

// traits are what rules on a criterion have in common.
type traits struct {
	// shares says that rules on it share breaches with the other such rules of the error
	// budget: one incident, one breach. All others have breaches of their own, since they
	// may hold for days, and would keep everything else from being heard.
	shares bool

	counts bool          // it counts bad events: MinBad means something
	quiet  time.Duration // what KeepFor is unless the rule says
}

// An evaluator is a criterion at work on one error budget. It is called under the lock of
// the watcher.
type evaluator interface {
	// lengths returns the windows that are read for it, which do not change.
	lengths() []time.Duration

	// judge says whether the criterion holds now.
	judge(v view) truth

	// reason says why it was found to hold or not, in words.
	reason(v view, t truth) string
}

// A view is what an evaluator sees.
type view struct {
	*subject
	at []int // places of its windows in the subject's
}

func (v view) window(i int) *budget.Window { return &v.windows[v.at[i]] }

// A truth is what one rule said at one tick.
type truth struct {
	holds    bool
	heldBack bool // it would hold, but for the minimum of events
	pending  bool // it would hold, but has not for long enough
	blind    bool // nothing can be said: stalled, or there is nothing to judge
}

// keepAtMost bounds what KeepFor is by default, and keepShare is what part of the
// window it is, as a divisor: that of the short windows of burn-rate rules (Google, The Site
// Reliability Workbook, chapter 5).
const (
	keepAtMost = time.Hour
	keepShare  = 12
)

func keep(over time.Duration) time.Duration { return min(over/keepShare, keepAtMost) }

// A minimum of bad events keeps single failures in a quiet night from being incidents.
type minimum struct {
	bad    uint64
	allBad uint64 // so many will do if none was good; 0: no exception
}

// The minimum of a rule that does not set its own. One failed request in a quiet night is a
// burn rate of 1 / (1 - target), and no incident.
const (
	minBadPage   = 5
	minBadTicket = 2
	minAllBad    = 3 // of a page, when no valid event was good
)

func (r *Rule) minimum() minimum {
	switch {
	case r.MinBad > 0:
		return minimum{bad: r.MinBad}
	case r.Severity == Page:
		return minimum{bad: minBadPage, allBad: minAllBad}
	}
	return minimum{bad: minBadTicket}
}

// weigh returns the truth of what would hold but for the minimum.
func (m minimum) weigh(c budget.Counts) truth {
	enough := c.Bad >= m.bad || m.allBad > 0 && c.Bad >= m.allBad && c.Good == 0
	return truth{holds: enough, heldBack: !enough}
}

// missing says what a rule that is held back waits for.
func (m minimum) missing(c budget.Counts) string {
	return fmt.Sprintf("%d of %d bad events", c.Bad, m.bad)
}

// String says how many bad events a rule needs.
func (m minimum) String() string {
	if m.bad == 1 {
		return "1 bad event"
	}
	s := fmt.Sprintf("%d bad events", m.bad)
	if m.allBad > 0 {
		s += fmt.Sprintf(" or %d and none good", m.allBad)
	}
	return s
}

// billion is the unit of targets, factors and shares: all are kept in billionths.
const billion = 1_000_000_000

// billionths converts a factor or a share to the unit in which it is compared; 0 for one that
// cannot be meant.
func billionths(x float64) uint64 {
	if !(x > 0 && x < billion) { // also true of NaN
		return 0
	}
	return uint64(math.Round(x * billion))
}
