package rulesslo

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Names of recorded metrics, Sloth's and, as said in the package comment, this package's.
const (
	errorRatio      = "slo:sli_error:ratio_rate" // and a window
	coverageRatio   = "slo:sli_coverage:ratio"   // and a window
	badIncrease     = "slo:sli_bad_events:increase"
	allIncrease     = "slo:sli_events:increase"
	objectiveRatio  = "slo:objective:ratio"
	budgetRatio     = "slo:error_budget:ratio"
	periodDays      = "slo:time_period:days"
	currentBurnRate = "slo:current_burn_rate:ratio"
	periodBurnRate  = "slo:period_burn_rate:ratio"
	remainingRatio  = "slo:period_error_budget_remaining:ratio"
	periodEvents    = "slo:period_events:increase"
	slothInfo       = "sloth_slo_info"
)

// A group is a group of rules.
type group struct {
	name     string
	interval time.Duration // 0: the server's
	rules    []rule
}

// A rule is a recording rule or an alert.
type rule struct {
	record, alert       string
	expr                string
	hold, keep          time.Duration
	labels, annotations map[string]string
}

// longWindow is the length from which on a window is costly to evaluate, and slowly how
// often it is: far within the five minutes after which a server takes a series for ended.
const (
	longWindow = slo.Day
	slowly     = 2 * time.Minute
)

// recordings returns the groups of recording rules, in the order in which they build on
// each other.
func (o *objective) recordings(interval time.Duration, extra map[string]string) []group {
	fast := group{name: "sloth-slo-sli-recordings-" + o.id, interval: interval}
	slow := group{name: "sloth-slo-sli-long-recordings-" + o.id, interval: interval}
	if interval == 0 {
		slow.interval = slowly
	}
	of := func(w time.Duration) *group {
		if w >= longWindow {
			return &slow
		}
		return &fast
	}
	for _, w := range append(slices.Clone(o.windows), o.period) {
		g := of(w)
		g.rules = append(g.rules, o.ratio(w))
	}
	_, covered, counted, silences := o.ruled()
	for _, w := range covered {
		g := of(w)
		g.rules = append(g.rules, o.coverage(w))
	}
	increase := func(metric, outcome string, w time.Duration, labels ...string) {
		g := of(w)
		g.rules = append(g.rules, rule{
			record: metric,
			expr:   o.aggregate("sum", "increase("+o.events(outcome)+"["+duration(w)+"])"),
			labels: o.labels(labels...),
		})
	}
	for _, w := range counted {
		increase(badIncrease+duration(w), "bad", w, "sloth_window", duration(w))
	}
	for _, w := range silences {
		increase(allIncrease+duration(w), "", w, "sloth_window", duration(w))
	}
	increase(periodEvents, "", o.period)
	meta := group{name: "sloth-slo-meta-recordings-" + o.id, interval: interval, rules: o.meta(extra)}
	groups := []group{fast, slow, meta}
	if len(slow.rules) == 0 {
		groups = []group{fast, meta}
	}
	if len(fast.rules) == 0 {
		groups = groups[1:]
	}
	return groups
}

// ratio is the share of valid events of a window that were bad, a ratio of sums; absent
// where there was none.
func (o *objective) ratio(w time.Duration) rule {
	sum := func(outcome string) string {
		return o.aggregate("sum", "rate("+o.events(outcome)+"["+duration(w)+"])")
	}
	return rule{
		record: errorRatio + duration(w),
		expr:   "(" + sum("bad") + ")\n/\n(" + sum("") + " > 0)",
		labels: o.labels("sloth_window", duration(w)),
	}
}

// coveragePoints is how finely coverage is measured. It is rounded down, so that time that
// nobody observed never counts.
const coveragePoints = 120

func coverageStep(w time.Duration) time.Duration {
	return (w / coveragePoints).Truncate(time.Millisecond)
}

// coverage is the share of a window in which there were samples of the objective, from any
// replica: of slo.Each, of any operation, because one that turns up late was watched all
// along.
func (o *objective) coverage(w time.Duration) rule {
	step := coverageStep(w)
	// A stretch with n samples is n - 1 steps long; one step more than the window can hold
	// them all, whichever of its ends a version of Prometheus includes.
	expr := fmt.Sprintf("clamp_max((count_over_time(group(%s)[%s:%s]) - 1) / %s, 1)",
		o.events(""), duration(w+step), duration(step), number(float64(w)/float64(step)))
	if o.each {
		expr = o.aggregate("group", o.events("")) + "\n* on () group_left ()\n" + expr
	}
	return rule{
		record: coverageRatio + duration(w),
		expr:   expr,
		labels: o.labels("sloth_window", duration(w)),
	}
}

// meta returns what Sloth's dashboards ask of an objective beside its ratios.
func (o *objective) meta(extra map[string]string) []rule {
	perBudget := "\n/ on (sloth_id, sloth_slo, sloth_service) group_left ()\n" + o.recorded(budgetRatio)
	return []rule{
		{record: objectiveRatio, expr: o.constant(o.Target.Ratio()), labels: o.labels()},
		{record: budgetRatio, expr: o.constant(o.Target.ErrorBudget()), labels: o.labels()},
		{record: periodDays, expr: o.constant(o.period.Hours() / 24), labels: o.labels()},
		{record: currentBurnRate, expr: o.recorded(errorRatio+duration(o.shortest())) + perBudget, labels: o.labels()},
		{record: periodBurnRate, expr: o.recorded(errorRatio+duration(o.period)) + perBudget, labels: o.labels()},
		{record: remainingRatio, expr: "1 - " + o.recorded(periodBurnRate), labels: o.labels()},
		{record: slothInfo, expr: o.constant(1), labels: o.info(extra)},
	}
}

// specification is what Sloth calls the version of the format that an objective was
// written in.
const specification = "nines/v1"

// info returns the labels of sloth_slo_info.
func (o *objective) info(extra map[string]string) map[string]string {
	l := o.labels("sloth_mode", "nines", "sloth_version", "nines", "sloth_objective", o.percentage())
	if !o.each {
		l["sloth_spec"] = specification
	}
	maps.Copy(l, extra)
	return l
}

// percentage returns the target as Sloth has it, such as "99.9".
func (o *objective) percentage() string {
	const billion, percent = 1e9, 1e7
	return strconv.FormatFloat((billion-float64(o.Target.AllowedPerBillion()))/percent, 'f', -1, 64)
}

// constant is a number; of slo.Each one for each operation that there is.
func (o *objective) constant(value float64) string {
	if !o.each {
		return "vector(" + number(value) + ")"
	}
	return o.aggregate("group", o.events("")) + " * " + number(value)
}
