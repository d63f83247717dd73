package policy

const gateMagic = "nines-gate"

// gateState is what a snapshot of a gate holds.
type gateState struct {
	Grants    []Grant        `json:"grants"`
	Used      map[string]int `json:"used"` // features by day
	Overrides []Grant        `json:"overrides"`
}

// Snapshot returns what the gate remembers, its grants, how many features each day has had
// and the overrides, as one checksummed blob for [Gate.Restore] of the next process: a restart
// must not give a day its deploys again. It is nil on nil.
func (g *Gate) Snapshot() []byte {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return seal(gateMagic, gateState{orEmpty(g.ledger.sorted()), g.ledger.used, orEmpty(g.ledger.log)})
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
	var s gateState
	err := unseal(gateMagic, "Restore", blob, &s)
	today := g.day(g.now())
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.ledger.lost = today
		return err
	}
	l := newLedger()
	for _, grant := range s.Grants {
		l.grants[grant.Change] = grant
		if grant.At.After(l.latest) {
			l.latest = grant.At
		}
	}
	for day, n := range s.Used {
		l.used[day] = max(n, 0)
	}
	l.log = s.Overrides
	g.ledger = l
	return nil
}
