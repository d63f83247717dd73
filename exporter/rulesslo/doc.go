// Package rulesslo hands objectives to Prometheus as the rules that judge a whole fleet:
// recording rules, alerts, unit tests for both, and a Grafana dashboard, all from the same
// values that the service itself is built with.
//
//	rules, err := rulesslo.New(rulesslo.Config{Service: "shop", Objectives: objectives})
//	...
//	os.WriteFile("shop.rules.yml", rules.YAML(), 0o644)
//
// Rules read nines_events_total, which package promslo exports, summed over all replicas
// by slo and slo_service: what a tracker can say of one process only, they say of the
// service. Paging of more than one replica belongs here.
//
// # Recording rules
//
// Names and labels are Sloth's, so that its dashboards work: sloth_id is
// nines-<service>-<objective>, beside sloth_service and sloth_slo.
//
//	slo:sli_error:ratio_rate<window>      bad / valid, for 5m 30m 1h 2h 6h 1d 3d, the windows of rules, and the objective's own
//	slo:objective:ratio                   the target
//	slo:error_budget:ratio                1 - target
//	slo:time_period:days                  the objective's window
//	slo:current_burn_rate:ratio           of the shortest window
//	slo:period_burn_rate:ratio            of the objective's window: the share of the budget that is spent
//	slo:period_error_budget_remaining:ratio
//	sloth_slo_info
//
// The ratio of the objective's own window is one of sums, where Sloth by default has the
// mean of ratios, in which a failed request at night weighs more than one at noon. Where
// there is no valid event, a ratio is absent, never NaN. Others are this package's own:
//
//	slo:sli_coverage:ratio<window>        share of a rule's window in which there were samples
//	slo:sli_bad_events:increase<window>   bad events of a rule's window
//	slo:sli_events:increase<window>       valid events, for rules that ask whether there were any
//	slo:period_events:increase            valid events of the objective's window
//
// # Alerts
//
//	ErrorBudgetBurn   burn-rate rules, one page and one ticket for each objective; and each rule on a policy.Depletion
//	ErrorBudgetLow    each rule on a policy.Level; without any, tickets at 10 % left and at none
//	SLONoData         each rule on a policy.NoData
//	SLOMetricAbsent   nobody exports the service (a page) or one of its objectives (a ticket)
//
// Rules say what they say in package policy: they compare burn rate x coverage, or of a
// policy.Depletion bad events with those that the whole budget allows, and ask for a minimum of
// bad events. All alerts carry the labels severity (page or ticket), rule, slo
// (the objective's name as declared), and owner, region and priority where there are any. A
// page does not silence the ticket of the same incident: inhibit that in Alertmanager, by
// sloth_id. An objective with Shadow has recording rules only.
//
// An objective on slo.Each is one set of rules for all its operations, whichever turn up:
// sloth_slo is then objective/operation.
//
// A calendar window is taken as rolling over its nominal length. Time slices are those that
// each process has cut, added up: slices of the whole service would be others.
//
// Any text in names and labels is safe: it cannot become PromQL, YAML or a template.
//
// Rules need Prometheus 2.42 or later (keep_firing_for), and data that is kept for as long
// as the longest window.
package rulesslo
