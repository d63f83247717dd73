package budget

import (
	"math/bits"

	"github.com/seed-abb722f7/nines/internal/stripe"
	"github.com/seed-abb722f7/nines/slo"
)

// classSet is a set of classes, one bit each.
type classSet uint64

func (s classSet) has(c slo.Class) bool { return s>>c&1 != 0 }

// A split counts the events of some classes whose latency is above an edge. Each
// objective needs at most two: good events that came too late, and requests that
// were cancelled too late.
type split struct {
	classes classSet
	from    int // the first bucket above the edge
}

// A tally is what an operation, or several, had counted at one moment: cumulative
// counts by class and by split.
type tally struct {
	class [slo.NumClasses]uint64
	split []uint64
}

// total returns the number of events of all classes.
func (t *tally) total() uint64 {
	var n uint64
	for _, c := range t.class {
		n += c
	}
	return n
}

// add adds another tally.
func (t *tally) add(other *tally) {
	for c, n := range other.class {
		t.class[c] += n
	}
	for i, n := range other.split {
		t.split[i] += n
	}
}

// A tallier reads tables into tallies, given the splits of a tracker. It has
// scratch space and belongs to one goroutine at a time.
type tallier struct {
	splits  []split
	scratch []uint64
}

// read replaces t by what the table holds. Each cell is read once, so the parts of t
// fit together.
func (y *tallier) read(t *tally, table *stripe.Table) {
	*t = tally{split: t.split}
	if t.split == nil {
		t.split = make([]uint64, len(y.splits))
	}
	clear(t.split)
	for used := table.Used(); used != 0; used &= used - 1 {
		c := slo.Class(bits.TrailingZeros64(used))
		clear(y.scratch)
		table.Buckets(int(c), y.scratch)
		for _, n := range y.scratch {
			t.class[c] += n
		}
		for i, s := range y.splits {
			if s.classes.has(c) {
				for _, n := range y.scratch[min(s.from, len(y.scratch)):] {
					t.split[i] += n
				}
			}
		}
	}
}
