package ring_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"

	"github.com/seed-abb722f7/nines/internal/ring"
)

// The history of a counter that grows by one each second, read two hours later.
func ExampleSeries() {
	const keep = 24 * 3600 * ring.Units
	var s ring.Series
	var now uint32
	for count := range uint64(7200) {
		now += ring.Units
		s.Append(now, count+1, keep)
	}
	for _, seconds := range []uint32{1, 60, 300, 3600} {
		then := s.At(now, now-seconds*ring.Units)
		fmt.Printf("in the last %4d s: %d\n", seconds, s.Last()-then)
	}
	fmt.Println("points kept:", s.Points())
	// Output:
	// in the last    1 s: 1
	// in the last   60 s: 60
	// in the last  300 s: 300
	// in the last 3600 s: 3617
	// points kept: 821
}

func TestZeroSeriesIsZeroAlways(t *testing.T) {
	var s ring.Series
	s.Append(1000, 0, 100)
	for _, at := range []uint32{0, 900, 1000} {
		if got := s.At(1000, at); got != 0 {
			t.Errorf("At(1000, %d) = %d of a series without changes, want 0", at, got)
		}
	}
	if s.Last() != 0 || s.Points() != 0 {
		t.Errorf("Last() = %d, Points() = %d, want 0, 0", s.Last(), s.Points())
	}
}

func TestFirstValueIsNotTheBase(t *testing.T) {
	var s ring.Series
	s.Append(1000, 7, 100)
	for _, tt := range []struct {
		t    uint32
		want uint64
	}{{999, 0}, {1000, 7}} {
		if got := s.At(1000, tt.t); got != tt.want {
			t.Errorf("At(1000, %d) = %d, want %d", tt.t, got, tt.want)
		}
	}
}

func TestTwoAppendsAtOneTimeKeepTheLast(t *testing.T) {
	var s ring.Series
	s.Append(50, 1, 100)
	s.Append(50, 2, 100)
	if got := s.At(50, 50); got != 2 {
		t.Errorf("At(50, 50) = %d, want 2", got)
	}
	if got := s.Points(); got != 1 {
		t.Errorf("Points() = %d, want 1", got)
	}
}

// Random traffic of every shape, with time wrapping 2^32 on the way.
func TestSeriesMatchesModel(t *testing.T) {
	keeps := []uint32{0, 1, ring.Units, 100, 299 * ring.Units, 300*ring.Units + 1, 3600 * ring.Units, fourWeeks, 1<<31 - 1, ring.MaxKeep}
	gaps := []uint64{1, 3, ring.Units, ring.Units + 1, 100, 5000, 1 << 20, 1<<31 - 100}
	for _, keep := range keeps {
		rng := rand.New(rand.NewPCG(uint64(keep), 1))
		t.Run(fmt.Sprint(keep), func(t *testing.T) {
			for range 5 {
				var s ring.Series
				m := &model{keep: keep, now: 1<<32 - uint64(rng.IntN(100_000))}
				for range 20 {
					step := 1 + rng.Uint64N(2*ring.Units)
					for range 1 + rng.IntN(1000) {
						m.now += 1 + rng.Uint64N(step)
						m.append(&s, m.last()+rng.Uint64N(3))
					}
					m.checkAll(t, &s)
					m.now += 1 + rng.Uint64N(min(gaps[rng.IntN(len(gaps))], 1<<32-1-ring.MaxKeep))
					if rng.IntN(2) == 0 {
						m.append(&s, m.last()) // unchanged
					}
					m.checkAll(t, &s)
					m.checkOrder(t, &s)
				}
			}
		})
	}
}

// Nothing is too old, too late or too early to be told from what is young: a series
// that is appended to now and then, without change, outlives ring time many times.
func TestUnchangedCountOutlivesRingTime(t *testing.T) {
	var s ring.Series
	m := &model{keep: 1000, now: 5}
	m.append(&s, 10)
	for range 50 {
		m.now += 1<<31 - 100
		m.append(&s, 10)
		m.checkAll(t, &s)
		if got := s.Points(); got != 0 {
			t.Fatalf("at %d: Points() = %d, want 0: the only change is older than keep", m.now, got)
		}
	}
}

// Memory of a burst is let go of when a whole window has passed.
func TestMemoryReturnsAfterWindow(t *testing.T) {
	s, now := dense(100_000)
	before := s.Bytes()
	s.Append(now+fourWeeks, s.Last(), fourWeeks)
	if got := s.Points(); got != 1 {
		t.Errorf("Points() = %d one window after the last change, want 1", got)
	}
	s.Append(now+fourWeeks+1, s.Last(), fourWeeks)
	var none ring.Series
	if got := s.Bytes(); got != none.Bytes() || s.Points() != 0 {
		t.Errorf("Bytes() = %d, Points() = %d just after it, want %d, 0 (before: %d bytes)", got, s.Points(), none.Bytes(), before)
	}
	if got := s.At(now+fourWeeks+1, now+10); got != s.Last() {
		t.Errorf("At = %d, want %d, the base", got, s.Last())
	}
}

