package stripe_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-abb722f7/nines/internal/stripe"
)

// atProcs calls f at several GOMAXPROCS: on any machine, more of them than cores make
// goroutines stop in the middle of things.
func atProcs(f func(procs int)) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, n := range []int{1, 2, 4, 8} {
		runtime.GOMAXPROCS(n)
		f(n)
	}
}

// growing forces a table to grow while f runs, as far as it will.
func growing(table *stripe.Table, f func()) {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				stripe.Collide(table, stripe.GrowAfter)
				table.Grow()
				runtime.Gosched()
			}
		}
	}()
	f()
	close(stop)
	<-done
}

const (
	kinds      = 5
	goroutines = 8
)

// Whatever happens at once, at the end every count, sum and start is there, exactly.
func TestConcurrentConservation(t *testing.T) {
	atProcs(func(procs int) {
		for seed := range uint64(5) {
			table := stripe.NewTable(stripe.Exponential(400e6, 400e6+1), kinds)
			var want *tally
			growing(table, func() { want = record(table, table.Layout(), kinds, goroutines, 2000, seed) })
			if err := conserved(table, want); err != nil {
				t.Fatalf("GOMAXPROCS=%d, %d stripes: %v", procs, table.Stripes(), err)
			}
		}
	})
}

// A leaky recorder does one call of many not at all, twice, or a little differently.
type leaky struct {
	*stripe.Table
	calls atomic.Int64
	which int64
	what  string
}

func (l *leaky) leak(what string) bool { return what == l.what && l.calls.Add(1) == l.which }

func (l *leaky) Start() {
	if !l.leak("Start") {
		l.Table.Start()
	}
}

func (l *leaky) Finish(kind int, v int64) {
	if !l.leak("Finish") {
		l.Table.Finish(kind, v)
	}
	if l.leak("Finish twice") {
		l.Table.Finish(kind, v)
	}
	if l.leak("Finish one more") {
		v++
		l.Table.Finish(kind, v)
	}
}

func (l *leaky) Add(kind int, n uint64) {
	if l.leak("Add") {
		n++
	}
	l.Table.Add(kind, n)
}

// The check itself: one increment lost or made up among many is found.
func TestConservationFindsOneLostIncrement(t *testing.T) {
	for _, what := range []string{"Start", "Finish", "Finish twice", "Finish one more", "Add"} {
		table := stripe.NewTable(stripe.Exponential(), kinds)
		broken := &leaky{Table: table, which: 777, what: what}
		want := record(broken, table.Layout(), kinds, goroutines, 2000, 1)
		if broken.calls.Load() < broken.which {
			t.Fatalf("%s: %d calls, want %d and more", what, broken.calls.Load(), broken.which)
		}
		if err := conserved(table, want); err == nil {
			t.Errorf("%s: conserved() = nil for a table that lost or made up one count, want an error", what)
		}
	}
}

// A reading is what a reader sees of a table while writers run, read in the order that
// the protocol asks for.
type reading struct {
	cells               [kinds][]uint64
	below, above        [kinds]uint64
	inSplits, inBuckets uint64
	started             uint64
}

func read(table *stripe.Table, cut stripe.Cut) *reading {
	r := &reading{}
	for k := range kinds {
		r.cells[k] = make([]uint64, table.Layout().Len())
		r.below[k], r.above[k] = table.Split(k, cut)
		table.Buckets(k, r.cells[k])
		for _, n := range r.cells[k] {
			r.inBuckets += n
		}
		r.inSplits += r.below[k] + r.above[k]
	}
	r.started = table.Started()
	return r
}

// check compares a reading with the one before.
func (r *reading) check(before *reading) error {
	for k := range kinds {
		for i, n := range before.cells[k] {
			if r.cells[k][i] < n {
				return fmt.Errorf("kind %d: %d in bucket %d, then %d: a count went back", k, n, i, r.cells[k][i])
			}
		}
		if r.below[k] < before.below[k] || r.above[k] < before.above[k] {
			return fmt.Errorf("kind %d: Split = %d, %d, then %d, %d: a count went back", k, before.below[k], before.above[k], r.below[k], r.above[k])
		}
	}
	switch {
	case r.started < before.started:
		return fmt.Errorf("Started() = %d, then %d: it went back", before.started, r.started)
	case r.inBuckets < before.inSplits || r.inSplits < before.inBuckets:
		return fmt.Errorf("%d in buckets, %d in splits, then %d and %d: a later reading has less", before.inBuckets, before.inSplits, r.inBuckets, r.inSplits)
	case max(r.inBuckets, r.inSplits) > r.started:
		return fmt.Errorf("%d or %d finished of %d started", r.inBuckets, r.inSplits, r.started)
	}
	return nil
}

