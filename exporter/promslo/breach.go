package promslo

import (
	"maps"

	"github.com/seed-abb722f7/nines/internal/escape"
	"github.com/seed-abb722f7/nines/policy"
)

// A breachKey is everything of a rule that its labels tell, as they are printed.
type breachKey struct{ objective, severity, rule string }

// breachSeries is the series of one rule.
type breachSeries struct {
	*series
	scrape uint64 // the last that had it
	open   bool   // as of that scrape
}

// reportBreaches adds one series for every rule: a query for breaches must find
// something before there is one. Of closed trackers, those of breaches that stay open are
// left.
func (s *service) reportBreaches(p *page, watchers []*policy.Watcher, live bool) {
	for _, w := range watchers {
		if live {
			for _, r := range w.States() {
				b := s.breach(r.Objective, r.Severity, r.Rule)
				b.open = b.open || r.Active
			}
			continue
		}
		for _, b := range w.Active() {
			for _, r := range b.Rules {
				if r.Active {
					s.breach(r.Objective, r.Severity, r.Rule).open = true
				}
			}
		}
	}
	maps.DeleteFunc(s.breaches, func(_ breachKey, b *breachSeries) bool { return b.scrape != s.scrapes })
	for _, b := range s.breaches {
		value := 0.0
		if b.open {
			value = 1
		}
		p.gauge(b.series, value)
	}
}

// breach returns the series of a rule, met in this scrape. Rules of two watchers that
// print alike share it.
func (s *service) breach(objective string, severity policy.Severity, rule string) *breachSeries {
	key := breachKey{escape.UTF8(objective), severity.String(), escape.UTF8(rule)}
	b, ok := s.breaches[key]
	if !ok {
		b = &breachSeries{series: s.descs.series(breachActive, key.objective, key.severity, key.rule)}
		s.breaches[key] = b
	}
	if b.scrape != s.scrapes {
		b.scrape, b.open = s.scrapes, false
	}
	return b
}
