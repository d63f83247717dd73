package stripe_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/internal/stripe"
)

// An edge that comes later parts what is counted from then on; before, the whole bucket
// that it splits counts as above.
func ExampleTable_Refit() {
	layout := stripe.Exponential()
	table := stripe.NewTable(layout, 1)
	table.Finish(0, int64(399*time.Millisecond))
	layout = layout.Refit([]int64{int64(400 * time.Millisecond)})
	table.Refit(layout)
	cut := layout.Cut(int64(400 * time.Millisecond))
	_, before := table.Split(0, cut)
	table.Finish(0, int64(399*time.Millisecond))
	table.Finish(0, int64(401*time.Millisecond))
	within, above := table.Split(0, cut)
	fmt.Printf("%d within 400 ms since, %d above\n", within, above-before)
	// Output: 1 within 400 ms since, 1 above
}

// refitModel is a table done plainly: all values, by what was an edge when each came.
type refitModel struct {
	since  map[int64]int // when each edge that is needed came: how many values there were
	values []int64
}

// check compares: counts are exact at the edges of the first layout for ever, at others
// since they came, and nothing is ever lost.
func (m *refitModel) check(table *stripe.Table, opening map[int64][2]uint64) error {
	l := table.Layout()
	if got := table.Count(0); got != uint64(len(m.values)) {
		return fmt.Errorf("Count = %d, want %d", got, len(m.values))
	}
	buckets := make([]uint64, l.Len())
	table.Buckets(0, buckets)
	for edge, since := range m.since {
		var below, above, inBuckets uint64
		for _, v := range m.values[since:] {
			if v <= edge {
				below++
			} else {
				above++
			}
		}
		gotBelow, gotAbove := table.Split(0, l.Cut(edge))
		for _, n := range buckets[:l.Above(edge)] {
			inBuckets += n
		}
		at := opening[edge]
		if gotBelow-at[0] != below || gotAbove-at[1] != above || inBuckets != gotBelow {
			return fmt.Errorf("at %d since %d: %d and %d, %d in buckets below, want %d and %d more than %v",
				edge, since, gotBelow, gotAbove, inBuckets, below, above, at)
		}
	}
	return nil
}

func TestRefitMatchesModel(t *testing.T) {
	first := []int64{400e6}
	pool := []int64{1, 50e6, 399e6, 400e6, 401e6, 402e6, 1e9, 1e9 + 1, 100e9, 129e9, 1 << 62}
	fixed := edgesOf(stripe.Exponential(first...))
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 7))
		layout := stripe.Exponential(first...)
		table := grown(t, layout, 1, 1<<rng.IntN(3))
		m := &refitModel{since: map[int64]int{}}
		opening := map[int64][2]uint64{}
		for _, edge := range fixed {
			m.since[edge] = 0
		}
		most, before := map[int]int{}, map[int]int{} // by bucket of the first layout
		for range 30 {
			for range rng.IntN(40) {
				v := pool[rng.IntN(len(pool))] + int64(rng.IntN(3)) - 1
				table.Finish(0, v)
				m.values = append(m.values, v)
			}
			if err := m.check(table, opening); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			var needed []int64
			for range rng.IntN(4) {
				needed = append(needed, pool[rng.IntN(len(pool))])
			}
			now, bound := map[int]int{}, 0
			for _, edge := range needed {
				now[stripe.BucketOf(layout, edge)]++
			}
			for b := range len(fixed) + 1 {
				most[b] = max(most[b], now[b]+before[b])
				bound += most[b]
			}
			before = now
			layout = layout.Refit(needed)
			if again := layout.Refit(needed); again != layout {
				t.Fatalf("seed %d: Refit(%v) twice makes another layout", seed, needed)
			}
			if got := stripe.Spares(layout); got > bound {
				t.Fatalf("seed %d: %d spare cells, want no more than %d: what two refits needed at once in each bucket", seed, got, bound)
			}
			table.Refit(layout)
			for edge := range m.since {
				if !slices.Contains(needed, edge) && !slices.Contains(fixed, edge) {
					delete(m.since, edge)
				}
			}
			for _, edge := range needed {
				if _, have := m.since[edge]; !have {
					m.since[edge] = len(m.values)
					below, above := table.Split(0, layout.Cut(edge))
					opening[edge] = [2]uint64{below, above}
				}
			}
			if got, want := edgesOf(layout), wantEdges(first, needed); !slices.Equal(got, want) {
				t.Fatalf("seed %d: edges after Refit(%v) are %v, want %v", seed, needed, got, want)
			}
			origin := make([]uint64, len(fixed)+1)
			table.OriginBuckets(0, origin)
			for _, v := range m.values {
				origin[bucket(layout.Origin(), v)]--
			}
			if i := slices.IndexFunc(origin, func(n uint64) bool { return n != 0 }); i >= 0 {
				t.Fatalf("seed %d: bucket %d of the first layout has %d too many", seed, i, int64(origin[i]))
			}
			for _, v := range pool {
				if got, want := layout.Index(v), bucket(layout, v); got != want {
					t.Fatalf("seed %d: Index(%d) = %d, want %d", seed, v, got, want)
				}
			}
		}
	}
}

