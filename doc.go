// Package nines keeps error budgets inside a Go process. It holds no code itself; its
// packages, in reading order:
//
//   - slo: what is promised. Objectives, sources, SLIs, targets, windows, classes, verdicts;
//     pure values.
//   - budget: what is left. The tracker counts events, keeps windows and answers for every
//     error budget; budget/budgettest is for your own tests.
//   - budget/fleet: the same readings for all replicas, through the query API of Prometheus.
//   - policy: what follows. Rules, breaches, error budget policies, the deploy gate;
//     policy/policyfile reads policies from YAML, policy/gatehttp serves the gate.
//   - middleware/httpslo: every request of a net/http server becomes one event, and every
//     call of a client.
//   - exporter/promslo: the same numbers for Prometheus.
//   - exporter/otelslo: the same numbers for OpenTelemetry.
//   - exporter/rulesslo: the rules that judge and alert on them for all replicas.
//   - exporter/alertslo: breaches for Alertmanager, a webhook, the log.
//
// Arrows point one way: slo <- budget <- policy <- exporter; middleware needs slo and
// budget. The programs in examples show all of it at work.
package nines
