package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/examples/internal/live"
)

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var wanted string
	o, err := live.ParseArgs("otel", "Serves a shop under traffic, whose error budgets go to a real OpenTelemetry Collector.", args, stdout, stderr,
		func(flags *flag.FlagSet) {
			flags.StringVar(&wanted, "collector", "", "`program` to start, by name or path: an otelcol, or a Prometheus that takes OTLP (default the first in PATH)")
		})
	return cli.Status("otel", err, stderr, func() error {
		if err := demonstrate(ctx, o, wanted, stdout); ctx.Err() == nil { // an interrupt is no failure
			return err
		}
		return nil
	})
}

// demonstrate has a shop under traffic export to a collector, and reports.
func demonstrate(ctx context.Context, o live.Options, wanted string, w io.Writer) error {
	p, err := find(ctx, wanted)
	if err != nil {
		return err
	}
	c, err := p.start(ctx)
	if err != nil {
		return err
	}
	defer c.stop()
	tracker, err := budget.New(budget.Config{Service: "shop", Objectives: objectives})
	if err != nil {
		return err
	}
	defer tracker.Close()
	show := live.NewShow(w, o.Quiet, o.Length)
	s, err := open(ctx, o.Addr, tracker, o.Length, show.Clock)
	if err != nil {
		return err
	}
	defer func() { _ = s.close() }()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { show.Tell("not exported: " + err.Error()) }))
	provider, err := export(ctx, tracker, c.endpoint)
	if err != nil {
		return err
	}
	defer func() { _ = provider.Shutdown(context.WithoutCancel(ctx)) }() // all has been exported by then
	l := live.NewGenerator(s.url, pace, mix...)

	show.Begin()
	show.Print("A shop under traffic at "+s.url+" for "+time.Duration(o.Length).String()+", or until you press Ctrl-C.",
		"Its error budgets go over OTLP to "+c.endpoint+": "+p.version, "")
	drive(ctx, o.Length, show, l, s, tracker, c)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return finish(ctx, s, provider, l, tracker, c, w)
}

// drive sends requests until the run is over or ctx ends.
func drive(ctx context.Context, length live.Length, show *live.Show, l *live.Generator, s *shop, tracker *budget.Tracker, c *collector) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(length))
	defer cancel()
	var latest holder
	var others sync.WaitGroup
	defer others.Wait()
	others.Go(func() { follow(ctx, c, &latest) })
	show.During(ctx, []live.Event{
		{At: s.outage.From, Text: "the payment provider goes down: every checkout is answered 503"},
		{At: s.outage.To, Text: "the payment provider is back"},
	}, func() []string { return table(tracker.Report(), latest.get()) }, l.Sent, l.Run)
}

// follow keeps what has arrived up to date.
func follow(ctx context.Context, c *collector, latest *holder) {
	often := time.NewTicker(time.Second / 2)
	defer often.Stop()
	for {
		if a, err := c.arrived(ctx); err == nil { // the end says what is wrong, if it still is
			latest.put(a)
		}
		select {
		case <-ctx.Done():
			return
		case <-often.C:
		}
	}
}

// finish ends the shop, exports for the last time, and compares: nobody sends any more, so all
// that was sent must be here, and there.
func finish(ctx context.Context, s *shop, provider *metric.MeterProvider, l *live.Generator, tracker *budget.Tracker, c *collector, w io.Writer) error {
	if err := s.close(); err != nil { // from here on every request is counted
		return err
	}
	r := tracker.Report()
	if err := provider.ForceFlush(ctx); err != nil {
		return fmt.Errorf("the last export: %w", err)
	}
	a, err := c.arrived(ctx)
	if err != nil {
		return fmt.Errorf("what has arrived: %w", err)
	}
	counts := l.Compare(r)
	if err := write(w, r, a, counts); err != nil {
		return err
	}
	if !a.same(r) {
		return errors.New("what arrived is not what the process says")
	}
	return counts.Err()
}
