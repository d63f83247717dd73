package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/slo"
)

// options are what the command line says.
type options struct {
	file       string // "-" is standard input
	json       bool
	times      timeFormat
	depth      int // path segments that the name of an operation keeps
	operations int // named operations; the rest are _OTHER
	top        int // rows of each table, 0 for all
	width      int // columns of the chart

	// What is promised of the service; the window of its operations too.
	target slo.Target
	window slo.Window
	method slo.Method
}

// run is the program, and returns its exit status: cli.OK also if lines were malformed,
// cli.Failed if the input could not be read to its end, or the report not written.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parseArgs(args, stdout, stderr)
	return cli.Status("replay", err, stderr, func() error {
		o.width = columns(stdout)
		r := newReplay(o)
		if err := r.readFile(ctx, stdin); err != nil {
			return err
		}
		rep, err := r.report()
		if err != nil {
			return err
		}
		return rep.write(stdout, o)
	})
}

// parseArgs reads the command line. What is wrong with it is written to stderr, what
// -h asks for to stdout.
func parseArgs(args []string, stdout, stderr io.Writer) (options, error) {
	o := options{file: "-", times: timeAuto}
	target, window, method := targetFlag{slo.Percent(availabilityTarget)}, windowFlag{}, methodFlag{}
	flags := cli.NewFlags("replay", "[flags] [FILE|-]", "Prints the error budgets of an access log in the common or combined format, plain or gzip.")
	flags.BoolVar(&o.json, "json", false, "print the report as one JSON document")
	flags.Var(&o.times, "time", "`unit` of the request time that ends each line: s (nginx $request_time), ms (Apache %{ms}T),\n"+
		"us (Apache %D), none, or auto: s if the first line ends with a decimal fraction")
	flags.Var(&target, "target", "`percent` of requests that must be good: what would another target have said?")
	flags.Var(&window, "window", "`window` of the error budgets: rolling, such as 28d (the default) or 6h; or calendar, such as month,\n"+
		"\"month Europe/Berlin\" or \"4w from 2026-01-05 UTC\", of which each period is reported")
	flags.Var(&method, "method", "`method` by which the service's budgets are counted: occurrences (the default), or slices of time as in\n"+
		"\"timeslices 1m 95%\" (of a minute, good if 95 % of their requests are) or \"ratiotimeslices 1m\"")
	flags.IntVar(&o.depth, "depth", 2, "path `segments` that an operation's name keeps")
	flags.IntVar(&o.operations, "operations", budget.DefaultMaxOperations, "`number` of operations that are told apart; the rest are "+otherOperation)
	flags.IntVar(&o.top, "top", 25, "`rows` of each table: operations with bad events first, the latest periods and episodes; 0 for all")
	err := flags.Parse(args, stdout, stderr, func() error {
		o.target, o.window, o.method = target.Target, window.Window, method.Method
		switch {
		case flags.NArg() > 1:
			return fmt.Errorf("unexpected argument %q: flags come first, then at most one file", flags.Arg(1))
		case o.depth < 1:
			return fmt.Errorf("-depth is %d: want at least 1", o.depth)
		case o.operations < 1:
			return fmt.Errorf("-operations is %d: want at least 1", o.operations)
		case o.top < 0:
			return fmt.Errorf("-top is %d: want at least 1, or 0 for all", o.top)
		}
		return o.check()
	})
	if flags.NArg() == 1 {
		o.file = flags.Arg(0)
	}
	return o, err
}

// readFile reads the whole input.
func (r *replay) readFile(ctx context.Context, stdin io.Reader) error {
	if r.options.file == "-" {
		if err := r.readLog(ctx, stdin); err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
		return nil
	}
	f, err := os.Open(r.options.file)
	if err != nil {
		return err // names the file
	}
	defer func() { _ = f.Close() }() // it was only read
	if err := r.readLog(ctx, f); err != nil {
		return fmt.Errorf("%s: %w", r.options.file, err)
	}
	return nil
}
