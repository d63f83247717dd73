package rulesslo

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/internal/escape"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// packageName stands in front of errors.
const packageName = "rulesslo"

// Config configures [New]. Only Objectives is required. Of a tracker, Service and
// Objectives are what Tracker.Service and Tracker.Declared return.
type Config struct {
	// Service is the name in budget.Config, which metrics carry as slo_service.
	Service string

	// Objectives are what the service declares, at least one.
	Objectives []slo.Objective

	// Policy says which rules alert, as in policy.Watch. The zero value is the default
	// burn-rate rules, and tickets when a tenth of an error budget is left and when it is
	// spent; rules on a policy.Level take the place of these two. Rules on policy.Repeats are
	// left out, as are Every and Snooze: only a watcher can. So are the health rules.
	Policy policy.Config

	// Labels are added to every alert and to sloth_slo_info, such as {"team": "payments"}.
	// Names are Prometheus label names that nothing here uses already; values any text.
	Labels map[string]string

	// Interval is how often rules are evaluated. Zero leaves it to the server, but for
	// windows of a day and longer, which cost a server the most and change the least: they
	// are evaluated every two minutes.
	Interval time.Duration
}

// shortestWindow is the shortest in which there can be two samples.
const shortestWindow = time.Second

// labelName is what Prometheus accepts in all its versions.
var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// ownLabels are those of the rules themselves. Sloth's begin with sloth_.
var ownLabels = []string{"alertname", "owner", "priority", "region", "rule", "severity", "slo", "slo_service"}

// check returns everything that is wrong with what is this package's own, joined.
func (c *Config) check() error {
	var errs []error
	reject := func(field string, value any, reason string) {
		errs = append(errs, &slo.FieldError{Package: packageName, Field: field, Value: value, Reason: reason})
	}
	if len(c.Objectives) == 0 {
		reject("Objectives", c.Objectives, "want at least one objective")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		switch {
		case !labelName.MatchString(name), strings.HasPrefix(name, "__"):
			reject("Labels", name, `want label names such as "team": letters, digits and underscores, not two of them first`)
		case slices.Contains(ownLabels, name), strings.HasPrefix(name, "sloth_"):
			reject("Labels", name, "want another name: the rules have a label of this one")
		}
	}
	for i, o := range c.Objectives {
		if w := o.Window.Length(); w > 0 && w < shortestWindow {
			reject(fmt.Sprintf("Objectives[%d] %.64q.Window", i, o.Name), w, "want at least a second: Prometheus looks no closer")
		}
	}
	for i, r := range c.Policy.Rules {
		field := fmt.Sprintf("Policy.Rules[%d] %.64q.When", i, r.Name)
		switch when := r.When.(type) {
		case policy.BurnRate:
			if when.Short > 0 && when.Short < shortestWindow || when.Short == 0 && when.Long > 0 && when.Long < shortestWindow {
				reject(field, when, "want windows of at least a second: Prometheus looks no closer")
			}
		case policy.Depletion:
			if when.Within > 0 && when.Within < shortestWindow {
				reject(field, when, "want at least a second: Prometheus looks no closer")
			}
		case policy.NoData:
			if when > 0 && time.Duration(when) < shortestWindow {
				reject(field, when, "want at least a second: Prometheus looks no closer")
			}
		}
	}
	if c.Interval < 0 || c.Interval > 0 && c.Interval < time.Millisecond {
		reject("Interval", c.Interval, "want at least a millisecond, such as 30*time.Second, or zero to leave it to the server")
	}
	return errors.Join(errs...)
}

// labels returns the extra labels, fit for templates.
func (c *Config) labels() map[string]string {
	own := make(map[string]string, len(c.Labels))
	for name, value := range c.Labels {
		own[name] = escape.UTF8(value)
	}
	return own
}
