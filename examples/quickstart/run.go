package main

import (
	"context"
	"errors"
	"flag"
	"io"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/examples/internal/live"
)

// options are what the command line says.
type options struct {
	live.Options
	state stateFile
}

// run is the program, and returns its exit status: cli.Failed if it could not serve or keep
// its state, or the counts are wrong.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	var err error
	o.Options, err = live.ParseArgs("quickstart", "Serves a shop under traffic, with an incident, and shows its error budgets live.", args, stdout, stderr,
		func(flags *flag.FlagSet) {
			flags.StringVar((*string)(&o.state), "state", "", "`file` in which error budgets are kept from one run to the next; empty is none")
		})
	return cli.Status("quickstart", err, stderr, func() error {
		q, err := open(o, stdout, stderr)
		if err != nil {
			return err
		}
		q.drive(ctx)
		r, err := q.finish()
		return errors.Join(err, r.write(stdout))
	})
}
