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

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := live.ParseArgs("grpc", "Serves a gRPC shop under traffic, with incidents, and shows its error budgets live.", args, stdout, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage // and has been said
	}
	d, err := open(o, stdout)
	if err == nil {
		var r *report
		d.drive(ctx)
		r, err = d.finish()
		err = errors.Join(err, r.write(stdout))
	}
	if err != nil {
		live.Say(stderr, "grpc: %v\n", err)
		return exitFailed
	}
	return exitOK
}
