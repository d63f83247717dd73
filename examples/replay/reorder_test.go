package main

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// drain feeds records through a buffer, as readLog does.
func drain(records []record) (out []record) {
	var b reorderBuffer
	take := func(all bool) {
		for {
			r, ok := b.next(all)
			if !ok {
				return
			}
			out = append(out, r)
		}
	}
	for _, r := range records {
		b.add(r)
		take(false)
	}
	take(true)
	return out
}

// TestReorderBufferSortsWithinAMinute holds that records up to 60 s out of order come out
// as a full sort has them, ties in the order of lines.
func TestReorderBufferSortsWithinAMinute(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var in []record
	at := noon
	for i := range uint64(20_000) {
		switch n := rng.IntN(1000); {
		case n == 0:
			at = at.Add(time.Duration(rng.IntN(48)) * time.Hour)
		case n < 300:
			at = at.Add(time.Duration(rng.IntN(3)) * time.Second)
		}
		in = append(in, record{at: at.Add(-time.Duration(rng.IntN(61)) * time.Second), line: i})
	}
	want := slices.Clone(in)
	slices.SortStableFunc(want, func(a, b record) int { return a.at.Compare(b.at) })
	if got := drain(in); !slices.Equal(got, want) {
		t.Errorf("%d records came out in another order than a full sort's", len(got))
	}
}

// TestReorderBufferIsBounded holds that however dense the log, no more is kept than there
// is room for, and nothing is lost.
func TestReorderBufferIsBounded(t *testing.T) {
	var b reorderBuffer
	const n = reorderRecords + 1000
	seen := map[uint64]bool{}
	for i := range uint64(n) {
		b.add(record{at: noon.Add(-time.Duration(i%60) * time.Second), line: i})
		for {
			r, ok := b.next(false)
			if !ok {
				break
			}
			seen[r.line] = true
		}
		if len(b.records) > reorderRecords {
			t.Fatalf("%d records kept, want at most %d", len(b.records), reorderRecords)
		}
	}
	if len(seen) != n-reorderRecords {
		t.Errorf("%d records released early, want %d", len(seen), n-reorderRecords)
	}
	for r, ok := b.next(true); ok; r, ok = b.next(true) {
		seen[r.line] = true
	}
	if len(seen) != n {
		t.Errorf("%d records came out, want %d", len(seen), n)
	}
}

// TestReorderBufferReleasesAfterAMinute holds what is waited for, and what is not.
func TestReorderBufferReleasesAfterAMinute(t *testing.T) {
	var b reorderBuffer
	b.add(record{at: noon})
	b.add(record{at: noon.Add(reorderSpan - time.Second)})
	if r, ok := b.next(false); ok {
		t.Errorf("after 59 s: next = %v, want nothing", r.at)
	}
	b.add(record{at: noon.Add(reorderSpan)})
	if r, ok := b.next(false); !ok || !r.at.Equal(noon) {
		t.Errorf("after 60 s: next = %v, %t, want %v", r.at, ok, noon)
	}
	if r, ok := b.next(false); ok {
		t.Errorf("after 60 s: second next = %v, want nothing", r.at)
	}
	if len(b.records) != 2 {
		t.Errorf("%d records left, want 2", len(b.records))
	}
}