// All that a dense series holds spills at once when it changes again after an idle
// time: nothing is lost, and the next change is cheap again.
func TestIdleThenBurst(t *testing.T) {
	for _, idle := range []uint64{1, 300, 301, 3600, 86_400, 28*86_400 - 1, 28 * 86_400, 29 * 86_400} {
		var s ring.Series
		m := &model{keep: fourWeeks, now: 12345}
		for range 20_000 {
			m.now += ring.Units
			m.append(&s, m.last()+1)
		}
		m.now += idle * ring.Units
		m.checkAll(t, &s)
		for range 5 {
			m.now++
			m.append(&s, m.last()+1)
			m.checkAll(t, &s)
			m.checkOrder(t, &s)
		}
	}
}

// A history that is written down and rebuilt answers as the first one did, and goes on.
func TestRebuiltSeriesMatchesModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	s := new(ring.Series)
	m := &model{keep: 50_000 * ring.Units, now: 1<<32 - 100_000}
	for range 30 {
		for range 1 + rng.IntN(4000) {
			m.now += 1 + rng.Uint64N(3*ring.Units)
			m.append(s, m.last()+rng.Uint64N(3)<<rng.IntN(33))
		}
		m.now += rng.Uint64N(1 << rng.IntN(20))
		before := s.Points()
		rebuilt := ring.Resumed(s.Base())
		older := uint32(math.MaxUint32)
		s.Visit(uint32(m.now), func(age uint32, v uint64) {
			if age >= older {
				t.Fatalf("Visit: a point of age %d after one of %d, want the oldest first", age, older)
			}
			older = age
			rebuilt.Append(uint32(m.now)-age, v, m.keep)
		})
		if got := rebuilt.Points(); got > before {
			t.Errorf("Points() = %d rebuilt, want at most %d as before", got, before)
		}
		m.checkAll(t, rebuilt)
		m.checkOrder(t, rebuilt)
		s = rebuilt
	}
}

func TestResumedHasAlwaysBeen(t *testing.T) {
	s := ring.Resumed(42)
	if s.Last() != 42 || s.Base() != 42 || s.Points() != 0 {
		t.Errorf("Last() = %d, Base() = %d, Points() = %d, want 42, 42, 0", s.Last(), s.Base(), s.Points())
	}
	s.Append(1000, 43, 100)
	for _, tt := range []struct {
		t    uint32
		want uint64
	}{{900, 42}, {999, 42}, {1000, 43}} {
		if got := s.At(1000, tt.t); got != tt.want {
			t.Errorf("At(1000, %d) = %d, want %d", tt.t, got, tt.want)
		}
	}
}

func TestForgetKeepsTheCount(t *testing.T) {
	s, now := dense(10_000)
	s.Forget()
	for _, age := range []uint32{0, 1, 80_000, fourWeeks} {
		if got := s.At(now, now-age); got != 10_000 {
			t.Errorf("At(now, now - %d) = %d after Forget, want 10000", age, got)
		}
	}
	if s.Points() != 0 || s.Last() != 10_000 {
		t.Errorf("Points() = %d, Last() = %d, want 0, 10000", s.Points(), s.Last())
	}
	s.Append(now+5, 10_001, fourWeeks)
	if got := s.At(now+5, now+4); got != 10_000 {
		t.Errorf("At just before the next change = %d, want 10000", got)
	}
}

// Values may go past 2^32, and by more at once, in the middle of any level.
func TestValuesBeyond32Bits(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, step := range []uint64{1, 1 << 20, 1 << 28, 1<<32 - 1, 1 << 32, 1 << 40} {
		var s ring.Series
		m := &model{keep: 20_000 * ring.Units, now: 99}
		v := uint64(1<<32) - step*500
		for i := range 60_000 {
			m.now += ring.Units
			if rng.IntN(3) > 0 {
				v += rng.Uint64N(step) + 1
			}
			m.append(&s, v)
			if i%3001 == 0 {
				m.checkAll(t, &s)
				if step <= 1<<20 {
					m.checkOrder(t, &s)
				}
			}
		}
	}
}

// After the count has gone past 2^32, memory returns to what it was.
func TestUpperHalvesAreTemporary(t *testing.T) {
	var s ring.Series
	const keep = 10_000 * ring.Units
	var now uint32
	grow := func(ticks int) {
		for range ticks {
			now += ring.Units
			s.Append(now, s.Last()+1000, keep)
		}
	}
	s.Append(0, 1<<32-40_000*1000, keep)
	grow(30_000)
	before := s.Bytes()
	grow(11_000)
	during := s.Bytes()
	grow(19_000)
	if after := s.Bytes(); after != before || during <= before {
		t.Errorf("Bytes() = %d before the count passes 2^32, %d just after, %d long after; want more, then the same", before, during, after)
	}
}

