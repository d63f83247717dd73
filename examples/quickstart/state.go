package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/slo"
)

// A stateFile is where error budgets are kept from one run to the next, by one run at a
// time; empty is nowhere. A restart then does not refill a budget.
type stateFile string

// newTracker returns a tracker that goes on from the file. One that cannot be used, damaged
// or of a newer version, is renamed and said so; the tracker then begins with no history, as
// it does without a file: a service must start. One that cannot be read is an error, and so
// is a folder that cannot be written to: the end of the run would be too late to know.
func (f stateFile) newTracker(cfg budget.Config, stderr io.Writer) (*budget.Tracker, error) {
	if f == "" {
		return budget.New(cfg)
	}
	temp, err := f.temporary()
	if err != nil {
		return nil, err
	}
	_ = errors.Join(temp.Close(), os.Remove(temp.Name())) // it was only to try
	cfg.Restore, err = os.ReadFile(string(f))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("-state: %w", err)
	}
	tracker, err := budget.New(cfg)
	var refused *slo.FieldError
	if !errors.As(err, &refused) || refused.Field != "Restore" {
		return tracker, err
	}
	aside := string(f) + time.Now().UTC().Format(".refused-20060102T150405.000000000Z")
	if err := os.Rename(string(f), aside); err != nil {
		return nil, fmt.Errorf("-state: %w: %w", refused, err)
	}
	cli.Say(stderr, "quickstart: -state %s cannot be used and is now %s: %v\n", f, aside, refused)
	cfg.Restore = nil
	return budget.New(cfg)
}

// temporary creates a file beside this one that nobody else may read.
func (f stateFile) temporary() (*os.File, error) {
	temp, err := os.CreateTemp(filepath.Dir(string(f)), filepath.Base(string(f))+".*.tmp") // of mode 0600
	if err != nil {
		return nil, fmt.Errorf("-state is %q: want a file in a folder that can be written to: %w", string(f), err)
	}
	return temp, nil
}

// write replaces the file as a whole: whatever happens meanwhile, it is the old one or the
// new one.
func (f stateFile) write(snapshot []byte) error {
	if f == "" {
		return nil
	}
	temp, err := f.temporary()
	if err != nil {
		return err
	}
	_, err = temp.Write(snapshot)
	if err == nil {
		err = temp.Sync() // or a crash of the machine may leave a name without the data
	}
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), string(f))
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return fmt.Errorf("-state: %w", err)
	}
	return nil
}

// describe says what the error budgets go on from.
func (f stateFile) describe(statuses []budget.Status) string {
	restored, since := 0, time.Time{}
	for _, s := range statuses {
		if s.Restored {
			if restored == 0 || s.Since.Before(since) {
				since = s.Since
			}
			restored++
		}
	}
	if restored == 0 {
		return fmt.Sprintf("There is no history in %s: the error budgets begin anew.", f)
	}
	return fmt.Sprintf("Restored from %s: %d of %d error budgets, kept since %s. Counters begin at 0.",
		f, restored, len(statuses), since.Format("2006-01-02 15:04:05 MST"))
}
