package rulesslo_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/exporter/rulesslo"
	"github.com/seed-abb722f7/nines/internal/golden"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// shop has one of everything that makes rules differ.
var shop = rulesslo.Config{
	Service: "shop",
	Objectives: []slo.Objective{
		{
			Name: "checkout-availability", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9),
			Owner: "payments", Region: "eu", Priority: "P1", Description: "People who want to pay can.",
			Links: []slo.Link{{Name: "runbook", URL: "https://example.com/checkout"}},
		},
		{
			Name: "checkout-latency", Of: slo.HTTP("POST /checkout"), SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95),
			Window: slo.Rolling(7 * slo.Day), Shadow: true,
		},
		{Name: "availability", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(99), Window: slo.Rolling(30 * slo.Day)},
		{Name: "availability/GET /items/{id}", Of: slo.HTTP("GET /items/{id}"), SLI: slo.Availability(), Target: slo.Percent(90)},
		{Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(99), Window: slo.Rolling(time.Hour)},
	},
	Policy: policy.Config{Rules: []policy.Rule{
		{Name: "1h/5m", Severity: policy.Page, Objectives: []string{"checkout-availability"}, When: policy.BurnRate{Long: 30 * time.Minute, Short: 2 * time.Minute, Factor: 20}},
		{Name: "search", Severity: policy.Ticket, Objectives: []string{"availability/GET /search"}, When: policy.BurnRate{Long: 30 * time.Minute, Short: time.Minute, Factor: 10}, MinBad: 3},
	}},
	Labels: map[string]string{"team": "shop"},
}

func TestGolden(t *testing.T) {
	rules := generate(t, shop)
	for file, got := range map[string][]byte{
		"testdata/shop.rules.yml": rules.YAML(),
		"testdata/shop.tests.yml": rules.Tests("shop.rules.yml"),
		"testdata/shop.json":      rules.Dashboard(),
	} {
		golden.Check(t, file, string(got))
	}
}

func TestRefused(t *testing.T) {
	valid := slo.Objective{Name: "checkout", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99.9)}
	cfg := func(change func(*rulesslo.Config)) rulesslo.Config {
		c := rulesslo.Config{Service: "shop", Objectives: []slo.Objective{valid}}
		change(&c)
		return c
	}
	window := func(d time.Duration) []slo.Objective {
		o := valid
		o.Window = slo.Rolling(d)
		return []slo.Objective{o}
	}
	const name = `want label names such as "team": letters, digits and underscores, not two of them first`
	tests := []struct {
		cfg  rulesslo.Config
		want string
	}{
		{rulesslo.Config{}, `rulesslo: Objectives is []: want at least one objective`},
		{cfg(func(c *rulesslo.Config) { c.Objectives[0].Target = slo.Percent(100) }), `slo: Objectives[0] "checkout".Target is Percent(100): want a percentage above 1 and below 100 (100 % leaves no error budget to spend)`},
		{cfg(func(c *rulesslo.Config) { c.Objectives = window(500 * time.Millisecond) }), `rulesslo: Objectives[0] "checkout".Window is 500ms: want at least a second: Prometheus looks no closer`},
		{cfg(func(c *rulesslo.Config) {
			c.Policy.Rules = []policy.Rule{{Name: "x", Severity: policy.Page, When: policy.BurnRate{Long: time.Hour, Short: 5 * time.Minute, Factor: 1000}}}
		}), `policy: Rules[0] "x".When.Factor is 1000: want a factor below 1000, the greatest burn rate that objective "checkout" can have: 1 / (1 - 99.9%)`},
		{cfg(func(c *rulesslo.Config) {
			c.Policy.Rules = []policy.Rule{{Name: "x", Severity: policy.Page, When: policy.BurnRate{Long: time.Hour, Short: time.Millisecond, Factor: 10}}}
		}), `rulesslo: Policy.Rules[0] "x".When is 1h/1ms: want windows of at least a second: Prometheus looks no closer`},
		{cfg(func(c *rulesslo.Config) { c.Labels = map[string]string{"a b": "x"} }), `rulesslo: Labels is "a b": ` + name},
		{cfg(func(c *rulesslo.Config) { c.Labels = map[string]string{"__name__": "x"} }), `rulesslo: Labels is "__name__": ` + name},
		{cfg(func(c *rulesslo.Config) { c.Labels = map[string]string{"x: {}\ny": "x"} }), `rulesslo: Labels is "x: {}\ny": ` + name},
		{cfg(func(c *rulesslo.Config) { c.Labels = map[string]string{"severity": "x"} }), `rulesslo: Labels is "severity": want another name: the rules have a label of this one`},
		{cfg(func(c *rulesslo.Config) { c.Labels = map[string]string{"sloth_x": "x"} }), `rulesslo: Labels is "sloth_x": want another name: the rules have a label of this one`},
		{cfg(func(c *rulesslo.Config) { c.Interval = -1 }), `rulesslo: Interval is -1ns: want at least a millisecond, such as 30*time.Second, or zero to leave it to the server`},
	}
	for _, tt := range tests {
		rules, err := rulesslo.New(tt.cfg)
		switch {
		case err == nil || rules != nil:
			t.Errorf("New = %v, %v, want nil and %s", rules, err, tt.want)
		case err.Error() != tt.want || !errors.Is(err, slo.ErrInvalid):
			t.Errorf("New: error = %v, want %s", err, tt.want)
		}
	}
}

