package promslo

import (
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A reading is what the trackers of one service know at one scrape: each tracker
// read once, operations of the same name added up.
type reading struct {
	began      time.Time // of the first tracker
	operations []operation
	objectives []objective
	self       budget.Self
	unjudged   uint64 // events of streams that no objective judges
	live       bool   // some tracker is not closed
}

// An operation is what was counted of one operation.
type operation struct {
	name        string
	live        bool // some tracker that is not closed has it
	inFlight    int64
	classes     []budget.ClassCount
	excluded    []budget.ReasonCount
	declared    bool
	good, other durations         // of declared operations
	exemplars   []budget.Exemplar // of sampled traces, newest first
}

// An objective is one error budget.
type objective struct {
	budget.Status
	live bool
}

// durations are cumulative counts at ascending bounds.
type durations struct {
	le     []float64
	counts []uint64 // as long as le
	count  uint64
	sum    float64

	exponential budget.Exponential
}

// read reads trackers. Of objectives with one name the first is read: only those of
// slo.Each can meet, because declared ones were compared when the collector was made.
func read(trackers []*budget.Tracker) reading {
	var r reading
	index := map[string]int{}
	names := map[string]bool{}
	several := len(trackers) > 1 // within one tracker, names are different
	for _, t := range trackers {
		report := t.Report()
		if r.began.IsZero() || report.Began.Before(r.began) {
			r.began = report.Began
		}
		r.live = r.live || !report.Closed
		bounds := newLadder(t.Bounds(), t.Thresholds())
		r.operations = slices.Grow(r.operations, len(report.Operations))
		for i := range report.Operations {
			from := &report.Operations[i]
			if from.Kind == slo.EventsSource {
				if !from.Declared {
					r.unjudged += from.Requests()
				}
				continue
			}
			o := newOperation(from, bounds, !report.Closed)
			if at, met := index[o.name]; met {
				r.operations[at].add(&o)
				continue
			}
			if several {
				index[o.name] = len(r.operations)
			}
			r.operations = append(r.operations, o)
		}
		r.objectives = slices.Grow(r.objectives, len(report.Objectives))
		for _, s := range report.Objectives {
			if names[s.Name] {
				continue
			}
			if several {
				names[s.Name] = true
			}
			r.objectives = append(r.objectives, objective{s, !report.Closed})
		}
		addSelf(&r.self, &report)
	}
	return r
}

// fullest returns the greatest saturation of the trackers that know theirs.
func fullest(trackers []*budget.Tracker) (share float64, ok bool) {
	for _, t := range trackers {
		if s, known := t.Saturation(); known {
			share, ok = max(share, s), true
		}
	}
	return share, ok
}

func newOperation(from *budget.OperationReport, bounds ladder, live bool) operation {
	o := operation{
		name: from.Name, live: live, classes: from.Classes, excluded: from.Excluded,
		declared: from.Declared, exemplars: recorded(from.Exemplars),
	}
	if live {
		o.inFlight = int64(from.InFlight)
	}
	if o.declared {
		o.good, o.other = newDurations(from.Good, bounds), newDurations(from.Other, bounds)
	}
	return o
}

func newDurations(h budget.Histogram, bounds ladder) durations {
	return durations{
		le: bounds.le, counts: h.Cumulative(bounds.edges), count: h.Count, sum: h.Sum,
		exponential: h.Exponential(),
	}
}

// add adds what another tracker counted of the same operation.
func (o *operation) add(other *operation) {
	o.live = o.live || other.live
	o.inFlight += other.inFlight
	if len(other.exemplars) > 0 {
		o.exemplars = append(o.exemplars, other.exemplars...)
		slices.SortStableFunc(o.exemplars, func(a, b budget.Exemplar) int { return b.At.Compare(a.At) })
	}
	for _, c := range other.classes {
		i := slices.IndexFunc(o.classes, func(have budget.ClassCount) bool { return have.Class == c.Class })
		if i < 0 {
			o.classes = append(o.classes, c)
			continue
		}
		o.classes[i].Count += c.Count
	}
	for _, e := range other.excluded {
		i := slices.IndexFunc(o.excluded, func(have budget.ReasonCount) bool { return have.Reason == e.Reason })
		if i < 0 {
			o.excluded = append(o.excluded, e)
			continue
		}
		o.excluded[i].Count += e.Count
	}
	switch {
	case !other.declared:
	case !o.declared:
		o.declared, o.good, o.other = true, other.good, other.other
	default:
		o.good.add(&other.good)
		o.other.add(&other.other)
	}
}

// add adds the counts of another tracker, at the bounds that both have: only there
// is the sum exact.
func (d *durations) add(other *durations) {
	sum := durations{count: d.count + other.count, sum: d.sum + other.sum, exponential: d.exponential}
	addNative(&sum.exponential, &other.exponential)
	for i, le := range d.le {
		if j, both := slices.BinarySearch(other.le, le); both {
			sum.le = append(sum.le, le)
			sum.counts = append(sum.counts, d.counts[i]+other.counts[j])
		}
	}
	*d = sum
}

// addSelf adds what a tracker knows of itself; of lags and durations the longest
// counts, and only of trackers that tick.
func addSelf(s *budget.Self, r *budget.Report) {
	s.Operations += r.Self.Operations
	s.Undeclared += r.Self.Undeclared
	s.Limit += r.Self.Limit
	s.Overflowed += r.Self.Overflowed
	s.Unnamed += r.Self.Unnamed
	s.Misused += r.Self.Misused
	s.HookPanics += r.Self.HookPanics
	s.Ticks += r.Self.Ticks
	s.Bytes += r.Self.Bytes
	s.HistoryPoints += r.Self.HistoryPoints
	if !r.Closed {
		s.TickLag = max(s.TickLag, r.Self.TickLag)
		s.TickDuration = max(s.TickDuration, r.Self.TickDuration)
	}
}
