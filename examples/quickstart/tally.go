package main

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/seed-abb722f7/nines/slo"
)

// An outcome is what a client saw of a request: whom it asked, and the class of what it
// was answered.
type outcome struct {
	operation string
	class     slo.Class
}

func (o outcome) compare(other outcome) int {
	return cmp.Or(cmp.Compare(o.operation, other.operation), cmp.Compare(o.class, other.class))
}

// A tally counts responses as they came back to the client. It shares nothing with what
// the server counts, but for the names.
type tally struct {
	mu     sync.Mutex
	counts map[outcome]uint64
	lost   uint64 // requests without a response
	reason error  // of the last one lost
}

func (t *tally) add(o outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[outcome]uint64{}
	}
	t.counts[o]++
}

func (t *tally) lose(reason error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost++
	t.reason = reason
}

// read returns a copy of what was counted so far.
func (t *tally) read() (counts map[outcome]uint64, lost uint64, reason error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts), t.lost, t.reason
}

// total returns the sum of all counts.
func total(counts map[outcome]uint64) (n uint64) {
	for _, c := range counts {
		n += c
	}
	return n
}

// outcomes returns whatever is in any of the counts, in order.
func outcomes(counts ...map[outcome]uint64) []outcome {
	all := map[outcome]bool{}
	for _, c := range counts {
		for o := range c {
			all[o] = true
		}
	}
	return slices.SortedFunc(maps.Keys(all), outcome.compare)
}
