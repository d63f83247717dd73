package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/policy"
)

// A quickstart is one run: open, drive, finish.
type quickstart struct {
	scenario
	state   stateFile
	show    *live.Show
	tracker *budget.Tracker
	watcher *policy.Watcher
	server  *server
	load    *live.Generator
}

// open makes everything: the tracker of the error budgets, the watcher of its rules, the
// shop on a listener, and the load generator. finish must follow.
func open(o options, stdout, stderr io.Writer) (_ *quickstart, err error) {
	q := &quickstart{scenario: newScenario(o.Length), state: o.state, show: live.NewShow(stdout, o.Quiet, o.Length)}
	q.tracker, err = q.state.newTracker(budget.Config{Service: "shop", Objectives: q.objectives(), Resolution: q.length.Resolution()}, stderr)
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
	s := &shop{q.scenario, q.show.Clock}
	q.server, err = newServer(o.Addr, q.tracker, q.watcher, q.gateOf(q.tracker, ""), s.routes())
	if err != nil {
		return nil, err
	}
	q.load = live.NewGenerator(q.server.url(), pace, mix[:]...)
	return q, nil
}

// drive serves, and sends requests until the run is over or ctx ends. When it returns
// every request was answered, and /metrics is still served.
func (q *quickstart) drive(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(q.length))
	defer cancel()
	q.show.Begin() // before anything reads the clock
	q.watcher.OnBreach(q.show.Hear)
	q.server.serve(cancel)
	q.show.Print(
		"A shop under traffic at "+q.server.url()+" for "+time.Duration(q.length).String()+", or until you press Ctrl-C.",
		"Send requests of your own, or see "+q.server.url()+"/metrics.",
		"May it be deployed? "+q.server.url()+"/gate?kind=feature")
	if q.state != "" {
		q.show.Print(q.state.describe(q.tracker.Statuses()))
	}
	q.show.Print("")
	q.show.During(ctx, q.news(), q.table, q.load.Sent, q.load.Run)
}

func (q *quickstart) table() []string {
	return live.Table(q.tracker, q.watcher.Active(), q.length.Long())
}

// news is what happens to the shop.
func (q *quickstart) news() []live.Event {
	return []live.Event{
		{At: q.outage.From, Text: "the payment provider goes down: every checkout is answered 503"},
		{At: q.outage.To, Text: "the payment provider is back"},
		{At: q.slowness.From, Text: fmt.Sprintf("the search index is being rebuilt: searches take %v", 3*slowAbove)},
		{At: q.slowness.To, Text: "the search index is ready: searches are fast again"},
	}
}

// finish ends the server, reads everything, writes what the next run goes on from and
// closes the tracker. The error is what went
// wrong since open; the report is there all the same.
func (q *quickstart) finish() (*report, error) {
	defer q.tracker.Close()
	err := q.server.shutdown() // from here on every request is counted
	q.watcher.Close()          // and every breach told
	r := q.report()
	return r, errors.Join(err, r.Counts.Err(), q.state.write(q.tracker.Snapshot()))
}
