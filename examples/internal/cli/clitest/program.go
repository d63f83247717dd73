// Package clitest is what the tests of the examples' command lines share.
package clitest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
)

// A Program is one under test, by the name that its errors begin with.
type Program struct {
	Name string
	Run  func(ctx context.Context, args []string, stdout, stderr io.Writer) int
}

// Start runs the program, and returns its exit status and what it printed.
func (p Program) Start(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = p.Run(ctx, args, &out, &errs)
	return status, out.String(), errs.String()
}

// fullDisk cannot be written to.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// CannotWrite holds that output which cannot be written is a failure. If the program runs until
// it is interrupted, ctx has ended.
func (p Program) CannotWrite(ctx context.Context, t *testing.T, args ...string) {
	t.Helper()
	var stderr bytes.Buffer
	status := p.Run(ctx, args, fullDisk{}, &stderr)
	if want := p.Name + ": no space left on device\n"; status != cli.Failed || stderr.String() != want {
		t.Errorf("status %d, stderr %q, want %d and %q", status, stderr.String(), cli.Failed, want)
	}
}

// AddressInUse holds that an address which cannot be served on is a failure: one that is
// taken, and one that is none.
func (p Program) AddressInUse(t *testing.T) {
	t.Helper()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, addr := range []string{taken.Addr().String(), "127.0.0.1:99999"} {
		status, stdout, stderr := p.Start(t.Context(), "-addr", addr)
		if status != cli.Failed || stdout != "" || !strings.HasPrefix(stderr, p.Name+": listen tcp") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("-addr %s: status %d, stdout %q, stderr %q, want status %d and one line that says why", addr, status, stdout, stderr, cli.Failed)
		}
	}
}

// Says holds that a text, such as the report, says all of this.
func Says(t *testing.T, what, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%s", what, want, text)
		}
	}
}
