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
	file             string
}

// run is the program, and returns its exit status.
func run(args []string, stdout, stderr io.Writer) int {
	var rules *rulesslo.Rules
	o, err := parseArgs(args, stdout, stderr)
	if err == nil {
		rules, err = o.rules()
		if err != nil {
			cli.Say(stderr, "rules: %v\n", err) // only flags and the file can be wrong
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

// rules returns those of the file, or of the quickstart's shop.
func (o options) rules() (*rulesslo.Rules, error) {
	c := rulesslo.Config{Service: "shop", Objectives: objectives(slo.Rolling(o.window)), Interval: o.interval}
	if o.file != "" {
		var err error
		if c.Service, c.Objectives, err = readFile(o.file); err != nil {
			return nil, err
		}
	}
	return rulesslo.New(c)
}

// parseArgs reads the command line. What is wrong with it is written to stderr, what
// -h asks for to stdout.
func parseArgs(args []string, stdout, stderr io.Writer) (o options, err error) {
	flags := cli.NewFlags("rules", "[flags]", "Prints Prometheus rules for the shop of examples/quickstart, or for a file of objectives.")
	flags.StringVar(&o.file, "file", "", "`file` of objectives in YAML, as examples/rules/testdata/shop.yaml has them, in place of the shop's")
	flags.BoolVar(&o.tests, "tests", false, "print the unit tests of the rules instead, which expect these in shop.rules.yml")
	flags.BoolVar(&o.dashboard, "dashboard", false, "print a Grafana dashboard instead")
	o.window = slo.DefaultWindow
	windowed := false
	flags.Func("window", "`length` of the objectives' windows, such as 7d (default 28d)", func(s string) (err error) {
		windowed = true
		o.window, err = slo.ParseDuration(s)
		return err
	})
	flags.DurationVar(&o.interval, "interval", 0, "`time` between two evaluations (default as the server has it, 2m for windows of a day and longer)")
	err = flags.Parse(args, stdout, stderr, func() error {
		if o.tests && o.dashboard {
			return errors.New("-tests and -dashboard: want one of them")
		}
		if o.file != "" && windowed {
			return errors.New("-file and -window: want one of them, because the file has windows")
		}
		return flags.Only()
	})
	return o, err
}
