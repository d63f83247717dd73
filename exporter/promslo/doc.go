// Package promslo hands everything that trackers know to Prometheus: judged events,
// requests, latencies, windows and objectives.
//
//	prometheus.MustRegister(promslo.NewCollector(tracker))
//
// The judged counters are the contract: nines_events_total, by objective and
// outcome, is what rules sum over replicas. All counters start at 0 when the tracker
// is made, whatever history was restored into it, never decrease, exist from the
// start for every declared series, and carry that moment as created timestamp.
//
//	nines_events_total{slo,sli,operation,outcome}   counter    judged events; read per slo
//	nines_requests_total{operation,class}           counter    the sum is the number of requests and calls
//	nines_excluded_events_total{operation,reason}   counter    neither good nor bad
//	nines_request_duration_seconds{operation,class} histogram  declared operations; class is good or other
//	nines_requests_in_flight{operation}             gauge
//	nines_saturation_ratio                          gauge, of budget.Config.Saturation
//	nines_window_events{slo,outcome}                gauge      over the objective's own window
//	nines_window_coverage_ratio{slo}                gauge      observed share of that window
//	nines_objective_ratio{slo}                      gauge      the target
//	nines_objective_info{slo,sli,threshold,...}     gauge      always 1
//	nines_breach_active{slo,severity,rule}          gauge      see WithWatcher
//	nines_error_budget_remaining_ratio{slo}         gauge      see WithLocalRatios
//	nines_burn_rate_ratio{slo,window}               gauge      see WithLocalRatios
//	nines_self_...                                             the tracker itself
//
// What the service calls, as a dependency, has "dependency:" in front of its operation, as
// in nines_requests_total{operation="dependency:payments"}: the sum over all others is the
// number of requests that the service served.
//
// When objectives change (see budget.Tracker.Update) their series come and go with them. One
// that stays goes on, also if its objective has another threshold or classification; one
// that comes begins at 0 with that moment as created timestamp.
//
// Every series has the label slo_service. No label has a name that target discovery
// attaches, which Prometheus would rename. Bytes of a name that are not UTF-8 are
// escaped as \xNN, so that any name gives a valid scrape.
//
// A histogram is a classic and a native one: a server that scrapes protobuf and takes native
// histograms (as of Prometheus 3.8 with scrape_native_histograms: true in its configuration,
// before with --enable-feature=native-histograms) has the native ones, of schema 3 from
// 122 microseconds to 128 seconds, everybody else the classic ones. Both count the same requests. A classic one is exact at
// each of its bounds: twelve fixed ones and the thresholds of all latency objectives of the
// tracker, 24 at most. Thresholds are no bounds of a native one. An objective that is
// judged in Prometheus is best read from nines_events_total.
//
// Counters of requests and histograms have exemplars, with the labels trace_id and span_id:
// the newest request of the class, and of the bucket, that was bad or slow and whose trace was
// sampled (see budget.Exemplar). Only OpenMetrics and protobuf can carry them: set
// EnableOpenMetrics in promhttp.HandlerOpts, and a server keeps them if told to.
//
// What is unknown is absent, never NaN: windows of a closed tracker, ratios without a
// valid event.
package promslo
