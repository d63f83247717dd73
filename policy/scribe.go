package policy

import (
	"log/slog"
	"sync"
	"time"
)

const (
	// maxLines bounds what waits for a logger: thousands of lines are no log any more.
	maxLines = 1024

	// logPatience is how long whoever has a line written on their own behalf waits for it: a
	// logger is a matter of microseconds, unless it hangs.
	logPatience = time.Second
)

// A scribe writes lines to the logger of the host, in order. A logger is code of the host's: it
// may block, and must then stop neither the tick nor who asks a gate; what it does not take waits,
// and beyond maxLines is dropped, and counted in a line when there is room again. Like a
// subscriber, a scribe has a goroutine only while something waits.
type scribe struct {
	logger *slog.Logger

	mu      sync.Mutex // never held while the logger runs
	waiting []func(*slog.Logger)
	running bool
	stuck   bool // somebody's patience has ended, and nothing was written since
	dropped int
}

// put queues a line, for the next flush, and reports whether there was room. It may be called
// under locks.
func (s *scribe) put(line func(*slog.Logger)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) >= maxLines {
		s.dropped++
		return false
	}
	s.waiting = append(s.waiting, line)
	return true
}

// flush has what waits written: in a simulation before it returns, otherwise on a goroutine.
func (s *scribe) flush(simulated bool) {
	s.mu.Lock()
	idle := !s.running && len(s.waiting) > 0
	s.running = s.running || idle
	s.mu.Unlock()
	switch {
	case idle && simulated:
		s.drain()
	case idle:
		go s.drain()
	}
}

// tell has a line written, and waits for that unless the logger hangs. It must not be called
// under locks.
func (s *scribe) tell(line func(*slog.Logger)) {
	done := make(chan struct{})
	if s.put(func(l *slog.Logger) {
		defer close(done)
		line(l)
	}) {
		s.await(done)
	} else {
		s.flush(false)
	}
}

// settle has everything written that waits, as tell does.
func (s *scribe) settle() {
	s.mu.Lock()
	none := len(s.waiting) == 0 && !s.running
	s.mu.Unlock()
	if !none {
		s.tell(func(*slog.Logger) {})
	}
}

// await waits for a line that was put.
func (s *scribe) await(done <-chan struct{}) {
	s.flush(false)
	s.mu.Lock()
	stuck := s.stuck
	s.mu.Unlock()
	if stuck {
		return
	}
	timer := time.NewTimer(logPatience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.stuck = true
	}
}

// drain writes until nothing waits.
func (s *scribe) drain() {
	ended := true // unless it returns: the logger called runtime.Goexit
	defer func() {
		if ended {
			go s.drain()
		}
	}()
	for {
		line, ok := s.next()
		if !ok {
			ended = false
			return
		}
		logSafely(func() { line(s.logger) })
	}
}

// next takes the oldest line; before it, once there is room again, one that says how many were
// dropped.
func (s *scribe) next() (line func(*slog.Logger), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stuck = false
	if n := s.dropped; n > 0 && len(s.waiting) < maxLines {
		s.dropped = 0
		return func(l *slog.Logger) {
			l.Warn("nines: the logger does not keep up; some lines were dropped", "dropped", n)
		}, true
	}
	if len(s.waiting) == 0 {
		s.waiting, s.running = nil, false
		return nil, false
	}
	line, s.waiting[0] = s.waiting[0], nil // let go of it
	s.waiting = s.waiting[1:]
	return line, true
}

// logSafely survives a logger that panics: it is the host's, and on a goroutine of ours its panic
// would end the process.
func logSafely(log func()) {
	defer func() { _ = recover() }()
	log()
}
