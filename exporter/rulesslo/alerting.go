package rulesslo

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/internal/escape"
	"github.com/seed-abb722f7/nines/policy"
)

// Names of alerts; the first and the last are Pyrra's.
const (
	burnAlert   = "ErrorBudgetBurn"
	levelAlert  = "ErrorBudgetLow"
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
		a := &o.alerts[i]
		for _, severity := range []policy.Severity{policy.Page, policy.Ticket} {
			if r, ok := o.burn(a, severity); ok {
				g.rules = append(g.rules, r)
			}
		}
	}
	levels := cfg.levels()
	for i := range levels {
		g.rules = append(g.rules, o.level(levels, i))
	}
	if !o.each { // operations come as they are seen
		g.rules = append(g.rules, o.absent())
	}
	o.dress(g.rules, cfg.labels())
	return g, len(g.rules) > 0
}

// burn is the alert for all burn-rate rules of one severity: one incident is one alert.
func (o *objective) burn(a *alertScope, severity policy.Severity) (rule, bool) {
	r := rule{alert: burnAlert, labels: map[string]string{"severity": severity.String(), "sloth_severity": severity.String(), "slo": a.name}}
	var terms, words []string
	for _, b := range a.rules {
		if b.severity != severity {
			continue
		}
		terms = append(terms, o.burns(a, &b))
		words = append(words, fmt.Sprintf("%.6g over %s and %s", b.factor, duration(b.long), duration(b.short)))
		if r.keep == 0 || b.short < r.keep {
			r.keep = b.short // what flickers is one incident
		}
	}
	if len(terms) == 0 {
		return rule{}, false
	}
	r.expr = strings.Join(terms, "\nor\n")
	r.annotations = map[string]string{
		"title":   "(" + severity.String() + ") {{ $labels.sloth_service }} {{ $labels.sloth_slo }} SLO error budget burn rate is too fast.",
		"summary": "The error budget burns faster than " + strings.Join(words, ", or than ") + " (1 spends it in " + duration(o.period) + ").",
	}
	return r, true
}

// burns is one burn-rate rule: budget that was spent, which time that nobody observed does
// not count towards, above the factor in both windows, and enough bad events.
func (o *objective) burns(a *alertScope, b *burnRule) string {
	in := func(metric string, w time.Duration) string { return o.recordedFor(a, metric+duration(w)) }
	fast := func(w time.Duration) string {
		return fmt.Sprintf("  max without (sloth_window) (%s * %s > (%s * %s))",
			in(errorRatio, w), in(coverageRatio, w), number(b.factor), number(o.Target.ErrorBudget()))
	}
	// Increases are extrapolated, and a count is half an event from the next.
	enough := fmt.Sprintf("%s > %s", in(badIncrease, b.long), number(float64(b.minBad)-0.5))
	if b.allBad > 0 {
		enough += fmt.Sprintf(" or (%s > %s and %s > 0.999999999)",
			in(badIncrease, b.long), number(float64(b.allBad)-0.5), in(errorRatio, b.long))
	}
	return "(\n" + fast(b.long) + "\n  and\n" + fast(b.short) +
		"\n  and\n  max without (sloth_window) (" + enough + ")\n)"
}

// level is the alert for a budget that is down to a level, and not to the next. It says
// nothing while there are so few events that one bad one is worth more than the budget.
func (o *objective) level(levels []float64, i int) rule {
	expr := o.recorded(remainingRatio) + " <= " + number(levels[i])
	if i+1 < len(levels) {
		expr += " > " + number(levels[i+1])
	}
	state := levelText(levels[i])
	return rule{
		alert: levelAlert,
		expr: "max without (sloth_window) (" + expr + ")\nand\n" +
			o.recorded(periodEvents) + " >= " + number(1/o.Target.ErrorBudget()),
		labels: map[string]string{"severity": policy.Ticket.String(), "slo": o.name, "level": percent(levels[i])},
		annotations: map[string]string{
			"title":   "{{ $labels.sloth_service }} {{ $labels.sloth_slo }}: the error budget " + state + ".",
			"summary": "The error budget of the last " + duration(o.period) + " " + state + ".",
		},
	}
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

func percent(share float64) string { return strconv.FormatFloat(share*100, 'g', 6, 64) + "%" }

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
		maps.Copy(labels, extra)
		for name, value := range labels {
			labels[name] = inert(value)
		}
		if o.Description != "" {
			annotations["description"] = inert(escape.UTF8(o.Description))
		}
		for _, l := range o.Links {
			name := annotationOf(l.Name)
			for annotations[name] != "" {
				name += "_" // names that differ only in what is no letter
			}
			annotations[name] = inert(escape.UTF8(l.URL))
		}
	}
}

// annotationOf names the annotation of a link: of "runbook" it is runbook_url, which tools
// know.
func annotationOf(name string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '_'
	}, name)
	if safe[0] >= '0' && safe[0] <= '9' {
		safe = "_" + safe
	}
	return safe + "_url"
}
