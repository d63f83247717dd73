package budget

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// The defaults of a [Config].
const (
	DefaultResolution    = time.Second
	DefaultMaxOperations = 200
)

// minResolution keeps the tick from eating the process: a tick over a thousand
// operations takes about a millisecond.
const minResolution = time.Millisecond

// maxSlots bounds history / resolution, so that engine time in units fits 31 bits.
const maxSlots = 1 << 28 / 64 * 63

// Config configures a [Tracker]. Only Objectives is required.
type Config struct {
	// Service names the service in exports. Empty is allowed, and shown as empty.
	Service string

	// Objectives are what the tracker judges, at least one. They are copied.
	Objectives []slo.Objective

	// Resolution is the time between two ticks: how finely short windows are cut and
	// how soon rules see a change. Zero means one second.
	Resolution time.Duration

	// MaxOperations bounds the operations that are recorded without being declared by
	// an objective; later ones share the operation _OTHER. Zero means 200. Declared
	// operations have their own place always.
	MaxOperations int

	// Restore is what Tracker.Snapshot returned in an earlier process: windows go on from
	// there, and the time in between counts as not observed. Exported counters start at 0
	// all the same. An objective goes on if one of the same name was judged alike: its target
	// and window may have changed; with another source, SLI, threshold, classification or budgeting method its
	// history begins anew, and Status.Renewed says so. Empty is no history. A blob that is
	// damaged, or of a newer version, is refused: log that, and begin with none. What
	// is attached goes on too (see Hook): breaches of package policy that were open stay so.
	Restore []byte

	// Saturation says how full the service is, as a share of what it can take: of a pool,
	// a queue, its memory. It is for [Tracker.Signals] and exporters, which call it each time, from
	// the goroutine that asks; it must be safe for concurrent use. Nil is unknown, and so is what
	// it returns below 0, or that is no number; a panic is counted in Self.HookPanics.
	Saturation func() float64

	// Logger receives the few lines that a tracker has to say, from its tick and never
	// from the request path. Nil means slog.Default.
	Logger *slog.Logger
}

// A plan is a Config with its defaults, checked.
type plan struct {
	Config
	history time.Duration // the longest window that can be asked for
}

func (c Config) plan() (plan, error) {
	p := plan{Config: c}
	var errs []error
	reject := func(field string, value any, reason string) {
		errs = append(errs, &slo.FieldError{Package: "budget", Field: field, Value: value, Reason: reason})
	}
	if len(c.Objectives) == 0 {
		reject("Objectives", "", "want at least one objective")
	}
	if err := slo.Validate(c.Objectives...); err != nil {
		errs = append(errs, err)
	}
	switch {
	case c.Resolution == 0:
		p.Resolution = DefaultResolution
	case c.Resolution < minResolution:
		reject("Resolution", c.Resolution, fmt.Sprintf("want at least %v, or zero for %v", minResolution, DefaultResolution))
		p.Resolution = DefaultResolution
	}
	switch {
	case c.MaxOperations == 0:
		p.MaxOperations = DefaultMaxOperations
	case c.MaxOperations < 0:
		reject("MaxOperations", c.MaxOperations, fmt.Sprintf("want a positive number, or zero for %d", DefaultMaxOperations))
	}
	if p.Logger == nil {
		p.Logger = slog.Default()
	}
	printed := make(map[string]int, len(c.Objectives))
	for i, o := range c.Objectives {
		name := canonical(o.Name)
		if first, taken := printed[name]; !taken {
			printed[name] = i
		} else if o.Name != c.Objectives[first].Name { // equal ones are refused above
			reject(fmt.Sprintf("Objectives[%d].Name", i), o.Name, fmt.Sprintf("want a name that Objectives[%d] does not have already, as it is printed: %s", first, name))
		}
		w := o.Window.MaxLength()
		p.history = max(p.history, w)
		field := fmt.Sprintf("Objectives[%d] %q.Window", i, o.Name)
		switch {
		case w > 0 && w < p.Resolution:
			reject(field, w, fmt.Sprintf("want at least one Resolution, which is %v", p.Resolution))
		case w/p.Resolution > maxSlots:
			reject(field, w, fmt.Sprintf("want at most %v at a Resolution of %v", time.Duration(maxSlots)*p.Resolution, p.Resolution))
		}
	}
	p.Objectives = append([]slo.Objective(nil), c.Objectives...)
	for i := range p.Objectives {
		p.Objectives[i].Links = append([]slo.Link(nil), p.Objectives[i].Links...)
	}
	return p, errors.Join(errs...)
}
