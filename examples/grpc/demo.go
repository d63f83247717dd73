package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/policy"
)

// A demo is one run: open, drive, finish.
type demo struct {
	scenario
	show     *live.Show
	tracker  *budget.Tracker
	watcher  *policy.Watcher
	provider *provider
	server   *server
	load     *generator
}

// open makes everything: the tracker of the error budgets, the watcher of its rules, the
// provider, the shop on a listener, and the load generator. finish must follow.
func open(o live.Options, stdout io.Writer) (_ *demo, err error) {
	d := &demo{scenario: newScenario(o.Length), show: live.NewShow(stdout, o.Quiet, o.Length)}
	d.tracker, err = budget.New(budget.Config{Service: "shop", Objectives: d.objectives(), Resolution: d.length.Resolution()})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			d.tracker.Close() // and the watcher with it
			if d.provider != nil {
				_ = d.provider.close() // err says more
			}
		}
	}()
	d.watcher, err = policy.Watch(d.tracker, policy.Config{Rules: d.rules()})
	if err != nil {
		return nil, err
	}
	d.provider, err = newProvider(d.tracker, d.scenario, d.show.Clock)
	if err != nil {
		return nil, err
	}
	d.server, err = newServer(o.Addr, d.tracker, &shop{d.scenario, d.show.Clock, d.provider.ask})
	if err != nil {
		return nil, err
	}
	d.load, err = newGenerator(d.server.target())
	return d, err
}

// drive serves, and makes calls until the run is over or ctx ends. When it returns every
// call was answered.
func (d *demo) drive(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(d.length))
	defer cancel()
	d.show.Begin() // before anything reads the clock
	d.watcher.OnBreach(d.show.Hear)
	d.server.serve(cancel)
	d.show.Print(
		"A gRPC shop under traffic at "+d.server.target()+" for "+time.Duration(d.length).String()+", or until you press Ctrl-C.",
		"")
	d.show.During(ctx, d.news(), d.table, d.load.Sent, d.load.run)
}

func (d *demo) table() []string {
	return live.Table(d.tracker, d.watcher.Active(), d.length.Long())
}

// finish ends the servers, reads everything and closes the tracker. The error is what went
// wrong since open; the report is there all the same.
func (d *demo) finish() (*report, error) {
	defer d.tracker.Close()
	err := d.server.shutdown(d.tracker) // from here on every call is counted
	err = errors.Join(err, d.provider.close())
	d.watcher.Close() // and every breach told
	r := d.report()
	return r, errors.Join(err, r.Counts.Err())
}
