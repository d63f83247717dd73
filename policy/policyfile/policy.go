package policyfile

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// policy reads a document in this package's own form.
func (r *reader) policy(root *yaml.Node) (p policy.Policy) {
	r.at("", root)
	r.mapping(root, "", map[string]setter{
		"policy":     r.into(&p.Name, "Name"),
		"version":    r.into(&p.Version, "Version"),
		"purpose":    r.into(&p.Purpose, "Purpose"),
		"services":   r.intoList(&p.Services, "Services"),
		"owner":      r.into(&p.Owner, "Owner"),
		"objectives": r.intoList(&p.Objectives, "Objectives"),
		"target":     r.intoTarget(&p.Target, strings.TrimSpace),
		"window":     r.intoLength(&p.Window, "Window"),
		"tiers": func(n *yaml.Node, at string) {
			r.at("Tiers", n)
			r.items(n, at, func(i int, n *yaml.Node, at string) { p.Tiers = append(p.Tiers, r.tier(i, n, at)) })
		},
		"clauses": func(n *yaml.Node, at string) {
			r.at("Clauses", n)
			r.items(n, at, func(i int, n *yaml.Node, at string) { p.Clauses = append(p.Clauses, r.clause(i, n, at)) })
		},
		"escalation": r.into(&p.Escalation, "Escalation"),
		"agreed_by":  r.intoList(&p.AgreedBy, "AgreedBy"),
		"enacted":    r.intoDay(&p.Enacted, "Enacted"),
		"review": func(n *yaml.Node, at string) {
			r.mapping(n, at, map[string]setter{
				"by":    r.intoDay(&p.Review.By, "Review.By"),
				"after": r.intoList(&p.Review.After, "Review.After"),
			})
		},
		"links": func(n *yaml.Node, at string) {
			r.items(n, at, func(i int, n *yaml.Node, at string) { p.Links = append(p.Links, r.link(i, n, at)) })
		},
		"notes": func(n *yaml.Node, at string) { p.Notes = r.notes(n, at) },
	})
	return p
}

// intoTarget returns a setter of a target, from what spell makes of its text.
func (r *reader) intoTarget(dst *slo.Target, spell func(string) string) setter {
	return func(n *yaml.Node, at string) {
		r.at("Target", n)
		t, err := slo.ParseTarget(spell(n.Value))
		var field *slo.FieldError
		switch {
		case n.Kind != yaml.ScalarNode:
			r.refuse(n, at, what(n), `want a target such as "99.9%"`)
		case errors.As(err, &field):
			r.refuse(n, at, n.Value, field.Reason)
		}
		*dst = t
	}
}

// count are numbers of deploys.
var count = regexp.MustCompile(`^[0-9]{1,7}$`)

func (r *reader) tier(i int, n *yaml.Node, at string) (t policy.Tier) {
	field := fmt.Sprintf("Tiers[%d]", i)
	r.at(field, n)
	told := false
	known := r.mapping(n, at, map[string]setter{
		"name":     r.into(&t.Name, field+".Name"),
		"at_least": r.intoShare(&t.AtLeast, field+".AtLeast"),
		"deploys_per_day": func(n *yaml.Node, at string) {
			told = true
			switch {
			case n.Value == "unlimited":
				t.DeploysPerDay = policy.Unlimited
			case count.MatchString(n.Value):
				t.DeploysPerDay, _ = strconv.Atoi(n.Value)
			default:
				r.refuse(n, at, what(n), "want a whole number, 0 for a freeze, or unlimited")
			}
		},
		"risk": func(n *yaml.Node, at string) {
			if err := t.Risk.UnmarshalText([]byte(n.Value)); err != nil || t.Risk == 0 {
				r.refuse(n, at, what(n), "want low, medium or high")
			}
		},
		"permits":     r.intoList(&t.Permits, field+".Permits"),
		"requires":    r.intoList(&t.Requires, field+".Requires"),
		"leave_after": r.intoLength(&t.LeaveAfter, field+".LeaveAfter"),
		"actions":     r.intoList(&t.Actions, field+".Actions"),
	})
	if known && !told {
		r.add(n.Line, at+".deploys_per_day", "", "want a whole number, 0 for a freeze, or unlimited")
	}
	return t
}

