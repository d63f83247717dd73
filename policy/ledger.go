package policy

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"
)

// A book is a ledger that gates share: those that go by one policy, which allows so many
// deploys a day to all of them together.
type book struct {
	mu     sync.Mutex // nothing of others runs under it
	ledger ledger
}

func newBook() *book { return &book{ledger: newLedger()} }

// A ledger is what is known of deployments: those of the last days, and how many features
// each day has had.
type ledger struct {
	grants map[Change]Grant
	used   map[string]int // features by day
	log    []Grant        // overrides, oldest first
	latest time.Time      // of all grants

	lost time.Time // when it was found that what an earlier process knew cannot be read; zero if it was not
}

const (
	// rememberFor is how long grants are remembered, for those who ask again.
	rememberFor = 72 * time.Hour

	// maxGrants bounds them, maxOverrides those that were overridden.
	maxGrants    = 4096
	maxOverrides = 1000

	// clockTolerance is how far two clocks may be apart.
	clockTolerance = time.Minute
)

func newLedger() ledger {
	return ledger{grants: map[Change]Grant{}, used: map[string]int{}}
}

// add enters a grant, new or changed.
func (l *ledger) add(g Grant) {
	if _, known := l.grants[g.Change]; !known && g.Change.Kind == Feature {
		l.used[g.Day]++
	}
	l.grants[g.Change] = g
	if g.At.After(l.latest) {
		l.latest = g.At
	}
	l.forget(g.At)
}

// remove takes a grant back.
func (l *ledger) remove(g Grant) {
	delete(l.grants, g.Change)
	if g.Change.Kind == Feature {
		l.used[g.Day] = max(l.used[g.Day]-1, 0)
	}
}

// note notes that somebody overrode the gate.
func (l *ledger) note(g Grant) {
	l.log = append(l.log, g)
	if over := len(l.log) - maxOverrides; over > 0 {
		l.log = slices.Delete(l.log, 0, over)
	}
}

// forget drops what is old, and the oldest of too many; how many features a day has had is not
// forgotten with them.
func (l *ledger) forget(now time.Time) {
	old := now.Add(-rememberFor)
	maps.DeleteFunc(l.grants, func(_ Change, g Grant) bool { return g.At.Before(old) })
	day := old.AddDate(0, 0, -1).Format(time.DateOnly) // a day earlier: it may be another in another zone
	maps.DeleteFunc(l.used, func(d string, _ int) bool { return d < day })
	for len(l.grants) > maxGrants {
		delete(l.grants, l.oldest())
	}
}

// oldest returns the change that was granted first, those that are no features before others.
func (l *ledger) oldest() (c Change) {
	first := true
	for k, g := range l.grants {
		if o := l.grants[c]; first || cmp.Or(
			cmp.Compare(boolToInt(g.Change.Kind == Feature), boolToInt(o.Change.Kind == Feature)),
			g.At.Compare(o.At)) < 0 {
			c, first = k, false
		}
	}
	return c
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sorted returns the grants in the order of time.
func (l *ledger) sorted() []Grant {
	return slices.SortedFunc(maps.Values(l.grants), func(a, b Grant) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Change.Kind, b.Change.Kind), cmp.Compare(a.Change.ID, b.Change.ID))
	})
}
