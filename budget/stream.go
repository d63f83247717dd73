package budget

import (
	"sync/atomic"

	"github.com/seed-abb722f7/nines/slo"
)

// A Stream counts events that are no requests: jobs, messages, probes, rows. Get it
// from [Tracker.Events]. All methods are safe for concurrent use, never block, never
// allocate but for the first event of each outcome, and do nothing on a nil *Stream
// or after the tracker was closed.
type Stream struct {
	o       *Operation
	misused *atomic.Uint64
}

// Good counts one good event.
func (s *Stream) Good() { s.Add(1, 1) }

// Bad counts one bad event.
func (s *Stream) Bad() { s.Add(0, 1) }

// maxAdd is the most events of one Add, 2^53: more is a mistake in arithmetic, and would
// come near to what counters can hold.
const maxAdd = 1 << 53

// Add counts total events of which good were good. More good than total, or a total above
// 2^53, is a mistake of the caller: nothing is counted but the mistake, in [Self.Misused].
// A reading meanwhile may find the bad ones counted and the good ones not yet.
func (s *Stream) Add(good, total uint64) {
	if s == nil || s.o.closed.Load() {
		return
	}
	if good > total || total > maxAdd {
		s.misused.Add(1)
		return
	}
	if bad := total - good; bad > 0 {
		s.o.table.Add(int(slo.EventBad), bad)
	}
	if good > 0 {
		s.o.table.Add(int(slo.EventGood), good)
	}
}
