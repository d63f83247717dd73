package stripe_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/seed-abb722f7/nines/internal/stripe"
)

func TestEmptyTable(t *testing.T) {
	table := stripe.NewTable(stripe.Exponential(), 3)
	if err := conserved(table, newTally(table.Layout(), 3)); err != nil {
		t.Error(err)
	}
	if table.Used() != 0 || table.Stripes() != 1 {
		t.Errorf("Used() = %b, Stripes() = %d, want 0, 1", table.Used(), table.Stripes())
	}
}

func TestUsedNamesTheKindsCounted(t *testing.T) {
	table := stripe.NewTable(stripe.Single(), stripe.MaxKinds)
	table.Start()
	table.Finish(3, 0)
	table.Add(63, 2)
	if got, want := table.Used(), uint64(1<<63|1<<3); got != want {
		t.Errorf("Used() = %b, want %b", got, want)
	}
}

func TestMoreKindsThanAWordAreCut(t *testing.T) {
	table := stripe.NewTable(stripe.Single(), stripe.MaxKinds+100)
	table.Finish(stripe.MaxKinds-1, 1)
	if got := table.Count(stripe.MaxKinds - 1); got != 1 {
		t.Errorf("Count = %d, want 1", got)
	}
}

// All kinds of layouts, those with more than eight cells a block included, with one
// stripe and several: what goes in comes out.
func TestTableMatchesTally(t *testing.T) {
	for _, in := range layouts {
		for _, stripes := range []int{1, 8} {
			t.Run(fmt.Sprint(in.name, stripes), func(t *testing.T) {
				table := grown(t, stripe.Exponential(in.extra...), 4, stripes)
				want := newTally(table.Layout(), 4)
				for seed := range uint64(5) {
					want.record(table, table.Layout(), rand.New(rand.NewPCG(seed, 0)), 300)
					if err := conserved(table, want); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	}
}

func TestSplitBeyondTheEnds(t *testing.T) {
	table := stripe.NewTable(stripe.Exponential(), 1)
	table.Finish(0, 0)
	table.Finish(0, 1e9)
	table.Finish(0, math.MaxInt64)
	first, _ := table.Layout().Edge(0)
	for _, tt := range []struct {
		edge         int64
		below, above uint64
	}{
		{math.MinInt64, 0, 3},
		{-1, 0, 3},
		{0, 0, 3}, // no edge: the bucket that holds it is above
		{first - 1, 0, 3},
		{first, 1, 2},
		{1e9 - 1, 1, 2},
		{1e9, 2, 1},
		{1e9 + 1, 2, 1},
		{128e9, 2, 1},
		{math.MaxInt64, 2, 1},
	} {
		if below, above := table.Split(0, table.Layout().Cut(tt.edge)); below != tt.below || above != tt.above {
			t.Errorf("Split at %d = %d, %d, want %d, %d", tt.edge, below, above, tt.below, tt.above)
		}
	}
	if got := table.Count(0); got != 3 {
		t.Errorf("Count(0) = %d, want 3", got)
	}
}

func TestSumIsModulo64Bits(t *testing.T) {
	table := grown(t, stripe.Exponential(), 1, 4)
	for i := range 4 {
		stripe.FinishIn(table, i, 0, math.MaxInt64)
	}
	stripe.FinishIn(table, 2, 0, 9)
	var want uint64 = math.MaxInt64
	want = 4*want + 9
	if got := table.Sum(0); got != want {
		t.Errorf("Sum(0) = %d, want %d", got, want)
	}
	before := table.Sum(0)
	table.Finish(0, math.MaxInt64)
	if got := table.Sum(0) - before; got != math.MaxInt64 {
		t.Errorf("Sum grew by %d across 2^64, want %d", got, int64(math.MaxInt64))
	}
}

func TestCountsWrapAtTheWord(t *testing.T) {
	table := stripe.NewTable(stripe.Single(), 1)
	table.Add(0, math.MaxUint64)
	table.Add(0, 3)
	table.Add(0, math.MaxUint64-1) // back to 0: the cell looks unused
	table.Add(0, 5)
	if got := table.Count(0); got != 5 {
		t.Errorf("Count = %d, want 5", got)
	}
}

func TestNegativeValueCountsAsZero(t *testing.T) {
	table := stripe.NewTable(stripe.Exponential(), 1)
	table.Finish(0, math.MinInt64)
	first, _ := table.Layout().Edge(0)
	if below, _ := table.Split(0, table.Layout().Cut(first)); below != 1 || table.Sum(0) != 0 {
		t.Errorf("below = %d, Sum(0) = %d, want 1, 0", below, table.Sum(0))
	}
}

// Stripes come with contention between two calls of Grow, and no more of them than
// there are processors (rounded up to a power of two), or eight.
func TestGrow(t *testing.T) {
	for _, tt := range []struct{ procs, want int }{{1, 1}, {2, 2}, {3, 4}, {4, 4}, {8, 8}, {64, 8}} {
		t.Run(fmt.Sprint(tt.procs), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(tt.procs))
			table := stripe.NewTable(stripe.Exponential(), 2)
			table.Finish(1, 5)
			for range 10 {
				stripe.Collide(table, stripe.GrowAfter-1)
				table.Grow()
			}
			if got := table.Stripes(); got != 1 {
				t.Errorf("Stripes() = %d after collisions here and there, want 1", got)
			}
			for i := range 5 {
				stripe.Collide(table, 10*stripe.GrowAfter)
				if got := stripe.Collisions(table); got != stripe.GrowAfter {
					t.Errorf("%d collisions are kept count of, want %d", got, stripe.GrowAfter)
				}
				table.Grow()
				if got, want := table.Stripes(), min(tt.want, 2<<i); got != want {
					t.Errorf("Stripes() = %d after growing %d times, want %d", got, i+1, want)
				}
			}
			if got := table.Count(1); got != 1 {
				t.Errorf("Count = %d, want 1: what was counted before", got)
			}
			if got, want := len(stripe.Written(table)), 2*table.Stripes(); got != want {
				t.Errorf("%d started counts and columns, want %d: new stripes have the columns in use", got, want)
			}
		})
	}
}

// Writers that get between a load and an add of another are noticed, sooner or later.
func TestContentionIsNoticed(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0))))
	for _, count := range []func(*stripe.Table){
		func(t *stripe.Table) { t.Start() },
		func(t *stripe.Table) { t.Finish(0, 1e6) },
		func(t *stripe.Table) { t.Add(0, 1) },
	} {
		table := stripe.NewTable(stripe.Exponential(), 1)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for stripe.Collisions(table) == 0 {
					count(table)
				}
			})
		}
		wg.Wait()
	}
}

