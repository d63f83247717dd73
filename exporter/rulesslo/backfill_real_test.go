package rulesslo_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/rulesslo"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/slo"
)

// rulesFile writes the rules to a file, and returns its name as YAML has it.
func rulesFile(t *testing.T, rules *rulesslo.Rules) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, rules.YAML(), 0o600); err != nil {
		t.Fatal(err)
	}
	return strconv.Quote(file)
}

// rulesConfig returns the configuration of a server that evaluates the rules and scrapes
// nothing.
func rulesConfig(t *testing.T, rules *rulesslo.Rules) string {
	t.Helper()
	return "global: {evaluation_interval: 1s}\nrule_files: [" + rulesFile(t, rules) + "]\n"
}

// A month is thirty days of two replicas: daily traffic that ends at night, incidents, a
// day without traffic, and one restart.
type month struct {
	start    time.Time
	replicas [2]*budget.Simulation
	scrapers [2]*scraper
	history  history
}

const scrapeInterval = 2 * time.Minute

var monthObjectives = []slo.Objective{
	{Name: "all", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9), Window: slo.Rolling(30 * slo.Day)},
	{Name: "week", Of: slo.HTTP("POST /checkout"), SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(99), Window: slo.Rolling(7 * slo.Day)},
}

func monthConfig(restore []byte) budget.Config {
	return budget.Config{Service: "shop", Objectives: monthObjectives, Restore: restore}
}

func (m *month) open(t *testing.T, i int, at time.Time, restore []byte) {
	t.Helper()
	r, err := budget.NewSimulation(monthConfig(restore), at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	m.replicas[i] = r
	m.scrapers[i] = newScraper(&m.history, fmt.Sprintf("replica-%d", i), r.Tracker)
}

// traffic is what one replica serves until its next scrape: requests, of which some fail
// and some are slow.
func traffic(replica int, at time.Duration) (requests, bad, slow int) {
	day, hour := int(at/slo.Day), (at % slo.Day).Hours()
	switch {
	case hour < 6: // nobody is awake: windows that begin a little sooner hold the same
		return 0, 0, 0
	case day == 17 && replica == 0: // moved elsewhere
		return 0, 0, 0
	}
	requests = 20 + int(30*math.Sin((hour-6)/18*math.Pi)) + 10*replica
	switch {
	case day == 3 && hour >= 10 && hour < 10.5:
		bad = requests / 3
	case day == 12 && hour >= 14 && hour < 20:
		bad = requests / 50
	case day == 21 && hour >= 9 && hour < 9.2 && replica == 1:
		bad = requests
	case day == 25 && hour >= 8 && hour < 11:
		slow = requests / 5
	case int(at/scrapeInterval)%45 == 0:
		bad, slow = 1, 1
	}
	return requests, bad, slow
}

// serve serves what comes until the next scrape, and has that.
func (m *month) serve(t *testing.T, at time.Duration) {
	t.Helper()
	for i, r := range m.replicas {
		requests, bad, slow := traffic(i, at)
		op := r.HTTP("POST /checkout")
		for n := range requests {
			class, took := slo.Success, 20*time.Millisecond
			switch {
			case n < bad:
				class = slo.ServerError
			case n < bad+slow:
				took = time.Second
			}
			op.Start()
			op.Finish(class, took)
		}
		r.Advance(scrapeInterval)
		m.scrapers[i].scrape(t, r.Time())
	}
}

// judged returns what the replicas have of an objective, together.
func (m *month) judged(name string) (c budget.Counts) {
	for _, r := range m.replicas {
		own := r.Budget(name).Counts()
		c.Good += own.Good
		c.Bad += own.Bad
	}
	return c
}

// Thirty days of counters, as a server would have scraped them: on every day the rules say
// of the error budgets what the engine says of the same events.
func TestRealBackfillAgreesWithEngine(t *testing.T) {
	const days = 30
	m := &month{start: time.Now().Truncate(time.Minute).Add(-days * slo.Day)}
	for i := range m.replicas {
		m.open(t, i, m.start, nil)
		m.scrapers[i].scrape(t, m.start)
	}
	type reading struct {
		at   time.Time
		name string
		budget.Counts
	}
	var readings []reading
	for at := time.Duration(0); at < days*slo.Day; at += scrapeInterval {
		if at == 15*slo.Day { // a restart: counters begin anew, history does not
			m.open(t, 0, m.replicas[0].Time(), m.replicas[0].Snapshot())
		}
		m.serve(t, at)
		// In the middle of silence: whether a window holds the sample at its very beginning
		// depends on the version of the server.
		if next := at + scrapeInterval; next%slo.Day == 5*time.Hour {
			for _, o := range monthObjectives {
				readings = append(readings, reading{m.start.Add(next), o.Name, m.judged(o.Name)})
			}
		}
	}

	rules := generate(t, rulesslo.Config{Service: "shop", Objectives: monthObjectives, Interval: time.Second})
	prom := m.history.backfilled(t, rulesConfig(t, rules))
	compared := 0
	for _, r := range readings {
		if r.Valid() == 0 {
			continue // the first night
		}
		window, target := "30d", slo.Percent(99.9)
		if r.name == "week" {
			window, target = "1w", slo.Percent(99)
		}
		want, _ := r.Consumed(target)
		got := prom.QueryAt(recorded(t, prom, "slo:sli_error:ratio_rate"+window, r.name), r.at)
		if len(got) != 1 || !near(got[0].Value/target.ErrorBudget(), want, 1e-3) {
			t.Errorf("%s on %v: rules say %v, want %v of the budget consumed", r.name, r.at, got, want)
		}
		events := prom.QueryAt(recorded(t, prom, "slo:period_events:increase", r.name), r.at)
		if len(events) != 1 || !near(events[0].Value, float64(r.Valid()), 1e-3) {
			t.Errorf("%s on %v: rules say %v, want %d events", r.name, r.at, events, r.Valid())
		}
		compared++
	}
	if compared != 2*(days-1) {
		t.Errorf("compared %d readings, want one of each objective for each day but the first", compared)
	}

	// The whole chain of rules, as the server evaluates it now.
	for _, o := range monthObjectives {
		want, _ := m.judged(o.Name).Consumed(o.Target)
		prom.WaitFor(fmt.Sprintf(`slo:period_error_budget_remaining:ratio{sloth_id="nines-shop-%s"}`, o.Name), func(s []realprom.Sample) bool {
			return len(s) == 1 && near(1-s[0].Value, want, 1e-3)
		})
	}
}

// near reports whether two numbers differ by at most a share of the second.
func near(got, want, share float64) bool { return math.Abs(got-want) <= share*math.Abs(want) }
