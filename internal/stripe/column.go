package stripe

import (
	"math/bits"
	"sync/atomic"
)

// A column is the cells of one kind in one stripe.
//
// Most buckets of a kind stay empty for ever, so readers read only from the first
// block of cells that was ever counted in to the last, of up to 64:
//   - A writer that finds a cell at 0 sets the bit of its block, and then counts. So
//     a cell that holds something has its bit set, and who counts there next need not
//     look. Bits are never cleared.
//   - A reader loads the bits before the cells. A bit that it does not find was set
//     later, so what was counted in that block came after the reading began: it is
//     in the next one, like whatever lands in a cell just after it was read.
//
// Held by TestConcurrentReadings and TestReadingHoldsAllThatCameBefore; that the bit
// comes before the count, a matter of two instructions, by this comment.
type column struct {
	occupied atomic.Uint64
	words    []atomic.Uint64                             // the cells of the first layout, and then the sum of values
	spares   atomic.Pointer[[]*[lineWords]atomic.Uint64] // the spare cells, by the line; lines are only ever added
}

// lineWords is how many words make 128 bytes: the words of a column have lines of
// their own, so that no two stripes write to the same, even if a column is one cell.
const lineWords = 16

// newColumn returns an empty column. Go's allocator aligns what takes a multiple of
// 128 bytes to as many.
func newColumn(cells int) *column {
	n := cells + 1
	return &column{words: make([]atomic.Uint64, n, roundUp(n))}
}

func roundUp(words int) int { return (words + lineWords - 1) / lineWords * lineWords }

// columnBytes returns what a column of so many cells takes.
func columnBytes(cells, spares int) int { return 40 + 8*(roundUp(cells+1)+roundUp(spares)) }

// blockBitsFor returns the size of a block, as a power of two: at least eight cells,
// and so many that 64 blocks hold all.
func blockBitsFor(cells int) uint { return uint(max(3, bits.Len(uint(cells-1)/64))) }

func (c *column) sum() *atomic.Uint64 { return &c.words[len(c.words)-1] }

// spare returns the i-th spare cell, for which reserve has made room.
func (c *column) spare(i int) *atomic.Uint64 { return &(*c.spares.Load())[i/lineWords][i%lineWords] }

// reserve makes room for n spare cells. The table's lock is held.
func (c *column) reserve(n int) {
	var lines []*[lineWords]atomic.Uint64
	if have := c.spares.Load(); have != nil {
		lines = *have
	}
	if len(lines)*lineWords >= n {
		return
	}
	longer := make([]*[lineWords]atomic.Uint64, roundUp(n)/lineWords)
	for i := copy(longer, lines); i < len(longer); i++ {
		longer[i] = new([lineWords]atomic.Uint64)
	}
	c.spares.Store(&longer)
}

// add counts n in a cell, and reports whether another writer came between a look at it and
// the add.
func (c *column) add(cell int, n uint64, l *Layout) (collided bool) {
	base := l.base()
	if cell >= base {
		w := c.spare(cell - base)
		old := w.Load()
		return w.Add(n) != old+n
	}
	w := &c.words[cell]
	old := w.Load()
	if old == 0 { // else somebody counted here before, and marked the block before that
		c.occupied.Or(1 << (cell >> l.blockBits))
	}
	return w.Add(n) != old+n
}

// span returns the cells that may hold something: from first up to, not including,
// end.
func (c *column) span(blockBits uint) (first, end int) {
	occupied := c.occupied.Load()
	if occupied == 0 {
		return 0, 0
	}
	first = bits.TrailingZeros64(occupied) << blockBits
	end = bits.Len64(occupied) << blockBits
	return first, min(end, len(c.words)-1)
}

// split sums the cells below the cut, and the others.
func (c *column) split(cut Cut, l *Layout) (below, above uint64) {
	first, end := c.span(l.blockBits)
	part := min(max(cut.cells, first), end)
	below, above = total(c.words[first:part]), total(c.words[part:end])
	for i, s := range l.spares {
		if n := c.spare(i).Load(); s.edge <= cut.edge {
			below += n
		} else {
			above += n
		}
	}
	return below, above
}

// count sums all cells.
func (c *column) count(l *Layout) uint64 {
	first, end := c.span(l.blockBits)
	n := total(c.words[first:end])
	for i := range l.spares {
		n += c.spare(i).Load()
	}
	return n
}

// total sums cells, in four sums that do not wait for each other.
func total(cells []atomic.Uint64) uint64 {
	var a, b, c, d uint64
	for len(cells) >= 8 {
		p := (*[8]atomic.Uint64)(cells)
		a += p[0].Load()
		b += p[1].Load()
		c += p[2].Load()
		d += p[3].Load()
		a += p[4].Load()
		b += p[5].Load()
		c += p[6].Load()
		d += p[7].Load()
		cells = cells[8:]
	}
	for i := range cells {
		a += cells[i].Load()
	}
	return a + b + c + d
}

// addTo adds each cell to the place of its bucket in dst.
func (c *column) addTo(dst []uint64, l *Layout) {
	if l.places == nil {
		c.addToOrigin(dst, l)
		return
	}
	first, end := c.span(l.blockBits)
	for i := first; i < end; i++ {
		dst[l.places[i]] += c.words[i].Load()
	}
	for i, place := range l.places[l.base():] {
		dst[place] += c.spare(i).Load()
	}
}

// addToOrigin adds each cell to its bucket of the first layout in dst.
func (c *column) addToOrigin(dst []uint64, l *Layout) {
	first, end := c.span(l.blockBits)
	for i, s := range l.spares {
		dst[l.Cut(s.edge).cells] += c.spare(i).Load()
	}
	dst = dst[first:end]
	for i := range dst {
		dst[i] += c.words[first+i].Load()
	}
}
