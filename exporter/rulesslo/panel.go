package rulesslo

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-abb722f7/nines/policy"
)

// A query is an expression and how its series are called.
type query struct{ expr, legend string }

// rateInterval stands in expressions where Grafana fills in what suits the scrape interval
// and the time that is shown. No text of anybody's has it: literals are printable.
const rateInterval = "\x00"

// interpolated returns an expression as Grafana is to read it, which looks for variables
// everywhere: a dollar, and two brackets, are only its own where an escape of PromQL does not
// hide them.
func interpolated(expr string) string {
	return strings.NewReplacer("$", `\x24`, "[[", `[\x5b`, rateInterval, "$__rate_interval").Replace(expr)
}

// add adds a query over the time that is shown.
func (p *grafanaPanel) add(expr, legend string) {
	p.Targets = append(p.Targets, grafanaTarget{
		RefID: "Q" + strconv.Itoa(len(p.Targets)+1), Expr: interpolated(expr), LegendFormat: legend, Range: true,
	})
}

func newPanel(kind, title, description, unit string) *grafanaPanel {
	return &grafanaPanel{
		Type: kind, Title: title, Description: description,
		Datasource:  &grafanaDatasource{Type: "prometheus", UID: "${" + datasourceVariable + "}"},
		FieldConfig: &grafanaFieldConfig{Defaults: grafanaFieldDefaults{Unit: unit, Custom: map[string]any{}}, Overrides: []any{}},
	}
}

// lines returns a panel of time series.
func lines(title, description, unit string, queries ...query) *grafanaPanel {
	p := newPanel("timeseries", title, description, unit)
	p.FieldConfig.Defaults.Custom = map[string]any{"lineWidth": 1, "fillOpacity": 0, "showPoints": "never", "spanNulls": false}
	p.Options = map[string]any{
		"legend":  map[string]any{"displayMode": "list", "placement": "bottom", "showLegend": true},
		"tooltip": map[string]any{"mode": "multi", "sort": "desc"},
	}
	for _, q := range queries {
		p.add(q.expr, q.legend)
	}
	return p
}

// gauges returns a panel of error budgets as they are now.
func gauges(title, description, legend, expr string) *grafanaPanel {
	p := newPanel("bargauge", title, description, "percentunit")
	p.add(expr, legend)
	p.Targets[0].Instant, p.Targets[0].Range = true, false
	zero, low, full := 0.0, 0.1, 1.0
	p.FieldConfig.Defaults.Min, p.FieldConfig.Defaults.Max = &zero, &full
	p.FieldConfig.Defaults.Thresholds = &grafanaThresholds{Mode: "absolute", Steps: []grafanaStep{{Color: "red"}, {"orange", &zero}, {"green", &low}}}
	p.Options = map[string]any{
		"displayMode": "basic", "orientation": "horizontal",
		"reduceOptions": map[string]any{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},
	}
	return p
}

// A factor is that of a burn-rate rule.
type factor struct {
	value float64
	page  bool
}

// factorsOf returns the factors of rules, each once and ascending: red wins.
func factorsOf(rules []alertRule) (list []factor) {
	for _, r := range rules {
		if r.kind != burning {
			continue
		}
		f := factor{r.factor, r.severity == policy.Page}
		if i := slices.IndexFunc(list, func(have factor) bool { return have.value == f.value }); i >= 0 {
			list[i].page = list[i].page || f.page
			continue
		}
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b factor) int { return cmp.Compare(a.value, b.value) })
	return list
}
