package budget

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// With more gaps than are told apart, what was observed is known exactly as far back as they
// are, and never said to be more than it was.
func TestManyGaps(t *testing.T) {
	s := simulate(t, availability)
	const every, asleep, more = 10 * time.Minute, 4 * time.Minute, 500
	now := time.Duration(0)
	for range maxGaps + more {
		now += every
		s.engine.addGap(gap{from: now - asleep, to: now})
	}
	if got := len(s.engine.gaps); got != maxGaps {
		t.Errorf("%d gaps, want %d", got, maxGaps)
	}
	for start := time.Duration(0); start < now; start += time.Minute {
		whole, part := start/every, start%every
		want := now - start - (maxGaps+more-whole)*asleep
		want += max(0, part-(every-asleep))
		got := s.engine.observed(start, now)
		if exact := start >= (more+1)*every; got > want || exact && got != want {
			t.Fatalf("observed(%v, %v) = %v, want %v (exactly: %v) or less", start, now, got, want, exact)
		}
	}
	if got, want := s.engine.observed(0, now), now-(maxGaps+more)*asleep; got > want || got < want-more*(every-asleep) {
		t.Errorf("observed(0, %v) = %v, want %v less what was between the oldest %d gaps", now, got, want, more+1)
	}
}

// A gap that no window reaches is forgotten.
func TestOldGapsAreForgotten(t *testing.T) {
	short := availability
	short.Window = slo.Rolling(time.Hour)
	s := simulate(t, short)
	for range 20 {
		s.StepWall(time.Minute) // a suspend, believed after a minute
		s.Advance(29 * time.Minute)
	}
	if got := len(s.engine.gaps); got > 5 {
		t.Errorf("%d gaps are kept, one each half an hour, want those of two windows", got)
	}
	if got := s.Budget("availability").Status().Observed; got > time.Hour || got < 55*time.Minute {
		t.Errorf("observed %v of an hour, want all but the gaps of a minute", got)
	}
}
