package policy

import (
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

// A check is a rule as it is evaluated for one error budget.
type check struct {
	kind        checkKind
	name        string
	severity    Severity
	long, short time.Duration
	factor      float64
	exact       uint64 // factor, in billionths
	minBad      uint64
	allBad      uint64 // so many valid events, all bad, will do too; 0: no exception
	iLong       int    // places of the windows in the subject's readings
	iShort      int
}

type checkKind uint8

const (
	burnCheck checkKind = iota
	givingUpCheck
	stalledCheck
)

// A truth is what one check said at one tick.
type truth struct {
	holds    bool
	heldBack bool // it would hold, but for the minimum of events
	blind    bool // nothing can be said: stalled, or the short window is empty
}

func (r *Rule) check() check {
	c := check{
		name: r.Name, severity: r.Severity, long: r.Long, short: r.Short,
		factor: r.Factor, exact: billionths(r.Factor), minBad: r.MinBad,
	}
	if c.minBad == 0 {
		c.minBad = minBadTicket
		if r.Severity == Page {
			c.minBad, c.allBad = minBadPage, minAllBad
		}
	}
	return c
}

// burns evaluates a burn-rate rule: whether it holds, or is held back by the minimum of
// bad events alone.
func (c *check) burns(long, short *budget.Window, allowed uint64) (holds, heldBack bool) {
	if !above(long, allowed, c.exact) || !above(short, allowed, c.exact) {
		return false, false
	}
	bad := long.Counts.Bad
	enough := bad >= c.minBad || c.allBad > 0 && bad >= c.allBad && long.Counts.Good == 0
	return enough, !enough
}

// total returns the number of all events of a window.
func total(w *budget.Window) uint64 { return w.Counts.Valid() + w.Counts.Excluded }