func (r *reader) clause(i int, n *yaml.Node, at string) (c policy.Clause) {
	field := fmt.Sprintf("Clauses[%d]", i)
	r.at(field, n)
	r.mapping(n, at, map[string]setter{
		"name":       r.into(&c.Name, field+".Name"),
		"objectives": r.intoList(&c.Objectives, field+".Objectives"),
		"when": func(n *yaml.Node, at string) {
			r.at(field+".When", n)
			c.When = r.condition(field+".When", n, at)
		},
		"hold": r.intoLength(&c.Hold, field+".Hold"),
		"then": func(n *yaml.Node, at string) {
			r.at(field+".Then", n)
			r.items(n, at, func(i int, n *yaml.Node, at string) {
				c.Then = append(c.Then, r.consequence(fmt.Sprintf("%s.Then[%d]", field, i), n, at))
			})
		},
	})
	return c
}

func (r *reader) condition(field string, n *yaml.Node, at string) (c policy.Condition) {
	var kinds []policy.ConditionKind
	named := func(k policy.ConditionKind) setter {
		set := r.into(&c.Name, field+".Name")
		return func(n *yaml.Node, at string) {
			kinds = append(kinds, k)
			set(n, at)
		}
	}
	known := r.mapping(n, at, map[string]setter{
		"spent": func(n *yaml.Node, at string) {
			kinds = append(kinds, policy.SpentCondition)
			r.intoShare(&c.Share, field+".Share")(n, at)
		},
		"within": r.intoLength(&c.Within, field+".Within"),
		"rule":   named(policy.RuleCondition),
		"signal": named(policy.SignalCondition),
		"manual": named(policy.ManualCondition),
	})
	switch {
	case len(kinds) == 1:
		c.Kind = kinds[0]
	case known:
		r.refuse(n, at, fmt.Sprintf("%d conditions", len(kinds)), "want one of spent, rule, signal or manual")
	default:
		r.unread(field)
	}
	return c
}

func (r *reader) consequence(field string, n *yaml.Node, at string) (c policy.Consequence) {
	r.at(field, n)
	r.mapping(n, at, map[string]setter{
		"do": func(n *yaml.Node, at string) {
			r.at(field+".Kind", n)
			var wrong *slo.FieldError
			switch err := c.Kind.UnmarshalText([]byte(n.Value)); {
			case n.Kind != yaml.ScalarNode:
				r.refuse(n, at, what(n), "want a consequence such as postmortem")
			case errors.As(err, &wrong):
				r.refuse(n, at, n.Value, wrong.Reason)
			}
		},
		"text":      r.into(&c.Text, field+".Text"),
		"automated": r.intoBool(&c.Automated, field+".Automated"),
		"traceable": r.intoBool(&c.Traceable, field+".Traceable"),
		"due":       r.intoLength(&c.Due, field+".Due"),
		"link":      r.into(&c.Link, field+".Link"),
	})
	return c
}

func (r *reader) link(i int, n *yaml.Node, at string) (l slo.Link) {
	field := fmt.Sprintf("Links[%d]", i)
	r.at(field, n)
	r.mapping(n, at, map[string]setter{
		"name": r.into(&l.Name, field+".Name"),
		"url":  r.into(&l.URL, field+".URL"),
	})
	return l
}

// notes reads a mapping whose keys are anybody's.
func (r *reader) notes(n *yaml.Node, at string) map[string]string {
	r.at("Notes", n)
	if n.Kind != yaml.MappingNode {
		r.refuse(n, at, what(n), "want a mapping of texts")
		return nil
	}
	notes := map[string]string{}
	for i := 0; i+1 < len(n.Content) && !r.full(); i += 2 {
		key := r.text(n.Content[i], at)
		if _, twice := notes[key]; twice {
			r.refuse(n.Content[i], join(at, key), key, "want each field only once")
		}
		notes[key] = r.text(n.Content[i+1], join(at, key))
	}
	if len(notes) == 0 {
		return nil
	}
	return notes
}
