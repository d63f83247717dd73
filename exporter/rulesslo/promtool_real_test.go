package rulesslo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/seed-abb722f7/nines/exporter/rulesslo"
	"github.com/seed-abb722f7/nines/internal/hostile"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// Rules of any objectives load, and do what their own tests say.
func TestRealPromtoolPassesRandomObjectives(t *testing.T) {
	const perFile = 20
	total := thorough(40, 200)
	r := seeded(1)
	for n := range total / perFile {
		objectives := randomObjectives(r, perFile)
		cfg := rulesslo.Config{
			Service: fmt.Sprintf("service-%d", n), Objectives: objectives, Policy: policy.Config{Rules: randomRules(r, objectives)},
			Labels: map[string]string{"team": "payments"},
		}
		switch n % 4 {
		case 1:
			cfg.Policy.Rules = append(cfg.Policy.Rules,
				policy.Rule{Severity: policy.Page, When: policy.Level(0.25), KeepFor: time.Minute},
				policy.Rule{Severity: policy.Ticket, When: policy.Level(0.5), Priority: "P4"},
				policy.Rule{Severity: policy.Ticket, When: policy.NoData(10 * time.Minute)},
				policy.Rule{Name: "over and over", Severity: policy.Ticket, When: policy.Repeats{MoreThan: 3, Within: time.Hour}})
		case 2:
			cfg.Policy.Rules = append(cfg.Policy.Rules,
				policy.Rule{Severity: policy.Ticket, When: policy.BurnRate{Long: 30 * time.Second, Factor: 1}, For: 20 * time.Second},
				policy.Rule{Severity: policy.Page, Objectives: []string{objectives[0].Name}, When: policy.Depletion{
					Share: min(0.5, 0.25/objectives[0].Target.ErrorBudget()), Within: objectives[0].Window.Length() / 2,
				}})
			cfg.Service = ""
		case 3:
			cfg.Policy.NoDefaults = true
		}
		rules := generate(t, cfg)
		realprom.CheckRules(t, rules.YAML())
		realprom.TestRules(t, rules.YAML(), rules.Tests("rules.yml"))
	}
}

// Any text loads, means itself, and is no PromQL, YAML or template: labels and annotations
// of alerts come out of their templates as they went in.
func TestRealPromtoolPassesHostileNames(t *testing.T) {
	const perFile = 20
	r := seeded(2)
	next := 0
	all := newNames(func() string {
		next++
		if next <= len(hostileNames) {
			return hostileNames[next-1]
		}
		return hostile.Name(r, pieces, 256)
	})
	for n := range thorough(40, 200) / perFile {
		rules := generate(t, rulesslo.Config{
			Service: all.next(), Objectives: hostileObjectives(r, all, perFile),
			Labels: map[string]string{"team": all.next()}, Policy: policy.Config{Rules: []policy.Rule{
				{Name: utf8Name(all), Priority: all.next(), Severity: policy.Page, When: policy.Level(0.5 - float64(n))},
				{Name: utf8Name(all), Severity: policy.Ticket, When: policy.BurnRate{Long: 45 * time.Minute, Short: 5 * time.Minute, Factor: 30}},
			}},
		})
		realprom.CheckRules(t, rules.YAML())
		realprom.TestRules(t, rules.YAML(), rules.Tests("rules.yml"))
	}
}

// utf8Name returns a name for a rule, which must be UTF-8.
func utf8Name(n *names) string {
	for {
		if name := n.next(); utf8.ValidString(name) && name != "" {
			return name
		}
	}
}

// Ten thousand texts: rules load, whatever is in them.
func TestRealPromtoolLoadsAnyText(t *testing.T) {
	const textsOfOne = 8 // an objective has so many
	r := seeded(4)
	texts := 0
	all := newNames(func() string {
		texts++
		return hostile.Name(r, pieces, 256)
	})
	for texts < thorough(1_000, 10_000) {
		objectives := hostileObjectives(r, all, 2_000/textsOfOne)
		for i := range objectives {
			objectives[i].Window = slo.Rolling(time.Minute) // fewer rules
		}
		rules := generate(t, rulesslo.Config{Service: all.next(), Objectives: objectives, Policy: policy.Config{Rules: []policy.Rule{
			{Name: utf8Name(all), Priority: all.next(), Severity: policy.Ticket, When: policy.BurnRate{Long: 30 * time.Second, Factor: 2}},
		}}})
		realprom.CheckRules(t, rules.YAML())
	}
}

// A server evaluates rules with hostile names, and has them back as they were: what is
// recorded has the labels that promslo exports.
func TestRealPrometheusEvaluatesHostileRules(t *testing.T) {
	next := 0
	all := newNames(func() string {
		next++
		text := strings.Repeat("!", (next-1)/len(hostileNames)) + hostileNames[(next-1)%len(hostileNames)]
		return text[:min(len(text), 256)]
	})
	var objectives []slo.Objective
	service := strings.Join(hostileNames[:40], "")
	for range hostileNames {
		name := all.take()
		objectives = append(objectives, slo.Objective{
			Name: name, Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(90), Window: slo.Rolling(time.Minute), Owner: all.next(),
		})
	}
	rules := generate(t, rulesslo.Config{Service: service, Objectives: objectives, Interval: 5 * time.Second})
	prom := realprom.Start(t, rulesConfig(t, rules))
	want := map[string]bool{}
	for _, o := range objectives {
		want[hostile.Printed(o.Name)] = true
	}
	info := prom.WaitFor("slo:objective:ratio", func(s []realprom.Sample) bool { return len(s) == len(want) })
	for _, s := range info {
		name := s.Labels["sloth_slo"]
		if !want[name] || s.Labels["sloth_service"] != hostile.Printed(service) || s.Labels["sloth_id"] != "nines-"+hostile.Printed(service)+"-"+name {
			t.Errorf("labels = %q, want those of an objective", s.Labels)
		}
		delete(want, name)
	}
	for group, list := range loaded(t, prom) {
		for _, rule := range list {
			if rule.Health == "err" {
				t.Errorf("group %q: rule %q is in error: %s", group, rule.Name, rule.LastError)
			}
		}
	}
}
