package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-abb722f7/nines/slo"
)

// maxRuleName bounds the names of rules in bytes, as package slo does those of objectives.
const maxRuleName = 256

// reject reports one field that is refused.
type reject func(field string, value any, reason string)

// validate returns everything that is wrong with the rules, joined.
func (p *plan) validate(objectives []slo.Objective) error {
	var errs []error
	refuse := func(field string, value any, reason string) {
		errs = append(errs, &slo.FieldError{Package: packageName, Field: field, Value: value, Reason: reason})
	}
	if p.Resend < 0 {
		refuse("Resend", p.Resend, "want a length of at least 0")
	}
	if len(p.Environment) > maxRuleName {
		refuse("Environment", p.Environment, fmt.Sprintf("want at most %d bytes, got %d", maxRuleName, len(p.Environment)))
	}
	if len(p.Rules) == 0 && p.NoDefaults && p.NoHealth {
		refuse("Rules", p.Rules, "want at least one rule where NoDefaults and NoHealth leave out all others")
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		at := fmt.Sprintf("Rules[%d]", i)
		if name := r.name(); name != "" {
			at += fmt.Sprintf(" %.64q", name)
		}
		in := func(field string, value any, reason string) { refuse(at+"."+field, value, reason) }
		before := len(errs)
		r.validate(p, in)
		r.checkObjectives(objectives, len(errs) == before, in)
		p.checkTwins(i, objectives, in)
	}
	return errors.Join(errs...)
}

// validate checks what needs no objective.
func (r *Rule) validate(p *plan, refuse reject) {
	name := r.name()
	switch {
	case name == "" && r.When == nil: // which is refused below
	case name == "":
		refuse("Name", name, "want a name: a policy.Func has none of its own")
	case len(name) > maxRuleName:
		refuse("Name", name, fmt.Sprintf("want at most %d bytes, got %d", maxRuleName, len(name)))
	case !utf8.ValidString(name):
		refuse("Name", name, "want valid UTF-8")
	case name == stalledName || name == givingUpName:
		refuse("Name", name, "want another name: this one is a health rule's, which NoHealth leaves out")
	}
	if r.Severity != Page && r.Severity != Ticket {
		refuse("Severity", r.Severity, "want policy.Page or policy.Ticket")
	}
	if len(r.Priority) > maxRuleName {
		refuse("Priority", r.Priority, fmt.Sprintf("want at most %d bytes, got %d", maxRuleName, len(r.Priority)))
	}
	for _, d := range [...]struct {
		field  string
		length time.Duration
	}{{"For", r.For}, {"KeepFor", r.KeepFor}, {"Every", r.Every}, {"Snooze", r.Snooze}} {
		if d.length < 0 {
			refuse(d.field, d.length, "want a length of at least 0")
		}
	}
	if r.When == nil {
		refuse("When", r.When, "want a criterion, such as policy.BurnRate{Factor: 14.4, Long: time.Hour, Short: 5 * time.Minute}")
		return
	}
	r.When.check(p, inWhen(refuse))
	if r.MinBad > 0 && !r.When.traits(&slo.Objective{}).counts {
		refuse("MinBad", r.MinBad, "want 0: "+fmt.Sprintf("%T", r.When)+" counts no bad events")
	}
}

// inWhen refuses fields of a criterion; "" is the criterion itself.
func inWhen(refuse reject) reject {
	return func(field string, value any, reason string) {
		if field != "" {
			field = "." + field
		}
		refuse("When"+field, value, reason)
	}
}

func (p *plan) checkLength(field string, d time.Duration, refuse reject) {
	if d <= 0 || d > p.history {
		refuse(field, d, fmt.Sprintf("want a positive length of at most %s, the longest window of the tracker's objectives",
			slo.FormatDuration(p.history)))
	}
}

// checkObjectives checks what the rule applies to, and, if it is sound, whether it can hold
// there. Of several
// objectives that put it out of reach, the loosest is named: it sets the tightest bound.
func (r *Rule) checkObjectives(objectives []slo.Objective, sound bool, refuse reject) {
	for j, name := range r.Objectives {
		if !slices.ContainsFunc(objectives, func(o slo.Objective) bool { return means(name, o) }) {
			refuse(fmt.Sprintf("Objectives[%d]", j), name, "want the name of an objective: "+list(names(objectives)))
		}
	}
	if !sound {
		return
	}
	var worst []func()
	var loosest uint64
	for i := range objectives {
		o := &objectives[i]
		if !r.mayApplyTo(*o) {
			continue
		}
		var wrong []func()
		r.When.reach(o, func(field string, value any, reason string) {
			wrong = append(wrong, func() { inWhen(refuse)(field, value, reason) })
		})
		if allowed := o.Target.AllowedPerBillion(); len(wrong) > 0 && allowed > loosest {
			worst, loosest = wrong, allowed
		}
	}
	for _, report := range worst {
		report()
	}
}

// checkTwins refuses a second rule of one name for one objective.
func (p *plan) checkTwins(i int, objectives []slo.Objective, refuse reject) {
	r := &p.Rules[i]
	for j := range p.Rules[:i] {
		other := &p.Rules[j]
		if r.name() == "" || other.name() != r.name() {
			continue
		}
		for _, o := range objectives {
			if r.mayApplyTo(o) && other.mayApplyTo(o) {
				refuse("Name", r.name(), fmt.Sprintf("want a name that Rules[%d], for objective %.64q too, does not have already", j, o.Name))
				return
			}
		}
	}
}

func names(objectives []slo.Objective) []string {
	all := make([]string, len(objectives))
	for i, o := range objectives {
		all[i] = o.Name
	}
	return all
}

// maxListed bounds what is listed on one line.
const maxListed = 10

// list writes names as `"a", "b" or "c"`.
func list(names []string) string {
	quoted := make([]string, 0, maxListed)
	for _, n := range names[:min(len(names), maxListed)] {
		quoted = append(quoted, fmt.Sprintf("%.64q", n))
	}
	last := len(quoted) - 1
	switch more := len(names) - len(quoted); {
	case more > 0:
		return strings.Join(quoted, ", ") + fmt.Sprintf(" and %d more", more)
	case last <= 0:
		return strings.Join(quoted, "")
	}
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}
