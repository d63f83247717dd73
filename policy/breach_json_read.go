package policy

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// UnmarshalJSON reads what MarshalJSON writes, for programs that are told of breaches over a
// network. Fields that are not known here, as of a later version, are left out.
//
// What MarshalJSON leaves out is not there afterwards either: of the objective Of, the options of
// SLI and what else is not for people, so that Objective prints as it did, but is not the one
// that was declared; of Episode.Deployment the time. Told is true: what was sent was told. A window in a
// time zone that is not known here is left zero. Lengths are exact to a microsecond.
//
// The error joins everything wrong but for what encoding/json itself refuses, which comes first. It
// matches slo.ErrInvalid if a word, a time, a length, a target or a window cannot be read, or where
// known, or the target or window of the objective, is not there. On error b is unchanged.
func (b *Breach) UnmarshalJSON(text []byte) error {
	if string(text) == "null" { // as encoding/json has it for everything
		return nil
	}
	var j breachJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	r := &jsonReader{}
	n := Breach{
		Key: j.Key, ID: j.ID, State: j.State, Severity: j.Severity, Rule: j.Rule,
		Service: j.Service, Environment: j.Environ, Name: j.Name, Objective: r.objective(j.Name, &j.Objective), Operation: j.Objective.Operation,
		Started: r.time("started", j.Started), Resolved: r.time("resolved", j.Resolved), Duration: r.length("duration_seconds", j.Duration),
		SnoozedUntil: r.time("snoozed_until", j.Snoozed), Suppressed: j.Suppressed, Told: true,
		Rules: orNil(j.Rules), Joined: j.Joined, Peak: j.Peak, Omitted: j.Omitted,
		At: r.time("at", j.At), Known: r.known("known", j.Known), Counts: budget.Counts{Good: j.Good, Bad: j.Bad, Excluded: j.Excluded},
		Coverage: j.Coverage, SLI: j.SLI, Remaining: j.Remaining,
	}
	if p := j.Priority; p != nil && p.Name != "" {
		n.Priority, n.PriorityOrigin, n.PriorityReason = p.Name, p.Origin, p.Reason
	}
	for _, e := range j.Timeline {
		n.Timeline = append(n.Timeline, TimelineEntry{r.time("timeline.at", e.At), e.Text})
	}
	for i := range j.Episodes {
		n.Episodes = append(n.Episodes, r.episode(&j.Episodes[i]))
	}
	for _, m := range j.Markers {
		n.Markers = append(n.Markers, budget.Marker{At: r.time("markers.at", m.At), Kind: r.marker("markers.kind", m.Kind), Text: m.Text})
	}
	for _, f := range j.Facts {
		n.Facts = append(n.Facts, Fact(f))
	}
	for _, d := range j.Depends {
		n.Dependencies = append(n.Dependencies, Dependency{
			Name: d.Name, Operation: d.Operation, Known: r.known("dependencies.known", d.Known),
			Counts: budget.Counts{Good: d.Good, Bad: d.Bad}, SLI: d.SLI, Remaining: d.Remaining, BurnRate: d.BurnRate,
		})
	}
	if j.Exhaustion != nil {
		n.WillExhaust, n.ProjectedExhaustion = true, r.length("projected_exhaustion_seconds", *j.Exhaustion)
	}
	if len(r.errs) > 0 {
		return errors.Join(r.errs...)
	}
	*b = n
	return nil
}

// UnmarshalJSON reads what MarshalJSON writes, as that of [Breach] does.
func (s *RuleState) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	var j ruleStateJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	r := &jsonReader{}
	n := RuleState{
		Objective: j.Objective, Rule: j.Rule, Severity: j.Severity, Holds: j.Holds, HeldBack: j.HeldBack, Pending: j.Pending,
		Blind: j.Blind, Active: j.Active, Reason: j.Reason, Breach: j.Breach, Factor: j.Factor,
		Long: r.window("long", &j.Long), Short: r.window("short", &j.Short),
	}
	if len(r.errs) > 0 {
		return errors.Join(r.errs...)
	}
	*s = n
	return nil
}

// A jsonReader reads what JSON has no types for, and collects what is wrong with it.
type jsonReader struct{ errs []error }

func (r *jsonReader) reject(field string, value any, reason string) {
	r.errs = append(r.errs, &slo.FieldError{Package: packageName, Field: field, Value: value, Reason: reason})
}

