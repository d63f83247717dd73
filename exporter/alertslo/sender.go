package alertslo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/seed-abb722f7/nines/policy"
)

const (
	// batch is how many alerts go into a request, as with Prometheus.
	batch = 64

	// Pauses after a request that failed: each twice as long as the one before, and up to a half
	// shorter at random.
	firstPause = time.Second
	mostPause  = 15 * time.Second // a quarter of what an alert lasts by default

	// gap is the least time between two rounds, however much happens.
	gap = 200 * time.Millisecond
)

// A sender tells one Alertmanager what is on the board: when there is news, when it is
// time to say it again, and when the last try failed. It always sends the latest, so what
// waits is one round at most.
type sender struct {
	notifier  *Notifier
	endpoint  endpoint
	labels    map[string]string
	generator string
	resend    time.Duration
	logger    *slog.Logger

	news     chan struct{}
	heard    atomic.Uint64 // how much news there was
	done     atomic.Uint64 // how much of it was taken, or refused
	counters counters
}

func (s *sender) hear(*policy.Breach) { s.wake() }

// wake says that there is news.
func (s *sender) wake() {
	s.heard.Add(1)
	select {
	case s.news <- struct{}{}:
	default: // it knows
	}
}

func (s *sender) stats() Stats {
	waiting := 0
	if s.heard.Load() != s.done.Load() {
		waiting = 1
	}
	st := s.counters.stats(waiting)
	st.Dropped += s.notifier.board.dropped.Load()
	return st
}

func (s *sender) run() {
	timer := time.NewTimer(s.resend)
	defer timer.Stop()
	news, closing, ending := s.news, s.notifier.closing, false
	pause := firstPause
	for {
		select {
		case <-news:
		case <-timer.C:
		case <-closing:
			closing, ending = nil, true
		case <-s.notifier.ctx.Done():
			s.give()
			return
		}
		err := s.round(s.notifier.ctx)
		next := s.resend
		news = s.news
		switch {
		case err == nil:
			pause = firstPause
		case !errors.Is(err, policy.ErrPermanent):
			next = min(next, pause-rand.N(pause/2+1))
			pause = min(2*pause, mostPause)
			news = nil // the next try has it
		}
		if ending && (err == nil || errors.Is(err, policy.ErrPermanent)) {
			s.give()
			return
		}
		if err == nil {
			if next -= gap; !s.rest() {
				next = 0
			}
		}
		timer.Reset(next)
	}
}

// rest waits for a moment, so that what happens at once is sent at once. It reports false if
// the notifier was closed.
func (s *sender) rest() bool {
	timer := time.NewTimer(gap)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.notifier.closing:
		return false
	}
}

// give counts what was not sent when the notifier closed.
func (s *sender) give() {
	if s.heard.Load() != s.done.Load() {
		s.counters.dropped.Add(1)
	}
}

// round sends everything on the board. A batch that was refused keeps no other from being
// sent; one that could not be sent does.
func (s *sender) round(ctx context.Context) error {
	heard := s.heard.Load()
	breaches := s.notifier.board.alerts(s.resend)
	now := time.Now()
	var refused error
	for len(breaches) > 0 {
		n := min(len(breaches), batch)
		err := s.send(ctx, breaches[:n], now)
		if err != nil && !errors.Is(err, policy.ErrPermanent) {
			return err
		}
		if err != nil {
			refused = err
		}
		breaches = breaches[n:]
	}
	if s.done.Swap(heard) != heard && refused != nil {
		s.counters.dropped.Add(1)
	}
	return refused
}

func (s *sender) send(ctx context.Context, breaches []policy.Breach, now time.Time) error {
	alerts := make([]alert, len(breaches))
	for i := range breaches {
		alerts[i] = s.notifier.scope.newAlert(&breaches[i], s.labels, s.generator, now, lasts*s.resend)
	}
	body, err := json.Marshal(alerts)
	if err != nil { // a time of a year that RFC 3339 does not have
		err = fmt.Errorf("alertslo: %w: %w", err, policy.ErrPermanent)
	} else {
		err = s.endpoint.post(ctx, body, nil)
	}
	s.counters.note(s.logger, len(breaches), err)
	return err
}
