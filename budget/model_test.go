package budget

import (
	"sort"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A model is the engine done plainly: it keeps every event, judges it when it comes,
// and finds the start of a window by looking for it.
type model struct {
	objective slo.Objective
	available []slo.SLI // the availability SLIs that judge its source
	at        []time.Duration
	sums      []Counts // up to and including the event
}

type modelEvent struct {
	at      time.Duration // engine time
	class   slo.Class
	latency time.Duration
	n       uint64
}

func (m *model) add(e modelEvent) {
	var c Counts
	if n := len(m.sums); n > 0 {
		c = m.sums[n-1]
	}
	switch m.verdict(e) {
	case slo.Good:
		c.Good += e.n
	case slo.Bad:
		c.Bad += e.n
	default:
		c.Excluded += e.n
	}
	m.at, m.sums = append(m.at, e.at), append(m.sums, c)
}

// counts judges the events after the moment from, up to now.
func (m *model) counts(from time.Duration) Counts {
	if len(m.sums) == 0 {
		return Counts{}
	}
	all := m.sums[len(m.sums)-1]
	first := sort.Search(len(m.at), func(i int) bool { return m.at[i] > from })
	if first == 0 {
		return all
	}
	before := m.sums[first-1]
	return Counts{all.Good - before.Good, all.Bad - before.Bad, all.Excluded - before.Excluded}
}

// between reports whether every count of c lies between those of least and most.
func (c Counts) between(least, most Counts) bool {
	return c.Good >= least.Good && c.Good <= most.Good && c.Bad >= least.Bad && c.Bad <= most.Bad &&
		c.Excluded >= least.Excluded && c.Excluded <= most.Excluded
}

func (m *model) verdict(e modelEvent) slo.Verdict {
	v := m.objective.SLI.Verdict(e.class)
	if after, ok := m.objective.SLI.CancelledAfter(); ok && e.class == slo.Cancelled && e.latency > after {
		return slo.Bad
	}
	threshold, isLatency := m.objective.SLI.Threshold()
	if !isLatency {
		return v
	}
	if e.class != slo.Cancelled && v != slo.Excluded {
		for _, a := range m.available {
			if a.Verdict(e.class) != slo.Bad {
				continue
			}
			if m.objective.SLI.CountsFailures() {
				return slo.Bad
			}
			return slo.Excluded
		}
	}
	if v == slo.Good && e.latency > threshold {
		return slo.Bad
	}
	return v
}
