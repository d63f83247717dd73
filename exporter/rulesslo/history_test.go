package rulesslo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/internal/realprom"
)

// A history is what a server would have scraped, in the OpenMetrics format.
type history struct{ text strings.Builder }

// sample adds one sample of a counter; series is its name and labels.
func (h *history) sample(series string, value float64, at time.Time) {
	fmt.Fprintf(&h.text, "%s %v %d.%03d\n", series, value, at.Unix(), at.UnixMilli()%1000)
}

func (h *history) bytes() []byte { return []byte(h.text.String() + "# EOF\n") }

// backfilled starts a server with the history as its data. It scrapes nothing.
func (h *history) backfilled(t *testing.T, config string) *realprom.Server {
	t.Helper()
	return realprom.Start(t, config, realprom.Backfill(t, h.bytes())...)
}

// A scraper has a simulated process scraped: what package promslo exports of it.
type scraper struct {
	history  *history
	instance string
	registry *prometheus.Registry
}

func newScraper(h *history, instance string, tracker *budget.Tracker) *scraper {
	s := &scraper{h, instance, prometheus.NewPedanticRegistry()}
	s.registry.MustRegister(promslo.NewCollector(tracker))
	return s
}

// scrape adds the judged counters of this moment.
func (s *scraper) scrape(t *testing.T, at time.Time) {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "nines_events_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			s.history.sample(series(f.GetName(), m.GetLabel(), s.instance), m.GetCounter().GetValue(), at)
		}
	}
}

func series(name string, labels []*dto.LabelPair, instance string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s{instance=%q", name, instance)
	for _, l := range labels {
		fmt.Fprintf(&b, ",%s=%q", l.GetName(), l.GetValue())
	}
	return b.String() + "}"
}

// A loadedRule is a rule as a server has it.
type loadedRule struct {
	Name      string
	Query     string
	Labels    map[string]string
	Health    string
	LastError string
}

// loaded returns the rules that a server has, by group.
func loaded(t *testing.T, prom *realprom.Server) map[string][]loadedRule {
	t.Helper()
	var answer struct {
		Groups []struct {
			Name  string
			Rules []loadedRule
		}
	}
	if err := prom.Get(t.Context(), "/api/v1/rules", nil, &answer); err != nil {
		t.Fatal(err)
	}
	groups := map[string][]loadedRule{}
	for _, g := range answer.Groups {
		groups[g.Name] = g.Rules
	}
	return groups
}

// recorded returns the expression of a recording rule of an objective.
func recorded(t *testing.T, prom *realprom.Server, metric, objective string) string {
	t.Helper()
	for _, rules := range loaded(t, prom) {
		for _, r := range rules {
			if r.Name == metric && r.Labels["sloth_slo"] == objective {
				return r.Query
			}
		}
	}
	t.Fatalf("no rule records %s of %s", metric, objective)
	return ""
}