// Every reading while writers run and the table grows is consistent in itself and with
// the one before.
func TestConcurrentReadings(t *testing.T) {
	atProcs(func(procs int) {
		table := stripe.NewTable(stripe.Exponential(400e6), kinds)
		cut := table.Layout().Cut(400e6)
		var writers, readers sync.WaitGroup
		var stop atomic.Bool
		growing(table, func() {
			for g := range 4 {
				writers.Go(func() {
					rng := rand.New(rand.NewPCG(uint64(g), 0))
					for range 10_000 {
						table.Start()
						table.Finish(rng.IntN(kinds), int64(rng.Uint64()>>1>>rng.IntN(63)))
					}
				})
			}
			for range 2 {
				readers.Go(func() {
					before := read(table, cut)
					for !stop.Load() {
						r := read(table, cut)
						if err := r.check(before); err != nil {
							t.Errorf("GOMAXPROCS=%d: %v", procs, err)
							return
						}
						before = r
					}
				})
			}
			writers.Wait()
			stop.Store(true)
			readers.Wait()
		})
		if r := read(table, cut); r.inBuckets != 40_000 || r.inSplits != 40_000 || r.started != 40_000 {
			t.Errorf("GOMAXPROCS=%d: %d in buckets, %d in splits, %d started at the end, want 40000 each", procs, r.inBuckets, r.inSplits, r.started)
		}
	})
}

// The check itself: a reading that has one finish too many, or less than before, is
// found.
func TestReadingsFindInconsistency(t *testing.T) {
	table := stripe.NewTable(stripe.Exponential(), kinds)
	for k := range kinds {
		table.Start()
		table.Finish(k, 1e9)
	}
	good := read(table, table.Layout().Cut(1e9))
	if err := good.check(good); err != nil {
		t.Fatalf("check of a good reading = %v, want nil", err)
	}
	table.Finish(2, 5) // never started
	if err := read(table, table.Layout().Cut(1e9)).check(good); err == nil {
		t.Error("check = nil of more finished than started, want an error")
	}
	empty := read(stripe.NewTable(stripe.Exponential(), kinds), table.Layout().Cut(1e9))
	if err := empty.check(good); err == nil {
		t.Error("check = nil of counts that went back, want an error")
	}
}

// What was recorded before a reading began is in it, even if it is the first in its
// cell, its block, its column or its stripe.
func TestReadingHoldsAllThatCameBefore(t *testing.T) {
	layout := stripe.Exponential()
	values, cut := everywhere(layout), layout.Cut(1e9)
	atProcs(func(procs int) {
		for round := range uint64(100) {
			table := stripe.NewTable(layout, kinds)
			var published [kinds]atomic.Uint64
			var writers sync.WaitGroup
			var stop atomic.Bool
			growing(table, func() {
				for g := range uint64(4) {
					writers.Go(func() {
						rng := rand.New(rand.NewPCG(round, g))
						for range 50 {
							k := rng.IntN(kinds)
							table.Finish(k, values[rng.IntN(len(values))])
							published[k].Add(1)
						}
					})
				}
				done := make(chan struct{})
				go func() {
					defer close(done)
					for last := false; !last; {
						last = stop.Load()
						for k := range kinds {
							least := published[k].Load()
							if below, above := table.Split(k, cut); below+above < least {
								t.Errorf("GOMAXPROCS=%d, kind %d: %d in a reading that began after %d", procs, k, below+above, least)
								return
							}
						}
						runtime.Gosched()
					}
				}()
				writers.Wait()
				stop.Store(true)
				<-done
			})
		}
	})
}

// The first event of a kind, on several stripes at once, makes its columns once.
func TestConcurrentFirstOfAKind(t *testing.T) {
	atProcs(func(procs int) {
		for range 20 {
			table := grown(t, stripe.Exponential(), stripe.MaxKinds, 8)
			var wg sync.WaitGroup
			start := make(chan struct{})
			for range goroutines {
				wg.Go(func() {
					<-start
					for k := range stripe.MaxKinds {
						table.Finish(k, int64(k))
					}
				})
			}
			close(start)
			wg.Wait()
			for k := range stripe.MaxKinds {
				if n := table.Count(k); n != goroutines || table.Sum(k) != uint64(goroutines*k) {
					t.Fatalf("GOMAXPROCS=%d, kind %d: %d with sum %d, want %d with sum %d", procs, k, n, table.Sum(k), goroutines, goroutines*k)
				}
			}
		}
	})
}

// Writers that rest and then all come at once, round after round, with growth in
// between: nothing is lost at any edge.
func TestConcurrentIdleThenBurst(t *testing.T) {
	atProcs(func(procs int) {
		table := stripe.NewTable(stripe.Exponential(), kinds)
		want := newTally(table.Layout(), kinds)
		for round := range uint64(100) {
			want.add(record(table, table.Layout(), kinds, goroutines, 5, round))
			if round%25 == 0 {
				stripe.Collide(table, stripe.GrowAfter)
				table.Grow()
			}
			if err := conserved(table, want); err != nil {
				t.Fatalf("GOMAXPROCS=%d, round %d: %v", procs, round, err)
			}
		}
	})
}