// An alert is one incident: however many rules an objective has, there is one for each
// severity.
func TestOneAlertForEachSeverity(t *testing.T) {
	yaml := string(generate(t, rulesslo.Config{Service: "shop", Objectives: shop.Objectives[:1]}).YAML())
	if n := strings.Count(yaml, "- alert: ErrorBudgetBurn\n"); n != 2 {
		t.Errorf("ErrorBudgetBurn: %d alerts, want a page and a ticket", n)
	}
	for _, severity := range []string{"page", "ticket"} {
		if n := strings.Count(yaml, `sloth_severity: "`+severity+`"`); n != 1 {
			t.Errorf("sloth_severity %q: %d alerts, want 1", severity, n)
		}
	}
}

func TestShadowNeverAlerts(t *testing.T) {
	shadow := shop.Objectives[1]
	yaml := string(generate(t, rulesslo.Config{Service: "shop", Objectives: []slo.Objective{shadow}, Policy: policy.Config{Rules: []policy.Rule{
		{Name: "own", Severity: policy.Page, When: policy.BurnRate{Long: time.Hour, Short: 5 * time.Minute, Factor: 10}},
	}}}).YAML())
	if n := strings.Count(yaml, "- alert:"); n != 1 || !strings.Contains(yaml, `absent(nines_events_total{slo_service="shop"})`) {
		t.Errorf("%d alerts, want that of the service alone:\n%s", n, yaml)
	}
	if !strings.Contains(yaml, "- record: slo:sli_error:ratio_rate1w\n") {
		t.Errorf("a shadow objective is not recorded:\n%s", yaml)
	}
}

// A rule may look further back than the window of some objective that it applies to.
func TestRuleLongerThanWindow(t *testing.T) {
	yaml := string(generate(t, rulesslo.Config{
		Objectives: []slo.Objective{shop.Objectives[0], shop.Objectives[4]},
		Policy:     policy.Config{Rules: []policy.Rule{{Name: "slow", Severity: policy.Ticket, When: policy.BurnRate{Long: 2 * time.Hour, Short: time.Hour, Factor: 3}}}},
	}).YAML())
	for _, record := range []string{"slo:sli_error:ratio_rate2h", "slo:sli_coverage:ratio2h", "slo:sli_bad_events:increase2h"} {
		if n := strings.Count(yaml, "- record: "+record+"\n"); n != 2 {
			t.Errorf("%s is recorded %d times, want for both objectives", record, n)
		}
	}
}

func TestInterval(t *testing.T) {
	cfg := rulesslo.Config{Objectives: shop.Objectives[:1]}
	if yaml := string(generate(t, cfg).YAML()); strings.Count(yaml, "interval:") != 1 || strings.Count(yaml, "interval: 2m\n") != 1 {
		t.Errorf("want one group, of the long windows, with an interval:\n%s", yaml)
	}
	cfg.Interval = 90 * time.Second
	yaml := string(generate(t, cfg).YAML())
	if groups := strings.Count(yaml, "- name:"); strings.Count(yaml, "interval: 1m30s\n") != groups {
		t.Errorf("want an interval of 1m30s for all %d groups:\n%s", groups, yaml)
	}
}

// What an objective is judged by in calendar periods, rules take as rolling, and say so.
func TestCalendarWindows(t *testing.T) {
	rules := generate(t, rulesslo.Config{Service: "shop", Objectives: []slo.Objective{{
		Name: "month", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99.9), Window: slo.Month(time.UTC),
	}}})
	yaml := string(rules.YAML())
	for _, want := range []string{
		"# Objective \"month\" is judged in calendar periods; here over the last 30d.\n",
		"- record: slo:sli_error:ratio_rate30d\n",
		"          window: \"The objective is judged in calendar periods, this alert by the last 30d.\"\n",
	} {
		if !strings.Contains(yaml, want) {
			t.Errorf("the rules lack %s", want)
		}
	}
}

