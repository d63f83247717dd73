package clockwork_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/internal/clockwork"
)

const day = 24 * time.Hour

var noon = time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC)

// A machine has the two clocks, and somebody who reads them.
type machine struct {
	clock *clockwork.Clock
	mono  time.Duration
	wall  time.Time
	last  clockwork.Reading
	gaps  time.Duration // the sum of all
}

func boot(wall time.Time) *machine {
	const mono = 17 * time.Second // it has been up for a while
	return &machine{clock: clockwork.New(mono, wall), mono: mono, wall: wall}
}

func (m *machine) observe() clockwork.Reading {
	m.last = m.clock.Observe(m.mono, m.wall)
	m.gaps += m.last.Gap
	return m.last
}

// run lets d pass on both clocks, observed each second.
func (m *machine) run(d time.Duration) {
	for d > 0 {
		step := min(d, time.Second)
		m.mono += step
		m.wall = m.wall.Add(step)
		d -= step
		m.observe()
	}
}

// step moves the wall clock alone: somebody sets it, or the machine sleeps.
func (m *machine) step(d time.Duration) {
	m.wall = m.wall.Add(d)
	m.observe()
}

// A laptop sleeps for eight hours. A minute after it woke up that is believed.
func ExampleClock() {
	wall := time.Date(2025, time.March, 3, 23, 0, 0, 0, time.UTC)
	clock := clockwork.New(0, wall)
	wall = wall.Add(8 * time.Hour) // the monotonic clock stands still
	for _, awake := range []time.Duration{time.Second, time.Minute, time.Minute + time.Second} {
		r := clock.Observe(awake, wall.Add(awake))
		fmt.Printf("%s: engine time %v, gap %v, suspect %v\n", r.Wall.Format(time.TimeOnly), r.Engine, r.Gap, r.Suspect)
	}
	// Output:
	// 07:00:01: engine time 1s, gap 0s, suspect true
	// 07:01:00: engine time 1m0s, gap 0s, suspect true
	// 07:01:01: engine time 8h1m1s, gap 8h0m0s, suspect false
}

