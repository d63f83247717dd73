package main

import (
	"container/heap"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// The bounds of what is sorted: lines within a minute of each other, and at most so many,
// which is 2,184 a second. Beyond either, a line may be late.
const (
	reorderSpan    = time.Minute
	reorderRecords = 1 << 17
)

// A record is a request on its way to the engine.
type record struct {
	at        time.Time
	line      uint64
	operation string // "" if nothing can name it
	class     slo.Class
	took      time.Duration
}

// A reorderBuffer sorts records that are nearly in order: by time, then by line. The zero
// buffer is ready.
type reorderBuffer struct {
	records recordHeap
	newest  time.Time
}

// add takes a record in any order.
func (b *reorderBuffer) add(r record) {
	heap.Push(&b.records, r)
	if r.at.After(b.newest) {
		b.newest = r.at
	}
}

// next returns the oldest record if nothing older is to be expected, or if there is no
// room; with all set, any.
func (b *reorderBuffer) next(all bool) (record, bool) {
	n := len(b.records)
	if n == 0 || !all && n <= reorderRecords && b.newest.Sub(b.records[0].at) < reorderSpan {
		return record{}, false
	}
	return heap.Pop(&b.records).(record), true
}

// A recordHeap is a heap.Interface, oldest first.
type recordHeap []record

func (h recordHeap) Len() int { return len(h) }

func (h recordHeap) Less(i, j int) bool {
	if c := h[i].at.Compare(h[j].at); c != 0 {
		return c < 0
	}
	return h[i].line < h[j].line
}

func (h recordHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push is for package heap.
func (h *recordHeap) Push(x any) { *h = append(*h, x.(record)) }

// Pop is for package heap.
func (h *recordHeap) Pop() any {
	last := len(*h) - 1
	r := (*h)[last]
	(*h)[last] = record{} // lets go of its name
	*h = (*h)[:last]
	return r
}
