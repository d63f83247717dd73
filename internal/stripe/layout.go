package stripe

import (
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
// edge. A Layout never changes and is safe for concurrent use; Refit makes another of
// it, and Table.Refit has a table count by that.
type Layout struct {
	edges     []int64            // of the buckets
	first     [64 * slots]uint32 // the bucket of the smallest value of each slot
	blockBits uint               // see column

	// Tables count in cells, which stay where they are when edges come and go: one for each
	// bucket of the first layout, and then spare ones.
	origin *Layout // the first layout, which Refit was not asked for
	spares []spare
	cells  []uint32 // the cell of each bucket; nil if they are the same
	places []uint32 // the bucket of each cell; nil if they are the same
}

// A spare is a cell for an edge that came later: it takes what is at most the edge from the
// cell that had it so far, which keeps what it has. While it is vacant nobody counts there,
// but for writers that have not noticed yet; what it holds belongs to the bucket that has
// its edge now.
type spare struct {
	edge   int64
	vacant bool
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
	edges := append(make([]int64, 0, len(natural)+len(extra)), natural[:]...)
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
	l.origin = l
	l.blockBits = blockBitsFor(l.base())
	l.indexSlots()
	return l
}

// indexSlots fills in the look-up table.
func (l *Layout) indexSlots() {
	for slot := range l.first {
		// The smallest value whose highest bit and whose next four are those of the slot.
		n := slot / slots
		l.first[slot] = uint32(l.search(1<<n | uint64(slot)<<(64-slotBits)>>(64-n)))
	}
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

// Above returns the first bucket that holds values above edge: the buckets before it hold
// the values at most edge, all of them if it is an edge of the layout.
func (l *Layout) Above(edge int64) int {
	return sort.Search(len(l.edges), func(i int) bool { return l.edges[i] > edge })
}

// A Cut parts values at an edge: what is at most the edge is below, everything else is
// above.
type Cut struct {
	edge  int64
	cells int // of the first layout, those that are below
}

// Cut returns the cut at an edge, which must be one of the layout's: of the bucket that
// holds another value, all is above. It stays right for the layouts that Refit makes, as
// long as they have the edge.
func (l *Layout) Cut(edge int64) Cut {
	return Cut{edge, l.origin.Above(edge)}
}

// Edge returns where the cut is.
func (c Cut) Edge() int64 { return c.edge }

// Origin returns the first layout, of which Refit made this one: l itself if it is that.
func (l *Layout) Origin() *Layout { return l.origin }

// base returns the number of cells of the first layout.
func (l *Layout) base() int { return l.origin.Len() }

// cell returns the cell in which v is counted.
func (l *Layout) cell(v int64) int {
	i := l.Index(v)
	if l.cells != nil {
		i = int(l.cells[i])
	}
	return i
}
