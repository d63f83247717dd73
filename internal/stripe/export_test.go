package stripe

import (
	"slices"
	"unsafe"
)

// ForceStripes gives a table that many stripes, a power of two, whatever the number
// of processors.
func ForceStripes(t *Table, n int) {
	for t.Stripes() < n {
		t.grow(n)
	}
}

// GrowAfter is how many collisions make Grow add stripes.
const GrowAfter = growAfter

// Collide makes a table see that many collisions.
func Collide(t *Table, n int) {
	for range n {
		t.collide(nil)
	}
}

// Collisions returns how many a table has seen since the last Grow.
func Collisions(t *Table) int { return int(t.contended.Load()) }

// Part returns which stripe of a table a new token means, before and after its owner
// met somebody there.
func Part(t *Table) (before, after int) {
	t.contended.Store(0)
	stripes, tok := *t.stripes.Load(), tokens.New().(*token)
	before = slices.Index(stripes, tok.of(stripes))
	t.collide(tok)
	return before, slices.Index(stripes, tok.of(stripes))
}

// FinishIn counts in the i-th stripe.
func FinishIn(t *Table, i, kind int, v int64) {
	all := t.stripes.Load()
	t.stripes.Store(&[]*stripe{(*all)[i]})
	t.Finish(kind, v)
	t.stripes.Store(all)
}

// A Memory is a stretch of memory that one stripe writes to while it counts.
type Memory struct {
	Stripe   int
	From, To uintptr // To is not included
}

// Written returns what the stripes of a table write to while they count: of each what
// it started, and its columns.
func Written(t *Table) (list []Memory) {
	for i, s := range *t.stripes.Load() {
		at := uintptr(unsafe.Pointer(&s.started))
		list = append(list, Memory{i, at, at + 8})
		for k := range s.columns {
			if c := s.columns[k].Load(); c != nil {
				at := uintptr(unsafe.Pointer(&c.words[0]))
				list = append(list, Memory{i, at, at + 8*uintptr(len(c.words))})
				for j := range roundUp(len(t.Layout().spares)) / lineWords {
					at := uintptr(unsafe.Pointer(c.spare(j * lineWords)))
					list = append(list, Memory{i, at, at + 8*lineWords})
				}
			}
		}
	}
	return list
}

// ReadByAll returns addresses that every writer of a table reads.
func ReadByAll(t *Table) []uintptr {
	list := []uintptr{uintptr(unsafe.Pointer(&t.stripes)), uintptr(unsafe.Pointer(&t.layout))}
	for _, s := range *t.stripes.Load() {
		list = append(list, uintptr(unsafe.Pointer(s)), uintptr(unsafe.Pointer(&s.columns[0])))
	}
	return list
}

// Spares returns how many spare cells a layout has.
func Spares(l *Layout) int { return len(l.spares) }

// FinishBy counts as a writer does that loaded the table's layout when it was this.
func FinishBy(t *Table, was *Layout, kind int, v int64) {
	is := t.layout.Load()
	t.layout.Store(was)
	t.Finish(kind, v)
	t.layout.Store(is)
}

// BucketOf returns the bucket of the first layout that an edge splits.
func BucketOf(l *Layout, edge int64) int { return l.Cut(edge).cells }
