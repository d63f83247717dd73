package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"
)

// Exit statuses.
const (
	exitOK     = 0 // also after an interrupt
	exitFailed = 1 // it could not serve, or the counts are wrong
	exitUsage  = 2
)

// Bounds of -for. In less there is too little traffic to judge by; in more the rules would
// need finer ticks than the default.
const (
	shortestRun = 5 * time.Second
	longestRun  = time.Hour
)

// options are what the command line says.
type options struct {
	addr   string
	length time.Duration
	quiet  bool
}

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseArgs(args, stdout, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage // and has been said
	}
	q, err := open(o, stdout)
	if err == nil {
		var r *report
		q.drive(ctx)
		r, err = q.finish()
		err = errors.Join(err, r.write(stdout))
	}
	if err != nil {
		say(stderr, "quickstart: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// say writes to where there is nobody left to hear of an error.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// parseArgs reads the command line. What is wrong with it is written to stderr, what
// -h asks for to stdout.
func parseArgs(args []string, stdout, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors and help go to different places
	flags.StringVar(&o.addr, "addr", "127.0.0.1:0", "`address` to serve on; port 0 is any that is free")
	flags.DurationVar(&o.length, "for", time.Minute, fmt.Sprintf("`time` after which it stops by itself, from %v to %v", shortestRun, longestRun))
	flags.BoolVar(&o.quiet, "quiet", false, "print the final report only")
	usage := func(w io.Writer) {
		say(w, "usage: quickstart [flags]\n\nServes a shop under traffic, with an incident, and shows its error budgets live.\n\n")
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
	case o.length < shortestRun || o.length > longestRun:
		err = fmt.Errorf("-for is %v: want at least %v and at most %v", o.length, shortestRun, longestRun)
	}
	if err != nil {
		say(stderr, "quickstart: %v\n\n", err)
		usage(stderr)
	}
	return o, err
}
