package ring_test

import (
	"sort"
	"testing"

	"github.com/seed-abb722f7/nines/internal/ring"
)

// A model is a Series done plainly: it keeps every change, at a time that does not
// wrap.
type model struct {
	changes []change
	now     uint64
	keep    uint32
}

type change struct{ at, v uint64 }

func (m *model) last() uint64 {
	if len(m.changes) == 0 {
		return 0
	}
	return m.changes[len(m.changes)-1].v
}

// append does what Series.Append does, to both.
func (m *model) append(s *ring.Series, v uint64) {
	s.Append(uint32(m.now), v, m.keep)
	switch n := len(m.changes); {
	case v == m.last():
	case n > 0 && m.changes[n-1].at == m.now:
		m.changes[n-1].v = v
	default:
		m.changes = append(m.changes, change{m.now, v})
	}
}

// after returns the index of the first change after t.
func (m *model) after(t uint64) int {
	return sort.Search(len(m.changes), func(i int) bool { return m.changes[i].at > t })
}

// allowed is how much earlier than asked an answer may be: less than one percent of
// the age, less a slot. It is stricter than what windows need, which is one percent
// or one slot.
func allowed(age uint64) uint64 { return max(age/100, ring.Units) - ring.Units }

// check compares what the series says of the count that long ago with what it was.
func (m *model) check(tb testing.TB, s *ring.Series, age uint64) {
	tb.Helper()
	if age > m.now {
		return
	}
	at := m.now - age
	from := at - min(at, allowed(age))
	got := s.At(uint32(m.now), uint32(at))
	first, end := m.after(from), m.after(at)
	want := uint64(0) // as of from
	if first > 0 {
		want = m.changes[first-1].v
	}
	if got == want {
		return
	}
	for _, c := range m.changes[first:end] {
		if got == c.v {
			return
		}
	}
	latest := want
	if end > first {
		latest = m.changes[end-1].v
	}
	tb.Fatalf("at %d: At(now, now - %d) = %d, want the count from %d units before (%d) to then (%d), or one between",
		m.now, age, got, at-from, want, latest)
}

// checkAll compares at all ages that matter: at and around the edges of levels, of
// changes that are kept, and of what is kept at all.
func (m *model) checkAll(tb testing.TB, s *ring.Series) {
	tb.Helper()
	check := func(age uint64) {
		for d := range uint64(3) {
			if a := age + d - 1; a <= uint64(m.keep) {
				m.check(tb, s, a)
			}
		}
	}
	check(1)
	check(uint64(m.keep))
	for k := range 30 {
		check(100 * (2<<k + 1) * ring.Units)
		check(1 << (k + 2))
	}
	for i := len(m.changes) - 1; i >= 0; i-- {
		age := m.now - m.changes[i].at
		if age > uint64(m.keep) {
			break
		}
		check(age)
		i -= i / 97 // all of a few, some of many
	}
}

// checkOrder verifies that a count that grows was never more at an earlier time.
func (m *model) checkOrder(tb testing.TB, s *ring.Series) {
	tb.Helper()
	before, at := s.Last(), uint64(0)
	for age := uint64(0); age <= min(uint64(m.keep), m.now); age += 1 + age/250 {
		got := s.At(uint32(m.now), uint32(m.now-age))
		if got > before {
			tb.Fatalf("at %d: the count was %d %d units ago, and %d %d units ago: it grew backwards", m.now, before, at, got, age)
		}
		before, at = got, age
	}
}
