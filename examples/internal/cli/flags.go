package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// Flags are those of one program.
type Flags struct {
	*flag.FlagSet
	usage string
}

// NewFlags returns the flags of a program, of which there are none yet. The usage follows its
// name, such as "[flags]", and what it is about comes below.
func NewFlags(program, usage, about string) Flags {
	set := flag.NewFlagSet(program, flag.ContinueOnError)
	set.SetOutput(io.Discard) // errors and help go to different places
	return Flags{set, fmt.Sprintf("usage: %s %s\n\n%s\n\n", program, usage, about)}
}

// Parse reads the command line, and has check say what is wrong with values that can be read.
// What is wrong is written to stderr with the usage, what -h asks for to stdout, with
// flag.ErrHelp. See [Status].
func (f Flags) Parse(args []string, stdout, stderr io.Writer, check func() error) error {
	err := f.FlagSet.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.writeUsage(stdout)
		return err
	case err == nil:
		err = check()
	}
	if err != nil {
		Say(stderr, "%s: %v\n\n", f.Name(), err)
		f.writeUsage(stderr)
	}
	return err
}

// Only says what is wrong if there is more than flags on the command line.
func (f Flags) Only() error {
	if f.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: there are only flags", f.Arg(0))
	}
	return nil
}

func (f Flags) writeUsage(w io.Writer) {
	Say(w, "%s", f.usage)
	f.SetOutput(w)
	f.PrintDefaults()
}
