package budget

import (
	"strconv"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func benchTracker(b *testing.B) *Tracker {
	b.Helper()
	t, err := New(Config{Objectives: []slo.Objective{
		{Name: "availability", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9)},
		{Name: "latency", Of: slo.HTTP("POST /checkout"), SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95)},
	}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(t.Close)
	return t
}

func BenchmarkRecord(b *testing.B) {
	o := benchTracker(b).HTTP("POST /checkout")
	b.Run("serial", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			o.Finish(slo.Success, 12*time.Millisecond)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				o.Finish(slo.Success, 12*time.Millisecond)
			}
		})
	})
}

func BenchmarkRequest(b *testing.B) {
	t := benchTracker(b)
	o := t.HTTP("POST /checkout")
	b.ReportAllocs()
	for b.Loop() {
		o.Start()
		start := t.Now()
		o.Finish(slo.Success, t.Now()-start)
	}
}

func BenchmarkReading(b *testing.B) {
	t := benchTracker(b)
	o := t.HTTP("POST /checkout")
	for i := range 1000 {
		o.Start()
		o.Finish(slo.Success, time.Duration(i)*time.Millisecond)
		if i%10 == 0 {
			o.Start()
			o.Finish(slo.ServerError, time.Duration(i)*time.Millisecond)
		}
	}
	t.tick()
	budget := t.Budget("availability")
	b.Run("Remaining", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			budget.Remaining()
		}
	})
	b.Run("BurnRate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			budget.BurnRate(time.Hour)
		}
	})
	b.Run("Status", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			budget.Status()
		}
	})
}

func BenchmarkTick(b *testing.B) {
	b.Run("good", func(b *testing.B) { benchTick(b, slo.Success) })
	b.Run("bad", func(b *testing.B) { benchTick(b, slo.ServerError) })
}

func benchTick(b *testing.B, class slo.Class) {
	b.Helper()
	cfg := Config{}
	for i := range 1000 {
		of := slo.HTTP("GET /" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)))
		cfg.Objectives = append(cfg.Objectives,
			slo.Objective{Name: of.Name() + " a", Of: of, SLI: slo.Availability(), Target: slo.Percent(99.9)},
			slo.Objective{Name: of.Name() + " l", Of: of, SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95)})
	}
	s, err := NewSimulation(cfg, time.Unix(0, 0))
	if err != nil {
		b.Fatal(err)
	}
	ops := s.requests.all()
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for i, o := range ops {
			o.Start()
			o.Finish(class, time.Duration(i)*time.Millisecond)
		}
		b.StartTimer()
		s.Advance(time.Second)
	}
}

// BenchmarkUpdate changes the thresholds of a thousand operations to and fro.
func BenchmarkUpdate(b *testing.B) {
	var sets [2][]slo.Objective
	for i := range 1000 {
		of := slo.HTTP("GET /" + strconv.Itoa(i))
		for k := range sets {
			sets[k] = append(sets[k], slo.Objective{
				Name: of.Name(), Of: of, SLI: slo.Latency(time.Duration(400+10*k) * time.Millisecond), Target: slo.Percent(95),
			})
		}
	}
	s, err := NewSimulation(Config{Objectives: sets[0]}, time.Unix(0, 0))
	if err != nil {
		b.Fatal(err)
	}
	for i, o := range s.requests.all() {
		record(o, slo.Success, time.Duration(i)*time.Millisecond)
		record(o, slo.ServerError, 0)
	}
	s.Advance(time.Second)
	n := 0
	for b.Loop() {
		n++
		if err := s.Update(sets[n%2]); err != nil {
			b.Fatal(err)
		}
	}
}
