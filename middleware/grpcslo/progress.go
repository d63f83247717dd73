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
	opened   atomic.Int64 // the same of what established it
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
	p.establish(op, now, start)
}

// arrived notes a message that came in to a server.
func (p *progress) arrived(op *budget.Operation, now func() time.Duration, start time.Duration) {
	if p.stage.Load() == opening && p.received.Swap(true) {
		p.establish(op, now, start)
	}
}

func (p *progress) establish(op *budget.Operation, now func() time.Duration, start time.Duration) {
	if p.stage.Load() != opening {
		return
	}
	p.opened.CompareAndSwap(0, int64(max(now()-start, 0))+1)
	// The operation hears of it first: should the end come now, it takes it back.
	op.StreamBegan()
	if !p.stage.CompareAndSwap(opening, established) {
		op.StreamEnded()
	}
}

// end notes that the stream is over and completes its outcome, whose latency is the time
// to the end so far.
func (p *progress) end(op *budget.Operation, o *Outcome) {
	o.Stream = true
	if p.stage.Swap(over) == established {
		o.Established = true
		op.StreamEnded()
	}
	if first := p.first.Load(); first != 0 {
		o.Latency = time.Duration(first - 1)
	} else if o.Established && o.Cancelled {
		// Nothing was said, and nobody waited for it: how long it was open for is its
		// client's choice.
		o.Latency = time.Duration(p.opened.Load() - 1)
	}
}
