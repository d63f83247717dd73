package stripe_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/seed-abb722f7/nines/internal/stripe"
)

// A recorder is what writers do to a table, so that a test can break it.
type recorder interface {
	Start()
	Finish(kind int, v int64)
	Add(kind int, n uint64)
}

// A tally is what a table should hold.
type tally struct {
	started uint64
	cells   [][]uint64 // by kind and bucket
	sums    []uint64   // by kind, modulo 2^64
}

func newTally(l *stripe.Layout, kinds int) *tally {
	w := &tally{cells: make([][]uint64, kinds), sums: make([]uint64, kinds)}
	for k := range w.cells {
		w.cells[k] = make([]uint64, l.Len())
	}
	return w
}

func (w *tally) add(other *tally) {
	w.started += other.started
	for k := range w.cells {
		w.sums[k] += other.sums[k]
		for i, n := range other.cells[k] {
			w.cells[k][i] += n
		}
	}
}

// record makes n random events of one goroutine, and tallies them.
func (w *tally) record(r recorder, l *stripe.Layout, rng *rand.Rand, n int) {
	for range n {
		kind := rng.IntN(len(w.cells))
		if rng.IntN(8) == 0 {
			many := rng.Uint64N(5)
			r.Add(kind, many)
			w.cells[kind][0] += many
			continue
		}
		v := int64(rng.Uint64()>>1>>rng.IntN(63)) - 1
		r.Start()
		w.started++
		r.Finish(kind, v)
		w.cells[kind][bucket(l, v)]++
		w.sums[kind] += uint64(max(v, 0))
	}
}

// record has goroutines record n random events each at once, and tallies them.
func record(r recorder, l *stripe.Layout, kinds, goroutines, n int, seed uint64) *tally {
	var wg sync.WaitGroup
	parts := make([]*tally, goroutines)
	for g := range parts {
		parts[g] = newTally(l, kinds)
		wg.Go(func() { parts[g].record(r, l, rand.New(rand.NewPCG(seed, uint64(g))), n) })
	}
	wg.Wait()
	want := newTally(l, kinds)
	for _, part := range parts {
		want.add(part)
	}
	return want
}

// conserved reports how a table that rests differs from what was recorded.
func conserved(t *stripe.Table, want *tally) error {
	var errs []error
	differ := func(what string, k, i int, got, want uint64) {
		if got != want {
			errs = append(errs, fmt.Errorf("kind %d, bucket %d: %s = %d, want %d", k, i, what, got, want))
		}
	}
	for k, cells := range want.cells {
		var total, before uint64
		for _, n := range cells {
			total += n
		}
		got := make([]uint64, len(cells))
		t.Buckets(k, got)
		for i := range cells {
			differ("Buckets", k, i, got[i], cells[i])
			if edge, ok := t.Layout().Edge(i - 1); ok && (i%7 == 0 || i == len(cells)-1) {
				below, above := t.Split(k, t.Layout().Cut(edge))
				differ("below of Split", k, i, below, before)
				differ("above of Split", k, i, above, total-before)
			}
			before += cells[i]
		}
		differ("Count", k, -1, t.Count(k), total)
		differ("Sum", k, -1, t.Sum(k), want.sums[k])
	}
	differ("Started", -1, -1, t.Started(), want.started)
	return errors.Join(errs...)
}
