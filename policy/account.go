package policy

import (
	"cmp"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// An account is one error budget in the scope of a policy, as it stood at the last tick. It
// belongs to its enforcer, under the enforcer's lock.
type account struct {
	budget    budget.Budget
	name      string
	objective slo.Objective
	allowed   uint64 // of the target, per billion

	// The window of the objective, or the calendar period under way: its events, how many
	// valid ones the whole budget is a share of, how long it is and how much of that was seen.
	counts   budget.Counts
	whole    uint64
	length   time.Duration
	observed time.Duration
	scaled   bool // whole is what was seen of the window, and not a forecast of all of it
	known    budget.Known

	lengths []time.Duration // of the other windows that are read, each once
	windows []budget.Window // as of the last tick; empty before

	// enough says that there is enough to judge by, though it may be old or in doubt: what was
	// seen to fail has failed. trusted says that nothing is in doubt either: only that lets a
	// budget look healthy.
	enough, trusted bool
	tier            int // of what is left, if there is enough
}

func newAccount(b budget.Budget, s *budget.Status) *account {
	return &account{
		budget: b, name: s.Name, objective: s.Objective, allowed: s.Objective.Target.AllowedPerBillion(),
		known: budget.NoEvents, tier: -1,
	}
}

// own is the place of the objective's own window.
const own = -1

// place returns where the window of a length is among those that are read; zero is the
// objective's own.
func (a *account) place(length time.Duration) int {
	if length == 0 {
		return own
	}
	i := slices.Index(a.lengths, length)
	if i < 0 {
		i = len(a.lengths)
		a.lengths = append(a.lengths, length)
	}
	return i
}

// read reads the windows. It does not allocate once it has run. When there is nothing to read,
// because the tracker is closed, nothing is known any more.
func (a *account) read(at time.Time, t tiers, minObserved time.Duration) {
	a.enough, a.trusted = false, false
	w, whole, basis, ok := a.budget.Whole()
	if !ok {
		a.known = budget.Stale
		return
	}
	a.windows = a.budget.Windows(a.windows[:0], a.lengths...)
	a.counts, a.whole, a.length, a.observed = w.Counts, whole, w.Length, w.Observed
	calendar := a.objective.Window.Calendar()
	a.scaled = !calendar || basis == budget.ObservedBasis
	a.known = a.trust(w.Observed < w.Length || calendar && basis == budget.ObservedBasis)
	if calendar {
		start, end := a.objective.Window.Period(at)
		a.length = end.Sub(start) // all of it, and not only until now
	}
	if a.counts.Valid() == 0 || a.objective.Target.TooFew(whole) ||
		a.known != budget.FullyKnown && a.observed < min(minObserved, a.length) {
		return
	}
	a.enough, a.trusted = true, a.known == budget.FullyKnown || a.known == budget.PartialCoverage
	a.tier = t.of(a.counts.Bad, a.whole, a.allowed)
}

// trust says how far the reading can be trusted, in the words of budget.Status.
func (a *account) trust(partial bool) budget.Known {
	switch {
	case a.budget.StalledFor() > 0:
		return budget.Stalled
	case a.counts.Valid() == 0:
		return budget.NoEvents
	case a.objective.Target.TooFew(a.whole):
		return budget.TooFew
	case partial:
		return budget.PartialCoverage
	}
	return budget.FullyKnown
}

// in returns the events of a window.
func (a *account) in(window int) budget.Counts {
	if window == own {
		return a.counts
	}
	return a.windows[window].Counts
}

// wholeOf returns how many valid events the whole of an error budget is a share of. A reader
// that is no tracker may leave Expected out.
func wholeOf(s *budget.Status) uint64 { return cmp.Or(s.Expected, s.Counts.Valid()) }

// remaining returns the unspent share of the error budget, for display.
func (a *account) remaining() float64 {
	spent, _ := a.objective.Target.Consumed(a.counts.Bad, a.whole)
	return 1 - spent
}

// coverage returns the observed share of the window, or of the period.
func (a *account) coverage() float64 {
	if a.length <= 0 {
		return 0
	}
	return float64(a.observed) / float64(a.length)
}

// spent reports whether at least a share, in billionths, of the error budget was spent in a
// window. Where the whole budget goes by what was seen of the objective's own window, that is
// taken to be like what was not, so that time that nobody observed counts as not spent:
//
//	bad in the window / (allowed x whole x length / observed) >= share
//
// A single bad event is not enough, as it is not for a ticket.
func (a *account) spent(window int, share uint64) answer {
	c := a.in(window)
	if a.counts.Valid() == 0 || a.objective.Target.TooFew(a.whole) || c.Valid() == 0 {
		return dunno
	}
	observed, length := uint64(a.observed), uint64(a.length)
	if !a.scaled {
		observed, length = 1, 1
	}
	spent := product(c.Bad, billion, billion, observed)
	switch {
	case c.Bad >= minBadTicket && !spent.less(product(a.whole, a.allowed, share, length)):
		return yes
	case a.known == budget.Stalled:
		return dunno
	}
	return no
}

// spentShare is the share that spent compares, for display.
func (a *account) spentShare(window int) float64 {
	consumed, _ := a.objective.Target.Consumed(a.in(window).Bad, a.whole)
	if a.scaled {
		consumed *= a.coverage()
	}
	return consumed
}

// describe fills in what an enactment says of the error budget.
func (a *account) describe(e *Enactment) {
	e.Objective, e.Known, e.Remaining = a.name, a.known, a.remaining()
	e.Counts, e.Observed, e.Coverage = a.counts, a.observed, a.coverage()
}

// An answer is what is found of a condition.
type answer uint8

const (
	no answer = iota
	yes
	dunno
)
