package ring_test

import (
	"encoding/binary"
	"testing"

	"github.com/seed-abb722f7/nines/internal/ring"
)

// FuzzSeriesMatchesModel reads its input as a history: keep and the starting time,
// then steps of four bytes: what to do, how often, and how far time and count move.
func FuzzSeriesMatchesModel(f *testing.F) {
	start := func(keep, now uint32) []byte {
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, keep), now)
	}
	f.Add(append(start(fourWeeks, 1<<32-1000), 0, 255, 8, 1, 1, 0, 200, 20, 0, 255, 8, 1))
	f.Add(append(start(0, 0), 0, 9, 1, 1, 0, 9, 1, 1))
	f.Add(append(start(1<<31-1, 1<<31), 2, 255, 60, 33, 1, 1, 0, 30, 0, 255, 70, 1, 1, 0, 255, 30, 0, 1, 1, 1))
	f.Add(append(start(100, 7), 3, 20, 8, 64, 2, 30, 9, 31, 3, 1, 1, 63, 1, 0, 0, 3, 0, 1, 0, 32))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 8 {
			return
		}
		var s ring.Series
		m := &model{keep: min(binary.LittleEndian.Uint32(data), ring.MaxKeep), now: uint64(binary.LittleEndian.Uint32(data[4:]))}
		data = data[8:]
		for steps := 0; len(data) >= 4 && steps < 100; steps++ {
			what, times, far, much := data[0], int(data[1]), uint64(data[2]), data[3]
			data = data[4:]
			switch what % 4 {
			case 0: // a run of small steps
				for range times {
					m.now += far
					m.append(&s, m.last()+uint64(much))
				}
			case 1: // idle for a while
				m.now += min(far+uint64(times)<<(much%32), 1<<32-1-ring.MaxKeep)
				m.checkAll(t, &s)
				m.append(&s, m.last())
			case 2: // a run of great steps
				for range times {
					m.now += far << (far % 16)
					m.append(&s, m.last()+1<<(much%64))
				}
			case 3: // a count that does anything
				for range times {
					m.now += far
					m.append(&s, m.last()*6364136223846793005+1<<(much%64))
				}
			}
			m.checkAll(t, &s)
		}
	})
}
