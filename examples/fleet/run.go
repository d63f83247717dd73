package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/fleet"
	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/examples/internal/live"
)

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := cli.NewFlags("fleet", "[flags]", "Serves a shop of three replicas under traffic, which one deploy gate answers for.")
	length := flags.Duration("for", 20*time.Second, "`time` of traffic, from 5s to 1h; the restart takes a few seconds more")
	err := flags.Parse(args, stdout, stderr, func() error {
		if flags.NArg() > 0 || *length < live.Shortest || *length > live.Longest {
			return fmt.Errorf("want no arguments but -for, from %v to %v", live.Shortest, live.Longest)
		}
		return nil
	})
	return cli.Status("fleet", err, stderr, func() error {
		if err := demonstrate(ctx, *length, stdout); ctx.Err() == nil { // an interrupt is no failure
			return err
		}
		return nil
	})
}

// demonstrate runs three replicas under traffic, replaces one, and reports.
func demonstrate(ctx context.Context, length time.Duration, w io.Writer) error {
	replicas := []*replica{{address: "127.0.0.1:0"}, {address: "127.0.0.1:0", faulty: true}, {address: "127.0.0.1:0"}}
	addresses := make([]string, len(replicas))
	for i, r := range replicas {
		if err := r.start(ctx, nil); err != nil {
			return err
		}
		defer func() { _ = r.server.Close(); r.tracker.Close() }()
		addresses[i] = r.address
	}
	url, stop, err := startPrometheus(ctx, addresses)
	if err != nil {
		return err
	}
	defer stop()
	cli.Say(w, "Three replicas serve, and Prometheus scrapes them: %s\n", url)
	reader, err := newReader(url)
	if err != nil {
		return err
	}

	l := &load{replicas: replicas}
	sending, end := context.WithCancel(ctx)
	var sender sync.WaitGroup
	sender.Go(func() { l.run(sending) })
	defer sender.Wait()
	defer end()
	if err := pause(ctx, length/2); err != nil {
		return err
	}
	if err := replace(ctx, l, replicas[2], reader, w); err != nil {
		return err
	}
	if err := pause(ctx, length/2); err != nil {
		return err
	}
	end()
	sender.Wait()
	for _, r := range replicas {
		if err := r.scraped(ctx); err != nil {
			return err
		}
	}
	return report(ctx, l, reader, w)
}

// pause lets traffic go on.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// replace drains a replica and puts one with an empty disk in its place.
func replace(ctx context.Context, l *load, r *replica, reader *fleet.Reader, w io.Writer) error {
	l.leave(r)
	if err := r.stop(ctx); err != nil {
		return err
	}
	history, err := reader.Restore(ctx, len(l.replicas))
	if err != nil {
		cli.Say(w, "Replica 3 begins with no history: %v\n", err)
	}
	if err := r.start(ctx, history); err != nil {
		return err
	}
	s := r.tracker.Budget("checkout").Status()
	cli.Say(w, "Replica 3 was replaced. Its disk is empty; restored from the fleet: %v, its share is %d bad of %d events.\n",
		s.Restored, s.Counts.Bad, s.Counts.Valid())
	if err := r.scraped(ctx); err != nil {
		return err
	}
	l.leave(nil)
	return nil
}

// report prints what each replica knows and what the fleet knows, and fails if that is not what
// was sent.
func report(ctx context.Context, l *load, reader *fleet.Reader, w io.Writer) error {
	cli.Say(w, "\n%-34s %8s %6s %10s  %s\n", "", "EVENTS", "BAD", "REMAINING", "MAY A FEATURE BE DEPLOYED?")
	line := func(name string, s budget.Status, verdict any) {
		cli.Say(w, "%-34s %8d %6d %8.1f %%  %v\n", name, s.Counts.Valid(), s.Counts.Bad, 100*s.Remaining, verdict)
	}
	for i, r := range l.replicas {
		line(fmt.Sprintf("replica %d, by itself", i+1), r.tracker.Budget("checkout").Status(), decide(ctx, r.tracker).Outcome)
	}
	all := reader.Reading(ctx, "checkout")
	d := decide(ctx, reader)
	line("the fleet, through Prometheus", all.Status, d.Outcome)
	line("the fleet, or replica 2 if worse", all.Status, decide(ctx, fleet.Worse(l.replicas[1].tracker, reader)).Outcome)
	cli.Say(w, "\nThe gate of the fleet (scope %s): %v\nKnown: %v; %s\n", d.Scope, d, all.Known, all.Doubt)
	cli.Say(w, "Sent: %d, of which %d were bad.\n", l.good+l.bad, l.bad)
	if l.lost != nil {
		return fmt.Errorf("requests were lost: %w", l.lost)
	}
	if want := (budget.Counts{Good: l.good, Bad: l.bad}); all.Counts != want {
		return fmt.Errorf("the fleet has %+v, and %+v were sent", all.Counts, want)
	}
	return nil
}
