package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
	if len(p.Rules) == 0 && p.NoDefaults && p.NoHealth {
		refuse("Rules", p.Rules, "want at least one rule where NoDefaults and NoHealth leave out all others")
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		at := fmt.Sprintf("Rules[%d]", i)
		if r.Name != "" {
			at += fmt.Sprintf(" %.64q", r.Name)
		}
		in := func(field string, value any, reason string) { refuse(at+"."+field, value, reason) }
		r.validate(in)
		p.checkWindows(r, in)
		checkTargets(r, objectives, in)
		p.checkTwins(i, objectives, in)
	}
	return errors.Join(errs...)
}

// validate checks what needs no objective.
func (r *Rule) validate(refuse reject) {
	switch {
	case r.Name == "":
		refuse("Name", r.Name, `want a name, such as "1h/5m"`)
	case len(r.Name) > maxRuleName:
		refuse("Name", r.Name, fmt.Sprintf("want at most %d bytes, got %d", maxRuleName, len(r.Name)))
	case !utf8.ValidString(r.Name):
		refuse("Name", r.Name, "want valid UTF-8")
	case r.Name == stalledName || r.Name == givingUpName:
		refuse("Name", r.Name, "want another name: this one is a health rule's, which NoHealth leaves out")
	}
	if r.Severity != Page && r.Severity != Ticket {
		refuse("Severity", r.Severity, "want policy.Page or policy.Ticket")
	}
}

func (p *plan) checkWindows(r *Rule, refuse reject) {
	if r.Long <= 0 || r.Long > p.history {
		refuse("Long", r.Long, fmt.Sprintf("want a positive length of at most %s, the longest window of the tracker's objectives",
			slo.FormatDuration(p.history)))
	}
	switch {
	case r.Short <= 0:
		refuse("Short", r.Short, "want a positive length below Long")
	case r.Short >= r.Long && r.Long > 0:
		refuse("Short", r.Short, fmt.Sprintf("want a positive length below Long, which is %s", slo.FormatDuration(r.Long)))
	}
}

// checkTargets checks what the rule applies to, and its factor against the loosest target
// of that, which sets the tightest bound.
func checkTargets(r *Rule, objectives []slo.Objective, refuse reject) {
	for j, name := range r.Objectives {
		if !slices.ContainsFunc(objectives, func(o slo.Objective) bool { return means(name, o) }) {
			refuse(fmt.Sprintf("Objectives[%d]", j), name, "want the name of an objective: "+list(names(objectives)))
		}
	}
	var loosest *slo.Objective
	for i := range objectives {
		o := &objectives[i]
		if r.mayApplyTo(*o) && (loosest == nil || o.Target.AllowedPerBillion() > loosest.Target.AllowedPerBillion()) {
			loosest = o
		}
	}
	factor := billionths(r.Factor)
	switch {
	case loosest == nil && !(r.Factor > 0):
		refuse("Factor", r.Factor, "want a burn rate above 0")
	case loosest == nil:
	case !(r.Factor > 0) || r.Factor < 1 && factor == 0:
		refuse("Factor", r.Factor, fmt.Sprintf("want a burn rate above 0 and below %.9g", loosest.Target.MaxBurnRate()))
	case factor == 0 || !reachable(factor, loosest.Target):
		refuse("Factor", r.Factor, fmt.Sprintf("want a factor below %.9g, the greatest burn rate that objective %.64q can have: 1 / (1 - %s)",
			loosest.Target.MaxBurnRate(), loosest.Name, loosest.Target))
	}
}

// checkTwins refuses a second rule of one name for one objective.
func (p *plan) checkTwins(i int, objectives []slo.Objective, refuse reject) {
	r := &p.Rules[i]
	for j := range p.Rules[:i] {
		other := &p.Rules[j]
		if r.Name == "" || other.Name != r.Name {
			continue
		}
		for _, o := range objectives {
			if r.mayApplyTo(o) && other.mayApplyTo(o) {
				refuse("Name", r.Name, fmt.Sprintf("want a name that Rules[%d], for objective %.64q too, does not have already", j, o.Name))
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
