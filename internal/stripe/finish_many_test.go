package stripe_test

import (
	"slices"
	"testing"

	"github.com/seed-abb722f7/nines/internal/stripe"
)

func TestFinishManyIsFinishOften(t *testing.T) {
	many, often := stripe.NewTable(stripe.Exponential(), 2), stripe.NewTable(stripe.Exponential(), 2)
	for _, x := range []struct {
		v int64
		n uint64
	}{{1e6, 1}, {3e8, 1000}, {0, 7}, {-5, 3}, {4e11, 2}, {1e6, 0}} {
		many.FinishMany(1, x.v, x.n)
		for range x.n {
			often.Finish(1, x.v)
		}
	}
	if got, want := many.Count(1), often.Count(1); got != want {
		t.Errorf("Count = %d, want %d", got, want)
	}
	if got, want := many.Sum(1), often.Sum(1); got != want {
		t.Errorf("Sum = %d, want %d", got, want)
	}
	got, want := buckets(many), buckets(often)
	if !slices.Equal(got, want) {
		t.Errorf("Buckets = %v, want %v", got, want)
	}
	if n := many.Count(0); n != 0 {
		t.Errorf("another kind: Count = %d, want 0", n)
	}
}

func buckets(t *stripe.Table) []uint64 {
	dst := make([]uint64, t.Layout().Len())
	t.Buckets(1, dst)
	return dst
}
