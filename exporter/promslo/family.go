package promslo

import "github.com/prometheus/client_golang/prometheus"

// A family is one metric name.
type family int

const (
	events family = iota
	requests
	excludedEvents
	duration
	inFlight
	saturation
	windowEvents
	windowCoverage
	objectiveRatio
	objectiveInfo
	remainingRatio
	burnRate
	breachActive
	selfSeries
	selfStart
	selfOperations
	selfUndeclared
	selfLimit
	selfOverflow
	selfUnnamed
	selfUnjudged
	selfMisused
	selfPanics
	selfDropped
	selfTicks
	selfTickLag
	selfTickDuration
	selfBytes
	selfPoints
	numFamilies
)

// families says what each family is. No label has a name that target discovery
// attaches (service, endpoint, job, instance, namespace, pod, container, node):
// Prometheus would rename ours to exported_*, and rules over the name that is left
// would silently merge what belongs to different services. slo_service is on all.
var families = [numFamilies]struct {
	name    string
	help    string
	counter bool
	labels  []string
}{
	events: {
		"nines_events_total",
		"Events that an objective judged good or bad, since the process began. Read it per slo: an event counts once for each objective on its source.",
		true,
		[]string{"slo", "sli", "operation", "outcome"},
	},
	requests: {
		"nines_requests_total",
		"Finished requests by what happened to them, whatever objectives make of it; the sum is the exact number of requests, and of calls where the operation is a dependency.",
		true,
		[]string{"operation", "class"},
	},
	excludedEvents: {
		"nines_excluded_events_total",
		"Requests that count as neither good nor bad by default, by reason; they are in nines_requests_total too.",
		true,
		[]string{"operation", "reason"},
	},
	duration: {
		"nines_request_duration_seconds",
		"How long requests took that are good by default, and all others. Exact at every bound, which include the thresholds of objectives.",
		false,
		[]string{"operation", "class"},
	},
	inFlight: {
		"nines_requests_in_flight",
		"Requests that have arrived and not been answered yet.",
		false,
		[]string{"operation"},
	},
	saturation: {
		"nines_saturation_ratio",
		"How full the service says it is, as a share of what it can take: above 1 where more is asked than there is; absent if it does not say.",
		false,
		nil,
	},
	windowEvents: {
		"nines_window_events",
		"Good and bad events of the objective's own window; sums over replicas.",
		false,
		[]string{"slo", "outcome"},
	},
	windowCoverage: {
		"nines_window_coverage_ratio",
		"Share of the objective's window that the process was there to see.",
		false,
		[]string{"slo"},
	},
	objectiveRatio: {
		"nines_objective_ratio",
		"Share of valid events that must be good.",
		false,
		[]string{"slo"},
	},
	objectiveInfo: {
		"nines_objective_info",
		"What is known of the objective; always 1.",
		false,
		[]string{"slo", "sli", "threshold", "window", "owner", "region", "priority", "shadow"},
	},
	remainingRatio: {
		"nines_error_budget_remaining_ratio",
		"This process only; do not average. Unspent share of the error budget over the objective's window: 1 untouched, 0 spent, negative overspent; absent without valid events.",
		false,
		[]string{"slo"},
	},
	burnRate: {
		"nines_burn_rate_ratio",
		"This process only; do not average. Error ratio over 1 - objective: 1 spends the whole budget in one window; absent without valid events.",
		false,
		[]string{"slo", "window"},
	},
	breachActive: {
		"nines_breach_active",
		"1 while a breach is open that this rule opened, else 0; one incident is one breach, whatever rules join it.",
		false,
		[]string{"slo", "severity", "rule"},
	},
	selfSeries:       {"nines_self_series", "Series that this service has in this scrape.", false, nil},
	selfStart:        {"nines_self_start_time_seconds", "When the counters of this service were 0 in this process, in seconds since 1970.", false, nil},
	selfOperations:   {"nines_self_operations", "Operations and event streams that are recorded, the reserved ones included.", false, nil},
	selfUndeclared:   {"nines_self_undeclared_operations", "Operations and event streams that no objective names, the reserved ones included.", false, nil},
	selfLimit:        {"nines_self_undeclared_operations_limit", "How many undeclared operations have a name of their own, and how many event streams.", false, nil},
	selfOverflow:     {"nines_self_overflow_requests_total", "Requests of undeclared operations beyond the limit, counted under _OTHER.", true, nil},
	selfUnnamed:      {"nines_self_unnamed_total", "Requests that were served although nothing could name their operation.", true, nil},
	selfUnjudged:     {"nines_self_unjudged_events_total", "Events of streams that no objective judges: a misspelt name, or an objective that is missing.", true, nil},
	selfMisused:      {"nines_self_misused_calls_total", "Calls that recorded more good events than events, and were ignored.", true, nil},
	selfPanics:       {"nines_self_recovered_panics_total", "Panics that were recovered: in hooks, in callbacks, and in functions given to middleware.", true, nil},
	selfDropped:      {"nines_self_dropped_callbacks_total", "Deliveries of breaches that were dropped: a subscriber did not keep up.", true, nil},
	selfTicks:        {"nines_self_ticks_total", "Ticks of the engine so far.", true, nil},
	selfTickLag:      {"nines_self_tick_lag_seconds", "How late the last tick came.", false, nil},
	selfTickDuration: {"nines_self_tick_duration_seconds", "How long the last tick worked.", false, nil},
	selfBytes:        {"nines_self_memory_bytes", "Memory of counters and history, roughly.", false, nil},
	selfPoints:       {"nines_self_history_points", "Change points of history that are kept.", false, nil},
}

// descs are the descriptors of one service.
type descs [numFamilies]*prometheus.Desc

func newDescs(service string) *descs {
	var d descs
	for f, is := range families {
		d[f] = prometheus.NewDesc(is.name, is.help, is.labels, prometheus.Labels{"slo_service": service})
	}
	return &d
}

// in reports whether a collector has the family: some must be asked for.
func (f family) in(c *Collector) bool {
	switch f {
	case remainingRatio, burnRate:
		return c.ratios
	case breachActive, selfDropped:
		return len(c.watchers) > 0
	}
	return true
}
