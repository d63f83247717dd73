package live

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"
)

// Bounds of -for. In less there is too little traffic to judge by; in more the rules would
// need finer ticks than the default.
const (
	Shortest = 5 * time.Second
	Longest  = time.Hour
)

// Options are what the command line says.
type Options struct {
	Addr   string
	Length Length
	Quiet  bool
}

// ParseArgs reads the command line of a program, which is about something and may have flags
// of its own besides. What is wrong with it is written to stderr, what -h asks for to stdout,
// with flag.ErrHelp.
func ParseArgs(program, about string, args []string, stdout, stderr io.Writer, own ...func(*flag.FlagSet)) (o Options, err error) {
	flags := flag.NewFlagSet(program, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors and help go to different places
	length := time.Minute
	flags.StringVar(&o.Addr, "addr", "127.0.0.1:0", "`address` to serve on; port 0 is any that is free")
	flags.DurationVar(&length, "for", length, fmt.Sprintf("`time` after which it stops by itself, from %v to %v", Shortest, Longest))
	flags.BoolVar(&o.Quiet, "quiet", false, "print the final report only")
	for _, declare := range own {
		declare(flags)
	}
	usage := func(w io.Writer) {
		Say(w, "usage: %s [flags]\n\n%s\n\n", program, about)
		flags.SetOutput(w)
		flags.PrintDefaults()
	}
	err = flags.Parse(args)
	o.Length = Length(length)
	switch {
	case errors.Is(err, flag.ErrHelp):
		usage(stdout)
		return o, err
	case err != nil:
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q: there are only flags", flags.Arg(0))
	case length < Shortest || length > Longest:
		err = fmt.Errorf("-for is %v: want at least %v and at most %v", length, Shortest, Longest)
	}
	if err != nil {
		Say(stderr, "%s: %v\n\n", program, err)
		usage(stderr)
	}
	return o, err
}

// Say writes to where there is nobody left to hear of an error.
func Say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
