package budget

import (
	"math/bits"
	"time"

	"github.com/seed-abb722f7/nines/internal/stripe"
	"github.com/seed-abb722f7/nines/slo"
)

// minStall is the shortest time without a finished request that counts as stalled,
// unless an objective says otherwise.
const minStall = 10 * time.Second

// A judged is an objective on one scope, with its verdicts worked out. It never
// changes once made, but for the scope's history and what its watch sees.
type judged struct {
	slo.Objective
	name      string // the objective's, for Each followed by "/" and the operation
	operation string // "" for all requests
	scope     *scope
	good, bad classSet
	late      int // index of the split of good events above the threshold, or -1
	gone      int // index of the split of requests cancelled too late, or -1
	lateCut   stripe.Cut
	goneCut   stripe.Cut

	// Where the objective's own history begins: at engine time 0, or where its definition
	// changed. Windows reach no further back.
	since   time.Duration
	opening reading  // what the source had counted by then
	renewed string   // what changed; "" if nothing did
	prelude *prelude // of one that came with an update or was changed by it
	ended   bool     // an update put another in its place, or none

	account *account      // of a calendar window
	slices  *slicer       // of an objective in slices of time
	watch   *episodeWatch // once entered
}

// judge works out the verdicts of an objective, given the availability SLIs that judge its
// source, and finds or adds the splits that it needs.
func (y *tallier) judge(o slo.Objective, availability []slo.SLI) *judged {
	j := &judged{Objective: o, name: canonical(o.Name), late: -1, gone: -1}
	threshold, isLatency := o.SLI.Threshold()
	for c := range slo.NumClasses {
		v := o.SLI.Verdict(c)
		if isLatency {
			v = latencyVerdict(o.SLI, c, availability)
		}
		switch v {
		case slo.Good:
			j.good |= 1 << c
		case slo.Bad:
			j.bad |= 1 << c
		}
	}
	if isLatency {
		j.lateCut = y.layout.Cut(int64(threshold))
		j.late = y.index(split{j.good, j.lateCut})
	}
	if after, ok := o.SLI.CancelledAfter(); ok {
		j.goneCut = y.layout.Cut(int64(after))
		j.gone = y.index(split{1 << slo.Cancelled, j.goneCut})
	}
	return j
}

// latencyVerdict returns what a latency SLI makes of a class, its latency aside. What an
// availability objective of the source calls bad has spent that budget already: it is left
// out here, or bad if failures are to count; good it never is, however fast. What only the
// latency SLI calls bad stays bad.
func latencyVerdict(s slo.SLI, c slo.Class, availability []slo.SLI) slo.Verdict {
	v := s.Verdict(c)
	if c == slo.Cancelled || v == slo.Excluded {
		return v
	}
	for _, a := range availability {
		if a.Verdict(c) == slo.Bad {
			if s.CountsFailures() {
				return slo.Bad
			}
			return slo.Excluded
		}
	}
	return v
}

// on returns the objective on a scope, for Each under the name of the operation.
func (j *judged) on(s *scope) *judged {
	c := *j
	c.scope = s
	if s.op != nil {
		c.operation = s.op.name
	}
	if j.Of.Kind() == slo.EachSource {
		c.name += "/" + c.operation
	}
	s.need(c.late)
	s.need(c.gone)
	return &c
}

// A reading is what one objective needs of a tally: cumulative counts by class, and
// its two splits.
type reading struct {
	used       classSet // the classes that may be above zero
	class      [slo.NumClasses]uint64
	late, gone uint64
}

// total returns the number of events of all classes.
func (r *reading) total() (n uint64) {
	for used := r.used; used != 0; used &= used - 1 {
		n += r.class[bits.TrailingZeros64(uint64(used))]
	}
	return n
}

// add reads a table as it is now. Each cell is read once.
func (j *judged) add(r *reading, table *stripe.Table) {
	used := table.Used()
	r.used |= classSet(used)
	for ; used != 0; used &= used - 1 {
		c := slo.Class(bits.TrailingZeros64(used))
		switch {
		case j.late >= 0 && j.good.has(c):
			within, above := table.Split(int(c), j.lateCut)
			r.class[c] += within + above
			r.late += above
		case j.gone >= 0 && c == slo.Cancelled:
			within, above := table.Split(int(c), j.goneCut)
			r.class[c] += within + above
			r.gone += above
		default:
			r.class[c] += table.Count(int(c))
		}
	}
}

// past fills in an empty reading as it was at the time t, in units, for a now not
// before the last tick; never as it was before the objective's own history: a part whose
// history begins then must not be read beside a whole from before, and what both had
// counted when it began is noted by the next tick only.
func (j *judged) past(r *reading, now, t uint32) {
	r.used = j.scope.used
	for used := r.used; used != 0; used &= used - 1 {
		c := bits.TrailingZeros64(uint64(used))
		r.class[c] = j.scope.class[c].At(now, t)
	}
	if j.late >= 0 {
		r.late = j.scope.split[j.late].At(now, t)
	}
	if j.gone >= 0 {
		r.gone = j.scope.split[j.gone].At(now, t)
	}
	if j.opening.used == 0 {
		return
	}
	r.used |= j.opening.used
	for used := j.opening.used; used != 0; used &= used - 1 {
		c := bits.TrailingZeros64(uint64(used))
		r.class[c] = max(r.class[c], j.opening.class[c])
	}
	r.late, r.gone = max(r.late, j.opening.late), max(r.gone, j.opening.gone)
}

// onTop adds what restored history had counted before this process.
func (j *judged) onTop(r *reading) {
	s := j.scope
	r.used |= s.used
	for used := s.used; used != 0; used &= used - 1 {
		c := bits.TrailingZeros64(uint64(used))
		r.class[c] += s.before[c]
	}
	if j.late >= 0 {
		r.late += s.beforeSplit[j.late]
	}
	if j.gone >= 0 {
		r.gone += s.beforeSplit[j.gone]
	}
}

// counts judges what happened from one reading to a later one.
func (j *judged) counts(from, to *reading) (n Counts) {
	for used := to.used; used != 0; used &= used - 1 {
		c := slo.Class(bits.TrailingZeros64(uint64(used)))
		d := to.class[c] - from.class[c]
		switch {
		case j.good.has(c):
			n.Good += d
		case j.bad.has(c):
			n.Bad += d
		default:
			n.Excluded += d
		}
	}
	// Whatever a restored history says, no more was late or gone than there was.
	late, gone := min(to.late-from.late, n.Good), min(to.gone-from.gone, n.Excluded)
	n.Good -= late
	n.Excluded -= gone
	n.Bad += late + gone
	return n
}

// excluded lists what happened from one reading to a later one and did not count,
// by reason.
func (j *judged) excluded(from, to *reading) []ReasonCount {
	var list []ReasonCount
	for c := range slo.NumClasses {
		d := to.class[c] - from.class[c]
		if c == slo.Cancelled && j.gone >= 0 {
			d -= min(d, to.gone-from.gone)
		}
		if d > 0 && !j.good.has(c) && !j.bad.has(c) {
			list = append(list, ReasonCount{Reason: c.Reason(), Count: d})
		}
	}
	return list
}
