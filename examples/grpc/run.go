package main

import (
	"context"
	"errors"
	"io"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/examples/internal/live"
)

// run is the program, and returns its exit status: cli.Failed if it could not serve, or the
// counts are wrong.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := live.ParseArgs("grpc", "Serves a gRPC shop under traffic, with incidents, and shows its error budgets live.", args, stdout, stderr)
	return cli.Status("grpc", err, stderr, func() error {
		d, err := open(o, stdout)
		if err != nil {
			return err
		}
		d.drive(ctx)
		r, err := d.finish()
		return errors.Join(err, r.write(stdout))
	})
}
