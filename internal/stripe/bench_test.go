package stripe_test

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/seed-abb722f7/nines/internal/stripe"
)

// grown returns a table with that many stripes, whatever the number of processors.
func grown(tb testing.TB, layout *stripe.Layout, kinds, stripes int) *stripe.Table {
	tb.Helper()
	t := stripe.NewTable(layout, kinds)
	stripe.ForceStripes(t, stripes)
	if got := t.Stripes(); got != stripes {
		tb.Fatalf("Stripes() = %d, want %d", got, stripes)
	}
	return t
}

// typical returns latencies as services have them: log-normal around 20 ms, with a
// tail of seconds.
func typical(n int) []int64 {
	rng := rand.New(rand.NewPCG(1, 2))
	list := make([]int64, n)
	for i := range list {
		ms := 20.0
		for range 8 {
			ms *= 0.6 + 0.85*rng.Float64()
		}
		list[i] = int64(ms * 1e6)
	}
	return list
}

func BenchmarkCounter(b *testing.B) {
	var n atomic.Uint64
	b.Run("serial", func(b *testing.B) {
		for b.Loop() {
			n.Add(1)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				n.Add(1)
			}
		})
	})
}

func BenchmarkFinish(b *testing.B) {
	for _, stripes := range []int{1, 2, 8} {
		name := map[int]string{1: "1", 2: "2", 8: "8"}[stripes]
		t := grown(b, stripe.Exponential(400e6), 30, stripes)
		t.Finish(0, 1)
		b.Run("stripes="+name+"/serial", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				t.Finish(0, 12e6)
			}
		})
		b.Run("stripes="+name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					t.Finish(0, 12e6)
				}
			})
		})
	}
	b.Run("spread", func(b *testing.B) {
		t := grown(b, stripe.Exponential(400e6), 30, 1)
		values := typical(1024)
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			t.Finish(0, values[i&1023])
			i++
		}
	})
}

func BenchmarkStart(b *testing.B) {
	t := grown(b, stripe.Exponential(400e6), 30, 1)
	b.ReportAllocs()
	for b.Loop() {
		t.Start()
	}
}

// A stream has one bucket: here all cells of all stripes would fit one cache line.
func BenchmarkAddSingle(b *testing.B) {
	for _, stripes := range []int{1, 2, 8} {
		name := map[int]string{1: "1", 2: "2", 8: "8"}[stripes]
		t := grown(b, stripe.Single(), 2, stripes)
		t.Add(0, 1)
		b.Run("stripes="+name+"/parallel", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					t.Add(0, 1)
				}
			})
		})
	}
}

func BenchmarkIndex(b *testing.B) {
	l := stripe.Exponential(400e6)
	values := typical(1024)
	i := 0
	for b.Loop() {
		l.Index(values[i&1023])
		i++
	}
}

func BenchmarkRead(b *testing.B) {
	layout := stripe.Exponential(400e6)
	cut := layout.Cut(400e6)
	for _, in := range []struct {
		name   string
		values []int64
	}{
		{"typical", typical(100_000)},
		{"everywhere", everywhere(layout)},
		{"one", []int64{12e6}},
	} {
		for _, stripes := range []int{1, 8} {
			t := grown(b, layout, 30, stripes)
			for range stripes * 4 {
				for _, v := range in.values {
					stripe.FinishIn(t, rand.IntN(stripes), 0, v)
				}
			}
			name := in.name + map[int]string{1: "/stripes=1", 8: "/stripes=8"}[stripes]
			b.Run(name+"/Split", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					t.Split(0, cut)
				}
			})
			b.Run(name+"/Total", func(b *testing.B) {
				for b.Loop() {
					t.Count(0)
				}
			})
			b.Run(name+"/Buckets", func(b *testing.B) {
				dst := make([]uint64, layout.Len())
				for b.Loop() {
					t.Buckets(0, dst)
				}
			})
		}
	}
}

// everywhere returns a value in each bucket.
func everywhere(l *stripe.Layout) []int64 {
	list := []int64{1 << 62}
	for i := range l.Len() - 1 {
		edge, _ := l.Edge(i)
		list = append(list, edge)
	}
	return list
}
