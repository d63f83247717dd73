package policyfile

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// Format writes a policy in this package's own form; Parse reads it back equal, with its times
// in UTC. The error is that of [policy.Policy.Validate], or says that there is more to it than
// MaxSize.
func Format(p policy.Policy) ([]byte, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	f := file{
		Policy: text(p.Name), Version: text(p.Version), Purpose: text(p.Purpose), Services: texts(p.Services),
		Owner: text(p.Owner), Objectives: texts(p.Objectives), Window: length(p.Window),
		Escalation: text(p.Escalation), AgreedBy: texts(p.AgreedBy), Enacted: day(p.Enacted),
	}
	if p.Target != (slo.Target{}) {
		f.Target = p.Target.String()
	}
	for i := range p.Tiers {
		f.Tiers = append(f.Tiers, newFileTier(&p.Tiers[i], i == len(p.Tiers)-1))
	}
	for i := range p.Clauses {
		f.Clauses = append(f.Clauses, newFileClause(&p.Clauses[i]))
	}
	if r := p.Review; !r.By.IsZero() || len(r.After) > 0 {
		f.Review = &fileReview{day(r.By), texts(r.After)}
	}
	for _, l := range p.Links {
		f.Links = append(f.Links, fileLink{text(l.Name), text(l.URL)})
	}
	for k, v := range p.Notes {
		if f.Notes == nil {
			f.Notes = map[text]text{}
		}
		f.Notes[text(k)] = text(v)
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(f), e.Close()); err != nil {
		return nil, fmt.Errorf("policyfile: %w", err)
	}
	if b.Len() > MaxSize {
		return nil, &slo.FieldError{Package: packageName, Field: "policy", Value: fmt.Sprintf("%d bytes", b.Len()), Reason: fmt.Sprintf("want at most %d when it is written", MaxSize)}
	}
	return b.Bytes(), nil
}

type file struct {
	Policy     text          `yaml:"policy"`
	Version    text          `yaml:"version,omitempty"`
	Purpose    text          `yaml:"purpose,omitempty"`
	Services   []text        `yaml:"services,omitempty"`
	Owner      text          `yaml:"owner,omitempty"`
	Objectives []text        `yaml:"objectives,omitempty"`
	Target     string        `yaml:"target,omitempty"`
	Window     string        `yaml:"window,omitempty"`
	Tiers      []fileTier    `yaml:"tiers,omitempty"`
	Clauses    []fileClause  `yaml:"clauses,omitempty"`
	Escalation text          `yaml:"escalation,omitempty"`
	AgreedBy   []text        `yaml:"agreed_by,omitempty"`
	Enacted    string        `yaml:"enacted,omitempty"`
	Review     *fileReview   `yaml:"review,omitempty"`
	Links      []fileLink    `yaml:"links,omitempty"`
	Notes      map[text]text `yaml:"notes,omitempty"`
}

type fileReview struct {
	By    string `yaml:"by,omitempty"`
	After []text `yaml:"after,omitempty"`
}

type fileLink struct {
	Name text `yaml:"name"`
	URL  text `yaml:"url"`
}

type fileTier struct {
	Name       text   `yaml:"name"`
	AtLeast    string `yaml:"at_least,omitempty"`
	Deploys    plain  `yaml:"deploys_per_day"`
	Risk       string `yaml:"risk,omitempty"`
	Permits    []text `yaml:"permits,omitempty"`
	Requires   []text `yaml:"requires,omitempty"`
	LeaveAfter string `yaml:"leave_after,omitempty"`
	Actions    []text `yaml:"actions,omitempty"`
}

func newFileTier(t *policy.Tier, last bool) fileTier {
	f := fileTier{
		Name: text(t.Name), Deploys: "unlimited", Permits: texts(t.Permits), Requires: texts(t.Requires),
		LeaveAfter: length(t.LeaveAfter), Actions: texts(t.Actions),
	}
	if !last {
		f.AtLeast = percentage(t.AtLeast)
	}
	if t.DeploysPerDay != policy.Unlimited {
		f.Deploys = plain(strconv.Itoa(t.DeploysPerDay))
	}
	if t.Risk != 0 {
		f.Risk = t.Risk.String()
	}
	return f
}

type fileClause struct {
	Name       text              `yaml:"name"`
	Objectives []text            `yaml:"objectives,omitempty"`
	When       fileCondition     `yaml:"when"`
	Hold       string            `yaml:"hold,omitempty"`
	Then       []fileConsequence `yaml:"then"`
}

type fileCondition struct {
	Spent  string `yaml:"spent,omitempty"`
	Within string `yaml:"within,omitempty"`
	Rule   text   `yaml:"rule,omitempty"`
	Signal text   `yaml:"signal,omitempty"`
	Manual text   `yaml:"manual,omitempty"`
}

type fileConsequence struct {
	Do        string `yaml:"do"`
	Text      text   `yaml:"text,omitempty"`
	Automated bool   `yaml:"automated,omitempty"`
	Traceable bool   `yaml:"traceable,omitempty"`
	Due       string `yaml:"due,omitempty"`
	Link      text   `yaml:"link,omitempty"`
}

func newFileClause(c *policy.Clause) fileClause {
	f := fileClause{Name: text(c.Name), Objectives: texts(c.Objectives), Hold: length(c.Hold)}
	switch when := c.When; when.Kind {
	case policy.SpentCondition:
		f.When.Spent, f.When.Within = percentage(when.Share), length(when.Within)
	case policy.RuleCondition:
		f.When.Rule = text(when.Name)
	case policy.SignalCondition:
		f.When.Signal = text(when.Name)
	case policy.ManualCondition:
		f.When.Manual = text(when.Name)
	}
	for _, q := range c.Then {
		f.Then = append(f.Then, fileConsequence{
			Do: q.Kind.String(), Text: text(q.Text), Automated: q.Automated, Traceable: q.Traceable, Due: length(q.Due), Link: text(q.Link),
		})
	}
	return f
}

// text is written so that nothing of it is lost: the block styles of YAML are not good at
// spaces at the ends of lines.
type text string

// MarshalYAML quotes what is more than a plain line.
func (t text) MarshalYAML() (any, error) {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: string(t)}
	if strings.ContainsAny(n.Value, "\n\t") || strings.TrimSpace(n.Value) != n.Value {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n, nil
}

func texts(all []string) []text {
	list := make([]text, len(all))
	for i, s := range all {
		list[i] = text(s)
	}
	return list
}

// plain is written as it is, be it a number or a word.
type plain string

// MarshalYAML leaves the tag to whoever reads it.
func (p plain) MarshalYAML() (any, error) {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: string(p)}, nil
}

func length(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return slo.FormatDuration(d)
}

// day writes a day as such, and any other time as RFC 3339 does.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.UTC()
	if t.Equal(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}
