package policy

import (
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A Breach is one incident of one error budget: from the tick at which a rule began to
// hold until all that joined it have been quiet. It is a plain value that belongs to
// whoever was given it, and describes what one process saw.
type Breach struct {
	// Key says which breach this is among those that may be open at one time: the service with
	// region and environment, if there are any, then error budget and severity, with "/"
	// between them, and ":" and the rule if that has breaches of its own. It is the same for
	// every incident, after every restart and in every replica: such as
	// "shop;region=eu;environment=production/checkout/page". All but the name of the error budget
	// is escaped as in a URL path.
	Key string

	// ID is the key followed by "@" and the time of the start: one incident.
	ID string

	// State says why it is told: see [State]. In [Watcher.Active] it is Ongoing or Stale.
	State State

	Severity    Severity // how soon a person is needed
	Rule        string   // the rule that opened it
	Service     string   // budget.Config.Service
	Environment string   // Config.Environment

	// Name is the error budget: the objective's name, of slo.Each followed by "/" and the
	// operation. Objective is the declaration, with owner, region, priority and links;
	// Operation what it judges, "" for all requests together.
	Name      string
	Objective slo.Objective
	Operation string

	// Priority rates the incident, such as "P1"; empty is none. An objective's own is explicit
	// and stays. Else it is derived: that of the rules that belong to the breach (of several
	// the first in the alphabet); and if they have none, P1 to P4 at 20, 40, 60 and 80 % of the
	// budget left, provided that at the rate of the last hour the rest would not last for
	// another window (Ukis, Establishing SRE Foundations, table 9.5). A derived priority may rise
	// while the breach is open, and never falls: it does not belong into what identifies an
	// alert. That it rises because of a rule is told. PriorityReason is for people.
	Priority       string
	PriorityOrigin PriorityOrigin
	PriorityReason string

	Started  time.Time     // wall time
	Resolved time.Time     // wall time; zero while open
	Duration time.Duration // since the start, whatever the wall clock did meanwhile

	// SnoozedUntil is the wall time until which nothing more is told of this key but the end of
	// the breach (see Rule.Snooze); zero if it is not snoozed. Suppressed is how many breaches
	// of this key came and went before this one, since the last that was told, and were not.
	SnoozedUntil time.Time
	Suppressed   uint64

	// Told says that callbacks were told of it. It is false only in Watcher.Active, of a breach
	// that began while its key was snoozed.
	Told bool

	// Rules are the rules that belong to it as they were evaluated last, with their windows:
	// those that opened and joined it, whether they still hold or not. Joined is how often
	// a rule became true that would have opened a breach of its own without this one.
	Rules  []RuleState
	Joined uint64

	// Peak is the highest burn rate x coverage that the short windows of the objective's
	// burn-rate rules have had since the start: how far the objective was broken. It is 0
	// where there is no such rule.
	Peak float64

	// Timeline is what happened, the oldest first; Omitted is how many entries of it are
	// missing in the middle.
	Timeline []TimelineEntry
	Omitted  uint64

	// Episodes are the stretches in which the budget was being spent fast (see
	// budget.Budget.Episodes) that the breach overlaps: what the incident cost, which
	// operations and causes were part of it, and traces of some of its bad events. They may
	// have begun before it, and it may have none.
	Episodes []budget.Episode

	// Markers are the last deployment before the breach, or before its first episode, and what
	// was deployed and noted since; at most the latest 16.
	Markers []budget.Marker

	// Facts are what Config.Enrich had to add. Only what is delivered has them.
	Facts []Fact

	// Dependencies are the error budgets on what the service calls, those of objectives on
	// slo.Dependency.
	Dependencies []Dependency

	// The rest is the error budget over the objective's own window, read at the wall time
	// At: fields of budget.Status, and the same as there.
	At                  time.Time
	Known               budget.Known
	Counts              budget.Counts
	Coverage            float64
	SLI, Remaining      float64
	ProjectedExhaustion time.Duration
	WillExhaust         bool
}

// Open reports whether the breach goes on: it is started, ongoing or stale.
func (b Breach) Open() bool { return b.State == Started || b.State == Ongoing || b.State == Stale }

// breachKey names a breach. Escaping what stands around the name of the error budget keeps
// two breaches from sharing a key.
func breachKey(service, region, environment, name string, severity Severity, rule string) string {
	key := url.PathEscape(service)
	if region != "" {
		key += ";region=" + url.PathEscape(region)
	}
	if environment != "" {
		key += ";environment=" + url.PathEscape(environment)
	}
	key += "/" + name + "/" + severity.String()
	if rule != "" {
		key += ":" + url.PathEscape(rule)
	}
	return key
}

// breach describes an episode. The caller holds the watcher's lock.
func (s *subject) breach(w *Watcher, g *group, severity Severity, state State) Breach {
	e, in := g.of(severity)
	status := s.budget.Status()
	b := Breach{
		Key: s.key(w, g, severity), State: state, Severity: severity, Rule: s.checks[g.from+e.by].name,
		Service: w.tracker.Service(), Environment: w.plan.Environment,
		Name: s.name, Objective: s.objective, Operation: s.operation,
		Priority: in.rating.priority, PriorityOrigin: in.rating.origin, PriorityReason: in.rating.reason,
		Started: in.at, Duration: w.now.elapsed - in.elapsed, Joined: e.joined, Peak: in.peak,
		Suppressed: in.missed, Told: in.told, Timeline: slices.Clone(in.timeline), Omitted: in.omitted,
		At: status.At, Known: status.Known, Counts: status.Counts, Coverage: status.Coverage,
		SLI: status.SLI, Remaining: status.Remaining,
		ProjectedExhaustion: status.ProjectedExhaustion, WillExhaust: status.WillExhaust,
	}
	b.ID = b.Key + "@" + stamp(in.at)
	b.Objective.Links = slices.Clone(s.objective.Links)
	if left := in.snoozed - w.now.elapsed; left > 0 {
		b.SnoozedUntil = w.now.at.Add(left)
	}
	for i, member := range e.member {
		if member {
			b.Rules = append(b.Rules, s.state(w, g, g.from+i))
		}
	}
	b.Episodes = s.episodes(in.at)
	b.Markers = markers(w.tracker, &b)
	for _, d := range w.dependencies {
		b.Dependencies = append(b.Dependencies, newDependency(d.Status()))
	}
	switch {
	case state == Resolved:
		b.Resolved = w.now.at
	case state == Ongoing && (status.Known == budget.Stale || s.waits(g, e, severity)):
		b.State = Stale
	}
	return b
}

// clone returns a copy that shares nothing.
func (b *Breach) clone() Breach {
	c := *b
	c.Rules = slices.Clone(b.Rules)
	c.Objective.Links = slices.Clone(b.Objective.Links)
	c.Timeline = slices.Clone(b.Timeline)
	c.Facts = slices.Clone(b.Facts)
	c.Markers = slices.Clone(b.Markers)
	c.Episodes = slices.Clone(b.Episodes)
	for i := range c.Episodes {
		c.Episodes[i].Operations = slices.Clone(b.Episodes[i].Operations)
		c.Episodes[i].Causes = slices.Clone(b.Episodes[i].Causes)
		c.Episodes[i].Traces = slices.Clone(b.Episodes[i].Traces)
	}
	c.Dependencies = slices.Clone(b.Dependencies)
	return c
}

// reason says why the rule that opened the breach holds, or does not any more.
func (b *Breach) reason() string {
	for _, r := range b.Rules {
		if r.Rule == b.Rule {
			return r.Reason
		}
	}
	return ""
}

// String returns one line for people, such as
//
//	page started: "checkout" by 1h/5m: burn rate x coverage is 13.61 over 1h and 163.33 over
//	5m, above 13.44; 41.2 % of the error budget remains
func (b Breach) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%v %v: %q by %s", b.Severity, b.State, b.Name, b.Rule)
	if b.Priority != "" {
		s.WriteString(", " + b.Priority)
	}
	if why := b.reason(); why != "" {
		s.WriteString(": " + why)
	}
	if b.State == Resolved {
		fmt.Fprintf(&s, "; after %v", b.Duration.Truncate(time.Millisecond))
	}
	switch b.Known {
	case budget.NoSuchObjective, budget.Stale, budget.NoEvents:
		fmt.Fprintf(&s, "; error budget: %v", b.Known)
	default:
		fmt.Fprintf(&s, "; %s of the error budget remains", percent(b.Remaining))
	}
	return s.String()
}

// LogValue returns what a log needs to route and judge the breach. Owner, region,
// environment and priority are left out where they are empty.
func (b Breach) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("id", b.ID),
		slog.String("state", b.State.String()),
		slog.String("severity", b.Severity.String()),
		slog.String("rule", b.Rule),
		slog.String("service", b.Service),
		slog.String("objective", b.Name),
		slog.Time("started", b.Started),
		slog.Duration("duration", b.Duration),
		slog.String("reason", b.reason()),
		slog.Float64("remaining", b.Remaining),
		slog.String("known", b.Known.String()),
	}
	for _, a := range [...]slog.Attr{
		slog.String("owner", b.Objective.Owner),
		slog.String("region", b.Objective.Region),
		slog.String("environment", b.Environment),
		slog.String("priority", b.Priority),
	} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	return slog.GroupValue(attrs...)
}
