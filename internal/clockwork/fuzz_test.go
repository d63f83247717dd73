package clockwork_test

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/internal/clockwork"
)

// FuzzClockNeverGoesBack lets two clocks do anything. Each step of the script is two
// bytes: what happens, and how much of it.
func FuzzClockNeverGoesBack(f *testing.F) {
	f.Add([]byte{0, 60, 1, 200, 0, 70, 2, 3, 0, 70, 3, 1, 4, 9})
	f.Add([]byte{1, 1, 0, 30, 1, 1, 0, 30, 2, 2, 0, 61, 1, 1, 0, 61})
	f.Add([]byte{5, 0, 0, 61, 5, 1, 0, 61, 5, 2, 0, 61, 5, 3, 0, 255})
	f.Add([]byte{6, 255, 6, 255, 0, 200, 6, 255, 4, 255, 0, 61})
	f.Fuzz(func(t *testing.T, script []byte) {
		m := boot(noon)
		var ran time.Duration // on the monotonic clock
		var minute []offset   // the last, from the newest reading that is as old
		near := true          // the wall clock stayed within a century, so all differences are exact
		for script = script[:min(len(script), 400)]; len(script) >= 2; script = script[2:] {
			much := time.Duration(script[1])
			steps, mono, wall := 1, time.Duration(0), time.Duration(0)
			switch script[0] % 7 {
			case 0:
				steps, mono, wall = int(much), time.Second, time.Second
			case 1:
				wall = much * 613 * time.Second
			case 2:
				wall = -much * 613 * time.Second
			case 3:
				mono = -much * 101 * time.Millisecond
			case 4:
				mono, wall = much*7*time.Hour, much*(7*time.Hour+time.Millisecond)
			case 5:
				m.wall = [...]time.Time{{}, noon, time.Unix(1<<40, 0), time.Unix(-1<<40, 0)}[much%4]
			case 6:
				wall = much * 400 * day
			}
			for range steps {
				before, reached := m.last.Engine, m.mono
				m.mono += mono
				m.wall = m.wall.Add(wall)
				r := m.observe()
				m.mono = max(m.mono, reached) // it was read late, or wrong
				ran += m.mono - reached
				if r.Engine < before || r.Gap < 0 || r.Engine != ran+m.gaps {
					t.Fatalf("engine time %v after %v, gap %v; ran for %v with gaps of %v in all", r.Engine, before, r.Gap, ran, m.gaps)
				}
				if got := m.clock.Wall(r.Engine); !got.Equal(m.wall) || !r.Wall.Equal(m.wall) {
					t.Fatalf("Wall(now) = %v, Reading.Wall = %v, want %v", got, r.Wall, m.wall)
				}
				ahead := m.wall.Sub(noon.Add(ran))
				near = near && ahead.Abs() < 100*365*day
				minute = append(minute, offset{ran, ahead})
				for len(minute) > 1 && ran-minute[1].at >= clockwork.Patience {
					minute = minute[1:]
				}
				if r.Gap > 0 && near {
					least := ahead
					for _, o := range minute {
						least = min(least, o.ahead)
					}
					if m.gaps > least+clockwork.Tolerance {
						t.Fatalf("gaps of %v in all, though the wall clock was ahead by %v only in the last minute", m.gaps, least)
					}
				}
			}
		}
		// In the end the clocks run alike, and nothing is in doubt after two minutes.
		m.run(2*clockwork.Patience + time.Second)
		if m.last.Suspect {
			t.Error("suspect, though the clocks have run alike for two minutes")
		}
	})
}

// An offset is how far the wall clock was ahead of the monotonic one, since the start.
type offset struct{ at, ahead time.Duration }
