package policy

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-abb722f7/nines/slo"
)

// Bounds of a policy: beyond them a document is a mistake, or meant to hurt.
const (
	maxTiers        = 16
	maxClauses      = 256
	maxConsequences = 32
	maxListLength   = 64        // of services, permissions and the like
	maxText         = 4096      // bytes of what is for people
	maxShare        = 10        // ten times the error budget, spent or owed
	maxLength       = 1e4 * 24  // hours
	maxDeploys      = 1_000_000 // a day
)

// Validate reports everything that is wrong with the policy, joined into one error that
// matches slo.ErrInvalid; nil if nothing is. What only a tracker can tell, such as whether a
// name means an objective, is for [Enforce].
func (p Policy) Validate() error {
	v := &policyChecker{}
	v.policy(&p)
	return errors.Join(v.errs...)
}

func (v *policyChecker) policy(p *Policy) {
	v.name("Name", p.Name)
	v.optional("Version", p.Version, maxRuleName)
	v.optional("Purpose", p.Purpose, maxText)
	v.optional("Owner", p.Owner, maxRuleName)
	v.optional("Escalation", p.Escalation, maxText)
	v.list("Services", p.Services, maxRuleName)
	v.list("Objectives", p.Objectives, maxText)
	v.list("AgreedBy", p.AgreedBy, maxText)
	v.list("Review.After", p.Review.After, maxText)
	v.day("Enacted", p.Enacted)
	v.day("Review.By", p.Review.By)
	if p.Target != (slo.Target{}) {
		var target *slo.FieldError
		if errors.As(p.Target.Err(), &target) {
			v.reject("Target", target.Value, target.Reason)
		}
	}
	v.length("Window", p.Window, "for any window")
	if len(p.Tiers) == 0 && len(p.Clauses) == 0 {
		v.reject("Tiers", p.Tiers, "want at least one tier or one clause")
	}
	v.tiers(p.Tiers)
	v.clauses(p.Clauses)
	v.links(p.Links)
	v.notes(p.Notes)
}

// A policyChecker collects what is wrong with a policy.
type policyChecker struct {
	errs []error
	own  int    // of errs, those of the policy by itself, once all of them are known
	at   string // where the field stands
}

// reject refuses a field, unless that follows from what the policy is refused for anyway.
func (v *policyChecker) reject(field string, value any, reason string) {
	field = v.at + field
	for _, err := range v.errs[:v.own] {
		var told *slo.FieldError
		if errors.As(err, &told) && (within(field, told.Field) || within(told.Field, field)) {
			return
		}
	}
	v.errs = append(v.errs, &slo.FieldError{Package: packageName, Field: field, Value: value, Reason: reason})
}

// told reports whether something is wrong with a field.
func (v *policyChecker) told(field string) bool {
	return slices.ContainsFunc(v.errs, func(err error) bool {
		var told *slo.FieldError
		return errors.As(err, &told) && within(told.Field, field)
	})
}

// within reports whether a field is another, or belongs to it.
func within(field, outer string) bool {
	rest, ok := strings.CutPrefix(field, outer)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[' || rest[0] == ' ')
}

// in checks an element of a list, whose name stands in front of its fields.
func (v *policyChecker) in(list string, i int, name string, check func()) {
	outer := v.at
	defer func() { v.at = outer }()
	v.at += fmt.Sprintf("%s[%d]", list, i)
	if name != "" {
		v.at += fmt.Sprintf(" %.64q", name)
	}
	v.at += "."
	check()
}

// name checks a required name.
func (v *policyChecker) name(field, name string) {
	if strings.TrimSpace(name) == "" {
		v.reject(field, name, "want a name")
		return
	}
	v.optional(field, name, maxRuleName)
}

// optional checks text that may be empty.
func (v *policyChecker) optional(field, text string, limit int) {
	switch {
	case len(text) > limit:
		v.reject(field, text, fmt.Sprintf("want at most %d bytes, got %d", limit, len(text)))
	case !utf8.ValidString(text):
		v.reject(field, text, "want valid UTF-8")
	case strings.ContainsFunc(text, unprintable):
		v.reject(field, text, "want text without control characters")
	}
}

// unprintable are control characters that no text for people has, and which could not be
// written to a file and read back.
func unprintable(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0xfeff || r == 0xfffe || r == 0xffff
}

func (v *policyChecker) list(field string, items []string, limit int) {
	if len(items) > maxListLength {
		v.reject(field, fmt.Sprintf("%d items", len(items)), fmt.Sprintf("want at most %d", maxListLength))
		return
	}
	for i, s := range items {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case strings.TrimSpace(s) == "":
			v.reject(at, s, "want text")
		case slices.Index(items, s) < i:
			v.reject(at, s, "want each only once")
		default:
			v.optional(at, s, limit)
		}
	}
}

