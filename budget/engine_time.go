package budget

import (
	"time"

	"github.com/seed-abb722f7/nines/internal/ring"
)

// gap is a stretch of engine time in which the process did not run.
type gap struct{ from, to time.Duration }

// maxGaps bounds the gaps that are told apart; the oldest two become one beyond it,
// which can only understate coverage.
const maxGaps = 1024

// awake returns engine time without the gaps: a request that waited through a suspend
// is not stalled by it.
func (e *engine) awake(now time.Duration) time.Duration { return now - e.asleep }

func (e *engine) addGap(g gap) {
	e.asleep += g.to - g.from
	for len(e.gaps) > 0 && e.gaps[0].to < e.now.Engine-2*e.history {
		e.gaps = e.gaps[1:]
	}
	if len(e.gaps) >= maxGaps {
		e.gaps[1].from = e.gaps[0].from
		e.gaps = e.gaps[1:]
	}
	e.gaps = append(e.gaps, g)
}

// begin returns the engine time from which on there is history of an objective.
func (e *engine) begin(j *judged) time.Duration { return max(j.since, e.reach) }

// observed returns how much of the stretch from start to now somebody watched.
func (e *engine) observed(start, now time.Duration) time.Duration {
	start = max(start, 0)
	sum := now - start
	for _, g := range e.gaps {
		if from, to := max(g.from, start), min(g.to, now); to > from {
			sum -= to - from
		}
	}
	return max(sum, 0)
}

// units converts engine time to ring units, rounding down; it works below zero.
func (e *engine) units(d time.Duration) int64 {
	slots, rest := int64(d/e.Resolution), d%e.Resolution
	if rest < 0 {
		slots, rest = slots-1, rest+e.Resolution
	}
	return slots*ring.Units + int64(rest)*ring.Units/int64(e.Resolution)
}

// unitsUp is units, rounding up.
func (e *engine) unitsUp(d time.Duration) int64 { return -e.units(-d) }
