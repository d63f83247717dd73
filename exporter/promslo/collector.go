package promslo

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/escape"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// A Collector is a [prometheus.Collector] of one or several trackers. Make it with
// [NewCollector]; the zero Collector collects nothing. It is safe for concurrent use,
// by several registries too.
type Collector struct {
	services []*service
	ratios   bool
	watchers []*policy.Watcher
	err      error
}

// NewCollector returns a collector of these trackers. Nil trackers are left out:
// without any tracker there is nothing to collect, and registering that is no error.
//
// Trackers of one service share its series: requests of the same operation are added
// up. Two that declare the same objective of the same service are refused, by
// [Collector.Err] and by Register, which MustRegister turns into a panic: nobody
// could tell their series apart. For the same reason the trackers of one service
// belong into one collector; a registry refuses a second.
func NewCollector(trackers ...*budget.Tracker) *Collector {
	c := &Collector{}
	var errs []error
	type identity struct{ service, objective string }
	declared := map[identity]int{}
	byName := map[string]*service{}
	for i, t := range trackers {
		if t == nil {
			continue
		}
		name := escape.UTF8(t.Service())
		for _, o := range t.Declared() {
			id := identity{name, escape.UTF8(o.Name)}
			if first, taken := declared[id]; taken {
				errs = append(errs, &slo.FieldError{
					Package: "promslo", Field: fmt.Sprintf("trackers[%d]", i), Value: name,
					Reason: fmt.Sprintf("want one tracker for each objective of a service, and trackers[%d] has %q too", first, id.objective),
				})
				continue
			}
			declared[id] = i
		}
		s := byName[name]
		if s == nil {
			s = newService(name)
			byName[name] = s
			c.services = append(c.services, s)
		}
		s.trackers = append(s.trackers, t)
	}
	c.err = errors.Join(errs...)
	return c
}

// WithLocalRatios returns the same collector with two metrics more, for people who
// run exactly one process and have no recording rules:
// nines_error_budget_remaining_ratio{slo} and nines_burn_rate_ratio{slo,window}.
// They speak of this process alone: the mean of ratios over replicas is not the ratio
// of the service. They are absent while there is no valid event, and when the tracker
// is closed or has stopped ticking.
func (c *Collector) WithLocalRatios() *Collector {
	with := *c
	with.ratios = true
	return &with
}

// WithWatcher returns the same collector with the breaches of a watcher:
// nines_breach_active{slo,severity,rule}, which is 1 for every rule that has its part in an
// open breach (see policy.RuleState), and 0 for all others; and
// nines_self_dropped_callbacks_total. It may be called once for each watcher. Nil is left
// out, which is what policy.Watch returns of a nil tracker.
//
// A rule does not say which service it is of, so this is for collectors of one service,
// and for watchers of its trackers. Of several services each has a collector of its own.
// Anything else is refused as in [NewCollector].
func (c *Collector) WithWatcher(w *policy.Watcher) *Collector {
	with := *c
	if w == nil {
		return &with
	}
	if n := len(c.services); n != 1 {
		with.err = errors.Join(c.err, &slo.FieldError{
			Package: "promslo", Field: "number of services WithWatcher", Value: n,
			Reason: "want 1: make a collector for each service",
		})
	} else if !slices.Contains(c.services[0].trackers, w.Tracker()) {
		with.err = errors.Join(c.err, &slo.FieldError{
			Package: "promslo", Field: "watcher", Value: "one of a tracker of " + strconv.Quote(w.Service()),
			Reason: "want one of a tracker that the collector has",
		})
	}
	with.watchers = append(slices.Clip(c.watchers), w)
	return &with
}

// Err returns why the trackers cannot be collected together, or nil. The error matches
// [slo.ErrInvalid].
func (c *Collector) Err() error { return c.err }

// Describe implements [prometheus.Collector].
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	if c.err != nil {
		ch <- prometheus.NewInvalidDesc(c.err)
		return
	}
	for _, s := range c.services {
		for f, desc := range s.descs {
			if family(f).in(c) {
				ch <- desc
			}
		}
	}
}

// Collect implements [prometheus.Collector]. It reads each tracker once, and costs
// time in proportion to the series.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	if c.err != nil {
		ch <- prometheus.NewInvalidMetric(prometheus.NewInvalidDesc(c.err), c.err)
		return
	}
	for _, s := range c.services {
		p := s.scrape(c)
		for i := range p.samples {
			ch <- &p.samples[i]
		}
		for i := range p.histograms {
			ch <- &p.histograms[i]
		}
	}
}
