package alertslo

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/escape"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// alertName is the label alertname. Those of package rulesslo, which speak for the fleet, are
// others.
const alertName = "ErrorBudgetBreach"

// maxLabel bounds an instance and the labels of users, as names are.
const maxLabel = 256

// An alert is what version 2 of Alertmanager's API takes.
type alert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// severity is what the notifier may say of a breach.
func (s Scope) severity(b *policy.Breach) policy.Severity {
	if s.instance != "" {
		return min(b.Severity, policy.Ticket)
	}
	return b.Severity
}

// labels are what Alertmanager knows an alert by: what is in the key of the breach, and what
// was declared. They stay the same from its start to its end, over restarts, and in every
// replica but for the instance; nothing that was measured is among them.
func (s Scope) labels(b *policy.Breach, extra map[string]string) map[string]string {
	labels := map[string]string{
		"alertname":   alertName,
		"severity":    s.severity(b).String(),
		"slo":         b.Name,
		"slo_service": b.Service,
		"rule":        ownRule(b),
		"owner":       b.Objective.Owner,
		"region":      b.Objective.Region,
		"environment": b.Environment,
		"instance":    s.instance,
	}
	if b.PriorityOrigin == policy.ExplicitPriority {
		labels["priority"] = b.Priority
	}
	if s.instance != "" { // else a page and a ticket would be one alert
		labels["slo_severity"] = b.Severity.String()
	}
	maps.DeleteFunc(labels, func(_, value string) bool { return value == "" })
	for name, value := range labels {
		labels[name] = escape.UTF8(value)
	}
	maps.Copy(labels, extra)
	return labels
}

// ownLabels are the names that no label of a user may have.
var ownLabels = [...]string{
	"alertname", "severity", "slo", "slo_service", "rule", "owner", "region", "environment", "instance", "priority", "slo_severity",
}

// ownRule returns the rule of a breach that is that rule's alone: only then is it part of the
// key. Others join the breach of their error budget, and the one that opened it may be
// another next time.
func ownRule(b *policy.Breach) string {
	if strings.HasSuffix(b.Key, "/"+b.Severity.String()+":"+url.PathEscape(b.Rule)) {
		return b.Rule
	}
	return ""
}

// newAlert returns a breach as an alert. One that is open ends so long from now, unless it is
// sent again.
func (s Scope) newAlert(b *policy.Breach, extra map[string]string, generator string, now time.Time, lasts time.Duration) alert {
	a := alert{
		Labels: s.labels(b, extra), Annotations: annotations(b),
		StartsAt: b.Started, EndsAt: now.Add(lasts), GeneratorURL: generator,
	}
	switch { // the clock may have been set back; an alert that ends before it starts is refused
	case b.Open() && a.EndsAt.Before(a.StartsAt):
		a.EndsAt = a.StartsAt.Add(lasts)
	case !b.Open():
		a.EndsAt = b.Resolved
		if a.EndsAt.Before(a.StartsAt) {
			a.StartsAt = a.EndsAt
		}
	}
	return a
}

// annotations are what people read. They may change while the alert is open.
func annotations(b *policy.Breach) map[string]string {
	all := map[string]string{
		"summary":     summary(b),
		"description": description(b),
		"breach":      b.ID,
		"slo_target":  b.Objective.Target.String() + " over " + b.Objective.Window.String(),
		"priority":    b.Priority,
		"trace_ids":   strings.Join(traces(b), " "),
	}
	if b.Priority != "" {
		all["priority_reason"] = b.PriorityOrigin.String() + ": " + b.PriorityReason
	}
	for _, l := range b.Objective.Links {
		name := escape.LinkAnnotation(l.Name)
		for all[name] != "" {
			name += "_" // names that differ only in what is no letter
		}
		all[name] = l.URL
	}
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	for name, value := range all {
		all[name] = clip(escape.UTF8(value))
	}
	return all
}

// maxAnnotation bounds an annotation in bytes: facts may be of any length, and what tells
// people has no room for a log.
const maxAnnotation = 8 << 10

func clip(text string) string {
	if len(text) <= maxAnnotation {
		return text
	}
	const cut = "…"
	return strings.ToValidUTF8(text[:maxAnnotation-len(cut)], "") + cut
}

// summary is one line, such as
//
//	shop: checkout burns its error budget: 41.2 % left, P1
func summary(b *policy.Breach) string {
	text := b.Name
	if b.Service != "" {
		text = b.Service + ": " + text
	}
	switch b.State {
	case policy.Resolved:
		text += " is back within its error budget's rules"
	case policy.Stale:
		text += " broke its objective, and is not measured any more"
	default:
		text += " breaks its objective"
	}
	if left, ok := remaining(b); ok {
		text += ": " + left + " of the error budget left"
	}
	if b.Priority != "" {
		text += ", " + b.Priority
	}
	return text
}

func remaining(b *policy.Breach) (left string, ok bool) {
	switch b.Known {
	case budget.NoSuchObjective, budget.Stale, budget.NoEvents:
		return "", false
	}
	return share(b.Remaining), true
}

// description has the numbers, and what else a person needs who was woken.
func description(b *policy.Breach) string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if b.Objective.Description != "" {
		add("%s", b.Objective.Description)
	}
	add("%s", b.String())
	add("Objective: %v, %v over %v.", b.Objective.SLI, b.Objective.Target, b.Objective.Window)
	if b.Operation != "" {
		add("Operation: %s.", b.Operation)
	}
	add("Counts in the window: %d good, %d bad, %d excluded; %s of it watched.", b.Counts.Good, b.Counts.Bad, b.Counts.Excluded, share(b.Coverage))
	if b.Peak > 0 {
		add("Worst burn rate: %s, which is %s of what the objective allows.", number(b.Peak), share(b.Peak))
	}
	if b.WillExhaust && b.Open() && b.ProjectedExhaustion > 0 {
		add("At the rate of the last hour the error budget is spent in %s.", slo.FormatDuration(b.ProjectedExhaustion.Truncate(time.Second)))
	}
	for i := range b.Episodes {
		e := &b.Episodes[i]
		add("Cost since %s: %s of the error budget, %d bad events.", clock(e.Start), share(e.Cost), e.Counts.Bad)
	}
	for _, m := range b.Markers {
		add("%s: %s %s", clock(m.At), m.Kind, m.Text)
	}
	for _, d := range b.Dependencies {
		add("Dependency %s: %v, %s of its error budget left, burn rate %s.", d.Name, d.Known, share(d.Remaining), number(d.BurnRate))
	}
	for _, f := range b.Facts {
		add("%s: %s", f.Name, f.Value)
	}
	if b.Suppressed > 0 {
		add("%d breaches of this key before it were not told.", b.Suppressed)
	}
	if !b.SnoozedUntil.IsZero() {
		add("Snoozed until %s.", clock(b.SnoozedUntil))
	}
	return strings.Join(lines, "\n")
}

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func share(ratio float64) string { return number(100*ratio) + " %" }

// number writes four digits, or as many as there are before the point.
func number(v float64) string {
	if math.Abs(v) >= 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// maxTraces bounds the traces that an alert shows.
const maxTraces = 8

func traces(b *policy.Breach) (ids []string) {
	for i := len(b.Episodes) - 1; i >= 0 && len(ids) < maxTraces; i-- {
		ids = append(ids, b.Episodes[i].Traces...)
	}
	return ids[:min(len(ids), maxTraces)]
}
