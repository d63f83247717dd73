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

// growAfter is how many collisions (see collide) between two calls of Grow mean
// contention. Far above what descheduled writers cause, far below what two cores in
// earnest do in a second.
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
//   - A reading holds all that was recorded before it began: see column for why it
//     may pass over cells.
//   - Refit lets edges come and go, and moves no count but from a cell that no edge has
//     had since the Refit before: see there for what it can misplace.
//   - Late: what lands in a cell after it was read is in the next reading. The sum of
//     values may lag the cells by the finishes between its two adds.
//   - Lost: nothing.
//
// Held by TestConcurrentConservation, TestConcurrentReadings and, through the engine,
// budget's FuzzEngineMatchesModel.
type Table struct {
	layout    atomic.Pointer[Layout]
	kinds     int
	stripes   atomic.Pointer[[]*stripe]
	used      atomic.Uint64 // the kinds that have columns, one bit each; set before the first count
	contended atomic.Uint32 // collisions since the last Grow, up to about growAfter

	mu sync.Mutex // guards growth and new columns, never taken to count in an existing column
}

// A stripe is what one processor writes while others write other stripes. Everything
// reads columns, so started is kept 128 bytes away from it (processors fetch lines of
// 64 bytes in pairs), and from what follows in memory.
type stripe struct {
	columns []atomic.Pointer[column]
	_       [128]byte
	started atomic.Uint64
	_       [96]byte
}

// NewTable returns an empty table of the kinds 0 to kinds-1, which is at most
// MaxKinds.
func NewTable(layout *Layout, kinds int) *Table {
	t := &Table{kinds: min(kinds, MaxKinds)}
	t.layout.Store(layout)
	t.stripes.Store(&[]*stripe{newStripe(t.kinds)})
	return t
}

func newStripe(kinds int) *stripe {
	return &stripe{columns: make([]atomic.Pointer[column], kinds)}
}

// Layout returns the layout given to NewTable, or to Refit since.
func (t *Table) Layout() *Layout { return t.layout.Load() }

// Start counts one more thing under way. It takes no lock and does not allocate.
func (t *Table) Start() {
	stripes := *t.stripes.Load()
	s, tok := stripes[0], (*token)(nil)
	if len(stripes) > 1 {
		s, tok = choose(stripes)
	}
	old := s.started.Load()
	if s.started.Add(1) != old+1 {
		t.collide(tok)
	}
	release(tok)
}

// Finish counts one thing of the kind, with its value: the latency, say. It takes a
// lock and allocates once in the life of a kind; otherwise it does neither. A value
// below zero counts as zero.
func (t *Table) Finish(kind int, v int64) { t.record(kind, v, 1) }

// Add counts n things of the kind at once, all of value zero.
func (t *Table) Add(kind int, n uint64) { t.record(kind, 0, n) }

// FinishMany counts n things of the kind at once, all of the same value.
func (t *Table) FinishMany(kind int, v int64, n uint64) {
	if n == 0 {
		return
	}
	t.record(kind, v, n)
	if v > 0 { // record adds the value once
		(*t.stripes.Load())[0].columns[kind].Load().sum().Add(uint64(v) * (n - 1))
	}
}

// record counts n things in the cell of v, and then adds v to the sum, which is n
// times v as Finish and Add call it.
func (t *Table) record(kind int, v int64, n uint64) {
	v = max(v, 0)
	stripes := *t.stripes.Load()
	s, tok := stripes[0], (*token)(nil)
	if len(stripes) > 1 {
		s, tok = choose(stripes)
	}
	c := s.columns[kind].Load()
	if c == nil {
		c = t.newColumn(s, kind)
	}
	l := t.layout.Load()
	i := l.Index(v) // and then, as cell does it: that would be a call, for a fifth of what all this takes
	if l.cells != nil {
		i = int(l.cells[i])
	}
	var cell *atomic.Uint64
	var old uint64
	if i < len(c.words)-1 {
		cell = &c.words[i]
		old = cell.Load()
		if old == 0 { // else somebody counted here before, and marked the block before that
			c.occupied.Or(1 << (i >> l.blockBits))
		}
	} else {
		cell = c.spare(i - len(c.words) + 1)
		old = cell.Load()
	}
	if cell.Add(n) != old+n {
		t.collide(tok)
	}
	if v > 0 {
		c.sum().Add(uint64(v))
	}
	release(tok)
}

