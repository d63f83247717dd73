package budget

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-abb722f7/nines/internal/stripe"
	"github.com/seed-abb722f7/nines/slo"
)

// An Operation counts the requests of one route or method. Middleware gets it from
// [Tracker.HTTP] or [Tracker.RPC], calls Start when a request arrives and Finish when
// its handler has returned: each request exactly one of each.
//
// All methods are safe for concurrent use, never block, never allocate but for the
// first event of a class, and do nothing on a nil *Operation or after the tracker
// was closed.
type Operation struct {
	name     string
	kind     slo.SourceKind
	declared bool
	closed   *atomic.Bool
	table    *stripe.Table
	stream   *Stream // of an operation that is an event stream

	withdrawn   atomic.Uint64 // started here, but they belonged elsewhere
	established atomic.Int64  // answered, and not over: in flight, but not stalled
	turn        uint64        // spreads the visits to idle operations over the ticks

	now       func() time.Duration // the tracker's
	notable   atomic.Pointer[notability]
	exemplars atomic.Pointer[exemplars] // nil before the first

	causes   atomic.Pointer[causes] // nil before the first
	causesMu sync.Mutex             // held while causes is replaced

	// The rest belongs to the engine, under its lock.
	seen    tally  // as of the last tick
	started uint64 // as of the last tick
	settled bool   // nothing was in flight at the last tick
	stall   stallWatch
	latency latencyHistory
	sums    *[slo.NumClasses]wideSum // of the reports so far; nil before the first
}

// Name returns the name under which the operation is exported; "" for nil.
func (o *Operation) Name() string {
	if o == nil {
		return ""
	}
	return o.name
}

// Start counts a request that arrived.
func (o *Operation) Start() {
	if o == nil || o.closed.Load() {
		return
	}
	o.table.Start()
}

// Finish records one request that was started: what happened to it, and how long it
// took. A latency below zero counts as zero; a class outside the set counts as
// [slo.Failed].
func (o *Operation) Finish(class slo.Class, latency time.Duration) {
	if o == nil || o.closed.Load() {
		return
	}
	o.table.Finish(int(known(class)), int64(latency))
}

// FinishEvent is Finish with what the handler said of the event: its marks change
// the class, and the time it subtracted comes off the latency. A cause is counted;
// the first event of a cause takes a lock and allocates. A nil event said nothing.
//
// It reports whether the event was bad, as any objective judges it, or took longer than any
// threshold allows: then [Operation.AddExemplar] may say where to find it.
func (o *Operation) FinishEvent(e *slo.Event, class slo.Class, latency time.Duration) (notable bool) {
	if o == nil || o.closed.Load() {
		return false
	}
	class = e.Class(class)
	latency -= e.Subtracted()
	o.Finish(class, latency)
	if cause := e.CauseOf(class); cause != "" {
		o.blame(cause, known(class)) // after: there are never more causes than events
	}
	return o.notable.Load().has(known(class), latency)
}

// Withdraw takes back a Start: the request turned out to belong to another
// operation, which must Start and Finish it.
func (o *Operation) Withdraw() {
	if o == nil || o.closed.Load() {
		return
	}
	o.withdrawn.Add(1)
}

// StreamBegan says that a request in flight has been answered, but is not over: it has
// become an established stream, or a body is on its way. It may stay so for ever without
// the operation being stalled. StreamEnded must follow, before its Finish.
func (o *Operation) StreamBegan() {
	if o != nil {
		o.established.Add(1)
	}
}

// StreamEnded ends what StreamBegan began.
func (o *Operation) StreamEnded() {
	if o != nil {
		o.established.Add(-1)
	}
}

// inFlight returns the requests under way, given how many have finished in a
// reading that came before.
func (o *Operation) inFlight(finished uint64) uint64 {
	withdrawn := o.withdrawn.Load() // before started: never more than it
	if gone, started := withdrawn+finished, o.table.Started(); gone < started {
		return started - gone
	}
	return 0 // or less: somebody finished what was never started
}

// current returns the requests under way at this moment.
func (o *Operation) current() uint64 {
	var finished uint64
	for used := o.table.Used(); used != 0; used &= used - 1 {
		finished += o.table.Count(bits.TrailingZeros64(used))
	}
	return o.inFlight(finished)
}
