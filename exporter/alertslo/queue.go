package alertslo

import (
	"context"
	"sync"

	"github.com/seed-abb722f7/nines/policy"
)

// maxQueue is how much news waits for a webhook or a log.
const maxQueue = 1024

// A queue brings every piece of news to one place, in order.
type queue struct {
	notifier *Notifier
	deliver  func(ctx context.Context, b policy.Breach) // returns when it was taken or given up
	counters counters

	mu      sync.Mutex
	waiting []policy.Breach
	busy    bool
	more    chan struct{} // something waits
}

func newQueue(n *Notifier, name string) *queue {
	q := &queue{notifier: n, more: make(chan struct{}, 1)}
	q.counters.name = name
	return q
}

// hear queues news. What it shares with other destinations is only read.
func (q *queue) hear(b *policy.Breach) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= maxQueue {
		q.counters.dropped.Add(1)
		return
	}
	q.waiting = append(q.waiting, *b)
	select {
	case q.more <- struct{}{}:
	default: // it knows
	}
}

func (q *queue) stats() Stats {
	q.mu.Lock()
	n := len(q.waiting)
	if q.busy {
		n++
	}
	q.mu.Unlock()
	return q.counters.stats(n)
}

func (q *queue) run() {
	for {
		select {
		case <-q.more:
			q.drain()
		case <-q.notifier.closing:
			q.drain()
			return
		}
	}
}

func (q *queue) drain() {
	for {
		b, ok := q.next()
		if !ok {
			return
		}
		q.deliver(q.notifier.ctx, b)
	}
}

// next takes the oldest. Once the notifier's time is up, what is left is dropped.
func (q *queue) next() (b policy.Breach, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.notifier.ctx.Err() != nil {
		q.counters.dropped.Add(uint64(len(q.waiting)))
		q.waiting = nil
	}
	q.busy = len(q.waiting) > 0
	if !q.busy {
		q.waiting = nil
		return b, false
	}
	b, q.waiting[0] = q.waiting[0], policy.Breach{} // let go of it
	q.waiting = q.waiting[1:]
	return b, true
}
