package policy

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// queueAtLeast bounds what waits for one subscriber. With many objectives the bound
// grows to what one tick can bring, so that only a subscriber that does not keep up
// loses anything.
const (
	queueAtLeast        = 1024
	changesPerObjective = 2 // at one tick: of the page and of the ticket episode, of each group of rules
)

// closeGrace is how long Close waits for callbacks to take what was decided before it:
// enough for a line in a log or a request to a near service, and short for a shutdown.
const closeGrace = time.Second

// A courier delivers news, such as breaches, to subscribers: to each in order, on a
// goroutine that lives only while something waits for it, so that there is nothing to leak.
type courier[T any] struct {
	word  string          // what is delivered, for the log
	clone func(*T) T      // a copy that shares nothing
	id    func(*T) string // which it was, for the log

	ctx     context.Context // of the courier's life: what callbacks are given
	cancel  context.CancelFunc
	scribe  *scribe
	dropped atomic.Uint64
	panics  atomic.Uint64

	mu          sync.Mutex // taken after the owner's, before a subscriber's
	closed      bool
	subscribers []*subscriber[T]
}

func newCourier[T any](logger *slog.Logger, word string, clone func(*T) T, id func(*T) string) *courier[T] {
	c := &courier[T]{scribe: &scribe{logger: logger}, word: word, clone: clone, id: id}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

func (c *courier[T]) subscribe(f func(context.Context, T)) (cancel func()) {
	s := &subscriber[T]{courier: c, f: f}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return func() {}
	}
	c.subscribers = append(c.subscribers, s)
	return func() {
		c.mu.Lock()
		c.subscribers = slices.DeleteFunc(slices.Clone(c.subscribers), func(x *subscriber[T]) bool { return x == s })
		c.mu.Unlock()
		s.end()
	}
}

// heard reports whether anybody listens.
func (c *courier[T]) heard() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.subscribers) > 0
}

// post queues news for everyone, at most limit for each. It runs no callback, and is
// called under the owner's lock, so that order is kept; what it leaves to the caller
// must be done without.
func (c *courier[T]) post(news []T, limit int, simulated bool) (left errands[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.subscribers {
		drain, overflowed := s.add(news, limit, simulated)
		if drain {
			left.drain = append(left.drain, s)
		}
		if overflowed {
			left.overflowed++
		}
	}
	return left
}

// errands are what runs the code of users, a callback or a logger, and therefore without
// a lock.
type errands[T any] struct {
	drain      []*subscriber[T] // in a simulation, everyone who was idle
	overflowed int              // how many subscribers have begun to fall behind
}

func (c *courier[T]) run(e errands[T]) {
	if e.overflowed > 0 {
		dropped := c.dropped.Load()
		c.scribe.put(func(l *slog.Logger) {
			l.Warn("nines: "+c.word+" callbacks do not keep up; some news is dropped", "callbacks", e.overflowed, "dropped", dropped)
		})
		c.scribe.flush(len(e.drain) > 0)
	}
	for _, s := range e.drain {
		s.drain()
	}
}

// close is drain for a second.
func (c *courier[T]) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	c.drain(ctx)
}

// drain lets callbacks take what is queued until ctx ends, and then tells those under way to
// end and drops the rest. It does not wait any longer for a callback that hangs or is
// itself the caller, and reports whether there was none.
func (c *courier[T]) drain(ctx context.Context) (all bool) {
	c.mu.Lock()
	c.closed = true
	subscribers := c.subscribers
	c.subscribers = nil
	c.mu.Unlock()
	all = true
	for _, s := range subscribers {
		idle := s.idle()
		select {
		case <-idle:
			continue
		default:
		}
		select {
		case <-idle:
		case <-ctx.Done():
			all = false
		}
	}
	c.cancel()
	for _, s := range subscribers {
		if !s.isInline() { // whoever advances the simulation is about to deliver it
			c.dropped.Add(s.end())
		}
	}
	return all
}