// Every window that is asked for over 28 days, with a tick and a change each second,
// holds all events in it and reaches back by at most one percent or one tick more: an
// event that a tick notes may have come any time since the tick before. Ticks come on
// time, or late by up to a slot.
func TestWindowsOverFourWeeks(t *testing.T) {
	for _, tt := range []struct {
		name  string
		ticks int
		late  int
		tick  uint64 // the longest time between two
	}{
		{"ticks on time", fourWeeks / ring.Units, 1, ring.Units},
		{"late ticks", 400_000, ring.Units, 2*ring.Units - 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(5, 6))
			var s ring.Series
			at := make([]uint64, 1, tt.ticks+1) // by value
			windows, worst := 0, 0.0
			for tick := range uint64(tt.ticks) {
				now := (tick+1)*ring.Units + rng.Uint64N(uint64(tt.late))
				at = append(at, now)
				s.Append(uint32(now), uint64(len(at)-1), fourWeeks)
				if rng.IntN(1000) > 0 {
					continue
				}
				for range 20 {
					now := now + rng.Uint64N(ring.Units)
					window := min(1+uint64(rng.ExpFloat64()*float64(now)/10), now)
					if windows%2 == 0 {
						window = 1 + rng.Uint64N(min(now, 1000*ring.Units))
					}
					windows++
					start := now - window
					from := at[s.At(uint32(now), uint32(start))] // events after this are counted
					if from > start || start-from > max(window/100, tt.tick) {
						t.Fatalf("at %d: a window of %d reaches back to %d, want %d or at most %d before", now, window, from, start, max(window/100, tt.tick))
					}
					if window > 100*tt.tick {
						worst = max(worst, float64(start-from)/float64(window))
					}
				}
			}
			t.Logf("%d windows of a change a second: at most %.3f %% or one tick too long; %d points in %d bytes",
				windows, 100*worst, s.Points(), s.Bytes())
			if points, bytes := s.Points(), s.Bytes(); points > 302+14*102 || bytes > 16<<10 {
				t.Errorf("%d points in %d bytes of a dense series, want at most %d in %d", points, bytes, 302+14*102, 16<<10)
			}
		})
	}
}

func TestPointsStayBounded(t *testing.T) {
	for _, tt := range []struct {
		name  string
		ticks int
		step  uint32
		want  int
	}{
		{"a change each slot", 200_000, ring.Units, 302 + 10*102},
		{"eight a slot", 200_000, 1, 8*302 + 2 + 7*102},
		{"a tick a little late", 200_000, ring.Units + 1, 302 + 10*102},
		{"one in 100 slots", 100_000, 100 * ring.Units, 302 + 14*102},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s ring.Series
			var now uint32
			most := 0
			for i := range tt.ticks {
				now += tt.step
				s.Append(now, uint64(i)+1, fourWeeks)
				if i%1009 == 0 {
					most = max(most, s.Points())
				}
			}
			t.Logf("at most %d points", most)
			if most > tt.want {
				t.Errorf("at most %d points, want at most %d", most, tt.want)
			}
		})
	}
}

// Bytes tells what the heap says, what the allocator rounds up included, within an
// eighth.
func TestBytesMatchesHeap(t *testing.T) {
	const n = 40
	var before, after runtime.MemStats
	list := make([]*ring.Series, n)
	runtime.GC()
	runtime.GC() // and what the first found out to be garbage
	runtime.ReadMemStats(&before)
	for i := range list {
		list[i], _ = dense(10_000)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	got, heap := list[0].Bytes(), float64(after.HeapAlloc-before.HeapAlloc)/n
	least := 0.9
	if strconv.IntSize == 32 {
		least = 0.7 // pointers are half as large there, and Bytes is as on 64 bits
	}
	if ratio := heap / float64(got); ratio < least || ratio > 1.13 {
		t.Errorf("Bytes() = %d, and the heap holds %.0f a series", got, heap)
	}
	runtime.KeepAlive(list)
}

func TestReadingDoesNotAllocate(t *testing.T) {
	s, now := dense(100_000)
	age := uint32(0)
	if got := testing.AllocsPerRun(1000, func() {
		age += 777
		s.At(now, now-age)
	}); got != 0 {
		t.Errorf("At allocates %v times, want 0", got)
	}
	if got := testing.AllocsPerRun(1000, func() {
		now += ring.Units
		s.Append(now, s.Last()+1, 90_000*ring.Units)
	}); got != 0 {
		t.Errorf("Append to a full series allocates %v times, want 0", got)
	}
}
