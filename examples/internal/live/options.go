package live

import (
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
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
	flags := cli.NewFlags(program, "[flags]", about)
	length := time.Minute
	flags.StringVar(&o.Addr, "addr", "127.0.0.1:0", "`address` to serve on; port 0 is any that is free")
	flags.DurationVar(&length, "for", length, fmt.Sprintf("`time` after which it stops by itself, from %v to %v", Shortest, Longest))
	flags.BoolVar(&o.Quiet, "quiet", false, "print the final report only")
	for _, declare := range own {
		declare(flags.FlagSet)
	}
	err = flags.Parse(args, stdout, stderr, func() error {
		if err := flags.Only(); err != nil {
			return err
		}
		if length < Shortest || length > Longest {
			return fmt.Errorf("-for is %v: want at least %v and at most %v", length, Shortest, Longest)
		}
		return nil
	})
	o.Length = Length(length)
	return o, err
}
