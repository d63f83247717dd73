package live

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/seed-abb722f7/nines/policy"
)

// A Show is what is seen of a run.
type Show struct {
	*Screen
	length time.Duration

	mu       sync.Mutex
	began    time.Time
	breaches []policy.Breach // as they were told
}

// NewShow returns a show on w; a quiet one shows nothing.
func NewShow(w io.Writer, quiet bool, length Length) *Show {
	return &Show{Screen: NewScreen(w, quiet), length: time.Duration(length)}
}

// Begin starts the clock.
func (s *Show) Begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.began = time.Now()
}

// Clock returns the time since Begin.
func (s *Show) Clock() time.Duration { return time.Since(s.Began()) }

// Began returns when Begin was called.
func (s *Show) Began() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.began
}

// Tell prints a line with the time.
func (s *Show) Tell(text string) { s.Print(fmt.Sprintf("%7s  %s", stamp(s.Clock()), text)) }

// stamp returns a time of the run, such as "15.0s".
func stamp(at time.Duration) string { return fmt.Sprintf("%.1fs", at.Seconds()) }

// Hear is for policy.Watcher.OnBreach: it tells of every breach that starts, and again when
// it is resolved.
func (s *Show) Hear(_ context.Context, b policy.Breach) {
	s.mu.Lock()
	s.breaches = append(s.breaches, b)
	s.mu.Unlock()
	s.Tell(b.String())
}

// Breaches returns what Hear has heard.
func (s *Show) Breaches() []policy.Breach {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.breaches)
}

// An Event is something that happens in the run.
type Event struct {
	At   time.Duration
	Text string
}

// refresh is the time between two drawings on a terminal.
const refresh = 100 * time.Millisecond

// During sends, until ctx ends and all is answered, and does as Run does meanwhile.
func (s *Show) During(ctx context.Context, news []Event, table func() []string, sent func() uint64, send func(context.Context)) {
	var shown sync.WaitGroup
	defer shown.Wait()
	shown.Go(func() { s.Run(ctx, news, table, sent) })
	send(ctx)
}

// Run keeps the screen up to date until ctx ends: the table is drawn on a terminal, else
// printed, six times in a run. And it tells the news. sent says how many requests were answered.
func (s *Show) Run(ctx context.Context, news []Event, table func() []string, sent func() uint64) {
	ticker := time.NewTicker(refresh)
	defer ticker.Stop()
	const times = 6
	every := Length(s.length).Share(1. / times)
	next := every
	for {
		select {
		case <-ctx.Done():
			s.Draw() // the final report takes its place
			return
		case <-ticker.C:
		}
		now := s.Clock()
		for len(news) > 0 && news[0].At <= now {
			s.Tell(news[0].Text)
			news = news[1:]
		}
		rows := table()
		switch {
		case s.terminal:
			head := fmt.Sprintf("%s of %v, %d requests sent", stamp(now), s.length, sent())
			s.Draw(append([]string{"", head}, rows...)...)
		case now >= next:
			next += every
			for _, r := range rows {
				s.Tell(r)
			}
		}
	}
}

// WriteBreaches prints a line for each incident of a run that began then.
func WriteBreaches(w *bytes.Buffer, began time.Time, breaches []policy.Breach) {
	fmt.Fprint(w, "\nBreaches\n\n")
	if len(breaches) == 0 {
		fmt.Fprint(w, "  none\n")
	}
	for _, b := range breaches {
		if b.State != policy.Started {
			continue
		}
		end := "open at the end"
		if i := slices.IndexFunc(breaches, func(c policy.Breach) bool { return c.ID == b.ID && c.State == policy.Resolved }); i >= 0 {
			end = "resolved at " + stamp(breaches[i].Resolved.Sub(began))
		}
		fmt.Fprintf(w, "  %-6v  %s by %s: started at %s, %s\n", b.Severity, b.Name, b.Rule, stamp(b.Started.Sub(began)), end)
	}
}