func edgesOf(l *stripe.Layout) (edges []int64) {
	for i := range l.Len() - 1 {
		edge, _ := l.Edge(i)
		edges = append(edges, edge)
	}
	return edges
}

func wantEdges(first, needed []int64) []int64 {
	return edgesOf(stripe.Exponential(append(slices.Clone(needed), first...)...))
}

func TestRefitIgnoresWhatIsNoEdge(t *testing.T) {
	l := stripe.Exponential(400e6)
	if got := l.Refit([]int64{0, -5, 400e6, 1e9}); got != l {
		t.Errorf("Refit of nothing new made a layout of %d buckets, want the same of %d", got.Len(), l.Len())
	}
}

// Edges that come and go while writers run and the table grows lose nothing, and counts at
// an edge that stays are exact.
func TestConcurrentRefits(t *testing.T) {
	atProcs(func(procs int) {
		layout := stripe.Exponential(400e6)
		table := stripe.NewTable(layout, kinds)
		var wantAbove [kinds]atomic.Uint64
		var wantSum [kinds]atomic.Uint64
		var writers, refitters sync.WaitGroup
		var stop atomic.Bool
		var refits int
		growing(table, func() {
			for g := range uint64(4) {
				writers.Go(func() {
					rng := rand.New(rand.NewPCG(g, 3))
					for range 5000 {
						k, v := rng.IntN(kinds), int64(390e6+rng.IntN(20e6))
						table.Start()
						table.Finish(k, v)
						wantSum[k].Add(uint64(v))
						if v > 400e6 {
							wantAbove[k].Add(1)
						}
					}
				})
			}
			refitters.Go(func() {
				rng := rand.New(rand.NewPCG(9, 9))
				cut := layout.Cut(400e6)
				var before [kinds][2]uint64
				for ; !stop.Load() || refits < 10; refits++ {
					layout = layout.Refit([]int64{390e6 + rng.Int64N(20)*1e6, 390e6 + rng.Int64N(20)*1e6})
					table.Refit(layout)
					for k := range kinds {
						below, above := table.Split(k, cut)
						if below < before[k][0] || above < before[k][1] {
							t.Errorf("GOMAXPROCS=%d: %d and %d after %v: a count went back", procs, below, above, before[k])
						}
						before[k] = [2]uint64{below, above}
					}
				}
			})
			writers.Wait()
			stop.Store(true)
			refitters.Wait()
		})
		if got := table.Started(); got != 20_000 {
			t.Errorf("GOMAXPROCS=%d: %d started, want 20000", procs, got)
		}
		var all uint64
		for k := range kinds {
			below, above := table.Split(k, layout.Cut(400e6))
			if all += below + above; above != wantAbove[k].Load() || table.Sum(k) != wantSum[k].Load() {
				t.Errorf("GOMAXPROCS=%d, kind %d: %d above with sum %d, want %d with %d", procs, k, above, table.Sum(k), wantAbove[k].Load(), wantSum[k].Load())
			}
		}
		if all != 20_000 {
			t.Errorf("GOMAXPROCS=%d: %d in all after %d refits, want 20000", procs, all, refits)
		}
	})
}

// A writer that chose its cell before a refit counts after it: nothing is lost.
func TestStragglerCountsAfterRefits(t *testing.T) {
	layout := stripe.Exponential().Refit([]int64{400e6})
	table := stripe.NewTable(layout, 1)
	table.Finish(0, 399e6)
	later := layout.Refit([]int64{500e6 - 1}) // 400 ms is vacant now
	table.Refit(later)
	stripe.FinishBy(table, layout, 0, 399e6)
	if got := table.Count(0); got != 2 {
		t.Errorf("Count = %d, want 2", got)
	}
	again := later.Refit([]int64{399e6}) // takes the cell of 400 ms
	table.Refit(again)
	stripe.FinishBy(table, layout, 0, 399e6)
	if got := table.Count(0); got != 3 {
		t.Errorf("Count = %d after another refit, want 3", got)
	}
}

func TestRefitSharesNoCacheLineAndTellsItsBytes(t *testing.T) {
	layout := stripe.Exponential()
	table := grown(t, layout, 2, 4)
	table.Finish(0, 1)
	before := table.Bytes()
	var needed []int64
	for i := range int64(20) {
		needed = append(needed, 400e6+i)
	}
	table.Refit(layout.Refit(needed))
	if got, want := table.Bytes()-before, 4*2*16*8; got != want {
		t.Errorf("20 spare cells take %d bytes, want %d: two lines of 16 words in each stripe", got, want)
	}
	const line = 128
	owner := map[uintptr]int{}
	for _, m := range stripe.Written(table) {
		for at := m.From / line; at <= (m.To-1)/line; at++ {
			if other, ok := owner[at]; ok && other != m.Stripe {
				t.Errorf("stripes %d and %d write to line %#x", other, m.Stripe, at*line)
			}
			owner[at] = m.Stripe
		}
	}
	table.Finish(1, 400e6) // columns made later have the cells too
	if below, _ := table.Split(1, table.Layout().Cut(400e6)); below != 1 {
		t.Errorf("below = %d in a column made after Refit, want 1", below)
	}
}