// collide notes that another writer came between a load of a cell and the add that
// followed at once, so that two processors share a stripe, and parts them. Once Grow
// has enough to go by it does neither: this count would be the next thing to contend
// for, and processors that outnumber the stripes would drag all of them around.
func (t *Table) collide(tok *token) {
	if t.contended.Load() >= growAfter {
		return
	}
	t.contended.Add(1)
	if tok != nil {
		tok.stripe++
	}
}

// newColumn makes the columns of a kind in all stripes, so that the request path
// allocates once for it and not once for each stripe.
func (t *Table) newColumn(s *stripe, kind int) *column {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.used.Or(1 << kind)
	for _, s := range *t.stripes.Load() {
		t.fill(s, kind)
	}
	return s.columns[kind].Load() // s is in the list: that only grows
}

func (t *Table) fill(s *stripe, kind int) {
	if s.columns[kind].Load() == nil {
		l := t.layout.Load()
		c := newColumn(l.base())
		c.reserve(len(l.spares))
		s.columns[kind].Store(c)
	}
}

// Grow doubles the stripes if writers got into each other's way since the last call,
// until there is one for each processor, or eight. It is called now and then, such as
// once a second, from outside the request path.
func (t *Table) Grow() {
	if t.contended.Load() != 0 && t.contended.Swap(0) >= growAfter {
		t.grow(min(runtime.GOMAXPROCS(0), maxStripes))
	}
}

// grow doubles the stripes if there are fewer than limit.
func (t *Table) grow(limit int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old := *t.stripes.Load()
	if len(old) >= limit {
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

// Stripes returns how many stripes the table has now: a power of two.
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

// Split returns how many of the kind are below the cut, and how many above. Each cell is
// read once, if it may hold something.
func (t *Table) Split(kind int, cut Cut) (below, above uint64) {
	l := t.layout.Load()
	for _, s := range *t.stripes.Load() {
		if c := s.columns[kind].Load(); c != nil {
			b, a := c.split(cut, l)
			below += b
			above += a
		}
	}
	return below, above
}

// Count returns how many there are of the kind. Each cell is read once, if it may hold
// something.
func (t *Table) Count(kind int) (n uint64) {
	l := t.layout.Load()
	for _, s := range *t.stripes.Load() {
		if c := s.columns[kind].Load(); c != nil {
			n += c.count(l)
		}
	}
	return n
}

// Buckets adds the counts of the kind to dst, which has a place for each bucket of
// the layout. Each cell is read once, if it may hold something.
func (t *Table) Buckets(kind int, dst []uint64) {
	l := t.layout.Load()
	for _, s := range *t.stripes.Load() {
		if c := s.columns[kind].Load(); c != nil {
			c.addTo(dst, l)
		}
	}
}

// OriginBuckets is Buckets by the first layout: counts do not move between its buckets when
// edges come and go.
func (t *Table) OriginBuckets(kind int, dst []uint64) {
	l := t.layout.Load()
	for _, s := range *t.stripes.Load() {
		if c := s.columns[kind].Load(); c != nil {
			c.addToOrigin(dst, l)
		}
	}
}

// Sum returns the sum of the values of the kind, modulo 2^64.
func (t *Table) Sum(kind int) uint64 {
	var sum uint64
	for _, s := range *t.stripes.Load() {
		if c := s.columns[kind].Load(); c != nil {
			sum += c.sum().Load()
		}
	}
	return sum
}

// Bytes returns how much memory the table holds, what the allocator rounds up and the
// layout aside, as on a 64-bit machine: a little less on others.
func (t *Table) Bytes() int {
	const header, stripeHeader, pointer = 48 + 24, 256, 8
	columns := bits.OnesCount64(t.used.Load())
	l := t.layout.Load()
	stripe := stripeHeader + pointer*(1+t.kinds) + columns*columnBytes(l.base(), len(l.spares))
	return header + t.Stripes()*stripe
}
