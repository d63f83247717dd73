package stripe

import (
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
)

// MaxKinds is the most kinds a Table can have: a set of kinds fits a word.
const MaxKinds = 64

// maxStripes bounds the memory a contended table takes. Above eight stripes the
// measured gain on one table is less than what a reader loses.
const maxStripes = 8

// growAfter is how many failed compare-and-swaps between two calls of Grow mean
// contention. Far above what a descheduled writer causes, far below what two cores
// in earnest do in a second.
const growAfter = 64

// A Table counts finished things by kind and bucket, and those started. It must be
// made by NewTable and not be copied.
//
// The protocol of every stripe, cumulative and only ever added to:
//   - Writers call Start (one add), later Finish (two adds: the cell, then the
//     sum). Any stripe will do for either.
//   - Nobody resets anything, so nothing can be lost in a reset. Grow publishes a
//     longer list of stripes whose front is the old list: counts never move.
//   - Readers read cells first and Started last: every finish they saw has its
//     start before it, so finished <= started in every reading. A cell is read once
//     a reading, so parts of one reading add up.
//   - Late: what lands in a cell after it was read is in the next reading. The sum of
//     values may lag the cells by the finishes between its two adds.
//   - Lost: nothing.
//
// Held by TestConcurrentConservation, TestConcurrentReadings and, through the engine,
// budget's FuzzEngineMatchesModel.
type Table struct {
	layout    *Layout
	kinds     int
	stripes   atomic.Pointer[[]*stripe]
	used      atomic.Uint64 // the kinds that have columns, one bit each; set before the first count
	contended atomic.Uint32 // failed compare-and-swaps since the last Grow

	mu sync.Mutex // guards growth and new columns, never taken to count in an existing column
}

type stripe struct {
	started atomic.Uint64
	_       [120]byte // the columns pointer below is read by all: keep it off the line that Start writes
	columns []atomic.Pointer[column]
}

type column struct {
	sum   atomic.Uint64
	cells []atomic.Uint64
}

// NewTable returns an empty table of the kinds 0 to kinds-1, which is at most
// MaxKinds.
func NewTable(layout *Layout, kinds int) *Table {
	t := &Table{layout: layout, kinds: min(kinds, MaxKinds)}
	t.stripes.Store(&[]*stripe{newStripe(t.kinds)})
	return t
}

func newStripe(kinds int) *stripe {
	return &stripe{columns: make([]atomic.Pointer[column], kinds)}
}

// Layout returns the layout given to NewTable.
func (t *Table) Layout() *Layout { return t.layout }

// Start counts one more thing under way. It never allocates.
func (t *Table) Start() {
	s, tok := t.pick()
	t.add(&s.started, 1, tok)
	release(tok)
}

// Finish counts one thing of the kind, with its value: the latency, say. It takes a
// lock and allocates once in the life of a kind; otherwise it does neither. A value
// below zero counts as zero.
func (t *Table) Finish(kind int, v int64) {
	v = max(v, 0)
	s, tok := t.pick()
	c := s.columns[kind].Load()
	if c == nil {
		c = t.column(s, kind)
	}
	t.add(&c.cells[t.layout.Index(v)], 1, tok)
	if v > 0 {
		c.sum.Add(uint64(v))
	}
	release(tok)
}

// Add counts n things of the kind at once, without value.
func (t *Table) Add(kind int, n uint64) {
	s, tok := t.pick()
	c := s.columns[kind].Load()
	if c == nil {
		c = t.column(s, kind)
	}
	t.add(&c.cells[0], n, tok)
	release(tok)
}

// add counts by compare-and-swap: it costs what an atomic add does, and its failure
// is how contention is noticed.
func (t *Table) add(cell *atomic.Uint64, n uint64, tok *token) {
	old := cell.Load()
	if cell.CompareAndSwap(old, old+n) {
		return
	}
	cell.Add(n)
	t.contended.Add(1)
	if tok != nil {
		tok.stripe = nextToken.Add(1) // two processors share a stripe: part them
	}
}

// column makes the columns of a kind in all stripes, so that the request path
// allocates once for it and not once for each stripe.
func (t *Table) column(s *stripe, kind int) *column {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.used.Or(1 << kind)
	for _, other := range *t.stripes.Load() {
		t.fill(other, kind)
	}
	t.fill(s, kind)
	return s.columns[kind].Load()
}

func (t *Table) fill(s *stripe, kind int) {
	if s.columns[kind].Load() == nil {
		s.columns[kind].Store(&column{cells: make([]atomic.Uint64, t.layout.Len())})
	}
}

// Grow doubles the stripes if writers got into each other's way since the last
// call, up to the number of processors and never beyond eight. It is called now and
// then, from outside the request path.
func (t *Table) Grow() {
	if t.contended.Load() < growAfter {
		return
	}
	t.contended.Store(0)
	t.mu.Lock()
	defer t.mu.Unlock()
	old := *t.stripes.Load()
	if 2*len(old) > ceilPow2(min(runtime.GOMAXPROCS(0), maxStripes)) {
		return
	}
	longer := make([]*stripe, len(old), 2*len(old))
	copy(longer, old)
	for range old {
		s := newStripe(t.kinds)
		for used := t.used.Load(); used != 0; used &= used - 1 {
			t.fill(s, bits.TrailingZeros64(used))
		}
		longer = append(longer, s)
	}
	t.stripes.Store(&longer)
}

func ceilPow2(n int) int { return 1 << bits.Len(uint(n-1)) }

// Stripes returns how many stripes the table has now.
func (t *Table) Stripes() int { return len(*t.stripes.Load()) }

// Used returns the kinds that may have been counted, one bit each.
func (t *Table) Used() uint64 { return t.used.Load() }

// Started returns how many were started. Read it after the cells.
func (t *Table) Started() uint64 {
	var n uint64
	for _, s := range *t.stripes.Load() {
		n += s.started.Load()
	}
	return n
}

// Split returns how many of the kind are in the buckets below the bucket from, and
// how many in it and above. Each cell is read once.
func (t *Table) Split(kind, from int) (below, above uint64) {
	for _, s := range *t.stripes.Load() {
		c := s.columns[kind].Load()
		if c == nil {
			continue
		}
		cut := min(max(from, 0), len(c.cells))
		for i := range c.cells[:cut] {
			below += c.cells[i].Load()
		}
		for i := range c.cells[cut:] {
			above += c.cells[cut+i].Load()
		}
	}
	return below, above
}

// Buckets adds the counts of the kind to dst, which has a place for each bucket of
// the layout. Each cell is read once.
func (t *Table) Buckets(kind int, dst []uint64) {
	for _, s := range *t.stripes.Load() {
		if c := s.columns[kind].Load(); c != nil {
			for i := range c.cells {
				dst[i] += c.cells[i].Load()
			}
		}
	}
}

// Sum returns the sum of the values of the kind, modulo 2^64.
func (t *Table) Sum(kind int) uint64 {
	var sum uint64
	for _, s := range *t.stripes.Load() {
		if c := s.columns[kind].Load(); c != nil {
			sum += c.sum.Load()
		}
	}
	return sum
}

// Bytes returns roughly how much memory the table holds, the layout aside.
func (t *Table) Bytes() int {
	const header, stripeHeader, columnHeader = 96, 160, 40
	columns := bits.OnesCount64(t.used.Load())
	stripe := stripeHeader + 8*t.kinds + columns*(columnHeader+8*t.layout.Len())
	return header + t.Stripes()*(8+stripe)
}
