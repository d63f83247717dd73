package rulesslo_test

import (
	"fmt"
	"testing"

	"github.com/seed-abb722f7/nines/exporter/rulesslo"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/policy"
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
			cfg.Levels = []float64{-0.5, 0.25, 0.5}
		case 2:
			cfg.Levels = []float64{}
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
		if next <= len(hostile) {
			return hostile[next-1]
		}
		return randomName(r)
	})
	for n := range thorough(40, 200) / perFile {
		rules := generate(t, rulesslo.Config{
			Service: all.next(), Objectives: hostileObjectives(r, all, perFile),
			Labels: map[string]string{"team": all.next()}, Levels: []float64{0.5 - float64(n)},
		})
		realprom.CheckRules(t, rules.YAML())
		realprom.TestRules(t, rules.YAML(), rules.Tests("rules.yml"))
	}
}
