package policy

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Config configures [Watch]. The zero Config is the default rules.
type Config struct {
	// Rules are rules of your own. One with the name of a default rule takes its place, others
	// are added. They are copied.
	Rules []Rule

	// NoDefaults leaves the default burn-rate rules out.
	NoDefaults bool

	// NoHealth leaves the health rules out. Of every source of requests they watch two
	// things that no error budget shows, because what is not finished or not counted
	// spends none: "stalled" pages when requests have been in flight and none has finished
	// for too long (see slo.Objective.StallAfter), and that for a minute more; "clients are
	// giving up" makes a ticket when more than 10 % of all events of the last 5 minutes, and
	// at least 20, were requests whose client went away. Of several objectives on one
	// source only the first that is not shadow has them.
	NoHealth bool

	// Environment is the deployment environment that the process belongs to, such as
	// "production" or "eu-2". It is part of [Breach.Key]. Empty is none.
	Environment string

	// Resend is how often a breach that stays open is told again, as Ongoing or Stale. Zero is
	// never: it is told when it starts, when a rule raises its priority, when it becomes stale or is
	// measured again, and when it ends.
	Resend time.Duration

	// Enrich adds facts to a breach before it is delivered. It is called for one breach at a
	// time, off the request path and off the tick, and has until half a second after the
	// breach was decided; then its context is cancelled, and the breach goes out without.
	// While a call does not return, others go without too, at once. A panic is recovered,
	// logged and counted. In a simulation it is called within Advance, and waited for. Nil
	// adds nothing.
	Enrich func(ctx context.Context, b Breach) []Fact

	// Logger receives the few lines that a watcher has to say: callbacks that panic or do
	// not keep up. One that blocks or panics holds up no tick. Nil means slog.Default.
	Logger *slog.Logger
}

// packageName stands in front of errors.
const packageName = "policy"

// A plan is a Config, checked against the objectives of a tracker.
type plan struct {
	Config
	history time.Duration // the longest window that can be read
}

func (c Config) plan(objectives []slo.Objective) (plan, error) {
	p := plan{Config: c}
	p.Rules = slices.Clone(c.Rules)
	for i := range p.Rules {
		p.Rules[i].Objectives = slices.Clone(p.Rules[i].Objectives)
	}
	if p.Logger == nil {
		p.Logger = slog.Default()
	}
	err := p.follow(objectives)
	for i := range p.Rules {
		p.Rules[i].Name = p.Rules[i].name()
	}
	return p, err
}

// follow fits the plan to the objectives of its tracker, and says what does not fit.
func (p *plan) follow(objectives []slo.Objective) error {
	p.history = 0
	for _, o := range objectives {
		p.history = max(p.history, o.Window.Length())
	}
	return p.validate(objectives)
}

// fits reports whether an objective can have a rule. When a watcher is made they all fit; a
// rule whose window can no longer be read would be blind for ever, and hold its breach open.
func (p *plan) fits(r *Rule, o *slo.Objective) bool {
	fits := true
	refuse := func(string, any, string) { fits = false }
	if r.When.check(p, refuse); fits {
		r.When.reach(o, refuse)
	}
	return fits
}

// An appliedRule is one that an error budget has.
type appliedRule struct {
	Rule
	from *fitted // nil: the user's
}

// rules returns the rules of one error budget, the defaults that are left and then the
// user's, and the default rules that did not fit.
func (p *plan) rules(name string, o slo.Objective) (own []appliedRule, leftOut []fitted) {
	var users []appliedRule
	for _, r := range p.Rules {
		if r.appliesTo(name, o) && p.fits(&r, &o) {
			users = append(users, appliedRule{Rule: r})
		}
	}
	if p.NoDefaults {
		return users, nil
	}
	for _, f := range fit(o) {
		switch {
		case slices.ContainsFunc(users, func(u appliedRule) bool { return u.Name == f.rule.Name }):
		case f.leftOut != "":
			leftOut = append(leftOut, f)
		default:
			own = append(own, appliedRule{Rule: f.rule, from: &f})
		}
	}
	return append(own, users...), leftOut
}

// appliesTo reports whether the rule is for the error budget of that name, of the
// declared objective o.
func (r *Rule) appliesTo(name string, o slo.Objective) bool {
	return len(r.Objectives) == 0 || slices.Contains(r.Objectives, name) || slices.Contains(r.Objectives, o.Name)
}

// mayApplyTo reports whether the rule is for the declared objective, or for some operation
// of it if it is on slo.Each.
func (r *Rule) mayApplyTo(o slo.Objective) bool {
	return len(r.Objectives) == 0 || slices.ContainsFunc(r.Objectives, func(name string) bool { return means(name, o) })
}

// means reports whether a name in a rule means the declared objective.
func means(name string, o slo.Objective) bool {
	return name == o.Name || o.Of.Kind() == slo.EachSource && strings.HasPrefix(name, o.Name+"/")
}
