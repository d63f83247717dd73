package bench

import (
	"runtime"
	"sync"
	"testing"
	"time"
)

// A row is one of several ways to do the same thing.
type row struct {
	name  string
	start func() func()  // makes what one goroutine does over and over
	count func() float64 // what was recorded so far; nil where nothing is
}

// same is the start of a row whose goroutines share everything.
func same(f func()) func() func() { return func() func() { return f } }

// measure runs each row on one goroutine, and on as many as there are processors.
func measure(b *testing.B, rows []row) {
	b.Helper()
	for _, r := range rows {
		b.Run(r.name+"/serial", func(b *testing.B) {
			f := r.start()
			f() // what happens but once
			before := r.recorded()
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
			r.check(b, before)
		})
		warm(r.start)
		b.Run(r.name+"/parallel", func(b *testing.B) {
			before := r.recorded()
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				f := r.start()
				for pb.Next() {
					f()
				}
			})
			b.StopTimer()
			r.check(b, before)
		})
	}
}

// warm does something on all processors for some ticks of a tracker, after which that has seen how
// many write at a time, as in a service it has after seconds.
func warm(start func() func()) {
	end := time.Now().Add(4 * tick)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for f := start(); time.Now().Before(end); {
				for range 100 {
					f()
				}
			}
		})
	}
	wait.Wait()
}

func (r row) recorded() float64 {
	if r.count == nil {
		return 0
	}
	return r.count()
}

// check wants every operation recorded once.
func (r row) check(b *testing.B, before float64) {
	b.Helper()
	if r.count == nil {
		return
	}
	if got := r.recorded() - before; got != float64(b.N) {
		b.Errorf("%s recorded %v of %d", r.name, got, b.N)
	}
}
