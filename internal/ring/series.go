package ring

import "sort"

// Units is how many units of time a slot of the finest level spans: callers that
// append once a tick count eight units a tick, so that a tick that comes late is not
// rounded to the next.
const Units = 1 << unitBits

const unitBits = 3

// The levels. Points younger than youngest slots stay as they are; older ones keep
// one point for each 2, 4, 8, ... slots, the coarser spacing s from the age of
// youngest*s/2 on. So a point is never moved by more than 1/perLevel of its age:
// one percent.
const (
	perLevel = 100
	youngest = 2 * perLevel
)

// A Series is the history of one cumulative count as points of change: nothing is
// stored while nothing changes. The zero Series holds the count 0 and is ready.
//
// Time is in units (see Units), counted modulo 2^32: readings are right as long as
// kept points are younger than 2^31 units. The owner sees to it by the keep it
// passes to Append.
type Series struct {
	levels []level
	last   uint64 // the newest value
	base   uint64 // the value before the oldest point kept
}

// level is a ring of points, oldest first from head.
type level struct {
	at      []uint32
	value   []uint64
	head, n int
}

// Last returns the newest value.
func (s *Series) Last() uint64 { return s.last }

// Append records that the count is v as of the time now, which is not before the one
// of the last Append. Points are dropped once a newer one is older than keep. It
// costs amortised a few steps, and nothing when v has not changed.
func (s *Series) Append(now uint32, v uint64, keep uint32) {
	if v == s.last {
		return
	}
	s.last = v
	if len(s.levels) == 0 {
		s.levels = make([]level, 1, 2)
	}
	l := &s.levels[0]
	if l.n > 0 && l.newest() == now {
		l.value[l.index(l.n-1)] = v
		return
	}
	s.age(now, keep)
	s.levels[0].push(now, v, youngest+4)
}

// age moves points that are too old for their level to the next, newest levels
// first, and drops those that no window can need.
func (s *Series) age(now, keep uint32) {
	for k := 0; k < len(s.levels); k++ {
		limit := uint32(youngest) << (k + unitBits)
		for s.levels[k].n > 0 && now-s.levels[k].oldest() >= limit {
			at, v := s.levels[k].pop()
			if k == len(s.levels)-1 {
				if limit > keep {
					s.base = v
					continue
				}
				s.levels = append(s.levels, level{})
			}
			s.levels[k+1].keepLast(at, v, k+1+unitBits)
		}
	}
	// Among the oldest, only the newest point at or before the start of the window is
	// needed: it is the base of all windows.
	for k := len(s.levels) - 1; k >= 0; k-- {
		l := &s.levels[k]
		for l.n > 0 && now-l.oldest() > keep {
			_, s.base = l.pop()
		}
		if l.n > 0 {
			break
		}
		if k == len(s.levels)-1 && k > 0 {
			s.levels = s.levels[:k]
		}
	}
}

// At returns the value as of the time t: that of the newest point at or before it.
// now is any time from the last Append on. The answer may be that of an earlier
// moment, by at most one percent of the age now - t, never of a later one.
func (s *Series) At(now, t uint32) uint64 {
	age := now - t
	for k := range s.levels {
		l := &s.levels[k]
		if l.n == 0 || now-l.oldest() < age {
			continue
		}
		i := sort.Search(l.n, func(i int) bool { return now-l.at[l.index(i)] < age })
		return l.value[l.index(i-1)]
	}
	return s.base
}

// Points returns how many points are kept.
func (s *Series) Points() int {
	n := 0
	for i := range s.levels {
		n += s.levels[i].n
	}
	return n
}

// Bytes returns roughly how much memory the series holds.
func (s *Series) Bytes() int {
	n := 40 + 64*cap(s.levels)
	for i := range s.levels {
		n += 12 * cap(s.levels[i].at)
	}
	return n
}

func (l *level) index(i int) int {
	i += l.head
	if i >= len(l.at) {
		i -= len(l.at)
	}
	return i
}

func (l *level) oldest() uint32 { return l.at[l.head] }
func (l *level) newest() uint32 { return l.at[l.index(l.n-1)] }

func (l *level) pop() (at uint32, v uint64) {
	at, v = l.at[l.head], l.value[l.head]
	l.head = l.index(1)
	l.n--
	return at, v
}

// keepLast keeps one point for each span of 2^bits units: the last, which is the
// value at the span's end.
func (l *level) keepLast(at uint32, v uint64, bits int) {
	if l.n > 0 && l.newest()>>bits == at>>bits {
		i := l.index(l.n - 1)
		l.at[i], l.value[i] = at, v
		return
	}
	l.push(at, v, perLevel+4)
}

// push appends a point; the ring grows by doubling up to limit, which the ages of
// its points keep it within.
func (l *level) push(at uint32, v uint64, limit int) {
	if l.n == len(l.at) {
		size := max(4, 2*l.n)
		if l.n < limit {
			size = min(size, limit)
		}
		ats, values := make([]uint32, size), make([]uint64, size)
		for i := range l.n {
			ats[i], values[i] = l.at[l.index(i)], l.value[l.index(i)]
		}
		l.at, l.value, l.head = ats, values, 0
	}
	l.n++
	i := l.index(l.n - 1)
	l.at[i], l.value[i] = at, v
}
