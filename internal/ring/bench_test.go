package ring_test

import (
	"testing"

	"github.com/seed-abb722f7/nines/internal/ring"
)

// fourWeeks is the default window in units, at a tick a second.
const fourWeeks = 28 * 24 * 3600 * ring.Units

// dense returns a series that changed at each of the ticks before now.
func dense(ticks int) (s *ring.Series, now uint32) {
	s = new(ring.Series)
	for range ticks {
		now += ring.Units
		s.Append(now, s.Last()+1, fourWeeks)
	}
	return s, now
}

func BenchmarkAppend(b *testing.B) {
	b.Run("dense", func(b *testing.B) {
		s, now := dense(28 * 24 * 3600)
		b.ReportAllocs()
		for b.Loop() {
			now += ring.Units
			s.Append(now, s.Last()+1, fourWeeks)
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		s, now := dense(28 * 24 * 3600)
		b.ReportAllocs()
		for b.Loop() {
			s.Append(now, s.Last(), fourWeeks)
		}
	})
}

func BenchmarkAt(b *testing.B) {
	s, now := dense(28 * 24 * 3600)
	for _, w := range []struct {
		name   string
		length uint32
	}{
		{"5m", 300 * ring.Units},
		{"1h", 3600 * ring.Units},
		{"3d", 3 * 24 * 3600 * ring.Units},
		{"28d", fourWeeks},
	} {
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.At(now, now-w.length)
			}
		})
	}
	b.Run("spread", func(b *testing.B) { // windows that no branch predictor knows
		b.ReportAllocs()
		x := uint32(1)
		for b.Loop() {
			x = x*1664525 + 1013904223
			s.At(now, now-x>>8) // up to 24 days
		}
	})
}
