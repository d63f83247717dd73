package fleet

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A cell is events that are alike: of an operation or a stream.
type cell struct {
	operation string
	class     slo.Class
	latency   time.Duration
}

// count returns what was counted in a tile, of all replicas: requests by class, and of each
// class so many slow ones as objectives have found.
func (r *Reader) count(events, requests *tally, i int) map[cell]uint64 {
	counted := map[cell]uint64{}
	for _, s := range requests.series {
		if class, ok := classOf(string(s.metric["class"])); ok {
			counted[cell{operation: string(s.metric["operation"]), class: class}] += grew(s, i)
		}
	}
	var slow []slowness
	for _, s := range events.series {
		o := r.objective(string(s.metric["slo"]))
		if o == nil {
			continue
		}
		good := s.metric["outcome"] == "good"
		if o.Of.Kind() == slo.EventsSource {
			if c := (cell{operation: o.Of.Name(), class: slo.EventBad}); r.first(o) {
				if good {
					c.class = slo.EventGood
				}
				counted[c] += grew(s, i)
			}
			continue
		}
		slow = addSlowness(slow, o, string(s.metric["operation"]), good, grew(s, i))
	}
	slices.SortFunc(slow, bySlowness)
	for i := range slow {
		slow[i].apply(counted, r.verdict(&slow[i]))
	}
	for c, n := range counted {
		if n == 0 {
			delete(counted, c)
		}
	}
	return counted
}

// grew returns by how much a series grew in a tile.
func grew(s *track, i int) uint64 { return uint64(math.Round(s.grew[i])) }

// first reports whether an objective is the first on its source: one is enough to count it.
func (r *Reader) first(o *slo.Objective) bool {
	i := slices.IndexFunc(r.config.Objectives, func(other slo.Objective) bool { return other.Of == o.Of })
	return o == &r.config.Objectives[i]
}

func classOf(name string) (slo.Class, bool) {
	for c := range slo.NumClasses {
		if c.String() == name {
			return c, true
		}
	}
	return 0, false
}

// A slowness is how an objective that cares for latencies judged the events of a tile.
type slowness struct {
	objective *slo.Objective
	operation string        // "" is all
	threshold time.Duration // 0 is none: it is about cancelled requests only
	gone      time.Duration // after which a request that was cancelled is bad; 0 is never
	good, bad uint64
}

func addSlowness(list []slowness, o *slo.Objective, operation string, good bool, n uint64) []slowness {
	i := slices.IndexFunc(list, func(s slowness) bool { return s.objective == o && s.operation == operation })
	if i < 0 {
		s := slowness{objective: o, operation: operation}
		s.threshold, _ = o.SLI.Threshold()
		s.gone, _ = o.SLI.CancelledAfter()
		if s.threshold == 0 && s.gone == 0 {
			return list
		}
		i, list = len(list), append(list, s)
	}
	if good {
		list[i].good += n
	} else {
		list[i].bad += n
	}
	return list
}

// bySlowness orders those of one operation before those of all, and high thresholds before low:
// what is slower than the high ones is slower than the low ones.
func bySlowness(a, b slowness) int {
	return cmp.Or(-cmp.Compare(a.operation, b.operation), -cmp.Compare(a.threshold, b.threshold), -cmp.Compare(a.gone, b.gone))
}

// verdict returns how the objective judges classes, their latency aside, as package budget does:
// what an availability objective of the source calls bad is none of a latency SLI's business,
// unless failures are to count.
func (r *Reader) verdict(s *slowness) func(slo.Class) slo.Verdict {
	availability := r.availability(func(of slo.Source) bool {
		if s.objective.Of.Kind() == slo.EachSource {
			return of.Name() == s.operation && (of.Kind() == slo.HTTPSource || of.Kind() == slo.RPCSource)
		}
		return of == s.objective.Of
	})
	if k := s.objective.Of.Kind(); len(availability) == 0 && k != slo.AllSource && k != slo.DependencySource {
		availability = r.availability(func(of slo.Source) bool { return of.Kind() == slo.EachSource })
	}
	return func(c slo.Class) slo.Verdict {
		v := s.objective.SLI.Verdict(c)
		if s.threshold == 0 || c == slo.Cancelled || v == slo.Excluded {
			return v
		}
		switch bad := slices.ContainsFunc(availability, func(a slo.SLI) bool { return a.Verdict(c) == slo.Bad }); {
		case bad && s.objective.SLI.CountsFailures():
			return slo.Bad
		case bad:
			return slo.Excluded
		}
		return v
	}
}

// availability returns the availability SLIs that count on a source.
func (r *Reader) availability(on func(slo.Source) bool) (list []slo.SLI) {
	for i := range r.config.Objectives {
		if o := &r.config.Objectives[i]; o.SLI.Name() == slo.Availability().Name() && !o.Shadow && on(o.Of) {
			list = append(list, o.SLI)
		}
	}
	return list
}

// has reports whether an event is the objective's to judge.
func (s *slowness) has(c cell) bool {
	switch {
	case c.class == slo.EventGood, c.class == slo.EventBad:
		return false
	case s.operation != "":
		return c.operation == s.operation
	}
	return !strings.HasPrefix(c.operation, dependencyPrefix)
}

// apply makes so many events slow that no more are good, and so many cancelled requests wait so
// long that no fewer are bad, than the objective has found.
func (s *slowness) apply(counted map[cell]uint64, verdict func(slo.Class) slo.Verdict) {
	var fast, bad uint64
	for c, n := range counted {
		switch v := verdict(c.class); {
		case !s.has(c):
		case v == slo.Bad, v == slo.Good && s.threshold > 0 && c.latency > s.threshold, c.class == slo.Cancelled && s.gone > 0 && c.latency > s.gone:
			bad += n
		case v == slo.Good:
			fast += n
		}
	}
	if s.threshold > 0 && fast > s.good {
		bad += slowDown(counted, fast-s.good, s.threshold, func(c cell) bool { return s.has(c) && verdict(c.class) == slo.Good })
	}
	if s.gone > 0 && s.bad > bad {
		slowDown(counted, s.bad-bad, s.gone, func(c cell) bool { return s.has(c) && c.class == slo.Cancelled })
	}
}

// slowDown makes so many of the events that may be take just longer than a threshold, the slowest
// first, and then many before few; it returns how many there were.
func slowDown(counted map[cell]uint64, n uint64, threshold time.Duration, may func(cell) bool) (slowed uint64) {
	var within []cell
	for c := range counted {
		if c.latency <= threshold && may(c) {
			within = append(within, c)
		}
	}
	slices.SortFunc(within, func(a, b cell) int {
		return cmp.Or(-cmp.Compare(a.latency, b.latency), -cmp.Compare(counted[a], counted[b]), cmp.Compare(a.operation, b.operation), cmp.Compare(a.class, b.class))
	})
	for _, c := range within {
		some := min(n-slowed, counted[c])
		counted[c] -= some
		c.latency = threshold + time.Nanosecond
		counted[c] += some
		slowed += some
	}
	return slowed
}