// day checks a time: RFC 3339 has room for so many years.
func (v *policyChecker) day(field string, t time.Time) {
	if y := t.Year(); !t.IsZero() && (y < 1970 || y > 9999) {
		v.reject(field, t, "want a time from 1970 to 9999, or the zero time for none")
	}
}

func (v *policyChecker) length(field string, d time.Duration, zero string) {
	if d < 0 || d > maxLength*time.Hour {
		v.reject(field, d, fmt.Sprintf("want a positive length of at most %s, or zero %s", slo.FormatDuration(maxLength*time.Hour), zero))
	}
}

// unique checks a name that no other of the list may have; first is where it stands first.
func (v *policyChecker) unique(list string, i int, name string, first int) {
	v.name("Name", name)
	if first < i && name != "" {
		v.reject("Name", name, fmt.Sprintf("want a name that %s[%d] does not have already", list, first))
	}
}

// tiers checks the tiers and their order.
func (v *policyChecker) tiers(all []Tier) {
	if len(all) > maxTiers {
		v.reject("Tiers", fmt.Sprintf("%d tiers", len(all)), fmt.Sprintf("want at most %d", maxTiers))
		return
	}
	for i := range all {
		t := &all[i]
		v.in("Tiers", i, t.Name, func() {
			v.unique("Tiers", i, t.Name, slices.IndexFunc(all, func(o Tier) bool { return o.Name == t.Name }))
			v.atLeast(all, i)
			if d := t.DeploysPerDay; d < Unlimited || d > maxDeploys {
				v.reject("DeploysPerDay", d, fmt.Sprintf("want 0 for a freeze, at most %d, or policy.Unlimited", maxDeploys))
			}
			if t.Risk > RiskHigh {
				v.reject("Risk", t.Risk, "want policy.RiskLow, RiskMedium or RiskHigh, or zero for the default")
			}
			v.list("Permits", t.Permits, maxRuleName)
			v.list("Requires", t.Requires, maxRuleName)
			v.list("Actions", t.Actions, maxText)
			v.length("LeaveAfter", t.LeaveAfter, "for at once")
		})
	}
}

func (v *policyChecker) atLeast(all []Tier, i int) {
	share := all[i].AtLeast
	last := i == len(all)-1
	switch {
	case last && share != 0:
		v.reject("AtLeast", share, "want zero: the last tier has whatever is below the one before")
	case last:
	case !(share >= -maxShare && share <= 1):
		v.reject("AtLeast", share, fmt.Sprintf("want a share of the error budget from -%d to 1, such as 0.5", maxShare)+meantPercent(share))
	case !inBillionths(share):
		v.reject("AtLeast", share, "want at most nine digits after the point")
	case i > 0 && !(share < all[i-1].AtLeast):
		v.reject("AtLeast", share, fmt.Sprintf("want less than the %v of the tier before: the best comes first", all[i-1].AtLeast))
	}
}

// meantPercent guesses that a percentage was given for a ratio.
func meantPercent(x float64) string {
	if x > 1 && x <= 100 {
		return fmt.Sprintf(" (did you mean %v?)", x/100)
	}
	return ""
}

// inBillionths reports whether nine digits after the point are all there are.
func inBillionths(x float64) bool { return math.Round(x*billion)/billion == x }

