package policy

import (
	"slices"
	"time"
)

// A TimelineEntry is one thing that happened during a breach. It is a plain value.
type TimelineEntry struct {
	At   time.Time // wall time
	Text string    // for people, such as "6h/30m holds: burn rate x coverage is 5.61 over 6h and 70 over 30m, above 5.6"
}

// maxTimeline bounds a timeline. Of a longer one the middle is left out: how it began
// and how it goes on matter most.
const maxTimeline = 64

// note adds an entry.
func (in *incident) note(at time.Time, text string) {
	if len(in.timeline) == maxTimeline {
		in.timeline = slices.Delete(in.timeline, maxTimeline/2, maxTimeline/2+1)
		in.omitted++
	}
	in.timeline = append(in.timeline, TimelineEntry{at, text})
}

// observe notes what happened to the rules of an incident at this tick, and how fast the
// budget burns.
func (in *incident) observe(s *subject, g *group, e *episode, now moment, c change) {
	in.peak = max(in.peak, s.burn())
	for i, member := range e.member {
		k := &s.checks[g.from+i]
		switch holds := k.truth.holds; {
		case !member || c != opened && !k.flipped:
		case holds:
			in.note(now.at, k.name+" holds: "+k.reason(view{s, k.at}, k.truth))
		case c != opened:
			in.note(now.at, k.name+" holds no more")
		}
	}
	if c == closed {
		in.note(now.at, "resolved")
	}
}

// burn returns the highest burn rate x coverage of the short windows of burn-rate rules.
func (s *subject) burn() (highest float64) {
	for i := range s.checks {
		if k := &s.checks[i]; k.factor > 0 {
			highest = max(highest, weighed(&s.windows[k.at[len(k.at)-1]]))
		}
	}
	return highest
}
