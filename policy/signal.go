package policy

import (
	"sync"
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

// A signal is a function of EnforceConfig.Signals: asked at every tick, on a goroutine of its own,
// so that one that hangs stops no tick.
type signal struct {
	f func() bool

	mu      sync.Mutex // never held while f runs
	running bool
	began   time.Duration // engine time
	found   answer        // as of the last call
}

// ask calls the function unless it is being called already, and returns what is known of it: in
// a simulation its answer, otherwise that of the call before.
func (s *signal) ask(t budget.Tick, e *Enforcer) answer {
	s.mu.Lock()
	if s.running {
		defer s.mu.Unlock()
		if t.Elapsed-s.began >= patience {
			return dunno
		}
		return s.found
	}
	s.running, s.began = true, t.Elapsed
	found := s.found
	s.mu.Unlock()
	if !t.Simulated {
		go s.call(e)
		return found
	}
	s.call(e)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.found
}

// call calls the function. One that panics does not know, nor does one that calls
// runtime.Goexit.
func (s *signal) call(e *Enforcer) {
	found := dunno
	defer func() {
		if found == dunno {
			_ = recover()
			e.courier.panics.Add(1)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.running, s.found = false, found
	}()
	if s.f() {
		found = yes
	} else {
		found = no
	}
}
