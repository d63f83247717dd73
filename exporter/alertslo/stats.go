package alertslo

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Stats is what became of what one destination was to be told. It is a plain value.
type Stats struct {
	// Destination names it, without whatever may be secret in it: such as
	// "alertmanager http://am-1:9093", "webhook https://hooks.example.com" or "log".
	Destination string

	// Sent is how many alerts or pieces of news were taken; Alertmanager is told the same again
	// and again, which counts each time. Failed is how many requests were not taken, retries
	// included. Dropped is how much news was given up: there was no room for it, every try
	// had failed, or Close did not wait any longer.
	Sent, Failed, Dropped uint64

	// Waiting is how much waits: of a webhook and a log news, of Alertmanager 1 while it has
	// not taken the latest.
	Waiting int

	// LastSent is when something was taken last; zero is never. LastError is what was wrong
	// with the last request if it failed, and nil if it did not.
	LastSent  time.Time
	LastError error
}

// counters are the Stats of a destination, as they come.
type counters struct {
	name                  string
	sent, failed, dropped atomic.Uint64

	mu       sync.Mutex
	lastSent time.Time
	lastErr  error
}

// took notes a request that was taken, and reports whether the one before was not.
func (c *counters) took(n int) (again bool) {
	c.sent.Add(uint64(n))
	c.mu.Lock()
	defer c.mu.Unlock()
	again = c.lastErr != nil
	c.lastSent, c.lastErr = time.Now(), nil
	return again
}

// refused notes a request that failed, and reports whether the one before did not.
func (c *counters) refused(err error) (first bool) {
	c.failed.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	first = c.lastErr == nil
	c.lastErr = err
	return first
}

func (c *counters) stats(waiting int) Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{
		Destination: c.name, Sent: c.sent.Load(), Failed: c.failed.Load(), Dropped: c.dropped.Load(),
		Waiting: waiting, LastSent: c.lastSent, LastError: c.lastErr,
	}
}

// note counts a request, and logs when it begins to fail and when that is over.
func (c *counters) note(logger *slog.Logger, n int, err error) {
	defer func() { _ = recover() }() // a logger that panics is the host's
	switch {
	case err != nil && c.refused(err):
		logger.Warn("nines: breaches cannot be told; trying again", "destination", c.name, "error", err)
	case err == nil && c.took(n):
		logger.Info("nines: breaches are told again", "destination", c.name)
	}
}
