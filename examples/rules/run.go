package main

import (
	"errors"
	"io"
	"time"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/exporter/rulesslo"
	"github.com/seed-abb722f7/nines/slo"
)

// options are what the command line says.
type options struct {
	tests, dashboard bool
	window           time.Duration
	interval         time.Duration
}

// run is the program, and returns its exit status.
func run(args []string, stdout, stderr io.Writer) int {
	var rules *rulesslo.Rules
	o, err := parseArgs(args, stdout, stderr)
	if err == nil {
		rules, err = rulesslo.New(rulesslo.Config{Service: "shop", Objectives: objectives(slo.Rolling(o.window)), Interval: o.interval})
		if err != nil {
			cli.Say(stderr, "rules: %v\n", err) // only flags can be wrong
		}
	}
	return cli.Status("rules", err, stderr, func() error {
		text := rules.YAML()
		switch {
		case o.tests:
			text = rules.Tests("shop.rules.yml")
		case o.dashboard:
			text = rules.Dashboard()
		}
		_, err := stdout.Write(text)
		return err
	})
}

// parseArgs reads the command line. What is wrong with it is written to stderr, what
// -h asks for to stdout.
func parseArgs(args []string, stdout, stderr io.Writer) (o options, err error) {
	flags := cli.NewFlags("rules", "[flags]", "Prints Prometheus rules for the shop of examples/quickstart.")
	flags.BoolVar(&o.tests, "tests", false, "print the unit tests of the rules instead, which expect these in shop.rules.yml")
	flags.BoolVar(&o.dashboard, "dashboard", false, "print a Grafana dashboard instead")
	o.window = slo.DefaultWindow
	flags.Func("window", "`length` of the objectives' windows, such as 7d (default 28d)", func(s string) (err error) {
		o.window, err = slo.ParseDuration(s)
		return err
	})
	flags.DurationVar(&o.interval, "interval", 0, "`time` between two evaluations (default as the server has it, 2m for windows of a day and longer)")
	err = flags.Parse(args, stdout, stderr, func() error {
		if o.tests && o.dashboard {
			return errors.New("-tests and -dashboard: want one of them")
		}
		return flags.Only()
	})
	return o, err
}
