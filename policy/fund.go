package policy

import (
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A fund is an error budget as the rules on levels and depletion see it: the events of the
// objective's own window or period, and how many events the whole budget is a share of.
//
// Of a rolling window, and of a first calendar period of which nothing is known, those are the
// valid events that were seen, taken as far as if the rest of the window had been like it: what
// was not observed counts as not spent.
type fund struct {
	own      budget.Window
	expected uint64        // valid events that were seen, or that the period is expected to have
	observed time.Duration // of whole, in which expected was seen; both 1 if it is that of the whole
	whole    time.Duration
}

func newFund(b budget.Budget, w slo.Window) (g fund, ok bool) {
	own, expected, basis, ok := b.Whole()
	g = fund{own: own, expected: expected, observed: 1, whole: 1}
	if !w.Calendar() || basis == budget.ObservedBasis {
		g.observed, g.whole = min(own.Observed, w.Length()), w.Length()
	}
	return g, ok
}

// compare tells how the share of the budget that so many bad events spend compares with
// another, in billionths: below 0 if it is less, 0 if equal. It is exact:
//
//	bad / expected x 10^9 / allowed x observed / whole  :  share / 10^9
//
// Without events nothing is spent.
func (g *fund) compare(bad, allowed, share uint64) int {
	if bad == 0 || g.expected == 0 || g.observed <= 0 {
		return -1
	}
	have := product(bad, billion, billion, uint64(g.observed))
	want := product(g.expected, allowed, share, uint64(g.whole))
	switch {
	case have.less(want):
		return -1
	case want.less(have):
		return 1
	}
	return 0
}

// spent is the share that so many bad events spend, for display.
func (g *fund) spent(bad uint64, target slo.Target) float64 {
	share, _ := target.Consumed(bad, g.expected)
	return share * float64(g.observed) / float64(g.whole)
}

// coverage returns how much of the window was observed, where that is what the fund goes by.
func (g *fund) coverage() float64 { return float64(g.observed) / float64(g.whole) }
