package rulesslo

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// A burnRule is a burn-rate rule of package policy as its alert needs it.
type burnRule struct {
	name        string
	severity    policy.Severity
	long, short time.Duration
	factor      float64
	minBad      uint64
	allBad      uint64 // so many bad events will do too where no valid event was good; 0: no exception
}

// The minimum of bad events of rules that do not set their own, as policy.Rule has it.
const (
	minBadPage   = 5
	minBadTicket = 2
	minAllBad    = 3
)

func newBurnRule(r policy.Rule) burnRule {
	b := burnRule{
		name: r.Name, severity: r.Severity, factor: r.Factor, minBad: r.MinBad,
		long: ceilMilliseconds(r.Long), short: ceilMilliseconds(r.Short),
	}
	switch {
	case b.minBad > 0:
	case r.Severity == policy.Page:
		b.minBad, b.allBad = minBadPage, minAllBad
	default:
		b.minBad = minBadTicket
	}
	return b
}

// burnRules returns the rules of one error budget, the defaults that are left and then the
// user's, as package policy does. name is the objective's, or that of one operation of an
// objective on slo.Each.
func burnRules(cfg *policy.Config, name string, o slo.Objective) (rules []burnRule) {
	if o.Shadow {
		return nil // never breaches
	}
	var users []policy.Rule
	for _, r := range cfg.Rules {
		if len(r.Objectives) == 0 || slices.Contains(r.Objectives, name) || slices.Contains(r.Objectives, o.Name) {
			users = append(users, r)
		}
	}
	if !cfg.NoDefaults {
		for _, r := range policy.DefaultRules(o) {
			if !slices.ContainsFunc(users, func(u policy.Rule) bool { return u.Name == r.Name }) {
				rules = append(rules, newBurnRule(r))
			}
		}
	}
	for _, r := range users {
		rules = append(rules, newBurnRule(r))
	}
	return rules
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
