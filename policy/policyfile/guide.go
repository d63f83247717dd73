package policyfile

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seed-abb722f7/nines/policy"
)

// guideKey is the one field of a document in the form of the guides.
const guideKey = "error_budget_policy"

// guides reports whether a document is in the form that guides print.
func guides(root *yaml.Node) bool {
	return root.Kind == yaml.MappingNode && len(root.Content) == 2 && root.Content[0].Value == guideKey
}

// guide reads that form.
func (r *reader) guide(n *yaml.Node) (p policy.Policy) {
	service, levels := "", []level(nil)
	r.at("", n)
	r.near("Name", n)
	r.unread("Services") // the same as Name, where what is wrong with it is told
	r.mapping(n, guideKey, map[string]setter{
		"service":    r.into(&service, "Name"),
		"slo_target": r.intoTarget(&p.Target, signed),
		"window":     r.intoLength(&p.Window, "Window"),
		"thresholds": func(n *yaml.Node, at string) {
			r.at("Tiers", n)
			levels = r.levels(n, at)
		},
		"alerts": func(n *yaml.Node, at string) {
			r.at("Clauses", n)
			r.items(n, at, func(i int, n *yaml.Node, at string) { p.Clauses = append(p.Clauses, r.alert(i, n, at)) })
		},
	})
	p.Name = service
	if service != "" {
		p.Services = []string{service}
	}
	doubt := slices.ContainsFunc(levels, unsure)
	for i, l := range levels {
		field := fmt.Sprintf("Tiers[%d]", i)
		for _, f := range [...]string{"", ".Name", ".AtLeast", ".Actions", ".Permits", ".Requires"} {
			r.near(field+f, l.node)
		}
		if l.unread {
			r.unread(field)
		}
		if doubt {
			r.unread(field + ".AtLeast")
		}
		p.Tiers = append(p.Tiers, l.Tier)
	}
	return p
}

// A level is a tier as guides have it.
type level struct {
	policy.Tier
	node     *yaml.Node
	at       string
	min, max *int64 // in billionths
	unread   bool   // it is no level
	unsure   bool   // nobody knows where it begins
}

func unsure(l level) bool { return l.unsure }

// boundless is 1 of a level that says neither where it begins nor where it ends: not the last,
// which is below another.
func boundless(l level) int {
	if l.min == nil && l.max == nil {
		return 1
	}
	return 0
}

// signed writes a percentage with its sign, which the guides leave out.
func signed(text string) string {
	number, _ := unsigned(text)
	return number + "%"
}

// levels reads the thresholds, and puts the best first. Each begins where the one below ends,
// and together they have every share of the budget.
func (r *reader) levels(n *yaml.Node, at string) (all []level) {
	if n.Kind != yaml.MappingNode {
		r.refuse(n, at, what(n), "want a mapping, such as of green, yellow and red")
		return nil
	}
	for i := 0; i+1 < len(n.Content) && !r.full(); i += 2 {
		key := n.Content[i]
		name := r.text(key, at)
		if twin := slices.IndexFunc(all, func(l level) bool { return l.Name == name }); twin >= 0 {
			r.refuse(key, join(at, name), name, "want each field only once")
			all[twin].unsure = true // one of the two was meant to be another
			continue
		}
		all = append(all, r.level(name, n.Content[i+1], join(at, name)))
	}
	slices.SortStableFunc(all, func(a, b level) int {
		switch {
		case a.min == nil && b.min == nil:
			return cmp.Compare(boundless(b), boundless(a))
		case a.min == nil:
			return 1
		case b.min == nil:
			return -1
		}
		return cmp.Compare(*b.min, *a.min)
	})
	for i := range all {
		l := &all[i]
		if i < len(all)-1 && l.min == nil && !slices.ContainsFunc(all, unsure) {
			r.refuse(l.node, l.at+".min", "", "want where it begins, in per cent: only the last has none")
			l.unsure = true
		}
	}
	if slices.ContainsFunc(all, unsure) {
		return all // how they meet cannot be told
	}
	for i := range all {
		r.meets(all, i)
	}
	return all
}

// percent reads a percentage of at least 0, with or without its sign.
func percent(n *yaml.Node) (billionths int64, ok bool) {
	number, _ := unsigned(n.Value)
	x, ok := share(number)
	return x, ok && n.Kind == yaml.ScalarNode && x >= 0
}

