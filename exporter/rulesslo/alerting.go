package rulesslo

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/internal/escape"
	"github.com/seed-abb722f7/nines/policy"
)

// Names of alerts; the first and the last are Pyrra's.
const (
	burnAlert   = "ErrorBudgetBurn"
	levelAlert  = "ErrorBudgetLow"
	noDataAlert = "SLONoData"
	absentAlert = "SLOMetricAbsent"
)

// A service that is deployed may be gone for a moment; an objective that is new or has a
// new name may be in the rules long before it is in the service.
const (
	serviceAbsent   = 5 * time.Minute
	objectiveAbsent = time.Hour
)

// alerting returns the group of alerts of an objective, and whether it has any.
func (o *objective) alerting(cfg *Config) (group, bool) {
	g := group{name: "sloth-slo-alerts-" + o.id, interval: cfg.Interval}
	if o.Shadow {
		return g, false
	}
	for i := range o.alerts {
		for _, rules := range o.alerts[i].bundles() {
			g.rules = append(g.rules, o.alert(&o.alerts[i], rules))
		}
	}
	if !o.each { // operations come as they are seen
		g.rules = append(g.rules, o.absent())
	}
	o.dress(g.rules, cfg.labels())
	return g, len(g.rules) > 0
}

// bundles returns the rules that share an alert, because one incident trips several of
// them: the burn rates of one severity. What else tells rules apart must be the same.
func (a *alertScope) bundles() (bundles [][]alertRule) {
	for _, severity := range []policy.Severity{policy.Page, policy.Ticket} {
	rules:
		for _, r := range a.rules {
			if r.severity != severity {
				continue
			}
			for i := range bundles {
				with := bundles[i][0]
				if r.shares && with.shares && with.severity == severity && with.hold == r.hold && with.priority == r.priority {
					bundles[i] = append(bundles[i], r)
					continue rules
				}
			}
			bundles = append(bundles, []alertRule{r})
		}
	}
	return bundles
}

// alert names the alert for a rule.
func (r *alertRule) alert() string {
	switch r.kind {
	case levelled:
		return levelAlert
	case withoutAny:
		return noDataAlert
	}
	return burnAlert
}

// alert is the alert for a bundle of rules.
func (o *objective) alert(a *alertScope, rules []alertRule) rule {
	first := rules[0]
	severity := first.severity.String()
	r := rule{alert: first.alert(), hold: first.hold, keep: first.keep}
	var terms, names, words []string
	for _, each := range rules {
		terms = append(terms, o.term(a, &each))
		names = append(names, escape.UTF8(each.name))
		words = append(words, each.words)
		r.keep = min(r.keep, each.keep) // what flickers is one incident
	}
	r.expr = strings.Join(terms, "\nor\n")
	r.labels = map[string]string{"severity": severity, "slo": a.name, "rule": strings.Join(names, ", "), "priority": escape.UTF8(first.priority)}
	title := "the error budget " + words[0] + "."
	switch first.kind {
	case withoutAny:
		title = "the objective " + words[0] + "."
	case burning, depleting:
		r.labels["sloth_severity"] = severity
		title = "SLO error budget burn rate is too fast."
	}
	r.annotations = map[string]string{
		"title":   "(" + severity + ") {{ $labels.sloth_service }} {{ $labels.sloth_slo }} " + title,
		"summary": "The error budget of the last " + duration(o.period) + " " + strings.Join(words, ", or ") + ".",
	}
	return r
}

