package fleet

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"github.com/seed-abb722f7/nines/internal/escape"
)

// The metrics of package promslo that are read.
const (
	eventsMetric   = "nines_events_total"
	requestsMetric = "nines_requests_total"
	ratioMetric    = "nines_objective_ratio"
	infoMetric     = "nines_objective_info"
	startMetric    = "nines_self_start_time_seconds"
)

// statLabel tells apart what one query asks of the same series.
const statLabel = "nines_stat"

// ownLabels are the labels of the metrics themselves; all others say which process it was.
var ownLabels = []model.LabelName{
	model.MetricNameLabel, statLabel, "slo_service", "slo", "sli", "operation", "outcome", "class",
}

// A selector selects the series of a service.
type selector struct{ matchers string }

func newSelector(cfg *Config) selector {
	list := []string{match("slo_service", escape.UTF8(cfg.Service))}
	for _, name := range slices.Sorted(maps.Keys(cfg.Labels)) {
		list = append(list, match(name, cfg.Labels[name]))
	}
	return selector{strings.Join(list, ",")}
}

// of returns an instant vector selector of a metric.
func (s selector) of(metric string) string { return metric + "{" + s.matchers + "}" }

// ofAny returns one of several metrics.
func (s selector) ofAny(metrics ...string) string {
	return `{__name__=~"` + strings.Join(metrics, "|") + `",` + s.matchers + "}"
}

// match returns a label matcher. Only printable characters stand in it as they are, and no
// replacement character in any form: Prometheus takes it for a mistake in the encoding.
func match(label, value string) string {
	if strings.ContainsRune(value, utf8.RuneError) {
		literal := strings.ReplaceAll(regexp.QuoteMeta(value), string(utf8.RuneError), `\x{fffd}`)
		return label + "=~" + strconv.Quote(literal)
	}
	return label + "=" + strconv.Quote(value)
}

// over returns a range vector selector.
func over(selector string, d time.Duration) string {
	return fmt.Sprintf("%s[%dms]", selector, d.Milliseconds())
}

// stat marks what an expression says.
func stat(name, expression string) string {
	return fmt.Sprintf(`label_replace(%s,"%s","%s","","")`, expression, statLabel, name)
}

// The stats of a tile; see tile.
const (
	lastStat      = "last"
	firstStat     = "first"
	resetsStat    = "resets"
	startStat     = "start"
	startLastStat = "start_last"
	aliveStat     = "alive"
)

// tiles returns the query for what the tiles of a window need, evaluated at the end of each.
func (s selector) tiles(counter, by string, d time.Duration) string {
	counts, starts := over(s.of(counter), d), over(s.of(startMetric), d)
	return strings.Join([]string{
		stat(lastStat, "last_over_time("+counts+")"),
		stat(firstStat, "min_over_time("+counts+")"),
		stat(resetsStat, "resets("+counts+")>0"),
		stat(startStat, "min_over_time("+starts+")"),
		stat(startLastStat, "last_over_time("+starts+")"),
		stat(aliveStat, "count by ("+by+") ("+s.of(counter)+")"),
	}, " or ")
}

// base returns the query for what was counted when a window began.
func (s selector) base(counter string, d time.Duration) string {
	return stat(lastStat, "last_over_time("+over(s.of(counter), d)+")") + " or " +
		stat(startLastStat, "last_over_time("+over(s.of(startMetric), d)+")")
}

// unscraped returns the query for the replicas that Prometheus knows and cannot scrape.
func (s selector) unscraped() string {
	return "up == 0 and on (job, instance) last_over_time(" + over(s.of(ratioMetric), time.Hour) + ")"
}

// replica returns which process a series is of.
func replica(m model.Metric) string {
	labels := make(model.LabelSet, len(m))
	for name, value := range m {
		if !slices.Contains(ownLabels, name) {
			labels[name] = value
		}
	}
	return labels.String()
}

// identity returns which series it is, whatever was asked of it.
func identity(m model.Metric) string {
	labels := model.LabelSet(m).Clone()
	delete(labels, model.MetricNameLabel)
	delete(labels, statLabel)
	return labels.String()
}
