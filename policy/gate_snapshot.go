package policy

import (
	"maps"
	"slices"
	"time"
)

const gateMagic = "nines-gate"

// bookState is what is carried over of a book.
type bookState struct {
	Grants    []Grant        `json:"grants"`
	Used      map[string]int `json:"used"` // features by day
	Overrides []Grant        `json:"overrides"`
}

func (b *book) state() bookState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bookState{orEmpty(b.ledger.sorted()), maps.Clone(b.ledger.used), slices.Clone(orEmpty(b.ledger.log))}
}

func (b *book) restore(s *bookState) {
	l := newLedger()
	for _, g := range s.Grants {
		l.grants[g.Change] = g
		if g.At.After(l.latest) {
			l.latest = g.At
		}
	}
	for day, n := range s.Used {
		l.used[day] = max(n, 0)
	}
	l.log = s.Overrides
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ledger = l
}

// lose notes that what an earlier process knew cannot be read.
func (b *book) lose(at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ledger.lost = at
}

// Snapshot returns what the gate remembers, its grants, how many features each day has had
// and the overrides, as one checksummed blob for [Gate.Restore] of the next process: a restart
// must not give a day its deploys again. A gate under a policy need not: the snapshot of the
// policy's tracker has it. It is nil on nil.
func (g *Gate) Snapshot() []byte {
	if g == nil {
		return nil
	}
	return seal(gateMagic, g.book.state())
}

// Restore goes on from what Snapshot returned, in an earlier process; call it before the gate is
// used. Of an empty blob it does nothing.
//
// The error matches slo.ErrInvalid: the blob is damaged, or of a newer version. The gate then
// does not know what was granted, and until the end of the day says so to whoever asks, under
// CodeStateLost.
func (g *Gate) Restore(blob []byte) error {
	if g == nil || len(blob) == 0 {
		return nil
	}
	var s bookState
	if err := unseal(gateMagic, "Restore", blob, &s); err != nil {
		g.book.lose(g.now())
		return err
	}
	g.book.restore(&s)
	return nil
}