// term is the expression of one rule.
func (o *objective) term(a *alertScope, r *alertRule) string {
	in := func(metric string, w time.Duration) string { return o.recordedFor(a, metric+duration(w)) }
	if r.kind == withoutAny {
		// Increases are extrapolated, but none is none. Coverage is rounded down by a step.
		return fmt.Sprintf("max without (sloth_window) (%s == 0)\nand\nmax without (sloth_window) (%s > %s)",
			in(allIncrease, r.long), in(coverageRatio, r.long), number(1-1.5/coveragePoints))
	}
	// A count is half an event from the next, which no extrapolation is.
	enough := fmt.Sprintf("%s > %s", in(badIncrease, r.long), number(float64(r.minBad)-0.5))
	if r.allBad > 0 {
		enough += fmt.Sprintf(" or (%s > %s and %s > 0.999999999)",
			in(badIncrease, r.long), number(float64(r.allBad)-0.5), in(errorRatio, r.long))
	}
	enough = "  max without (sloth_window) (" + enough + ")\n)"
	if r.kind == depleting {
		// Bad events against those that the whole budget allows, as far as its window was observed.
		return fmt.Sprintf("(\n  max without (sloth_window) (%s) * max without (sloth_window) (%s)\n    >= (%s * %s) * %s\n  and\n",
			in(badIncrease, r.long), in(coverageRatio, o.period),
			number(r.factor), number(o.Target.ErrorBudget()), o.recordedFor(a, periodEvents)) + enough
	}
	operator := ">"
	if r.kind == levelled {
		operator = ">="
	}
	// Budget that was spent, which time that nobody observed does not count towards.
	spent := func(w time.Duration) string {
		return fmt.Sprintf("  max without (sloth_window) (%s * %s %s (%s * %s))\n  and\n",
			in(errorRatio, w), in(coverageRatio, w), operator, number(r.factor), number(o.Target.ErrorBudget()))
	}
	conditions := spent(r.long)
	if r.short > 0 {
		conditions += spent(r.short)
	}
	return "(\n" + conditions + enough
}

// levelText says of an error budget that it is down to a level.
func levelText(level float64) string {
	switch {
	case level > 0:
		return "has at most " + percent(level) + " left"
	case level < 0:
		return "is overspent by at least " + percent(-level)
	}
	return "is spent"
}

func percent(share float64) string { return significant(share*100) + "%" }

// absent is the alert for an objective that nobody exports, while the service is there.
func (o *objective) absent() rule {
	return rule{
		alert: absentAlert,
		expr:  "absent(" + o.events("") + ")\nunless on ()\n" + noService(o.service),
		hold:  objectiveAbsent,
		labels: map[string]string{
			"severity": policy.Ticket.String(), "slo": o.name, "slo_service": o.service,
			"sloth_id": o.id, "sloth_service": o.service, "sloth_slo": o.name,
		},
		annotations: map[string]string{
			"title":   inert(o.service) + " " + inert(o.name) + " is not exported.",
			"summary": "The rules know an objective that the service does not: it was renamed or removed, or is not deployed yet.",
		},
	}
}

func noService(service string) string {
	return "absent(" + selectorOf("nines_events_total", equal("slo_service", service)) + ")"
}

// serviceAlerts returns the group of what concerns no single objective. A process that is
// gone cannot say so, and refused connections are nobody's requests.
func serviceAlerts(cfg *Config) group {
	service := escape.UTF8(cfg.Service)
	r := rule{
		alert:  absentAlert,
		expr:   noService(service),
		hold:   serviceAbsent,
		labels: map[string]string{"severity": policy.Page.String(), "slo_service": service, "sloth_service": service},
		annotations: map[string]string{
			"title":   "(page) " + inert(service) + " is gone: nothing exports its objectives.",
			"summary": "No process of the service is scraped: its error budgets are not known, and nobody may be served.",
		},
	}
	rules := []rule{r}
	(&objective{}).dress(rules, cfg.labels())
	return group{name: "nines-service-" + service, interval: cfg.Interval, rules: rules}
}

// dress adds what people gave to the labels and annotations of alerts, and makes all text
// that is not this package's inert: both are templates.
func (o *objective) dress(rules []rule, extra map[string]string) {
	for i := range rules {
		labels, annotations := rules[i].labels, rules[i].annotations
		for name, value := range map[string]string{"owner": o.Owner, "region": o.Region, "priority": o.Priority} {
			if value != "" {
				labels[name] = escape.UTF8(value)
			}
		}
		maps.DeleteFunc(labels, func(_, value string) bool { return value == "" })
		maps.Copy(labels, extra)
		for name, value := range labels {
			labels[name] = inert(value)
		}
		if o.Window.Calendar() {
			annotations["window"] = "The objective is judged in calendar periods, this alert by the last " + duration(o.period) + "."
		}
		if o.Description != "" {
			annotations["description"] = inert(escape.UTF8(o.Description))
		}
		for _, l := range o.Links {
			name := escape.LinkAnnotation(l.Name)
			for annotations[name] != "" {
				name += "_" // names that differ only in what is no letter
			}
			annotations[name] = inert(escape.UTF8(l.URL))
		}
	}
}
