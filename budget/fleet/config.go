package fleet

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/api"
	"github.com/prometheus/common/model"

	"github.com/seed-abb722f7/nines/slo"
)

// The defaults of a [Config].
const (
	DefaultTimeout    = 10 * time.Second
	DefaultCacheFor   = 10 * time.Second
	DefaultStaleAfter = 2 * time.Minute
)

// maxStaleAfter is how far Prometheus looks back for the newest sample, unless its flag
// --query.lookback-delta says otherwise.
const maxStaleAfter = 5 * time.Minute

// Config configures a [Reader]. Client and Objectives are required.
type Config struct {
	// Client is where Prometheus is, and how to log in there (see api.NewClient).
	Client api.Client

	// Service is budget.Config.Service of the replicas.
	Service string

	// Objectives are what is read, declared as the replicas declare them: at least one, and
	// none in slices of time. They are copied.
	Objectives []slo.Objective

	// Labels, by name, are what all series must have besides: one Prometheus may hold several
	// environments, such as {"namespace": "production"}. Empty is all series of the service.
	Labels map[string]string

	// Timeout bounds one reading, all of its queries together. Zero is 10 s.
	Timeout time.Duration

	// CacheFor is how long a reading is served again before Prometheus is asked for the next;
	// one that did not succeed, too. Zero is 10 s.
	CacheFor time.Duration

	// StaleAfter is how old the newest sample may be: a few scrape intervals, at most 5 minutes.
	// Zero is 2 minutes.
	StaleAfter time.Duration
}

// normal returns the configuration with its defaults, checked.
func (c Config) normal() (Config, error) {
	var errs []error
	reject := func(field string, value any, reason string) {
		errs = append(errs, &slo.FieldError{Package: "fleet", Field: field, Value: value, Reason: reason})
	}
	if c.Client == nil {
		reject("Client", nil, "want what api.NewClient returns, of github.com/prometheus/client_golang/api")
	}
	if len(c.Objectives) == 0 {
		reject("Objectives", "", "want at least one objective")
	}
	if err := slo.Validate(c.Objectives...); err != nil {
		errs = append(errs, err)
	}
	for i, o := range c.Objectives {
		if o.Method.Kind() != slo.OccurrencesMethod {
			reject(fmt.Sprintf("Objectives[%d] %q.Method", i, o.Name), o.Method,
				"want events, the zero Method: slices of time of replicas do not sum up to those of the service")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		if !model.LabelName(name).IsValid() || name == model.MetricNameLabel || slices.Contains(ownLabels, model.LabelName(name)) {
			reject("Labels", name, "want names of labels that tell replicas apart, such as namespace")
		}
	}
	for _, d := range []struct {
		field string
		value time.Duration
		most  time.Duration
		zero  time.Duration
	}{
		{"Timeout", c.Timeout, time.Hour, DefaultTimeout},
		{"CacheFor", c.CacheFor, time.Hour, DefaultCacheFor},
		{"StaleAfter", c.StaleAfter, maxStaleAfter, DefaultStaleAfter},
	} {
		if d.value < 0 || d.value > d.most {
			reject(d.field, d.value, fmt.Sprintf("want at most %v, or zero for %v", d.most, d.zero))
		}
	}
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	c.CacheFor = cmp.Or(c.CacheFor, DefaultCacheFor)
	c.StaleAfter = cmp.Or(c.StaleAfter, DefaultStaleAfter)
	c.Labels = maps.Clone(c.Labels)
	c.Objectives = slices.Clone(c.Objectives)
	for i := range c.Objectives {
		c.Objectives[i].Links = slices.Clone(c.Objectives[i].Links)
	}
	return c, errors.Join(errs...)
}
