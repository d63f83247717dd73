// Package fleet reads error budgets of all replicas of a service through the query API of
// Prometheus, or of anything that speaks it (Thanos, Mimir, VictoriaMetrics):
//
//	client, err := api.NewClient(api.Config{Address: "http://prometheus:9090"})
//	reader, err := fleet.NewReader(fleet.Config{Client: client, Service: "shop", Objectives: objectives})
//	gate := policy.NewGate(reader, policy.GateConfig{})
//
// A tracker sees the share of traffic that reaches its process. A [Reader] sees what
// Prometheus has scraped from all of them (see package exporter/promslo): the judged counters,
// nines_events_total, never gauges. It answers with the same budget.Status, so that a deploy
// gate takes it in place of a tracker, or takes the worse of both: [Worse].
//
// # What a reading is made of
//
// Counts are exact sums over samples, not the extrapolation of PromQL's increase(): what each
// series grew by, what it had counted before each restart, and all that a process had counted
// when it was scraped for the first time, if it began within the window. Restarts are found by
// nines_self_start_time_seconds too, which sees those that leave a counter as high as before.
// What no scrape saw is not in it: a process that ends should serve /metrics until it has been
// scraped after its last request, or what it did since its last scrape is lost.
//
// A window is read in tiles, at most 480, so an answer is small however long the window; tiles
// in which a process restarted are read sample by sample. A calendar window is read from the
// start of its period.
//
// # What is not known
//
// A reading that cannot be trusted says why, as an [Unknown], and in Status.Known and
// Status.Doubt: no answer, no series, samples that are old, replicas that cannot be scraped,
// an objective that the replicas know by another target. It never looks healthy, and a gate
// asks for a person.
//
// What only a process can know is not here: requests in flight, and so stalls, excluded events,
// cancelled requests, latencies. Objectives in slices of time are refused: slices of replicas
// do not sum up to those of the service.
//
// [Reader.Restore] gives a process that lost its disk a history to go on from.
package fleet
