package rulesslo_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/rulesslo"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

var shopObjectives = []slo.Objective{
	{Name: "checkout-availability", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9)},
	{Name: "checkout-latency", Of: slo.HTTP("POST /checkout"), SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95)},
}

// printLines prints the lines that have one of the words.
func printLines(text []byte, words ...string) {
	for line := range strings.Lines(string(text)) {
		for _, word := range words {
			if strings.Contains(line, word) {
				fmt.Println(strings.TrimSpace(line))
				break
			}
		}
	}
}

func ExampleNew() {
	rules, err := rulesslo.New(rulesslo.Config{Service: "shop", Objectives: shopObjectives})
	if err != nil {
		fmt.Println(err)
		return
	}
	printLines(rules.YAML(), "- name:")
	// Output:
	// - name: "sloth-slo-sli-recordings-nines-shop-checkout-availability"
	// - name: "sloth-slo-sli-long-recordings-nines-shop-checkout-availability"
	// - name: "sloth-slo-meta-recordings-nines-shop-checkout-availability"
	// - name: "sloth-slo-sli-recordings-nines-shop-checkout-latency"
	// - name: "sloth-slo-sli-long-recordings-nines-shop-checkout-latency"
	// - name: "sloth-slo-meta-recordings-nines-shop-checkout-latency"
	// - name: "sloth-slo-alerts-nines-shop-checkout-availability"
	// - name: "sloth-slo-alerts-nines-shop-checkout-latency"
	// - name: "nines-service-shop"
}

// A service that has a tracker already takes the objectives, and the rules of its watcher,
// from where they are.
func ExampleNew_tracker() {
	tracker, err := budget.New(budget.Config{Service: "shop", Objectives: shopObjectives})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tracker.Close()
	rules, err := rulesslo.New(rulesslo.Config{
		Service: tracker.Service(), Objectives: tracker.Declared(), Policy: policy.Config{NoDefaults: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	printLines(rules.YAML(), "alert:")
	// Output:
	// - alert: SLOMetricAbsent
	// - alert: SLOMetricAbsent
	// - alert: SLOMetricAbsent
}

// promtool check rules shop.rules.yml accepts it, and a server loads it.
func ExampleRules_YAML() {
	rules, err := rulesslo.New(rulesslo.Config{Service: "shop", Objectives: shopObjectives[:1]})
	if err != nil {
		fmt.Println(err)
		return
	}
	text := string(rules.YAML())
	_, rule, _ := strings.Cut(text, "- record: slo:sli_error:ratio_rate4w\n")
	fmt.Print(rule[:strings.Index(rule, "      - record")])
	// Output:
	//         expr: |-
	//           (sum(rate(nines_events_total{slo_service="shop", slo="checkout-availability", outcome="bad"}[4w])))
	//           /
	//           (sum(rate(nines_events_total{slo_service="shop", slo="checkout-availability"}[4w])) > 0)
	//         labels:
	//           sloth_id: "nines-shop-checkout-availability"
	//           sloth_service: "shop"
	//           sloth_slo: "checkout-availability"
	//           sloth_window: "4w"
}

// promtool test rules shop.tests.yml runs them.
func ExampleRules_Tests() {
	rules, err := rulesslo.New(rulesslo.Config{Service: "shop", Objectives: shopObjectives[:1]})
	if err != nil {
		fmt.Println(err)
		return
	}
	printLines(rules.Tests("shop.rules.yml"), `.yml"`, "evaluation_interval", "values:")
	// Output:
	// - "shop.rules.yml"
	// evaluation_interval: 5m
	// values: 0+1000000000x10 10000000000+0x59
	// values: 0+0x10 1000000000+1000000000x59
}

// Grafana imports it; every query is one of Prometheus.
func ExampleRules_Dashboard() {
	rules, err := rulesslo.New(rulesslo.Config{Service: "shop", Objectives: shopObjectives[:1]})
	if err != nil {
		fmt.Println(err)
		return
	}
	printLines(rules.Dashboard(), `"title"`)
	// Output:
	// "title": "shop: error budgets",
	// "title": "Error budgets",
	// "title": "Error budget remaining",
	// "title": "Burn rate",
	// "title": "Requests",
	// "title": "In flight",
	// "title": "Coverage",
	// "title": "checkout-availability (99.9%, 28d)",
	// "title": "Error budget remaining",
	// "title": "Error budget remaining",
	// "title": "SLI",
	// "title": "Burn rates",
	// "title": "Events",
	// "title": "Latency",
}
