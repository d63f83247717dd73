package rulesslo

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/internal/escape"
	"github.com/seed-abb722f7/nines/slo"
)

// slothWindows are the windows that Sloth records, and its dashboards read.
var slothWindows = []time.Duration{
	5 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, slo.Day, 3 * slo.Day,
}

// An objective is a declared objective with everything that its rules are made of. Names
// are as promslo prints them.
type objective struct {
	slo.Objective
	service string
	name    string // the declared name
	id      string // Sloth's; of slo.Each without the operation
	each    bool

	// Of slo.Each: the names that have rules elsewhere, because an explicit objective took
	// the place of theirs.
	overridden []string

	period  time.Duration   // the objective's window
	windows []time.Duration // others that have ratios, ascending
	alerts  []alertScope
	beyond  []string // the rules that Prometheus cannot judge
}

// An alertScope is a part of an objective with its rules: all of it, but for
// operations of slo.Each that have rules of their own.
type alertScope struct {
	name      string // as in policy.Rule.Objectives
	operation bool   // one operation of slo.Each
	others    []string
	rules     []alertRule
}

func newObjective(cfg *Config, o slo.Objective) *objective {
	service, name := escape.UTF8(cfg.Service), escape.UTF8(o.Name)
	n := &objective{
		Objective: o, service: service, name: name, id: "nines-" + service + "-" + name,
		each: o.Of.Kind() == slo.EachSource, period: ceilMilliseconds(o.Window.Length()),
	}
	for _, other := range cfg.Objectives {
		if n.each && strings.HasPrefix(other.Name, o.Name+"/") {
			n.overridden = append(n.overridden, escape.UTF8(other.Name))
		}
	}
	var others []string
	for _, operation := range ofOneOperation(&cfg.Policy, o) {
		others = append(others, escape.UTF8(operation))
		rules, beyond := rulesOf(&cfg.Policy, operation, o)
		n.alerts = append(n.alerts, alertScope{name: escape.UTF8(operation), operation: true, rules: rules})
		n.beyond = append(n.beyond, beyond...)
	}
	rules, beyond := rulesOf(&cfg.Policy, o.Name, o)
	n.alerts = append(n.alerts, alertScope{name: name, others: others, rules: rules})
	n.beyond = append(n.beyond, beyond...)
	slices.Sort(n.beyond)
	n.beyond = slices.Compact(n.beyond)
	n.windows = n.others()
	return n
}

// others returns the windows beside the objective's own for which there are ratios: those
// that its rules look at, and Sloth's where they are shorter.
func (o *objective) others() []time.Duration {
	windows := slices.DeleteFunc(slices.Clone(slothWindows), func(w time.Duration) bool { return w > o.period })
	ruled, _, _, _ := o.ruled()
	windows = append(windows, ruled...)
	slices.Sort(windows)
	return slices.DeleteFunc(slices.Compact(windows), func(w time.Duration) bool { return w == o.period })
}

// ruled returns the windows that rules look at, those whose coverage counts, those whose bad
// events do, and those that are asked for any event.
func (o *objective) ruled() (all, covered, counted, silences []time.Duration) {
	for _, a := range o.alerts {
		for _, r := range a.rules {
			all = append(all, r.long)
			if r.short > 0 {
				all = append(all, r.short)
				covered = append(covered, r.short)
			}
			if r.kind == depleting {
				covered = append(covered, o.period)
			} else {
				covered = append(covered, r.long)
			}
			if r.kind == withoutAny {
				silences = append(silences, r.long)
			} else {
				counted = append(counted, r.long)
			}
		}
	}
	for _, list := range []*[]time.Duration{&all, &covered, &counted, &silences} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return all, covered, counted, silences
}

// shortest returns the window of the current burn rate.
func (o *objective) shortest() time.Duration {
	return slices.Min(append(slices.Clone(o.windows), o.period))
}

// events returns the selector of the judged counters; outcome "" is both.
func (o *objective) events(outcome string) string {
	matchers := []matcher{equal("slo_service", o.service)}
	if o.each {
		matchers = append(matchers, prefixed("slo", o.name+"/"))
		for _, name := range o.overridden {
			matchers = append(matchers, notEqual("slo", name))
		}
	} else {
		matchers = append(matchers, equal("slo", o.name))
	}
	if outcome != "" {
		matchers = append(matchers, equal("outcome", outcome))
	}
	return selectorOf("nines_events_total", matchers...)
}

// recorded returns the selector of a recorded series of the objective.
func (o *objective) recorded(metric string) string {
	return o.recordedFor(&alertScope{name: o.name}, metric)
}

// recordedFor returns the selector of a recorded series of a part of the objective.
func (o *objective) recordedFor(a *alertScope, metric string) string {
	switch {
	case a.operation:
		return selectorOf(metric, equal("sloth_service", o.service), equal("sloth_slo", a.name))
	case o.each:
		matchers := []matcher{equal("sloth_service", o.service), prefixed("sloth_slo", o.name+"/")}
		for _, name := range slices.Concat(o.overridden, a.others) {
			matchers = append(matchers, notEqual("sloth_slo", name))
		}
		return selectorOf(metric, matchers...)
	}
	return selectorOf(metric, equal("sloth_id", o.id), equal("sloth_service", o.service), equal("sloth_slo", o.name))
}

// aggregate returns the aggregation of a vector of judged counters: one number, of
// slo.Each one for each operation, with the labels that others get from their rules.
func (o *objective) aggregate(operator, vector string) string {
	if !o.each {
		return operator + "(" + vector + ")"
	}
	const whole = `"(?s:(.*))"` // dots of older versions match no newline
	return operator + " by (sloth_id, sloth_slo) (label_join(label_replace(label_replace(\n" +
		"  " + vector + ",\n" +
		`  "sloth_slo", "$1", "slo", ` + whole + "),\n" +
		`  "sloth_id", "nines-$1", "slo_service", ` + whole + "),\n" +
		`  "sloth_id", "-", "sloth_id", "slo"))`
}

// labels returns the labels of a recording rule. Two objectives on slo.Each would have rules
// that differ in nothing but the expression: sloth_spec, which Sloth has on sloth_slo_info,
// tells them apart.
func (o *objective) labels(more ...string) map[string]string {
	l := map[string]string{"sloth_service": o.service}
	if o.each {
		l["sloth_spec"] = specification + "/each/" + o.name
	} else {
		l["sloth_id"], l["sloth_slo"] = o.id, o.name
	}
	for i := 0; i < len(more); i += 2 {
		l[more[i]] = more[i+1]
	}
	return l
}
