package policy

import (
	"encoding/json"
	"time"
)

type breachJSON struct {
	Key        string        `json:"key"`
	ID         string        `json:"id"`
	State      State         `json:"state"`
	Severity   Severity      `json:"severity"`
	Rule       string        `json:"rule"`
	Service    string        `json:"service"`
	Name       string        `json:"name"`
	Objective  objectiveJSON `json:"objective"`
	Started    string        `json:"started"`
	Resolved   string        `json:"resolved,omitempty"`
	Duration   float64       `json:"duration_seconds"`
	Rules      []RuleState   `json:"rules"`
	Joined     uint64        `json:"joined"`
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

type objectiveJSON struct {
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
	o := b.Objective
	j := breachJSON{
		Key: b.Key, ID: b.ID, State: b.State, Severity: b.Severity, Rule: b.Rule, Service: b.Service, Name: b.Name,
		Objective: objectiveJSON{
			Operation: b.Operation, SLI: o.SLI.String(), Target: o.Target.String(), Window: o.Window.String(),
			Owner: o.Owner, Region: o.Region, Priority: o.Priority, Description: o.Description,
		},
		Started: stamp(b.Started), Resolved: stamp(b.Resolved), Duration: b.Duration.Seconds(),
		Rules: b.Rules, Joined: b.Joined, At: stamp(b.At), Known: b.Known.String(),
		Good: b.Counts.Good, Bad: b.Counts.Bad, Excluded: b.Counts.Excluded,
		Coverage: b.Coverage, SLI: b.SLI, Remaining: b.Remaining,
	}
	for _, l := range o.Links {
		j.Objective.Links = append(j.Objective.Links, linkJSON(l))
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

// stamp writes a time; "" for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
