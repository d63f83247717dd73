package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/seed-abb722f7/nines/exporter/rulesslo"
	"github.com/seed-abb722f7/nines/slo"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// options are what the command line says.
type options struct {
	tests, dashboard bool
	window           time.Duration
	interval         time.Duration
}

// run is the program, and returns its exit status.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parseArgs(args, stdout, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage // and has been said
	}
	rules, err := rulesslo.New(rulesslo.Config{Service: "shop", Objectives: objectives(slo.Rolling(o.window)), Interval: o.interval})
	if err != nil {
		say(stderr, "rules: %v\n", err)
		return exitUsage // only flags can be wrong
	}
	text := rules.YAML()
	switch {
	case o.tests:
		text = rules.Tests("shop.rules.yml")
	case o.dashboard:
		text = rules.Dashboard()
	}
	if _, err := stdout.Write(text); err != nil {
		say(stderr, "rules: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// say writes to where there is nobody left to hear of an error.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// parseArgs reads the command line. What is wrong with it is written to stderr, what
// -h asks for to stdout.
func parseArgs(args []string, stdout, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("rules", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors and help go to different places
	flags.BoolVar(&o.tests, "tests", false, "print the unit tests of the rules instead, which expect these in shop.rules.yml")
	flags.BoolVar(&o.dashboard, "dashboard", false, "print a Grafana dashboard instead")
	o.window = slo.DefaultWindow
	flags.Func("window", "`length` of the objectives' windows, such as 7d (default 28d)", func(s string) (err error) {
		o.window, err = slo.ParseDuration(s)
		return err
	})
	flags.DurationVar(&o.interval, "interval", 0, "`time` between two evaluations (default as the server has it, 2m for windows of a day and longer)")
	usage := func(w io.Writer) {
		say(w, "usage: rules [flags]\n\nPrints Prometheus rules for the shop of examples/quickstart.\n\n")
		flags.SetOutput(w)
		flags.PrintDefaults()
	}
	err = flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		usage(stdout)
		return o, err
	case err != nil:
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q: there are only flags", flags.Arg(0))
	case o.tests && o.dashboard:
		err = errors.New("-tests and -dashboard: want one of them")
	}
	if err != nil {
		say(stderr, "rules: %v\n\n", err)
		usage(stderr)
	}
	return o, err
}
