// Package otelslo hands a tracker's counters to OpenTelemetry: as a Producer that any
// metric reader takes along, so that they leave by whatever exporter the service has.
//
//	reader := metric.NewPeriodicReader(exporter, metric.WithProducer(otelslo.NewProducer(tracker)))
//	provider := metric.NewMeterProvider(metric.WithReader(reader), metric.WithResource(res))
//
// It is a producer and not a set of instruments, because the tracker has counted already:
// nothing is recorded twice, and what leaves is what budgets were judged by. Sums are
// cumulative and begin with the tracker, whatever history was restored; latencies are
// exponential histograms whose counts are exact. No metric has a name that semantic
// conventions own: http.server.request.duration stays with instrumentation that measures
// what conventions say.
//
//	nines.events                 {event}    objectives' good and bad events: slo, sli, outcome
//	nines.requests               {request}  finished requests by class
//	nines.excluded_events        {request}  requests that do not count by default, by reason
//	nines.request.duration       s          declared operations only: class good or other
//	nines.requests.in_flight     {request}
//	nines.saturation             1          of budget.Config.Saturation
//	nines.window.events          {event}    of the objective's own window: slo, outcome
//	nines.window.coverage        1
//	nines.objective              1          share of valid events that must be good
//	nines.self.*                            what a tracker knows of itself
//
// The attributes slo_service, slo, sli, outcome, operation, class and reason are the labels
// of package promslo, so that a server which receives OTLP and one which scrapes have the
// same series, and the rules of package rulesslo work on both. Besides, operations have
// http.request.method and http.route, or rpc.method, by semantic conventions. The service's
// own name is the resource's: set service.name there.
//
// Exporters of the Go SDK before version 1.47 leave out the threshold of a histogram's zero
// bucket, 122 microseconds; nothing else is lost with them.
//
// It speaks of this process alone, as every exporter of Nines; the ratios are not exported
// at all.
package otelslo
