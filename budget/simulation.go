package budget

import (
	"sync"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A Simulation is a tracker without goroutines whose time moves by hand: for replaying
// recorded traffic, for trying objectives on it, and for tests (package budgettest
// wraps it). Everything else is the code that runs live.
type Simulation struct {
	*Tracker
	hand *hand
}

// hand holds the clocks of a simulation.
type hand struct {
	mu      sync.Mutex
	elapsed time.Duration // the monotonic clock
	start   time.Time
	shift   time.Duration // what was added to the wall clock only
	stepped bool          // the wall clock was stepped since the last tick
}

func (h *hand) mono() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.elapsed
}

func (h *hand) wall() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.start.Add(h.elapsed + h.shift)
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.elapsed += d
}

func (h *hand) step(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shift += d
	h.stepped = true
}

// wasStepped reports whether the wall clock was stepped since the last call.
func (h *hand) wasStepped() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.stepped
	h.stepped = false
	return was
}

// NewSimulation returns a tracker whose clock stands at start. The error is that of
// [New].
func NewSimulation(cfg Config, start time.Time) (*Simulation, error) {
	h := &hand{start: start.Round(0)}
	t, err := build(cfg, h)
	if err != nil {
		return nil, err
	}
	return &Simulation{Tracker: t, hand: h}, nil
}

// Advance moves time by d, ticking on the way as a live tracker would, each
// Resolution from the start. Attached policies are evaluated at every tick, and their
// callbacks return before Advance does. Without any, stretches in which nothing
// happens cost one tick. It does nothing for d <= 0 or when closed; it must not be
// called from two goroutines at once.
func (s *Simulation) Advance(d time.Duration) {
	step := s.engine.Resolution
	for d > 0 && !s.closed.Load() {
		next := step - s.hand.mono()%step
		if next > d {
			s.hand.move(d)
			return
		}
		if quiet := s.quiet(); quiet > next {
			next += (min(d, quiet) - next) / step * step
		}
		s.hand.move(next)
		d -= next
		s.tick()
	}
}

// quiet returns for how long ticks will find nothing: none of them can matter to anyone.
// The first tick after an event, and the second, which sees the change settled, are
// never skipped.
func (s *Simulation) quiet() time.Duration {
	ticking := false
	s.hooks.each(func(h *Hook) { ticking = ticking || h.Tick != nil })
	stepped := s.hand.wasStepped()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if ticking || stepped || s.engine.stirring() {
		return 0
	}
	now := s.engine.clock.Engine(s.hand.mono())
	return min(s.engine.nextSlice(now), s.engine.nextEpisode(now))
}

// AdvanceTo moves time to the wall time at, if that is ahead.
func (s *Simulation) AdvanceTo(at time.Time) { s.Advance(at.Sub(s.hand.wall())) }

// Time returns the wall time of the simulation.
func (s *Simulation) Time() time.Time { return s.hand.wall() }

// StepWall steps the wall clock by d, forward or back, as an administrator or a time
// daemon would. Time does not move.
func (s *Simulation) StepWall(d time.Duration) {
	s.hand.step(d)
}

// Add counts n requests, or calls, of an operation at this moment, all of the same class and
// latency: for recorded traffic of which only counts are known. Elsewhere it is as calling Start
// and Finish n times. More than 2^53 at once are a mistake, and are not counted.
func (s *Simulation) Add(o *Operation, class slo.Class, latency time.Duration, n uint64) {
	if o == nil || n == 0 || n > maxAdd || o.closed.Load() {
		return
	}
	o.table.Start() // once will do: what matters is that something came
	o.table.FinishMany(int(known(class)), int64(latency), n)
}
