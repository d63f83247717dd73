package policy

import (
	"context"
	"sync"
)

// A subscriber is one callback and what waits for it. Whoever finds it idle with something
// to deliver becomes its drainer, until nothing is left: a goroutine of its own, or in a
// simulation whoever advances it.
type subscriber struct {
	courier *courier
	f       func(context.Context, Breach)

	mu      sync.Mutex // never held while f runs
	queue   []Breach
	running bool // it has a drainer
	inline  bool // which is whoever advances the simulation
	over    bool // nothing more may be queued
	full    bool // it has overflowed since it was empty
	waiting []chan struct{}
}

// add queues breaches, and starts a goroutine to deliver them if need be. It reports
// whether the caller must drain instead, and whether the queue has overflowed for the
// first time since it was empty.
func (s *subscriber) add(breaches []Breach, limit int, simulated bool) (drain, overflowed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false, false
	}
	fit := min(len(breaches), max(limit-len(s.queue), 0))
	for i := range breaches[:fit] {
		s.queue = append(s.queue, breaches[i].clone())
	}
	if left := len(breaches) - fit; left > 0 {
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
func (s *subscriber) drain() {
	ended := true // unless it returns: the callback called runtime.Goexit
	defer func() {
		if ended {
			s.goOn()
		}
	}()
	for {
		b, ok := s.next()
		if !ok {
			ended = false
			return
		}
		s.call(b)
	}
}

// goOn replaces a drainer that the callback ended; in a simulation, which has no other
// goroutine, the next breach does.
func (s *subscriber) goOn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inline {
		s.rest()
		return
	}
	go s.drain()
}

// next takes the oldest breach from the queue. Without one the drainer is done.
func (s *subscriber) next() (b Breach, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		s.queue = nil
		s.rest()
		return Breach{}, false
	}
	b = s.queue[0]
	s.queue[0] = Breach{} // let go of it
	s.queue = s.queue[1:]
	return b, true
}

// rest says that the drainer is gone. The caller holds the lock.
func (s *subscriber) rest() {
	s.running, s.inline, s.full = false, false, false
	for _, c := range s.waiting {
		close(c)
	}
	s.waiting = nil
}

// call runs the callback. Its panic is its own.
func (s *subscriber) call(b Breach) {
	defer func() {
		if v := recover(); v != nil {
			s.courier.panics.Add(1)
			s.courier.logger.Error("nines: a breach callback panicked", "panic", v, "breach", b.ID)
		}
	}()
	s.f(s.courier.ctx, b)
}

// idle returns a channel that is closed once nothing waits or runs. Whoever advances a
// simulation is not waited for: it may be the caller.
func (s *subscriber) idle() <-chan struct{} {
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

func (s *subscriber) isInline() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inline
}

// end drops what waits, returns how much that was, and lets nothing more in.
func (s *subscriber) end() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.queue)
	s.queue, s.over = nil, true
	return uint64(n)
}
