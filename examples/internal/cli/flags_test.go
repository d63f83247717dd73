package cli

import (
	"bytes"
	"errors"
	"flag"
	"testing"
)

// parse reads a command line of one flag.
func parse(args []string, stdout, stderr *bytes.Buffer) error {
	flags := NewFlags("shop", "[flags]", "Is about something.")
	size := flags.Int("size", 1, "`number` of things")
	return flags.Parse(args, stdout, stderr, func() error {
		if *size < 1 {
			return errors.New("-size: want at least 1")
		}
		return flags.Only()
	})
}

// TestParse holds what is written where: nothing, the usage as it was asked for, or what is
// wrong and the usage.
func TestParse(t *testing.T) {
	const usage = "usage: shop [flags]\n\nIs about something.\n\n  -size number\n    \tnumber of things (default 1)\n"
	for _, c := range []struct {
		arg, stdout, stderr string
		help                bool
	}{
		{arg: "-size=2"},
		{arg: "-h", stdout: usage, help: true},
		{arg: "-size=0", stderr: "shop: -size: want at least 1\n\n" + usage},
		{arg: "-x", stderr: "shop: flag provided but not defined: -x\n\n" + usage},
		{arg: "x", stderr: "shop: unexpected argument \"x\": there are only flags\n\n" + usage},
	} {
		var stdout, stderr bytes.Buffer
		err := parse([]string{c.arg}, &stdout, &stderr)
		if stdout.String() != c.stdout || stderr.String() != c.stderr {
			t.Errorf("Parse(%s) writes %q and %q, want %q and %q", c.arg, &stdout, &stderr, c.stdout, c.stderr)
		}
		if failed := c.stdout+c.stderr != ""; (err != nil) != failed || errors.Is(err, flag.ErrHelp) != c.help {
			t.Errorf("Parse(%s) = %v, want an error: %v, for help: %v", c.arg, err, failed, c.help)
		}
	}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		arg    string
		err    error
		want   int
		ran    bool
		stderr string
	}{
		{arg: "-size=2", want: OK, ran: true},
		{arg: "-size=2", err: errors.New("out of stock"), want: Failed, ran: true, stderr: "shop: out of stock\n"},
		{arg: "-h", want: OK},
		{arg: "x", want: Usage},
	} {
		var none, stderr bytes.Buffer
		ran := false
		got := Status("shop", parse([]string{c.arg}, &none, &none), &stderr, func() error {
			ran = true
			return c.err
		})
		if got != c.want || ran != c.ran || stderr.String() != c.stderr {
			t.Errorf("Status of %s, %v = %d, ran: %v, stderr %q, want %d, %v, %q", c.arg, c.err, got, ran, &stderr, c.want, c.ran, c.stderr)
		}
	}
}
