package stripe

import (
	"math"
	"math/bits"
	"slices"
	"sort"
)

// The natural edges are those of an exponential histogram of schema 3: 2^(k/8)
// seconds, from 2^-13 s (122 us) to 2^7 s (128 s).
const (
	perOctave = 8
	minOctave = -13
	maxOctave = 7
)

// A Layout cuts the non-negative int64 values into buckets. Bucket i holds the
// values above edge i-1 and at most edge i; the last bucket holds all above the last
// edge. A Layout never changes and is safe for concurrent use.
type Layout struct {
	edges     []int64
	first     [64 * slots]uint32 // the bucket of the smallest value of each slot
	blockBits uint               // see column
}

// slots is how finely the look-up table cuts an octave. Twice perOctave, so that a
// slot holds at most one natural edge and the search after it is one step.
const (
	slotBits = 4
	slots    = 1 << slotBits
)

// Exponential returns the layout with the natural edges and the extra ones, in
// nanoseconds; an extra edge splits the bucket it falls into. Extra edges below 1
// are ignored.
func Exponential(extra ...int64) *Layout {
	edges := make([]int64, 0, (maxOctave-minOctave)*perOctave+1+len(extra))
	for k := minOctave * perOctave; k <= maxOctave*perOctave; k++ {
		edges = append(edges, int64(math.Floor(math.Exp2(float64(k)/perOctave)*1e9)))
	}
	for _, e := range extra {
		if e >= 1 {
			edges = append(edges, e)
		}
	}
	return newLayout(edges)
}

// Single returns the layout with one bucket, for what has no size.
func Single() *Layout { return newLayout(nil) }

func newLayout(edges []int64) *Layout {
	slices.Sort(edges)
	l := &Layout{edges: slices.Compact(edges)}
	l.blockBits = blockBitsFor(l.Len())
	for slot := range l.first {
		// The smallest value whose highest bit and whose next four are those of the slot.
		n := slot / slots
		l.first[slot] = uint32(l.search(1<<n | uint64(slot)<<(64-slotBits)>>(64-n)))
	}
	return l
}

func (l *Layout) search(v uint64) int {
	return sort.Search(len(l.edges), func(i int) bool { return v <= uint64(l.edges[i]) })
}

// Len returns the number of buckets, at least 1.
func (l *Layout) Len() int { return len(l.edges) + 1 }

// Index returns the bucket of v; values below zero belong to the first. It costs a
// table look-up, a step for a natural edge, and one for each extra edge that lies
// within the same sixteenth of an octave.
func (l *Layout) Index(v int64) int {
	if v <= 0 {
		return 0
	}
	// The highest bit, and the four after it, zeros if there are not so many.
	n := bits.Len64(uint64(v)) - 1
	next := uint64(v) << (64 - n) >> (64 - slotBits)
	i := int(l.first[n*slots+int(next)])
	for i < len(l.edges) && v > l.edges[i] {
		i++
	}
	return i
}

// Edge returns the upper edge of bucket i, which the bucket includes. ok is false
// for the last bucket, which has none.
func (l *Layout) Edge(i int) (edge int64, ok bool) {
	if i < 0 || i >= len(l.edges) {
		return 0, false
	}
	return l.edges[i], true
}

// Above returns the first bucket whose values are all above edge, which must be an
// edge of the layout, and so above 0: the buckets below hold the values at most edge.
func (l *Layout) Above(edge int64) int { return l.search(uint64(edge)) + 1 }
