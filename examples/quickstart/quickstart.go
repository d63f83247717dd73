package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
)

// A quickstart is one run: open, drive, finish.
type quickstart struct {
	scenario
	screen  screen
	tracker *budget.Tracker
	watcher *policy.Watcher
	server  *server
	load    *generator
	began   time.Time

	mu       sync.Mutex
	breaches []policy.Breach // as they were told
}

// open makes everything: the tracker of the error budgets, the watcher of its rules, the
// shop on a listener, and the load generator. finish must follow.
func open(o options, stdout io.Writer) (_ *quickstart, err error) {
	q := &quickstart{scenario: newScenario(o.length)}
	q.screen.w, q.screen.terminal = stdout, isTerminal(stdout)
	if o.quiet {
		q.screen.w, q.screen.terminal = io.Discard, false
	}
	q.tracker, err = budget.New(budget.Config{Service: "shop", Objectives: q.objectives(), Resolution: q.resolution()})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			q.tracker.Close() // and the watcher with it
		}
	}()
	q.watcher, err = policy.Watch(q.tracker, policy.Config{Rules: q.rules()})
	if err != nil {
		return nil, err
	}
	s := &shop{q.scenario, q.clock}
	q.server, err = newServer(o.addr, q.tracker, q.watcher, s.routes())
	if err != nil {
		return nil, err
	}
	q.load = newGenerator(q.server.url())
	return q, nil
}

// clock returns the time since the run began.
func (q *quickstart) clock() time.Duration { return time.Since(q.began) }

// hear is called for every breach that starts, and again when it is resolved.
func (q *quickstart) hear(_ context.Context, b policy.Breach) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.breaches = append(q.breaches, b)
	q.tell(b.String())
}

// tell prints a line with the time.
func (q *quickstart) tell(text string) {
	q.screen.print(fmt.Sprintf("%7s  %s", stamp(q.clock()), text))
}

// stamp returns a time of the run, such as "15.0s".
func stamp(at time.Duration) string { return fmt.Sprintf("%.1fs", at.Seconds()) }

// drive serves, and sends requests until the run is over or ctx ends. When it returns
// every request was answered, and /metrics is still served.
func (q *quickstart) drive(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, q.length)
	defer cancel()
	q.began = time.Now() // before anything reads it
	q.watcher.OnBreach(q.hear)
	q.server.serve(cancel)
	q.screen.print(
		"A shop under traffic at "+q.server.url()+" for "+q.length.String()+", or until you press Ctrl-C.",
		"Send requests of your own, or see "+q.server.url()+"/metrics.",
		"")
	var shown sync.WaitGroup
	defer shown.Wait()
	shown.Go(func() { q.show(ctx) })
	q.load.run(ctx)
}

// refresh is the time between two drawings on a terminal.
const refresh = 100 * time.Millisecond

// show keeps the screen up to date until ctx ends: a table on a terminal, else its rows,
// six times in a run. And it tells what happens to the shop.
func (q *quickstart) show(ctx context.Context) {
	ticker := time.NewTicker(refresh)
	defer ticker.Stop()
	news := q.news()
	const times = 6
	next := q.share(1. / times)
	for {
		select {
		case <-ctx.Done():
			q.screen.draw() // the final report takes its place
			return
		case <-ticker.C:
		}
		now := q.clock()
		for len(news) > 0 && news[0].at <= now {
			q.tell(news[0].text)
			news = news[1:]
		}
		rows := table(q.tracker, q.watcher.Active(), q.long())
		switch {
		case q.screen.terminal:
			counts, _, _ := q.load.read()
			q.screen.draw(append([]string{
				"",
				fmt.Sprintf("%s of %v, %d requests sent", stamp(now), q.length, total(counts)),
			}, rows...)...)
		case now >= next:
			next += q.share(1. / times)
			for _, r := range rows[1:] {
				q.tell(r)
			}
		}
	}
}

// An event is something that happens to the shop.
type event struct {
	at   time.Duration
	text string
}

func (q *quickstart) news() []event {
	return []event{
		{q.outage.from, "the payment provider goes down: every checkout is answered 503"},
		{q.outage.to, "the payment provider is back"},
		{q.slowness.from, fmt.Sprintf("the search index is being rebuilt: searches take %v", 3*slowAbove)},
		{q.slowness.to, "the search index is ready: searches are fast again"},
	}
}

// finish ends the server, reads everything and closes the tracker. The error is what went
// wrong since open; the report is there all the same.
func (q *quickstart) finish() (*report, error) {
	defer q.tracker.Close()
	err := q.server.shutdown() // from here on every request is counted
	q.watcher.Close()          // and every breach told
	r := q.report()
	return r, errors.Join(err, r.err())
}
