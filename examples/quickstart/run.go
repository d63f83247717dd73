package main

import (
	"context"
	"errors"
	"flag"
	"io"

	"github.com/seed-abb722f7/nines/examples/internal/live"
)

// Exit statuses.
const (
	exitOK     = 0 // also after an interrupt
	exitFailed = 1 // it could not serve, or the counts are wrong
	exitUsage  = 2
)

// options are what the command line says.
type options struct {
	live.Options
	state stateFile
}

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	var err error
	o.Options, err = live.ParseArgs("quickstart", "Serves a shop under traffic, with an incident, and shows its error budgets live.", args, stdout, stderr,
		func(flags *flag.FlagSet) {
			flags.StringVar((*string)(&o.state), "state", "", "`file` in which error budgets are kept from one run to the next; empty is none")
		})
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage // and has been said
	}
	q, err := open(o, stdout, stderr)
	if err == nil {
		var r *report
		q.drive(ctx)
		r, err = q.finish()
		err = errors.Join(err, r.write(stdout))
	}
	if err != nil {
		live.Say(stderr, "quickstart: %v\n", err)
		return exitFailed
	}
	return exitOK
}
