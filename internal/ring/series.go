package ring

// Units is how many units of time a slot of the finest level spans: callers that
// append once a tick count eight units a tick, so that a tick that comes late is not
// rounded to the next.
const Units = 1 << unitBits

const unitBits = 3

// MaxKeep is the longest history that a Series can be asked to keep, in units: 2^28
// slots, and two for what is rounded at both ends.
const MaxKeep = 1<<31 + 2*Units

// A point may be moved by one percent of its age, which takes perLevel points for
// each doubling of the age.
const perLevel = 100

// maxLevel is the coarsest level that MaxKeep can reach.
const maxLevel = 22

// A Series is the history of one cumulative count as points of change: nothing is
// stored while nothing changes. The zero Series holds the count 0 and is ready. It
// has no locks: one goroutine at a time may append, or any number may read.
//
// Points come in levels. Level 0 keeps every point; level k, of older points, keeps
// the last point of each span of 2^k slots. A point enters level k when it is at
// least 100 * (2^k + 1) slots old, so it is never moved by more than one percent of
// its age less a slot: a caller that appends what happened during a tick at its end
// still finds each event within one percent, or one tick, of where it was. Four weeks
// of change in every slot are about 1,650 points in 15 KiB.
//
// Time is in units (see Units), counted modulo 2^32, and no point may grow that old: it
// would come round and look young again. So the owner calls Append, with the same count
// if it must, before a point that was within keep at the last call is 2^32 units old; or
// Forget, before a leap that no window reaches across.
type Series struct {
	levels []level // youngest first
	last   uint64  // the newest value
	base   uint64  // the value before the oldest point kept
}

// Last returns the newest value.
func (s *Series) Last() uint64 { return s.last }

// Append records that the count is v as of the time now, which is not before the one
// of the last Append. Points are dropped once they are older than keep, which is at
// most MaxKeep. It costs amortised a few steps, and hardly any when v has not changed.
func (s *Series) Append(now uint32, v uint64, keep uint32) {
	s.drop(now, min(keep, MaxKeep))
	if v != s.last {
		s.last = v
		s.put(0, now, v, now)
	}
}

// Resumed returns the history of a count that has been v for longer than anyone will
// ask. Appending points to it, oldest first, rebuilds a history.
func Resumed(v uint64) *Series { return &Series{last: v, base: v} }

// Base returns the value before the oldest point.
func (s *Series) Base() uint64 { return s.base }

// Visit calls f for every point, oldest first, with its age at the time now, which is not
// before the last Append.
func (s *Series) Visit(now uint32, f func(age uint32, v uint64)) {
	for k := len(s.levels) - 1; k >= 0; k-- {
		l := &s.levels[k]
		for i := range int(l.n) {
			j := l.index(i)
			f(now-l.points[j].time, l.value(j))
		}
	}
}

// Forget drops every point: the count has had its newest value for longer than anyone
// will ask.
func (s *Series) Forget() {
	s.levels = nil
	s.base = s.last
}

// drop forgets what is older than keep, but for its last value: that is the base of
// all windows.
func (s *Series) drop(now, keep uint32) {
	for k := len(s.levels) - 1; k >= 0; k-- {
		l := &s.levels[k]
		for l.n > 0 {
			if now-l.oldest() <= keep {
				return
			}
			_, s.base = l.pop()
		}
	}
	s.levels = nil // after a whole window without change, which is rare
}

// put adds a point to level k and moves on those that have become too old for it.
// Nothing there is older than keep, so there are at most 22 levels.
func (s *Series) put(k int, at uint32, v uint64, now uint32) {
	if k == len(s.levels) {
		s.levels = append(s.levels, level{})
	}
	limit := enters(k+1) + span(k+1)
	for s.levels[k].n > 0 && now-s.levels[k].oldest() >= limit {
		at, v := s.levels[k].pop()
		s.put(k+1, at, v, now)
	}
	bits := k + unitBits
	if k == 0 {
		bits = 0
	}
	s.levels[k].put(at, v, bits)
}

// enters returns the age from which a reader may find points thinned to level k, in
// units. They are in fact moved there one span later: see Align.
func enters(k int) uint32 { return uint32(perLevel) * (1<<k + 1) << unitBits }

// span returns the length of a span of level k, in units.
func span(k int) uint32 { return 1 << (k + unitBits) }

// Align returns the latest time not after t for which At is exact, of every series that is
// kept with the same times: t itself, or the end of a span before it. Counts that belong
// together, such as a part and its whole, must be read at one such time, or thinning would
// move one and not the other. It is at most as much earlier than t as At promises.
func Align(now, t uint32) uint32 {
	k := 0
	for k < maxLevel && now-t >= enters(k+1) {
		k++
	}
	if k == 0 {
		return t
	}
	return (t+1)&^(span(k)-1) - 1
}

// At returns the value as of the time t: that of the newest point at or before it.
// now is any time from the last Append on, and t lies from now - keep, as last given
// to Append, to now. The answer may be that of an earlier moment t', never of a later
// one: t - t' is less than one percent of now - t less a slot, and 0 if now - t is
// less than 300 slots.
func (s *Series) At(now, t uint32) uint64 {
	age := now - t
	for k := range s.levels {
		if l := &s.levels[k]; l.n > 0 && now-l.oldest() >= age {
			return l.at(now, age)
		}
	}
	return s.base
}

// Points returns how many points are kept.
func (s *Series) Points() int {
	n := 0
	for i := range s.levels {
		n += int(s.levels[i].n)
	}
	return n
}

// Bytes returns how much memory the series holds, itself included and what the
// allocator rounds up aside, as on a 64-bit machine: a little less on others.
func (s *Series) Bytes() int {
	n := seriesBytes + levelBytes*cap(s.levels)
	for i := range s.levels {
		n += s.levels[i].bytes()
	}
	return n
}
