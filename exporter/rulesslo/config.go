package rulesslo

import (
	"errors"
	"fmt"
	"maps"
	"math"
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

	// Policy says which burn-rate rules alert, as in policy.Watch. The zero value is the
	// default rules. Health rules are not generated: NoHealth changes nothing here.
	Policy policy.Config

	// Levels are the remaining shares of an error budget at which ErrorBudgetLow opens a
	// ticket: 0.1 when a tenth is left, 0 when it is spent, below 0 when it is overspent by
	// as much. Each is below 1. Nil is 0.1 and 0; empty is none.
	Levels []float64

	// Labels are added to every alert and to sloth_slo_info, such as {"team": "payments"}.
	// Names are Prometheus label names that nothing here uses already; values any text.
	Labels map[string]string

	// Interval is how often rules are evaluated. Zero leaves it to the server, but for
	// windows of a day and longer, which cost a server the most and change the least: they
	// are evaluated every two minutes.
	Interval time.Duration
}

// defaultLevels is used for Config.Levels.
var defaultLevels = []float64{0.1, 0}

// shortestWindow is the shortest in which there can be two samples.
const shortestWindow = time.Second

// labelName is what Prometheus accepts in all its versions.
var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// ownLabels are those of the rules themselves. Sloth's begin with sloth_.
var ownLabels = []string{"alertname", "level", "owner", "priority", "region", "severity", "slo", "slo_service"}

// check returns everything that is wrong with what is this package's own, joined.
func (c *Config) check() error {
	var errs []error
	reject := func(field string, value any, reason string) {
		errs = append(errs, &slo.FieldError{Package: packageName, Field: field, Value: value, Reason: reason})
	}
	for i, level := range c.Levels {
		field := fmt.Sprintf("Levels[%d]", i)
		switch {
		case math.IsNaN(level) || math.IsInf(level, 0) || level >= 1:
			reject(field, level, "want a remaining share below 1, such as 0.1 for ten percent left")
		case slices.Contains(c.Levels[:i], level):
			reject(field, level, "want each level once")
		}
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
		if r.Short > 0 && r.Short < shortestWindow {
			reject(fmt.Sprintf("Policy.Rules[%d] %.64q.Short", i, r.Name), r.Short, "want at least a second: Prometheus looks no closer")
		}
	}
	if c.Interval < 0 || c.Interval > 0 && c.Interval < time.Millisecond {
		reject("Interval", c.Interval, "want at least a millisecond, such as 30*time.Second, or zero to leave it to the server")
	}
	return errors.Join(errs...)
}

// levels returns the levels in descending order.
func (c *Config) levels() []float64 {
	list := defaultLevels
	if c.Levels != nil {
		list = slices.Clone(c.Levels)
		slices.Sort(list)
		slices.Reverse(list)
	}
	return list
}

// labels returns the extra labels, fit for templates.
func (c *Config) labels() map[string]string {
	own := make(map[string]string, len(c.Labels))
	for name, value := range c.Labels {
		own[name] = escape.UTF8(value)
	}
	return own
}
