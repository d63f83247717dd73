package slo_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/seed-abb722f7/nines/slo"
)

// A predicates is what the three predicates say, in the order of their names.
type predicates struct{ exhausted, met, overspent bool }

func ask(target slo.Target, bad, valid uint64) predicates {
	return predicates{target.Exhausted(bad, valid), target.Met(bad, valid), target.Overspent(bad, valid)}
}

var (
	nothing = predicates{}
	within  = predicates{met: true}
	equal   = predicates{exhausted: true, met: true}
	over    = predicates{exhausted: true, overspent: true}
)

func TestPredicatesAtTheBoundary(t *testing.T) {
	const million = 1_000_000
	for _, tt := range []struct {
		percent float64
		bad     uint64 // in a million, which leaves exactly nothing
	}{
		{99.9, 1000},
		{99.95, 500},
		{99.99, 100},
		{99.999, 10},
		{99.9999, 1},
		{98, 20_000},
		{95, 50_000},
		{75, 250_000},
		{50, 500_000},
		{99.7, 3000},
		{99.995, 50},
	} {
		target := slo.Percent(tt.percent)
		for _, c := range []struct {
			bad, valid uint64
			want       predicates
		}{
			{0, 0, nothing},
			{0, 1, within},
			{1, 1, over},
			{0, million, within},
			{tt.bad - 1, million, within},
			{tt.bad, million, equal},
			{tt.bad, million + 1, within},
			{tt.bad, million - 1, over},
			{tt.bad + 1, million, over},
			{million, million, over},
		} {
			if got := ask(target, c.bad, c.valid); got != c.want {
				t.Errorf("%v at %d of %d = %+v, want %+v", target, c.bad, c.valid, got, c.want)
			}
		}
		if got, ok := target.Consumed(tt.bad, million); got != 1 || !ok {
			t.Errorf("%v.Consumed(%d, %d) = %v, %v, want exactly 1", target, tt.bad, million, got, ok)
		}
	}
}

func TestInvalidTargetsPromiseNothing(t *testing.T) {
	for _, target := range []slo.Target{{}, slo.Percent(100), slo.Ratio(99.9)} {
		for _, c := range [][2]uint64{{0, 0}, {0, 1}, {1, 1}, {math.MaxUint64, math.MaxUint64}} {
			if got := ask(target, c[0], c[1]); got != nothing {
				t.Errorf("%v at %d of %d = %+v, want all false", target.Err(), c[0], c[1], got)
			}
			if got, ok := target.Consumed(c[0], c[1]); got != 0 || ok {
				t.Errorf("%v: Consumed = %v, %v, want 0, false", target.Err(), got, ok)
			}
			if !target.TooFew(c[1]) {
				t.Errorf("%v: TooFew(%d) = false, want true", target.Err(), c[1])
			}
		}
	}
}

func TestNoEventsConsumeNothing(t *testing.T) {
	if got, ok := slo.Percent(99.9).Consumed(0, 0); got != 0 || ok {
		t.Errorf("Consumed(0, 0) = %v, %v, want 0, false", got, ok)
	}
	if got, ok := slo.Percent(99.9).Consumed(0, 1); got != 0 || !ok {
		t.Errorf("Consumed(0, 1) = %v, %v, want 0, true", got, ok)
	}
}

func TestTooFew(t *testing.T) {
	for _, tt := range []struct {
		percent float64
		enough  uint64
	}{
		{50, 2}, {90, 10}, {99, 100}, {99.9, 1000}, {99.95, 2000}, {99.99, 10_000}, {99.7, 334}, {99.9999999, 1_000_000_000},
	} {
		target := slo.Percent(tt.percent)
		for _, c := range []struct {
			valid uint64
			want  bool
		}{{0, true}, {1, true}, {tt.enough - 1, true}, {tt.enough, false}, {math.MaxUint64, false}} {
			if got := target.TooFew(c.valid); got != c.want {
				t.Errorf("%v.TooFew(%d) = %v, want %v", target, c.valid, got, c.want)
			}
		}
	}
}

// bigCounts are those at which a float, a signed or a 64-bit product goes wrong.
var bigCounts = []uint64{
	0, 1, 2, 999, 1000, 999_999, 1_000_000, 1_000_000_000,
	1<<32 - 1, 1 << 32, 1<<53 - 1, 1 << 53, 1<<53 + 1,
	18_446_744_073, 18_446_744_074, // 10^9 times this passes 2^64
	1<<63 - 1, 1 << 63, 1<<63 + 1, math.MaxUint64 - 1, math.MaxUint64,
}

