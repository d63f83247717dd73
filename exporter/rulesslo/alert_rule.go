package rulesslo

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// An alertRule is a rule of package policy as its alert needs it: budget spent in a window,
// or in two, above a burn rate, or up to it; a share of the whole budget; or no events at all.
type alertRule struct {
	kind       ruleKind
	shares     bool // an alert with the others of its severity
	name       string
	severity   policy.Severity
	priority   string
	long       time.Duration
	short      time.Duration // 0: the long window alone decides
	factor     float64       // a burn rate; of a depletion the share of the budget
	minBad     uint64
	allBad     uint64 // so many bad events will do too where no valid event was good; 0: no exception
	hold, keep time.Duration
	words      string // what holds
}

type ruleKind int

const (
	burning    ruleKind = iota // burn rate x coverage is above the factor
	levelled                   // ... at least the factor
	depleting                  // bad events are at least the share of those that the whole budget allows
	withoutAny                 // no valid event, watched all along
)

// The minimum of bad events of rules that do not set their own, as policy.Rule has it, and
// how long an alert is kept that does not say, as policy.Rule.KeepFor has it.
const (
	minBadPage   = 5
	minBadTicket = 2
	minAllBad    = 3

	keepAtMost = time.Hour
	keepShare  = 12 // a divisor
)

// newAlertRule returns the rule for an objective; ok is false if Prometheus cannot judge it.
func newAlertRule(r policy.Rule, o slo.Objective) (a alertRule, ok bool) {
	a = alertRule{name: r.Name, severity: r.Severity, minBad: r.MinBad, hold: r.For, keep: r.KeepFor, priority: o.Priority}
	if a.priority == "" {
		a.priority = r.Priority
	}
	if a.name == "" {
		a.name = r.When.String()
	}
	switch {
	case a.minBad > 0:
	case r.Severity == policy.Page:
		a.minBad, a.allBad = minBadPage, minAllBad
	default:
		a.minBad = minBadTicket
	}
	window := o.Window.Length()
	var keep time.Duration
	switch when := r.When.(type) {
	case policy.BurnRate:
		a.shares, a.long, a.short, a.factor = true, when.Long, when.Short, when.Factor
		keep = when.Short
		a.words = "burns faster than " + significant(when.Factor) + " over " + duration(ceilMilliseconds(when.Long))
		if when.Short > 0 {
			a.words += " and " + duration(ceilMilliseconds(when.Short))
		}
	case policy.Depletion:
		a.kind, a.long, a.factor = depleting, when.Within, when.Share
		a.words = "lost at least " + percent(when.Share) + " in " + duration(ceilMilliseconds(when.Within))
	case policy.Level:
		a.kind, a.long, a.factor = levelled, window, 1-float64(when)
		a.words = levelText(float64(when))
	case policy.NoData:
		a.kind, a.long = withoutAny, time.Duration(when)
		a.words = "had no valid event for " + duration(ceilMilliseconds(a.long))
	default:
		return alertRule{}, false
	}
	if keep == 0 && a.kind != withoutAny {
		keep = min(a.long/keepShare, keepAtMost)
	}
	if a.keep == 0 {
		a.keep = keep
	}
	a.long, a.short = ceilMilliseconds(a.long), ceilMilliseconds(a.short)
	return a, true
}

// defaultLevels are the remaining shares at which there is a ticket where no rule on a
// policy.Level says anything else.
var defaultLevels = [...]policy.Level{0.1, 0}

// rulesOf returns the rules of one error budget, the defaults that are left and then the
// user's, as package policy does; and the names of those that Prometheus cannot judge. name
// is the objective's, or that of one operation of an objective on slo.Each.
func rulesOf(cfg *policy.Config, name string, o slo.Objective) (rules []alertRule, beyond []string) {
	if o.Shadow {
		return nil, nil // never breaches
	}
	var users, all []policy.Rule
	levels := false
	for _, r := range cfg.Rules {
		if len(r.Objectives) == 0 || slices.Contains(r.Objectives, name) || slices.Contains(r.Objectives, o.Name) {
			users = append(users, r)
			_, level := r.When.(policy.Level)
			levels = levels || level
		}
	}
	if !cfg.NoDefaults {
		for _, r := range policy.DefaultRules(o) {
			if !slices.ContainsFunc(users, func(u policy.Rule) bool { return nameOf(u) == nameOf(r) }) {
				all = append(all, r)
			}
		}
		for _, level := range defaultLevels {
			if !levels && 1-float64(level) <= o.Target.MaxBurnRate() {
				all = append(all, policy.Rule{Severity: policy.Ticket, When: level})
			}
		}
	}
	for _, r := range append(all, users...) {
		if a, ok := newAlertRule(r, o); ok {
			rules = append(rules, a)
		} else {
			beyond = append(beyond, nameOf(r))
		}
	}
	return rules, beyond
}

func nameOf(r policy.Rule) string {
	if r.Name == "" {
		return r.When.String()
	}
	return r.Name
}

// ofOneOperation returns the names of operations of an objective on slo.Each that have
// rules of their own.
func ofOneOperation(cfg *policy.Config, o slo.Objective) (names []string) {
	if o.Of.Kind() != slo.EachSource {
		return nil
	}
	for _, r := range cfg.Rules {
		for _, name := range r.Objectives {
			if strings.HasPrefix(name, o.Name+"/") && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// rehearse makes what a service would make of the same configuration, so that what is
// refused there is refused here, in the same words.
func rehearse(cfg *Config) error {
	if len(cfg.Objectives) == 0 {
		return nil // which is refused here
	}
	resolution := budget.DefaultResolution
	for _, o := range cfg.Objectives {
		if w := o.Window.Length(); w >= time.Millisecond {
			resolution = min(resolution, w)
		}
	}
	tracker, err := budget.NewSimulation(budget.Config{
		Service: cfg.Service, Objectives: cfg.Objectives, Resolution: resolution,
	}, time.Unix(0, 0))
	if err != nil {
		return err
	}
	defer tracker.Close()
	rules := cfg.Policy
	rules.NoHealth = false // with it a configuration without any burn-rate rule says nothing at all
	_, err = policy.Watch(tracker.Tracker, rules)
	return err
}