func TestClock(t *testing.T) {
	const minute = time.Minute
	for _, tt := range []struct {
		name    string
		play    func(m *machine)
		ran     time.Duration // on the monotonic clock
		gaps    time.Duration
		suspect bool
	}{
		{"nothing happens", func(m *machine) { m.run(time.Hour) }, time.Hour, 0, false},
		{"back an hour", func(m *machine) { m.step(-time.Hour); m.run(5 * minute) }, 5 * minute, 0, false},
		{"back 30 days", func(m *machine) { m.step(-30 * day); m.run(5 * minute) }, 5 * minute, 0, false},
		{"back, mended", func(m *machine) { m.step(-30 * day); m.run(time.Hour); m.step(30 * day); m.run(time.Hour) }, 2 * time.Hour, 0, false},
		{"back, mended in two steps", func(m *machine) {
			m.step(-2 * time.Hour)
			m.run(5 * minute)
			m.step(time.Hour)
			m.run(5 * minute)
			m.step(time.Hour)
			m.run(5 * minute)
		}, 15 * minute, 0, false},
		{"back in two steps, mended in one", func(m *machine) {
			m.step(-time.Hour)
			m.step(-time.Hour)
			m.run(5 * minute)
			m.step(2 * time.Hour)
			m.run(5 * minute)
		}, 10 * minute, 0, false},
		{"back, then further forward", func(m *machine) { m.step(-time.Hour); m.run(minute); m.step(3 * time.Hour); m.run(2 * minute) }, 3 * minute, 2 * time.Hour, false},
		{"back, then further forward, then forward", func(m *machine) {
			m.step(-time.Hour)
			m.run(minute)
			m.step(3 * time.Hour)
			m.run(2 * minute)
			m.step(time.Hour)
			m.run(2 * minute)
		}, 5 * minute, 3 * time.Hour, false},
		{"back, mended, then forward", func(m *machine) {
			m.step(-time.Hour)
			m.step(time.Hour)
			m.step(time.Hour)
			m.run(2 * minute)
		}, 2 * minute, time.Hour, false},
		{"forward an hour, young", func(m *machine) { m.step(time.Hour); m.run(59 * time.Second) }, 59 * time.Second, 0, true},
		{"forward an hour", func(m *machine) { m.step(time.Hour); m.run(minute) }, minute, time.Hour, false},
		{"forward 30 days", func(m *machine) { m.step(30 * day); m.run(time.Hour) }, time.Hour, 30 * day, false},
		{"forward by the tolerance", func(m *machine) { m.step(clockwork.Tolerance); m.run(5 * minute) }, 5 * minute, 0, false},
		{"forward by more", func(m *machine) { m.step(clockwork.Tolerance + 1); m.run(5 * minute) }, 5 * minute, clockwork.Tolerance + 1, false},
		{"forward, mended in time", func(m *machine) { m.step(30 * day); m.run(59 * time.Second); m.step(-30 * day); m.run(time.Hour) }, time.Hour + 59*time.Second, 0, false},
		{"forward, mended too late", func(m *machine) { m.step(time.Hour); m.run(minute); m.step(-time.Hour); m.run(time.Hour) }, 61 * minute, time.Hour, false},
		{"forward, mended again and again", func(m *machine) {
			for range 20 {
				m.step(time.Hour)
				m.run(50 * time.Second)
				m.step(-time.Hour)
				m.run(10 * time.Second)
			}
		}, 20 * minute, 0, false},
		{"forward twice", func(m *machine) { m.step(time.Hour); m.run(30 * time.Second); m.step(time.Hour); m.run(5 * minute) }, 330 * time.Second, 2 * time.Hour, false},
		{"forward twice, the first minute over", func(m *machine) { m.step(time.Hour); m.run(30 * time.Second); m.step(day); m.run(30 * time.Second) }, minute, time.Hour, true},
		{"forward twice, the second mended", func(m *machine) {
			m.step(time.Hour)
			m.run(59 * time.Second)
			m.step(30 * day)
			m.run(11 * time.Second)
			m.step(-30 * day)
			m.run(5 * minute)
		}, 370 * time.Second, time.Hour, false},
		{"forward twice, mended by half", func(m *machine) {
			m.step(2 * time.Hour)
			m.run(30 * time.Second)
			m.step(-time.Hour)
			m.run(5 * minute)
		}, 330 * time.Second, time.Hour, false},
		{"back beyond all while suspect", func(m *machine) {
			m.step(time.Hour)
			m.run(30 * time.Second)
			m.step(-2 * time.Hour)
			m.run(5 * minute)
		}, 330 * time.Second, 0, false},
		{"back beyond all while suspect, mended", func(m *machine) {
			m.step(time.Hour)
			m.run(30 * time.Second)
			m.step(-2 * time.Hour)
			m.run(5 * minute)
			m.step(time.Hour)
			m.run(5 * minute)
		}, 630 * time.Second, 0, false},
		{"asleep most of the time", func(m *machine) { // awake for 20 s in each hour
			for range 24 {
				m.step(time.Hour - 20*time.Second)
				m.run(20 * time.Second)
			}
			m.run(2 * minute)
		}, 10 * minute, 24 * (time.Hour - 20*time.Second), false},
		{"slewed by 500 ppm for a week", func(m *machine) {
			for range 7 * day / time.Minute {
				m.step(30 * time.Millisecond)
				m.run(minute)
			}
		}, 7 * day, 0, false},
		{"slewed back by 500 ppm for a week", func(m *machine) {
			for range 7 * day / time.Minute {
				m.step(-30 * time.Millisecond)
				m.run(minute)
			}
		}, 7 * day, 0, false},
		{"asleep after being slewed back for a week", func(m *machine) {
			for range 7 * day / time.Minute {
				m.step(-30 * time.Millisecond)
				m.run(minute)
			}
			m.step(3 * time.Minute) // less than it was slewed
			m.run(2 * minute)
		}, 7*day + 2*minute, 3 * time.Minute, false},
		{"monotonic clock back", func(m *machine) {
			m.mono -= 10 * time.Second // of a reading that was late to come
			m.observe()
			m.mono += 10 * time.Second
			m.run(minute)
		}, minute, 0, false},
		{"leap second", func(m *machine) { m.step(-time.Second); m.run(5 * minute) }, 5 * minute, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := boot(noon)
			tt.play(m)
			if want := tt.ran + tt.gaps; m.last.Engine != want {
				t.Errorf("engine time %v, want %v", m.last.Engine, want)
			}
			if m.gaps != tt.gaps || m.last.Suspect != tt.suspect {
				t.Errorf("gaps of %v, suspect %v, want %v, %v", m.gaps, m.last.Suspect, tt.gaps, tt.suspect)
			}
			if got := m.clock.Wall(m.last.Engine); !got.Equal(m.wall) || !m.last.Wall.Equal(m.wall) {
				t.Errorf("Wall(now) = %v, Reading.Wall = %v, want %v", got, m.last.Wall, m.wall)
			}
		})
	}
}