func (v *policyChecker) clauses(all []Clause) {
	if len(all) > maxClauses {
		v.reject("Clauses", fmt.Sprintf("%d clauses", len(all)), fmt.Sprintf("want at most %d", maxClauses))
		return
	}
	for i := range all {
		c := &all[i]
		v.in("Clauses", i, c.Name, func() {
			v.unique("Clauses", i, c.Name, slices.IndexFunc(all, func(o Clause) bool { return o.Name == c.Name }))
			v.list("Objectives", c.Objectives, maxText)
			if len(c.Objectives) > 0 && c.When.known() && !c.When.perBudget() {
				v.reject("Objectives", c.Objectives, "want none: the condition is not about error budgets")
			}
			v.condition(c.When)
			v.length("Hold", c.Hold, "for at once")
			v.consequences(c.Then)
		})
	}
}

func (v *policyChecker) condition(c Condition) {
	switch c.Kind {
	case SpentCondition:
		switch {
		case !(c.Share > 0 && c.Share <= maxShare):
			v.reject("When.Share", c.Share, fmt.Sprintf("want a share of the error budget above 0 and at most %d, such as 0.7", maxShare)+meantPercent(c.Share))
		case !inBillionths(c.Share):
			v.reject("When.Share", c.Share, "want at most nine digits after the point")
		}
		v.length("When.Within", c.Within, "for the objective's window")
	case RuleCondition, SignalCondition:
		v.name("When.Name", c.Name)
	case ManualCondition:
		if strings.TrimSpace(c.Name) == "" {
			v.reject("When.Name", c.Name, "want to know what a person looks for")
		}
		v.optional("When.Name", c.Name, maxText)
	default:
		v.reject("When", c.Kind, "want policy.Spent, SpentWithin, RuleHolds, Signal or Manual")
	}
	if c.Kind != SpentCondition && (c.Share != 0 || c.Within != 0) {
		v.reject("When", c.Kind, "want Share and Within of conditions of kind spent only")
	}
	if c.Kind == SpentCondition && c.Name != "" {
		v.reject("When.Name", c.Name, "want none of a condition of kind spent")
	}
}

func (v *policyChecker) consequences(all []Consequence) {
	if len(all) == 0 || len(all) > maxConsequences {
		v.reject("Then", fmt.Sprintf("%d consequences", len(all)), fmt.Sprintf("want from 1 to %d", maxConsequences))
		return
	}
	for i := range all {
		c := &all[i]
		v.in("Then", i, "", func() {
			switch {
			case c.Kind == 0 || int(c.Kind) >= len(consequenceNames):
				v.reject("Kind", c.Kind, "want one of "+list(consequenceNames[1:]))
			case c.Kind == OtherConsequence && strings.TrimSpace(c.Text) == "":
				v.reject("Text", c.Text, "want to know what is to be done")
			}
			if c.Automated && c.Kind.peopleOnly() {
				v.reject("Automated", c.Automated, "want false: a "+c.Kind.String()+" takes people")
			}
			v.optional("Text", c.Text, maxText)
			v.optional("Link", c.Link, maxText)
			v.length("Due", c.Due, "for no limit")
		})
	}
}

func (v *policyChecker) links(all []slo.Link) {
	if len(all) > maxListLength {
		v.reject("Links", fmt.Sprintf("%d links", len(all)), fmt.Sprintf("want at most %d", maxListLength))
		return
	}
	for i, l := range all {
		v.in("Links", i, "", func() {
			switch {
			case l.Name == "":
				v.reject("Name", l.Name, "want both Name and URL")
			case l.URL == "":
				v.reject("URL", l.URL, "want both Name and URL")
			}
			v.optional("Name", l.Name, maxText)
			v.optional("URL", l.URL, maxText)
		})
	}
}

func (v *policyChecker) notes(all map[string]string) {
	if len(all) > maxListLength {
		v.reject("Notes", fmt.Sprintf("%d notes", len(all)), fmt.Sprintf("want at most %d", maxListLength))
		return
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		v.name("Notes", key)
		v.optional(fmt.Sprintf("Notes[%.64q]", key), all[key], maxText)
	}
}
