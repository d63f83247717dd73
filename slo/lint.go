package slo

import (
	"fmt"
	"time"
)

// Advice is what [Lint] has to say about one objective.
type Advice struct {
	Objective string // its name
	Field     string // what to look at, such as "Target"
	Text      string // what is doubtful, and what to do
}

// String returns the advice on one line, such as `"checkout".Owner: nobody ...`.
func (a Advice) String() string { return quote(a.Objective) + "." + a.Field + ": " + a.Text }

// Lint returns what experienced people would ask about a set of objectives that [Validate]
// accepts: nothing here is wrong, and everything may be meant. It asks about
//
//   - a missing Owner, Description or link (a shadow objective, which wakes nobody, needs no link);
//   - a target above 99.9 %, with the time that it leaves: it takes more than people, who
//     need most of it to get up;
//   - a rolling window of a week or more that is not whole weeks, whose weekends come and go;
//   - a latency objective that is kept whenever another one on its source is, which is noise.
//
// Advice comes in the order of the objectives. It is nil if there is none.
func Lint(objectives ...Objective) []Advice {
	var advice []Advice
	for i, o := range objectives {
		say := func(field, format string, args ...any) {
			advice = append(advice, Advice{Objective: o.Name, Field: field, Text: fmt.Sprintf(format, args...)})
		}
		if o.Owner == "" {
			say("Owner", "nobody answers for it: name the team")
		}
		if o.Description == "" {
			say("Description", "it does not say whose experience it protects")
		}
		if len(o.Links) == 0 && !o.Shadow {
			say("Links", "whoever is woken by it finds no runbook")
		}
		if down := o.Target.AllowedDowntime(o.Window.Length()); o.Target.tight() {
			say("Target", "%v allows %v of total outage in %v: what heals it must not wait for people", o.Target, down.Round(time.Second), o.Window)
		}
		if d := o.Window.Length(); !o.Window.Calendar() && d > week && d%week != 0 {
			say("Window", "%v are not whole weeks, so the number of weekends in it changes: consider %s", o.Window, FormatDuration(d/week*week))
		}
		if other := impliedBy(o, i, objectives); other != "" {
			say("SLI", "it is kept whenever %s is", quote(other))
		}
	}
	return advice
}

// tight reports whether a target is above 99.9 %.
func (t Target) tight() bool {
	const threeNines = billion / 1000
	return t.allowed > 0 && t.allowed < threeNines
}

// impliedBy returns the name of an objective that promises at least as much within a latency
// that is no longer, of the same requests over the same window; "" if there is none.
func impliedBy(o Objective, at int, objectives []Objective) string {
	if o.SLI.kind != latency || o.Target.Err() != nil {
		return ""
	}
	for i, other := range objectives {
		alike := other.SLI
		alike.threshold = o.SLI.threshold
		if i == at || other.Of != o.Of || other.Window != o.Window || other.Method != o.Method || alike != o.SLI || other.Target.Err() != nil {
			continue
		}
		same := other.SLI.threshold == o.SLI.threshold && other.Target == o.Target
		if other.SLI.threshold <= o.SLI.threshold && other.Target.allowed <= o.Target.allowed && (!same || i < at) {
			return other.Name
		}
	}
	return ""
}