// Processors that have not met yet count in different stripes, and one that met
// another moves on.
func TestTokensPartProcessors(t *testing.T) {
	table := grown(t, stripe.Single(), 1, 8)
	taken := map[int]bool{}
	for range 8 {
		before, after := stripe.Part(table)
		if taken[before] {
			t.Errorf("two of eight new tokens mean stripe %d", before)
		}
		taken[before] = true
		if before == after {
			t.Errorf("a token means stripe %d before and after a collision there", before)
		}
	}
}

func TestCountingDoesNotAllocate(t *testing.T) {
	for _, stripes := range []int{1, 2, 8} {
		table := grown(t, stripe.Exponential(400e6), 3, stripes)
		table.Finish(0, 1)
		table.Add(1, 1)
		v, cut := int64(1), table.Layout().Cut(400e6)
		for name, f := range map[string]func(){
			"Start":  table.Start,
			"Finish": func() { v = v*3&math.MaxInt64 + 1; table.Finish(0, v) },
			"Add":    func() { table.Add(1, 7) },
			"Split":  func() { table.Split(0, cut) },
			"Count":  func() { table.Count(0) },
			"Sum":    func() { table.Sum(0) },
		} {
			if got := testing.AllocsPerRun(1000, f); got != 0 {
				t.Errorf("%s allocates %v times with %d stripes, want 0", name, got, stripes)
			}
		}
	}
}

// What one stripe writes shares no cache line, nor the line next to it that processors
// fetch along, with what another stripe writes or what all read. Here the cells of a
// stripe are one word.
func TestStripesShareNoCacheLine(t *testing.T) {
	const line = 128
	table := grown(t, stripe.Single(), 2, 8)
	table.Add(0, 1)
	table.Add(1, 1)
	owner := map[uintptr]int{}
	for _, m := range stripe.Written(table) {
		for at := m.From / line; at <= (m.To-1)/line; at++ {
			if other, ok := owner[at]; ok && other != m.Stripe {
				t.Errorf("stripes %d and %d write to line %#x", other, m.Stripe, at*line)
			}
			owner[at] = m.Stripe
		}
	}
	for _, at := range stripe.ReadByAll(table) {
		if writer, ok := owner[at/line]; ok {
			t.Errorf("stripe %d writes to line %#x, which all read", writer, at/line*line)
		}
	}
}

// Bytes tells what the heap says, what the allocator rounds up included, within an
// eighth.
func TestBytesMatchesHeap(t *testing.T) {
	for _, stripes := range []int{1, 4} {
		const n = 200
		layout := stripe.Exponential(400e6)
		list := make([]*stripe.Table, n)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.GC() // and what the first found out to be garbage
		runtime.ReadMemStats(&before)
		for i := range list {
			list[i] = stripe.NewTable(layout, 30)
			stripe.ForceStripes(list[i], stripes)
			for kind := range 3 {
				list[i].Finish(kind, 1e9)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		got, heap := list[0].Bytes(), float64(after.HeapAlloc-before.HeapAlloc)/n
		if ratio := heap / float64(got); ratio < 0.9 || ratio > 1.13 {
			t.Errorf("Bytes() = %d with %d stripes, and the heap holds %.0f a table", got, stripes, heap)
		}
		runtime.KeepAlive(list)
	}
}
