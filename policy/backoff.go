package policy

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// ErrPermanent marks an error that another try will not mend, such as a request that was
// refused: fmt.Errorf("...: %w", policy.ErrPermanent). See [Backoff].
var ErrPermanent = errors.New("not to be tried again")

// A Backoff tries again what a network may fail to take. The zero Backoff tries five times,
// within about 15 seconds:
//
//	watcher.OnBreach(policy.Backoff{}.Retry(send))
type Backoff struct {
	// Tries is how often one breach is sent at most. Zero is 5; 1 is never again.
	Tries int

	// First is the pause after the first try. Each one after that is twice as long, up to
	// Most, and up to a half shorter at random, so that many processes do not come back at
	// one moment. Zero is one second, and half a minute.
	First, Most time.Duration

	// GaveUp is called with what could not be sent, and the last error. Nil is nobody.
	GaveUp func(b Breach, err error)
}

// The defaults of a Backoff.
const (
	backoffTries = 5
	backoffFirst = time.Second
	backoffMost  = 30 * time.Second
)

// Retry returns a callback for [Watcher.OnBreach] that sends every breach until it is taken:
// until send returns nil or an error that is ErrPermanent, the tries are used up, or the
// watcher closes. Breaches wait for one another, so that they arrive in order; it is for a
// subscriber of its own, which keeps no other waiting. In a simulation there are no pauses.
func (o Backoff) Retry(send func(ctx context.Context, b Breach) error) func(ctx context.Context, b Breach) {
	tries, first, most := o.Tries, o.First, o.Most
	if tries <= 0 {
		tries = backoffTries
	}
	if first <= 0 {
		first = backoffFirst
	}
	if most <= 0 {
		most = backoffMost
	}
	return func(ctx context.Context, b Breach) {
		pause := first
		for try := 1; ; try++ {
			err := send(ctx, b.clone())
			if err == nil {
				return
			}
			if try >= tries || errors.Is(err, ErrPermanent) || !wait(ctx, min(pause, most)) {
				if o.GaveUp != nil {
					o.GaveUp(b, err)
				}
				return
			}
			pause = min(2*pause, most)
		}
	}
}

// simulated is the key of what tells that time does not pass by itself.
type simulated struct{}

// wait waits for at least half of d, and reports whether it was not cut short.
func wait(ctx context.Context, d time.Duration) bool {
	if ctx.Value(simulated{}) != nil {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d - rand.N(d/2+1))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
