package policy

import (
	"context"
	"log/slog"
	"sync"
)

// A subscriber is one callback and what waits for it. Whoever finds it idle with something
// to deliver becomes its drainer, until nothing is left: a goroutine of its own, or in a
// simulation whoever advances it.
type subscriber[T any] struct {
	courier *courier[T]
	f       func(context.Context, T)

	mu      sync.Mutex // never held while f runs
	queue   []T
	running bool // it has a drainer
	inline  bool // which is whoever advances the simulation
	over    bool // nothing more may be queued
	full    bool // it has overflowed since it was empty
	waiting []chan struct{}
}

// add queues news, and starts a goroutine to deliver them if need be. It reports
// whether the caller must drain instead, and whether the queue has overflowed for the
// first time since it was empty.
func (s *subscriber[T]) add(news []T, limit int, simulated bool) (drain, overflowed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false, false
	}
	fit := min(len(news), max(limit-len(s.queue), 0))
	for i := range news[:fit] {
		s.queue = append(s.queue, s.courier.clone(&news[i]))
	}
	if left := len(news) - fit; left > 0 {
		s.courier.dropped.Add(uint64(left))
		overflowed, s.full = !s.full, true
	}
	if s.running {
		return false, overflowed
	}
	s.running, s.inline = true, simulated
	if !simulated {
		go s.drain()
	}
	return simulated, overflowed
}

// drain delivers until nothing waits.
func (s *subscriber[T]) drain() {
	ended := true // unless it returns: the callback called runtime.Goexit
	defer func() {
		if ended {
			s.goOn()
		}
	}()
	for {
		item, ok := s.next()
		if !ok {
			ended = false
			return
		}
		s.call(item)
	}
}

// goOn replaces a drainer that the callback ended; in a simulation, which has no other
// goroutine, the next piece of news does.
func (s *subscriber[T]) goOn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inline {
		s.rest()
		return
	}
	go s.drain()
}

// next takes the oldest from the queue. Without one the drainer is done.
func (s *subscriber[T]) next() (item T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		s.queue = nil
		s.rest()
		return item, false
	}
	var none T
	item, s.queue[0] = s.queue[0], none // let go of it
	s.queue = s.queue[1:]
	return item, true
}

// rest says that the drainer is gone. The caller holds the lock.
func (s *subscriber[T]) rest() {
	s.running, s.inline, s.full = false, false, false
	for _, c := range s.waiting {
		close(c)
	}
	s.waiting = nil
}

// call runs the callback. Its panic is its own.
func (s *subscriber[T]) call(item T) {
	defer func() {
		if v := recover(); v != nil {
			s.courier.panics.Add(1)
			word, id := s.courier.word, s.courier.id(&item)
			s.courier.scribe.tell(func(l *slog.Logger) { l.Error("nines: a "+word+" callback panicked", "panic", v, word, id) })
		}
	}()
	ctx := s.courier.ctx
	if s.isInline() {
		ctx = context.WithValue(ctx, simulated{}, true)
	}
	s.f(ctx, item)
}

// idle returns a channel that is closed once nothing waits or runs. Whoever advances a
// simulation is not waited for: it may be the caller.
func (s *subscriber[T]) idle() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := make(chan struct{})
	if !s.running || s.inline {
		close(c)
		return c
	}
	s.waiting = append(s.waiting, c)
	return c
}

func (s *subscriber[T]) isInline() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inline
}

// end drops what waits, returns how much that was, and lets nothing more in.
func (s *subscriber[T]) end() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.queue)
	s.queue, s.over = nil, true
	return uint64(n)
}
