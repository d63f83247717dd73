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
	first     int      // the event with which the objective's own history begins
	counted   int      // the event with which its total begins
	renewed   string
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
	return m.since(max(m.first, sort.Search(len(m.at), func(i int) bool { return m.at[i] > from })))
}

// total judges the events since the process began, each by what the objective was when it
// came.
func (m *model) total() Counts { return m.since(m.counted) }

// since judges the events from one on.
func (m *model) since(first int) Counts {
	if len(m.sums) == 0 {
		return Counts{}
	}
	all := m.sums[len(m.sums)-1]
	if first == 0 {
		return all
	}
	before := m.sums[first-1]
	return Counts{all.Good - before.Good, all.Bad - before.Bad, all.Excluded - before.Excluded}
}

// become makes the objective another, which may begin its history anew.
func (m *model) become(o slo.Objective, available []slo.SLI) {
	was := m.definition()
	m.objective, m.available = o, available
	if is := m.definition(); is != was {
		m.first = len(m.at)
		m.renewed = "classification"
		if is.threshold != was.threshold {
			m.renewed = "threshold"
		}
	}
}

// A definition is what an objective is judged by, its SLI and source aside.
type definition struct {
	threshold, gone time.Duration
	verdicts        [slo.NumClasses]slo.Verdict // of the fastest events
}

func (m *model) definition() (d definition) {
	d.threshold, _ = m.objective.SLI.Threshold()
	d.gone, _ = m.objective.SLI.CancelledAfter()
	for c := range slo.NumClasses {
		d.verdicts[c] = m.verdict(modelEvent{class: c})
	}
	return d
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