// A machine without a battery wakes up in 1970, the zero time is one wrong reading, and
// no clock can be set so far that engine time overflows.
func TestClockAtTheEdges(t *testing.T) {
	const century = 100 * 365 * day
	var zero time.Time
	for _, tt := range []struct {
		name string
		from time.Time
		to   time.Time
		gap  time.Duration
	}{
		{"1970 to now", time.Unix(0, 0), noon, noon.Sub(time.Unix(0, 0))},
		{"across 2038", time.Unix(1<<31-2, 0), time.Unix(1<<31+3600, 0), 3602 * time.Second},
		{"across 2262", time.Unix(0, 1<<63-1), time.Unix(0, 1<<63-1).Add(time.Hour), time.Hour},
		{"a century", noon, noon.Add(century), century},
		{"two centuries", noon, noon.Add(2 * century), 1<<62 - time.Minute},
		{"from the zero time", zero, noon, 1<<62 - time.Minute},
		{"to the year 9999", noon, time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), 1<<62 - time.Minute},
		{"to the zero time", noon, zero, 0},
		{"back a century", noon, noon.Add(-century), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := boot(tt.from)
			m.wall = tt.to
			m.observe()
			m.run(2 * time.Minute)
			if m.gaps != tt.gap || m.last.Engine != 2*time.Minute+tt.gap || m.last.Suspect {
				t.Errorf("gaps of %v, engine time %v, suspect %v, want %v, %v, false", m.gaps, m.last.Engine, m.last.Suspect, tt.gap, 2*time.Minute+tt.gap)
			}
			if got, want := m.clock.Wall(m.last.Engine), tt.to.Add(2*time.Minute); !got.Equal(want) {
				t.Errorf("Wall(now) = %v, want %v", got, want)
			}
			m.wall = tt.from.Add(2 * time.Minute)
			before := m.last.Engine
			m.observe()
			m.run(2 * time.Minute)
			if got, want := m.last.Engine, before+2*time.Minute; got != want {
				t.Errorf("engine time %v two minutes after it was set right, want %v", got, want)
			}
		})
	}
	m := boot(noon)
	for range 10 {
		m.step(century)
		m.run(2 * time.Minute)
	}
	if got, want := m.last.Engine, time.Duration(1<<62)+18*time.Minute; m.last.Suspect || got < 1<<62 || got > want {
		t.Errorf("ten centuries ahead: engine time %v, suspect %v, want %v or a little more, false", got, m.last.Suspect, time.Duration(1<<62))
	}
}

func TestEngineBetweenReadings(t *testing.T) {
	m := boot(noon)
	m.run(time.Minute)
	for _, tt := range []struct{ since, want time.Duration }{
		{0, time.Minute},
		{300 * time.Millisecond, time.Minute + 300*time.Millisecond},
		{-time.Second, time.Minute}, // an old reading
	} {
		if got := m.clock.Engine(m.mono + tt.since); got != tt.want {
			t.Errorf("Engine(%v after the last reading) = %v, want %v", tt.since, got, tt.want)
		}
	}
}

func TestReadingHasNoMonotonicPart(t *testing.T) {
	now := time.Now()
	clock := clockwork.New(0, now)
	for _, got := range []time.Time{clock.Observe(0, now).Wall, clock.Wall(0)} {
		if got != now.Round(0) {
			t.Errorf("wall time %v, want %v", got, now.Round(0))
		}
	}
}

func TestResumeGoesOn(t *testing.T) {
	clock := clockwork.Resume(5*time.Hour, time.Minute, noon)
	if got := clock.Wall(4 * time.Hour); !got.Equal(noon.Add(-time.Hour)) {
		t.Errorf("Wall(an hour ago) = %v, want %v", got, noon.Add(-time.Hour))
	}
	r := clock.Observe(time.Minute+time.Second, noon.Add(time.Second))
	if want := (clockwork.Reading{Engine: 5*time.Hour + time.Second, Wall: noon.Add(time.Second)}); r != want {
		t.Errorf("Observe = %+v, want %+v", r, want)
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	m := boot(noon)
	if got := testing.AllocsPerRun(100, func() { m.run(time.Second) }); got != 0 {
		t.Errorf("Observe allocates %v times, want 0", got)
	}
}
