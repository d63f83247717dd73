package policy

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// EnforceConfig configures [Enforce]. The zero EnforceConfig does for policies whose
// conditions are about error budgets, or for people.
type EnforceConfig struct {
	// MinObserved is how much of an objective's window must have been watched before a tier is
	// made of it. Zero, or less, is one hour. An objective over less than this must have been
	// watched for all of its window.
	MinObserved time.Duration

	// Watcher has the rules of conditions made with RuleHolds. It must watch the same tracker.
	Watcher *Watcher

	// Signals are the functions of conditions made with Signal, by name. Each is called at every
	// tick, on a goroutine of its own and never twice at once; its answer counts from the next
	// tick on. In a simulation it is called within Advance. Of one that panics, or has not returned
	// for ten seconds, nothing is known: its clauses stay as they are. The map is copied.
	Signals map[string]func() bool

	// Logger receives the audit log, a line for each Enactment, and callbacks that panic or do
	// not keep up. One that blocks or panics holds up no tick: lines wait for it, at most 1,024,
	// and how many were dropped is a line of its own. Nil means slog.Default.
	Logger *slog.Logger
}

// normal returns the configuration with its defaults.
func (c EnforceConfig) normal() EnforceConfig {
	if c.MinObserved <= 0 {
		c.MinObserved = DefaultMinObserved
	}
	c.Signals = maps.Clone(c.Signals)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// check returns what is wrong with enforcing a policy on a tracker, joined: with the policy by
// itself, and then what only the tracker can tell.
func (c *EnforceConfig) check(t *budget.Tracker, p *Policy) error {
	v := &policyChecker{}
	v.policy(p)
	c.checkOn(v, t, p)
	return errors.Join(v.errs...)
}

func (c *EnforceConfig) checkOn(v *policyChecker, t *budget.Tracker, p *Policy) {
	v.own = len(v.errs)
	if len(p.Services) > 0 && !slices.Contains(p.Services, t.Service()) {
		v.reject("Services", p.Services, fmt.Sprintf("want the service of the tracker, %q, among them", t.Service()))
	}
	declared := t.Declared()
	v.named("Objectives", p.Objectives, declared)
	scope := slices.DeleteFunc(slices.Clone(declared), func(o slo.Objective) bool { return !p.selects().mayHave(o) })
	selectable := scope
	switch doubt := v.told("Owner") || v.told("Objectives") || v.told("Target") || v.told("Window"); {
	case doubt:
		selectable = declared
	case len(scope) == 0:
		v.reject("Policy", cmp.Or(p.scope(), "all error budgets"), "want at least one error budget in its scope that is no shadow: "+list(targets(declared)))
		selectable = declared
	}
	for i := range p.Clauses {
		v.in("Clauses", i, p.Clauses[i].Name, func() {
			v.named("Objectives", p.Clauses[i].Objectives, selectable)
			c.checkCondition(v, &p.Clauses[i], scope, t)
		})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Signals)) {
		if !slices.ContainsFunc(p.Clauses, func(cl Clause) bool { return cl.When.Kind == SignalCondition && cl.When.Name == name }) {
			v.reject("Signals", name, "want the signals that clauses wait for, and no others")
		}
	}
}

func (c *EnforceConfig) checkCondition(v *policyChecker, clause *Clause, scope []slo.Objective, t *budget.Tracker) {
	switch when := clause.When; when.Kind {
	case SpentCondition:
		for _, o := range scope {
			if narrow := (selection{objectives: clause.Objectives}); !narrow.mayHave(o) {
				continue
			}
			if when.Within > o.Window.Length() {
				v.reject("When.Within", when.Within, fmt.Sprintf("want at most %s, the window of objective %.64q", slo.FormatDuration(o.Window.Length()), o.Name))
			}
			if when.Share > o.Target.MaxBurnRate() {
				v.reject("When.Share", when.Share, fmt.Sprintf("want at most %s, the most that can be spent of the error budget of %.64q: 1 / (1 - %s)",
					significant(o.Target.MaxBurnRate(), 9), o.Name, o.Target))
			}
		}
	case SignalCondition:
		if c.Signals[when.Name] == nil {
			v.reject("When", when.Name, "want a function of that name in EnforceConfig.Signals")
		}
	case RuleCondition:
		switch {
		case c.Watcher == nil:
			v.reject("When", when.Name, "want EnforceConfig.Watcher, which has the rules")
		case c.Watcher.tracker != t:
			v.reject("When", when.Name, "want an EnforceConfig.Watcher that watches the same tracker")
		default:
			states := c.Watcher.States()
			known := len(states) == 0 // its rules come with the operations of slo.Each
			var rules []string
			for _, s := range states {
				known = known || s.Rule == when.Name
				if !slices.Contains(rules, s.Rule) {
					rules = append(rules, s.Rule)
				}
			}
			if !known {
				v.reject("When", when.Name, "want a rule of the watcher: "+list(rules))
			}
		}
	}
}

// named refuses names that mean no objective.
func (v *policyChecker) named(field string, wanted []string, objectives []slo.Objective) {
	for i, name := range wanted {
		if !slices.ContainsFunc(objectives, func(o slo.Objective) bool { return means(name, o) }) {
			v.reject(fmt.Sprintf("%s[%d]", field, i), name, "want the name of an objective: "+list(names(objectives)))
		}
	}
}

// mayHave reports whether the error budget of a declared objective, or one of them if it is on
// slo.Each, is selected.
func (s *selection) mayHave(o slo.Objective) bool {
	all := *s
	all.objectives = nil
	return all.has(&budget.Status{Objective: o}) &&
		(len(s.objectives) == 0 || slices.ContainsFunc(s.objectives, func(name string) bool { return means(name, o) }))
}

// scope says in words what a policy is for.
func (p *Policy) scope() string {
	var parts []string
	if p.Owner != "" {
		parts = append(parts, "owner "+p.Owner)
	}
	if len(p.Objectives) > 0 {
		parts = append(parts, "objectives "+strings.Join(p.Objectives, ", "))
	}
	if p.Target != (slo.Target{}) {
		parts = append(parts, "target "+p.Target.String())
	}
	if p.Window != 0 {
		parts = append(parts, "window "+slo.FormatDuration(p.Window))
	}
	return strings.Join(parts, ", ")
}

// targets describes objectives for a message.
func targets(objectives []slo.Objective) []string {
	all := make([]string, len(objectives))
	for i, o := range objectives {
		all[i] = fmt.Sprintf("%s: %s over %v", o.Name, o.Target, o.Window)
		if o.Owner != "" {
			all[i] += " of " + o.Owner
		}
		if o.Shadow {
			all[i] += " (shadow)"
		}
	}
	return all
}
