package stripe_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seed-abb722f7/nines/internal/stripe"
)

// naturalBucket returns where a value belongs, by the definition of exponential histograms:
// the smallest k of which 2^(k/8) seconds are not less.
func naturalBucket(v int64) int {
	seconds := float64(v) / 1e9
	k := int(math.Ceil(math.Log2(seconds) * 8))
	for math.Exp2(float64(k-1)/8) >= seconds { // what the logarithm rounded up
		k--
	}
	for math.Exp2(float64(k)/8) < seconds {
		k++
	}
	return min(max(k+13*8, 0), stripe.Natural())
}

func TestJoin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same values every time
	extra := []int64{1, 100_000, 122_070, 122_071, 250_000_000, 400_000_000, 400_000_001, 999_999_999, 128_000_000_001, math.MaxInt64}
	layout := stripe.Exponential(extra...)
	buckets := make([]uint64, layout.Len())
	want := make([]uint64, stripe.Natural()+1)
	count := func(v int64) {
		if v >= 0 {
			buckets[layout.Index(v)]++
			want[naturalBucket(max(v, 1))]++
		}
	}
	for _, e := range extra {
		count(e - 1)
		count(e)
		count(e/2 + e/4)
	}
	for k := -15 * 8; k <= 9*8; k++ {
		edge := int64(math.Floor(math.Exp2(float64(k)/8) * 1e9))
		count(edge - 1)
		count(edge)
		count(edge + 1)
	}
	for range 100_000 {
		count(int64(math.Exp(r.Float64() * 30)))
	}
	got := layout.Join(buckets)
	if len(got) != len(want) {
		t.Fatalf("Join: %d counts, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("Join[%d] = %d, want %d", i, got[i], want[i])
		}
	}
}
