package grpcslo

import (
	"sync/atomic"
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

// A progress is how far a stream has come. It is established when its first message or its
// header was sent (on a client: received), or a second message came in: from then on it
// may stay open for ever without its operation being stalled. One goroutine may send and
// one receive, as in grpc-go, and the end may come in between.
type progress struct {
	first    atomic.Int64 // nanoseconds to the first message, and 1; 0 before it
	stage    atomic.Uint32
	received atomic.Bool // of a server: a message came in
}

const (
	opening uint32 = iota
	established
	over
)

// message notes the first message that says how fast the stream is.
func (p *progress) message(op *budget.Operation, now func() time.Duration, start time.Duration) {
	if p.first.Load() == 0 {
		p.first.CompareAndSwap(0, int64(max(now()-start, 0))+1)
	}
	p.establish(op)
}

// arrived notes a message that came in to a server.
func (p *progress) arrived(op *budget.Operation) {
	if p.stage.Load() == opening && p.received.Swap(true) {
		p.establish(op)
	}
}

func (p *progress) establish(op *budget.Operation) {
	// The operation hears of it first: should the end come now, it takes it back.
	if p.stage.Load() != opening {
		return
	}
	op.StreamBegan()
	if !p.stage.CompareAndSwap(opening, established) {
		op.StreamEnded()
	}
}

// end notes that the stream is over and returns its latency, given the time to its end.
func (p *progress) end(op *budget.Operation, elapsed time.Duration) time.Duration {
	if p.stage.Swap(over) == established {
		op.StreamEnded()
	}
	if first := p.first.Load(); first != 0 {
		return time.Duration(first - 1)
	}
	return elapsed
}
