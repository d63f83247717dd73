package policy

import (
	"encoding/json"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

type breachJSON struct {
	Key        string        `json:"key"`
	ID         string        `json:"id"`
	State      State         `json:"state"`
	Severity   Severity      `json:"severity"`
	Rule       string        `json:"rule"`
	Service    string        `json:"service"`
	Environ    string        `json:"environment,omitempty"`
	Name       string        `json:"name"`
	Objective  objectiveJSON `json:"objective"`
	Started    string        `json:"started"`
	Resolved   string        `json:"resolved,omitempty"`
	Duration   float64       `json:"duration_seconds"`
	Priority   *ratingJSON   `json:"priority,omitempty"`
	Snoozed    string        `json:"snoozed_until,omitempty"`
	Suppressed uint64        `json:"suppressed"`
	Rules      []RuleState   `json:"rules"`
	Joined     uint64        `json:"joined"`
	Peak       float64       `json:"peak_burn_rate"`
	Timeline   []entryJSON   `json:"timeline"`
	Omitted    uint64        `json:"timeline_omitted,omitempty"`
	Episodes   []episodeJSON `json:"episodes"`
	Markers    []markerJSON  `json:"markers,omitempty"`
	Facts      []factJSON    `json:"facts,omitempty"`
	Depends    []dependsJSON `json:"dependencies,omitempty"`
	At         string        `json:"at"`
	Known      string        `json:"known"`
	Good       uint64        `json:"good"`
	Bad        uint64        `json:"bad"`
	Excluded   uint64        `json:"excluded"`
	Coverage   float64       `json:"coverage"`
	SLI        float64       `json:"sli"`
	Remaining  float64       `json:"remaining"`
	Exhaustion *float64      `json:"projected_exhaustion_seconds"`
}

type ratingJSON struct {
	Name   string         `json:"name"`
	Origin PriorityOrigin `json:"origin"`
	Reason string         `json:"reason"`
}

type entryJSON struct {
	At   string `json:"at"`
	Text string `json:"text"`
}

type factJSON struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type episodeJSON struct {
	Start      string          `json:"start"`
	End        string          `json:"end,omitempty"`
	Duration   float64         `json:"duration_seconds"`
	Good       uint64          `json:"good"`
	Bad        uint64          `json:"bad"`
	Cost       float64         `json:"cost"`
	Peak       float64         `json:"peak_burn_rate"`
	Operations []operationJSON `json:"operations"`
	Causes     []causeJSON     `json:"causes,omitempty"`
	Traces     []string        `json:"traces,omitempty"`
	Deployment string          `json:"deployment,omitempty"`
}

type operationJSON struct {
	Operation string `json:"operation"`
	Bad       uint64 `json:"bad"`
}

type causeJSON struct {
	Cause string `json:"cause"`
	Bad   uint64 `json:"bad"`
}

type markerJSON struct {
	At   string `json:"at"`
	Kind string `json:"kind"`
	Text string `json:"text"`
}

type dependsJSON struct {
	Name      string  `json:"name"`
	Operation string  `json:"operation"`
	Known     string  `json:"known"`
	Good      uint64  `json:"good"`
	Bad       uint64  `json:"bad"`
	SLI       float64 `json:"sli"`
	Remaining float64 `json:"remaining"`
	BurnRate  float64 `json:"burn_rate"`
}

type objectiveJSON struct {
	Name        string     `json:"name,omitempty"` // of slo.Each: otherwise it is that of the breach
	Operation   string     `json:"operation"`
	SLI         string     `json:"sli"`
	Target      string     `json:"target"`
	Window      string     `json:"window"`
	Owner       string     `json:"owner,omitempty"`
	Region      string     `json:"region,omitempty"`
	Priority    string     `json:"priority,omitempty"`
	Description string     `json:"description,omitempty"`
	Links       []linkJSON `json:"links,omitempty"`
}

type linkJSON struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// MarshalJSON writes the breach with snake-case names that stay as they are: times in
// RFC 3339 and UTC, durations in seconds, ratios as such, and
// projected_exhaustion_seconds null if the budget would last for ever.
func (b Breach) MarshalJSON() ([]byte, error) {
	j := breachJSON{
		Key: b.Key, ID: b.ID, State: b.State, Severity: b.Severity, Rule: b.Rule,
		Service: b.Service, Environ: b.Environment, Name: b.Name,
		Objective: newObjectiveJSON(b.Objective, b.Name, b.Operation),
		Started:   stamp(b.Started), Resolved: stamp(b.Resolved), Duration: b.Duration.Seconds(),
		Snoozed: stamp(b.SnoozedUntil), Suppressed: b.Suppressed, Peak: b.Peak, Timeline: []entryJSON{}, Episodes: []episodeJSON{}, Omitted: b.Omitted,
		Rules: b.Rules, Joined: b.Joined, At: stamp(b.At), Known: b.Known.String(),
		Good: b.Counts.Good, Bad: b.Counts.Bad, Excluded: b.Counts.Excluded,
		Coverage: b.Coverage, SLI: b.SLI, Remaining: b.Remaining,
	}
	if b.Priority != "" {
		j.Priority = &ratingJSON{b.Priority, b.PriorityOrigin, b.PriorityReason}
	}
	for _, e := range b.Timeline {
		j.Timeline = append(j.Timeline, entryJSON{stamp(e.At), e.Text})
	}
	for i := range b.Episodes {
		j.Episodes = append(j.Episodes, newEpisodeJSON(&b.Episodes[i]))
	}
	for _, m := range b.Markers {
		j.Markers = append(j.Markers, markerJSON{stamp(m.At), m.Kind.String(), m.Text})
	}
	for _, f := range b.Facts {
		j.Facts = append(j.Facts, factJSON(f))
	}
	for _, d := range b.Dependencies {
		j.Depends = append(j.Depends, dependsJSON{
			d.Name, d.Operation, d.Known.String(), d.Counts.Good, d.Counts.Bad, d.SLI, d.Remaining, d.BurnRate,
		})
	}
	if j.Rules == nil {
		j.Rules = []RuleState{} // a list, not null
	}
	if b.WillExhaust {
		seconds := b.ProjectedExhaustion.Seconds()
		j.Exhaustion = &seconds
	}
	return json.Marshal(j)
}

// newObjectiveJSON writes what people are told of an objective.
func newObjectiveJSON(o slo.Objective, name, operation string) objectiveJSON {
	j := objectiveJSON{
		Operation: operation, SLI: o.SLI.String(), Target: o.Target.String(), Window: o.Window.String(),
		Owner: o.Owner, Region: o.Region, Priority: o.Priority, Description: o.Description,
	}
	if o.Name != name {
		j.Name = o.Name
	}
	for _, l := range o.Links {
		j.Links = append(j.Links, linkJSON(l))
	}
	return j
}

func newEpisodeJSON(e *budget.Episode) episodeJSON {
	j := episodeJSON{
		Start: stamp(e.Start), End: stamp(e.End), Duration: e.Lasted.Seconds(), Good: e.Counts.Good, Bad: e.Counts.Bad,
		Cost: e.Cost, Peak: e.Peak, Operations: []operationJSON{}, Traces: e.Traces, Deployment: e.Deployment.Text,
	}
	for _, o := range e.Operations {
		j.Operations = append(j.Operations, operationJSON(o))
	}
	for _, c := range e.Causes {
		j.Causes = append(j.Causes, causeJSON{c.Cause, c.Count})
	}
	return j
}

// stamp writes a time; "" for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