// meets checks that a level begins where the next ends.
func (r *reader) meets(all []level, i int) {
	l := &all[i]
	last := i == len(all)-1
	switch {
	case last && l.min != nil:
		r.refuse(l.node, l.at+".min", percentage(ratio(*l.min)), "want none: the last has whatever is left below")
	case l.min != nil:
		l.AtLeast = ratio(*l.min)
	}
	switch above := i - 1; {
	case l.max == nil:
	case above < 0 && *l.max != billion:
		r.refuse(l.node, l.at+".max", percentage(ratio(*l.max)), "want none, or 100: there is nothing above")
	case above >= 0 && all[above].min != nil && *l.max != *all[above].min:
		r.refuse(l.node, l.at+".max", percentage(ratio(*l.max)),
			fmt.Sprintf("want %s, where %s begins", percentage(ratio(*all[above].min)), all[above].Name))
	}
}

func (r *reader) level(name string, n *yaml.Node, at string) level {
	l := level{node: n, at: at}
	l.Name = name
	number := func(dst **int64) setter {
		return func(n *yaml.Node, at string) {
			x, ok := percent(n)
			if !ok || x > billion {
				r.refuse(n, at, what(n), "want a percentage from 0 to 100 in plain digits")
				l.unsure = true
				return
			}
			*dst = &x
		}
	}
	acts := true
	known := r.mapping(n, at, map[string]setter{
		"min": number(&l.min),
		"max": number(&l.max),
		"actions": func(n *yaml.Node, at string) {
			acts = n.Kind == yaml.SequenceNode
			r.items(n, at, func(_ int, n *yaml.Node, at string) { l.Actions = append(l.Actions, r.text(n, at)) })
		},
	})
	l.unread = n.Kind != yaml.MappingNode
	l.unsure = l.unsure || !known
	if known && acts {
		r.hold(&l)
	}
	return l
}

// What a machine can hold to, of the actions.
var (
	perDay    = regexp.MustCompile(`(?i)^([0-9]{1,7}) deployments? per day( allowed)?$`)
	unlimited = regexp.MustCompile(`(?i)^unlimited deployments?( allowed| per day)?$`)
	freeze    = regexp.MustCompile(`(?i)^feature freeze$`)
	permitted = regexp.MustCompile(`(?i)^(.+) (?:permitted|allowed)$`)
	require   = regexp.MustCompile(`(?i)^require (.+)$`)
)

// hold reads the actions of a level.
func (r *reader) hold(l *level) {
	told := 0
	for _, a := range l.Actions {
		switch m := perDay.FindStringSubmatch(a); {
		case m != nil:
			told++
			l.DeploysPerDay, _ = strconv.Atoi(m[1])
		case unlimited.MatchString(a):
			told++
			l.DeploysPerDay = policy.Unlimited
		case freeze.MatchString(a):
			told++
		case permitted.MatchString(a):
			l.Permits = append(l.Permits, slug(permitted.FindStringSubmatch(a)[1]))
		case require.MatchString(a):
			l.Requires = append(l.Requires, slug(require.FindStringSubmatch(a)[1]))
		}
	}
	if told != 1 {
		r.refuse(l.node, l.at+".actions", fmt.Sprintf("%d statements on deployments", told),
			`want exactly one: "2 deployments per day allowed", "unlimited deployments" or "Feature freeze"`)
	}
}

// slug makes a name of words: "Experimental features" is "experimental-features".
func slug(words string) string { return strings.Join(strings.Fields(strings.ToLower(words)), "-") }

// alert reads an alert as a clause: when no more than its threshold is left, somebody is told.
func (r *reader) alert(i int, n *yaml.Node, at string) (c policy.Clause) {
	field := fmt.Sprintf("Clauses[%d]", i)
	r.at(field, n)
	var severity, notification string
	told := policy.Consequence{Kind: policy.Communicate, Automated: true}
	const want = "want a percentage from 0 to less than 100 in plain digits"
	when := false
	known := r.mapping(n, at, map[string]setter{
		"threshold": func(n *yaml.Node, at string) {
			when = true
			r.at(field+".When", n)
			r.at(field+".Name", n)
			x, ok := percent(n)
			if !ok || x >= billion {
				r.refuse(n, at, what(n), want)
				return
			}
			c.Name, c.When = percentage(ratio(x))+" left", policy.Spent(ratio(billion-x))
		},
		"severity":     r.into(&severity, field+".Then[0].Text"),
		"notification": r.into(&notification, field+".Then[0].Text"),
	})
	if known && !when {
		r.refuse(n, at+".threshold", "", want)
	}
	told.Text = severity
	if notification != "" {
		told.Text = strings.TrimSpace(severity + " to " + notification)
	}
	c.Then = []policy.Consequence{told}
	return c
}