func TestTimeSlices(t *testing.T) {
	yaml := string(generate(t, rulesslo.Config{Service: "shop", Objectives: []slo.Objective{{
		Name: "minutes", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99.9), Method: slo.Timeslices(time.Minute, slo.Percent(95)),
	}}}).YAML())
	if want := `# Objective "minutes" is judged by slices of time: here those of all processes, added up.` + "\n"; !strings.Contains(yaml, want) {
		t.Errorf("the rules lack %s", want)
	}
}

// What only a watcher can judge is left out, and a comment says so.
func TestRulesForWatchers(t *testing.T) {
	cfg := rulesslo.Config{Service: "shop", Objectives: shop.Objectives[:1], Policy: policy.Config{Rules: []policy.Rule{
		{Name: "again and\nagain", Severity: policy.Ticket, When: policy.Repeats{MoreThan: 3, Within: time.Hour}},
	}}}
	yaml := string(generate(t, cfg).YAML())
	if want := `# Rule "again and\nagain" of objective "checkout-availability" is for a watcher: Prometheus cannot judge it.` + "\n"; !strings.Contains(yaml, want) {
		t.Errorf("the rules lack %s", want)
	}
}

// Rules of package policy become alerts: with their names, severities, holding times, and
// minimum of bad events.
func TestAlertsOfRules(t *testing.T) {
	alerts := func(rules ...policy.Rule) string {
		yaml := string(generate(t, rulesslo.Config{Service: "shop", Objectives: shop.Objectives[:1], Policy: policy.Config{Rules: rules, NoDefaults: true}}).YAML())
		_, group, _ := strings.Cut(yaml, "sloth-slo-alerts-nines-shop-checkout-availability")
		return group
	}
	tests := []struct {
		rule policy.Rule
		want []string
	}{
		{policy.Rule{Severity: policy.Page, When: policy.BurnRate{Factor: 20, Long: time.Hour}}, []string{
			"- alert: ErrorBudgetBurn\n", "> (20 * 0.001))", "increase1h", " > 4.5 or (", " > 2.5 and ", `rule: "1h"`, "keep_firing_for: 5m\n",
		}},
		{policy.Rule{Severity: policy.Ticket, When: policy.Depletion{Share: 0.3, Within: slo.Day}, For: time.Minute, KeepFor: 7 * time.Minute, MinBad: 9}, []string{
			"- alert: ErrorBudgetBurn\n", " * max without (sloth_window) (slo:sli_coverage:ratio4w{", ">= (0.3 * 0.001) * slo:period_events:increase{", " > 8.5)", `rule: "30% in 1d"`, "for: 1m\n", "keep_firing_for: 7m\n",
			"summary: \"The error budget of the last 4w lost at least 30% in 1d.\"",
		}},
		{policy.Rule{Name: "low", Severity: policy.Page, Priority: "P2", When: policy.Level(0.25)}, []string{
			"- alert: ErrorBudgetLow\n", "ratio_rate4w", ">= (0.75 * 0.001))", `rule: "low"`, `priority: "P1"`, // the objective's own
			"keep_firing_for: 1h\n", "summary: \"The error budget of the last 4w has at most 25% left.\"",
		}},
		{policy.Rule{Severity: policy.Page, When: policy.Depletion{Share: 0.000_000_002, Within: slo.Day}}, []string{`rule: "0.0000002% in 1d"`, "lost at least 0.0000002% in 1d."}},
		{policy.Rule{Severity: policy.Ticket, When: policy.Level(-0.5)}, []string{"is overspent by at least 50%."}},
		{policy.Rule{Severity: policy.Page, When: policy.NoData(10 * time.Minute)}, []string{
			"- alert: SLONoData\n", "slo:sli_events:increase10m", " == 0)", "slo:sli_coverage:ratio10m", "had no valid event for 10m.",
		}},
	}
	for _, tt := range tests {
		got := alerts(tt.rule)
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%v: the alerts lack %s:\n%s", tt.rule.When, want, got)
			}
		}
	}
	// Burn rates share an alert only where nothing else tells them apart.
	rates := func(second policy.Rule) int {
		second.When = policy.BurnRate{Factor: 5, Long: 6 * time.Hour, Short: 30 * time.Minute}
		return strings.Count(alerts(policy.Rule{Severity: policy.Page, When: policy.BurnRate{Factor: 14, Long: time.Hour, Short: 5 * time.Minute}}, second), "- alert: ErrorBudgetBurn\n")
	}
	for second, want := range map[*policy.Rule]int{{Severity: policy.Page}: 1, {Severity: policy.Ticket}: 2, {Severity: policy.Page, For: time.Minute}: 2} {
		if got := rates(*second); got != want {
			t.Errorf("with %+v: %d alerts, want %d", *second, got, want)
		}
	}
}
