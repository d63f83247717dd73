package budget

import (
	"time"

	"github.com/seed-abb722f7/nines/internal/ring"
)

// keep returns for how many units history is kept: the longest window, what Align goes
// back beyond it, and what rounding takes.
func (e *engine) keep() uint32 {
	window := e.units(e.history)
	return uint32(window+window/perCent) + 2*ring.Units
}

// perCent is more than enough for the one percent by which Align goes back.
const perCent = 64

// sweep notes every source once more, also those to which nothing happens: ring time
// comes round, and points that nobody looks after would come back with it.
func (e *engine) sweep(at moment) {
	e.swept = e.now.Engine
	for o, s := range e.scopes {
		s.note(&o.seen, at)
	}
	e.eachCauses(func(c *causes) { c.note(at) })
}

// leap drops, before time goes far at once, what will be older than all windows after
// it. Between two sweeps time goes half as far as the longest window at most, so that
// no point is ever one and a half times as old: ring time counts to twice.
func (e *engine) leap(from, by time.Duration) {
	if by > e.history {
		e.forget()
		return
	}
	stamp, keep := uint32(e.unitsUp(from)), e.keep()-uint32(e.units(by))
	e.histories(func(s *ring.Series) { s.Append(stamp, s.Last(), keep) })
}

// forget drops all histories, after a leap that no window reaches across.
func (e *engine) forget() { e.histories((*ring.Series).Forget) }

// histories calls f for every series of every source.
func (e *engine) histories(f func(*ring.Series)) {
	for _, s := range e.scopes {
		s.history(f)
	}
	e.all.history(f)
	for _, j := range e.sliced {
		j.scope.history(f)
	}
	e.eachCauses(func(c *causes) { c.histories(f) })
}