// time reads what stamp writes.
func (r *jsonReader) time(field, s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if t = t.UTC(); err != nil || t.Year() < 0 || t.Year() > 9999 {
		r.reject(field, s, `want a time as in RFC 3339, such as "2025-03-03T12:04:05Z"`)
		return time.Time{}
	}
	return t
}

// length reads seconds.
func (r *jsonReader) length(field string, s float64) time.Duration {
	if most := time.Duration(math.MaxInt64).Seconds(); s <= -most || s >= most {
		r.reject(field, s, "want a length in seconds of less than 292 years")
		return 0
	}
	return time.Duration(math.Round(s * float64(time.Second)))
}

func (r *jsonReader) known(field, name string) budget.Known {
	var names []string
	for k := budget.NoSuchObjective; k <= budget.FullyKnown; k++ {
		if k.String() == name {
			return k
		}
		names = append(names, k.String())
	}
	r.reject(field, name, "want one of "+list(names))
	return 0
}

func (r *jsonReader) marker(field, name string) budget.MarkerKind {
	var names []string
	for k := budget.MarkerKind(0); k <= budget.AnnotationMarker; k++ {
		if k.String() == name {
			return k
		}
		names = append(names, k.String())
	}
	r.reject(field, name, "want one of "+list(names))
	return 0
}

// objective reads what people are told of an objective.
func (r *jsonReader) objective(name string, j *objectiveJSON) slo.Objective {
	o := slo.Objective{
		Name: cmp.Or(j.Name, name), SLI: sliNamed(j.SLI), Owner: j.Owner, Region: j.Region, Priority: j.Priority, Description: j.Description,
	}
	for _, l := range j.Links {
		o.Links = append(o.Links, slo.Link(l))
	}
	if none := (slo.Target{}).String(); j.Target != none {
		var wrong *slo.FieldError
		var err error
		if o.Target, err = slo.ParseTarget(j.Target); errors.As(err, &wrong) {
			r.reject("objective.target", j.Target, wrong.Reason)
		}
	}
	var wrong *slo.FieldError
	var err error
	if o.Window, err = slo.ParseWindow(j.Window); errors.As(err, &wrong) && !strings.Contains(strings.TrimSpace(j.Window), " ") {
		r.reject("objective.window", j.Window, wrong.Reason) // else it may be the time zone
	}
	return o
}

// orNil returns a list as it is where there is nothing to say.
func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// sliNamed returns an SLI that prints so.
func sliNamed(text string) slo.SLI {
	latency, fidelity := slo.Latency(time.Second).Name()+" ", slo.Fidelity()
	switch text {
	case "":
		return slo.SLI{}
	case slo.Availability().String():
		return slo.Availability()
	case fidelity.String():
		return fidelity
	}
	if d, err := time.ParseDuration(strings.TrimPrefix(text, latency)); err == nil && slo.Latency(d).String() == text {
		return slo.Latency(d)
	}
	return slo.Custom(text)
}

func (r *jsonReader) episode(j *episodeJSON) budget.Episode {
	e := budget.Episode{
		Start: r.time("episodes.start", j.Start), End: r.time("episodes.end", j.End), Lasted: r.length("episodes.duration_seconds", j.Duration),
		Counts: budget.Counts{Good: j.Good, Bad: j.Bad}, Cost: j.Cost, Peak: j.Peak, Traces: orNil(j.Traces),
	}
	e.Open = e.End.IsZero()
	for _, o := range j.Operations {
		e.Operations = append(e.Operations, budget.OperationCount(o))
	}
	for _, c := range j.Causes {
		e.Causes = append(e.Causes, budget.CauseCount{Cause: c.Cause, Count: c.Bad})
	}
	if j.Deployment != "" {
		e.Deployment = budget.Marker{Kind: budget.DeploymentMarker, Text: j.Deployment}
	}
	return e
}

func (r *jsonReader) window(field string, j *windowJSON) budget.Window {
	w := budget.Window{
		Length: r.length(field+".length_seconds", j.Seconds), Counts: budget.Counts{Good: j.Good, Bad: j.Bad, Excluded: j.Excluded}, Cancelled: j.Cancelled,
	}
	switch {
	case w.Length < 0:
		r.reject(field+".length_seconds", j.Seconds, "want a length of at least 0")
	case j.Coverage < 0 || j.Coverage > 2: // a little more than all of it is nobody's fault
		r.reject(field+".coverage", j.Coverage, "want a share from 0 to 1")
	default:
		w.Observed = r.length(field+".coverage", j.Coverage*w.Length.Seconds())
	}
	if j.BurnRate != nil {
		w.BurnRate, w.OK = *j.BurnRate, true
	}
	return w
}
