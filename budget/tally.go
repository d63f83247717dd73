package budget

import (
	"math/bits"
	"slices"

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
	cut     stripe.Cut
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

// reset empties the tally, with room for so many splits.
func (t *tally) reset(splits int) {
	list := t.split
	if len(list) != splits {
		list = make([]uint64, splits)
	}
	clear(list)
	*t = tally{split: list}
}

// A tallier reads tables into tallies, given the splits of a tracker. It has
// scratch space and belongs to one goroutine at a time.
type tallier struct {
	layout  *stripe.Layout
	splits  []split
	above   []int // of each split, the first bucket above the cut
	scratch []uint64
}

// fit makes the tallier read tables of that layout.
func (y *tallier) fit(layout *stripe.Layout) {
	y.layout, y.scratch = layout, make([]uint64, layout.Len())
	for i, s := range y.splits {
		y.above[i] = layout.Above(s.cut.Edge())
	}
}

// index returns which split it is, and adds it if it is new.
func (y *tallier) index(s split) int {
	if i := slices.Index(y.splits, s); i >= 0 {
		return i
	}
	y.splits = append(y.splits, s)
	y.above = append(y.above, y.layout.Above(s.cut.Edge()))
	return len(y.splits) - 1
}

// read replaces t by what the table holds. Each cell is read once, so the parts of t
// fit together.
func (y *tallier) read(t *tally, table *stripe.Table) {
	t.reset(len(y.splits))
	for used := table.Used(); used != 0; used &= used - 1 {
		c := slo.Class(bits.TrailingZeros64(used))
		clear(y.scratch)
		table.Buckets(int(c), y.scratch)
		for _, n := range y.scratch {
			t.class[c] += n
		}
		for i, s := range y.splits {
			if s.classes.has(c) {
				for _, n := range y.scratch[y.above[i]:] {
					t.split[i] += n
				}
			}
		}
	}
}
