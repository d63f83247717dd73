package stripe_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/internal/stripe"
)

// A threshold is an edge like any other: what took just as long is at most it.
func ExampleLayout_Cut() {
	layout := stripe.Exponential(int64(400 * time.Millisecond))
	table := stripe.NewTable(layout, 1)
	for _, ms := range []int64{3, 399, 400, 401, 2000} {
		table.Finish(0, ms*1e6)
	}
	within, above := table.Split(0, layout.Cut(int64(400*time.Millisecond)))
	fmt.Printf("%d within 400 ms, %d above\n", within, above)
	// Output: 3 within 400 ms, 2 above
}

// bucket is Index done plainly.
func bucket(l *stripe.Layout, v int64) int {
	for i := range l.Len() {
		if edge, ok := l.Edge(i); !ok || v <= edge {
			return i
		}
	}
	return -1
}

func TestNaturalEdgesAreFlooredPowers(t *testing.T) {
	const precision = 400
	root := new(big.Float).SetPrec(precision).SetInt64(2)
	for range 3 {
		root.Sqrt(root) // in the end 2^(1/8)
	}
	l := stripe.Exponential()
	if got, want := l.Len(), 161+1; got != want {
		t.Fatalf("Len() = %d, want %d", got, want)
	}
	edge := new(big.Float).SetPrec(precision).SetMantExp(big.NewFloat(1e9), -13)
	nearest := 1.0
	for i := range 161 {
		whole, _ := edge.Int(nil)
		got, ok := l.Edge(i)
		if !ok || got != whole.Int64() {
			t.Errorf("Edge(%d) = %d, %v, want floor(%.6f), true", i, got, ok, edge)
		}
		if i%8 != 0 || i < 32 { // from 2^-9 s on, powers of two are whole nanoseconds
			rest, _ := new(big.Float).Sub(edge, new(big.Float).SetInt(whole)).Float64()
			nearest = min(nearest, rest, 1-rest)
		}
		edge.Mul(edge, root)
	}
	// Exp2 is right to about 2^-52, the edges reach to 2^37: no implementation of it
	// can round to another nanosecond.
	if nearest < 1e-4 {
		t.Errorf("an edge is %g from a whole nanosecond, want 1e-4 or more", nearest)
	}
	if got, ok := l.Edge(161); got != 0 || ok {
		t.Errorf("Edge of the last bucket = %d, %v, want 0, false", got, ok)
	}
	if got, ok := l.Edge(-1); got != 0 || ok {
		t.Errorf("Edge(-1) = %d, %v, want 0, false", got, ok)
	}
}

var layouts = []struct {
	name  string
	extra []int64
	more  int // buckets than without
}{
	{"natural", nil, 0},
	{"below and above all", []int64{1, 2, 3, 100, 122_069, 129e9, 3600e9, math.MaxInt64}, 8},
	{"adjacent", []int64{400e6 - 1, 400e6, 400e6 + 1, 400e6 + 2, 122_070, 122_071, 128e9, 128e9 + 1}, 6},
	{"natural again", []int64{1e9, 128e9, 122_070, 500e6, 500e6}, 0},
	{"ignored", []int64{0, -1, math.MinInt64}, 0},
	{"a thousand side by side", func() (list []int64) {
		for i := range int64(1000) {
			list = append(list, 400e6+i)
		}
		return list
	}(), 1000},
	{"huge", []int64{1 << 60, 1<<62 - 1, 1 << 62, 1<<62 + 1, math.MaxInt64 - 1, math.MaxInt64}, 6},
}

func TestIndexEqualsScan(t *testing.T) {
	for _, tt := range layouts {
		t.Run(tt.name, func(t *testing.T) {
			l := stripe.Exponential(tt.extra...)
			if got, want := l.Len(), 162+tt.more; got != want {
				t.Errorf("Len() = %d, want %d", got, want)
			}
			check := func(v int64) {
				if got, want := l.Index(v), bucket(l, v); got != want {
					t.Errorf("Index(%d) = %d, want %d", v, got, want)
				}
			}
			for i := range l.Len() - 1 {
				edge, _ := l.Edge(i)
				check(edge - 1)
				check(edge)
				if got := l.Index(edge); got != i {
					t.Errorf("Index(%d) = %d, want %d: the upper edge of its bucket", edge, got, i)
				}
				if edge < math.MaxInt64 {
					check(edge + 1)
					if got := l.Index(edge + 1); got != i+1 {
						t.Errorf("Index(%d) = %d, want %d: just above an edge", edge+1, got, i+1)
					}
				}
				if got := l.Above(edge); got != i+1 {
					t.Errorf("Above(%d) = %d, want %d", edge, got, i+1)
				}
			}
			for n := range 63 { // the bounds of the look-up table
				for f := range int64(17) {
					v := int64(1)<<n + f<<n/16
					check(v - 1)
					check(v)
					check(max(v, v+1))
				}
			}
			for _, v := range []int64{math.MinInt64, -1, 0, 1, math.MaxInt64 - 1, math.MaxInt64} {
				check(v)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			for range 20_000 {
				check(int64(rng.Uint64() >> 1 >> rng.IntN(63)))
			}
		})
	}
}

func TestSingleHasOneBucket(t *testing.T) {
	l := stripe.Single()
	if got := l.Len(); got != 1 {
		t.Errorf("Len() = %d, want 1", got)
	}
	for _, v := range []int64{math.MinInt64, 0, 1, math.MaxInt64} {
		if got := l.Index(v); got != 0 {
			t.Errorf("Index(%d) = %d, want 0", v, got)
		}
	}
	if _, ok := l.Edge(0); ok {
		t.Error("Edge(0) has an edge, want none")
	}
}

func FuzzLayoutIndex(f *testing.F) {
	f.Add(int64(400e6), int64(400e6), int64(400e6+1), int64(1))
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), int64(122_069), int64(129e9))
	f.Add(int64(122_071), int64(0), int64(-5), int64(122_071))
	f.Add(int64(7), int64(8), int64(7), int64(6))
	f.Fuzz(func(t *testing.T, v, a, b, c int64) {
		l := stripe.Exponential(a, b, c, b-a, c+1)
		for _, v := range []int64{v, a, a - 1, a + 1, b, b + 1, v ^ a, v >> 7} {
			if got, want := l.Index(v), bucket(l, v); got != want {
				t.Errorf("Index(%d) = %d with extra edges %d, %d, %d, %d, %d, want %d", v, got, a, b, c, b-a, c+1, want)
			}
		}
	})
}