func TestCountsMatchBigIntegers(t *testing.T) {
	targets := []slo.Target{
		slo.Percent(50), slo.Percent(90), slo.Percent(99), slo.Percent(99.9), slo.Percent(99.95),
		slo.Percent(99.99), slo.Percent(99.999), slo.Percent(99.9999), slo.Percent(99.9999999), slo.Ratio(1e-9),
	}
	for _, target := range targets {
		for _, bad := range bigCounts {
			for _, valid := range bigCounts {
				checkBig(t, target, bad, valid)
			}
		}
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200_000 {
		target := targetOf(t, 1+rng.Uint64N(1_000_000_000-1)>>rng.UintN(30))
		valid := rng.Uint64() >> rng.UintN(64)
		bad := rng.Uint64() >> rng.UintN(64)
		if rng.UintN(2) == 0 { // next to the boundary, where it matters
			product := new(big.Int).Mul(number(target.AllowedPerBillion()), number(valid))
			bad = product.Div(product, big.NewInt(1_000_000_000)).Uint64() + rng.Uint64N(3) - 1
		}
		checkBig(t, target, bad, valid)
	}
}

func number(n uint64) *big.Int { return new(big.Int).SetUint64(n) }

func checkBig(t *testing.T, target slo.Target, bad, valid uint64) {
	t.Helper()
	spent := new(big.Int).Mul(number(bad), big.NewInt(1_000_000_000))
	budget := new(big.Int).Mul(number(target.AllowedPerBillion()), number(valid))
	want := nothing
	if valid > 0 {
		c := spent.Cmp(budget)
		want = predicates{c >= 0, c <= 0, c > 0}
	}
	if got := ask(target, bad, valid); got != want {
		t.Fatalf("%v at %d of %d = %+v, want %+v", target, bad, valid, got, want)
	}
	if got, want := target.TooFew(valid), budget.Cmp(big.NewInt(1_000_000_000)) < 0; got != want {
		t.Fatalf("%v.TooFew(%d) = %v, want %v", target, valid, got, want)
	}
	got, ok := target.Consumed(bad, valid)
	if ok != (valid > 0) {
		t.Fatalf("%v.Consumed(%d, %d) ok = %v", target, bad, valid, ok)
	}
	if !ok {
		return
	}
	exact, _ := new(big.Rat).SetFrac(spent, budget).Float64() // correctly rounded
	if math.IsNaN(got) || math.IsInf(got, 0) || got < math.Nextafter(exact, 0) || got > math.Nextafter(exact, math.Inf(1)) {
		t.Fatalf("%v.Consumed(%d, %d) = %v, want %v or a neighbour", target, bad, valid, got, exact)
	}
	if spent.Cmp(budget) == 0 && got != 1 || bad == 0 && got != 0 {
		t.Fatalf("%v.Consumed(%d, %d) = %v, want it exact", target, bad, valid, got)
	}
}

// Between neighbours consumption must not fall as bad events come in, nor rise with
// valid ones: a page that redraws would show a budget that heals by failing.
func TestConsumedIsMonotonic(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 100_000 {
		target := targetOf(t, 1+rng.Uint64N(1_000_000_000-1))
		valid := 1 + rng.Uint64()>>rng.UintN(64)>>1
		bad := rng.Uint64() >> rng.UintN(64) >> 1
		at, _ := target.Consumed(bad, valid)
		if more, _ := target.Consumed(bad+1, valid); more < at {
			t.Fatalf("%v.Consumed(%d, %d) = %v, and one more bad event %v", target, bad, valid, at, more)
		}
		if less, _ := target.Consumed(bad, valid+1); less > at {
			t.Fatalf("%v.Consumed(%d, %d) = %v, and one more valid event %v", target, bad, valid, at, less)
		}
	}
}

func BenchmarkConsumed(b *testing.B) {
	target := slo.Percent(99.9)
	b.ReportAllocs()
	for b.Loop() {
		target.Consumed(1234, 5_678_901)
	}
}

func BenchmarkExhausted(b *testing.B) {
	target := slo.Percent(99.9)
	b.ReportAllocs()
	for b.Loop() {
		target.Exhausted(1234, 5_678_901)
	}
}

func TestTargetsAllocateNothing(t *testing.T) {
	target := slo.Percent(99.9)
	answers := 0
	if n := testing.AllocsPerRun(100, func() {
		if _, ok := target.Consumed(1, 2); ok && target.Exhausted(1, 2) && target.TooFew(2) {
			answers++
		}
	}); n != 0 || answers == 0 {
		t.Errorf("Consumed, Exhausted and TooFew allocate %v times, want 0", n)
	}
}
