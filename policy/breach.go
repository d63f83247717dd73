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
	// Key says which breach this is among those that may be open at one time: service, error
	// budget and severity with "/" between them, the service escaped as in a URL path. It is
	// the same for every incident, after every restart and in every replica.
	Key string

	// ID is the key followed by "@" and the time of the start: one incident.
	ID string

	// State is Started or Resolved where it is delivered, Ongoing or Stale in
	// [Watcher.Active].
	State State

	Severity Severity // how soon a person is needed
	Rule     string   // the rule that opened it
	Service  string   // budget.Config.Service

	// Name is the error budget: the objective's name, of slo.Each followed by "/" and the
	// operation. Objective is the declaration, with owner, region, priority and links;
	// Operation what it judges, "" for all requests together.
	Name      string
	Objective slo.Objective
	Operation string

	Started  time.Time     // wall time
	Resolved time.Time     // wall time; zero while open
	Duration time.Duration // since the start, whatever the wall clock did meanwhile

	// Rules are the rules that belong to it as they were evaluated last, with their windows:
	// those that opened and joined it, whether they still hold or not. Joined is how often
	// a rule became true that would have opened a breach of its own without this one.
	Rules  []RuleState
	Joined uint64

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

// breachKey names a breach. Escaping the service keeps two services from sharing a key.
func breachKey(service, name string, severity Severity) string {
	return url.PathEscape(service) + "/" + name + "/" + severity.String()
}

// breach describes an episode. The caller holds the watcher's lock.
func (s *subject) breach(service string, severity Severity, state State, now *moment) Breach {
	e, began := s.episode(severity)
	status := s.budget.Status()
	b := Breach{
		Key: breachKey(service, s.name, severity), State: state, Severity: severity, Rule: s.checks[e.by].name,
		Service: service, Name: s.name, Objective: s.objective, Operation: s.operation,
		Started: began.at, Duration: now.elapsed - began.elapsed, Joined: e.joined,
		At: status.At, Known: status.Known, Counts: status.Counts, Coverage: status.Coverage,
		SLI: status.SLI, Remaining: status.Remaining,
		ProjectedExhaustion: status.ProjectedExhaustion, WillExhaust: status.WillExhaust,
	}
	b.ID = b.Key + "@" + stamp(began.at)
	b.Objective.Links = slices.Clone(s.objective.Links)
	for i, in := range e.member {
		if in {
			b.Rules = append(b.Rules, s.state(i, service))
		}
	}
	switch {
	case state == Resolved:
		b.Resolved = now.at
	case state == Ongoing && (status.Known == budget.Stale || s.waits(e, severity)):
		b.State = Stale
	}
	return b
}

// clone returns a copy that shares nothing.
func (b *Breach) clone() Breach {
	c := *b
	c.Rules = slices.Clone(b.Rules)
	c.Objective.Links = slices.Clone(b.Objective.Links)
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

// LogValue returns what a log needs to route and judge the breach. Owner, region and
// priority are left out where they are empty.
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
		slog.String("priority", b.Objective.Priority),
	} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	return slog.GroupValue(attrs...)
}

// percent writes a ratio for people.
func percent(ratio float64) string { return fmt.Sprintf("%.4g %%", 100*ratio) }
