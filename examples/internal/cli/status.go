package cli

import (
	"errors"
	"flag"
	"io"
)

// Exit statuses.
const (
	OK     = 0 // also after an interrupt
	Failed = 1
	Usage  = 2
)

// Status runs a program whose command line was read, with this outcome, by [Flags.Parse], and
// returns its exit status. What goes wrong is one line on stderr.
func Status(program string, parsed error, stderr io.Writer, do func() error) int {
	switch {
	case errors.Is(parsed, flag.ErrHelp):
		return OK
	case parsed != nil:
		return Usage // and has been said
	}
	if err := do(); err != nil {
		Say(stderr, "%s: %v\n", program, err)
		return Failed
	}
	return OK
}
