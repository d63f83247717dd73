// Package otlp tests that what leaves for OpenTelemetry arrives: through the exporter of its
// Go SDK, over OTLP and HTTP, in the receiver of its collector. It is a module of its own
// because it takes the collector's dependencies, which nobody who imports Nines should get.
package otlp
