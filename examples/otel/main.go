// Otel is a shop whose SLIs and error budgets leave for OpenTelemetry, through a real
// Collector that it starts:
//
//	go run ./examples/otel [-addr 127.0.0.1:0] [-for 60s] [-quiet] [-collector PROGRAM]
//
// It serves two routes on loopback and sends itself requests over real connections; in the
// middle checkouts fail for a while. Everything the tracker counts goes over OTLP to the
// collector once a second, by the periodic reader and the exporter that any service has, and
// the collector hands it on. What arrives is beside what the process itself says, and at the
// end, when nobody sends any more, both are the same, as is what was sent.
//
// Where to look: export.go is all that a service adds, shop.go is the service. collector.go
// and prometheus.go start the real program, which has to be installed: otelcol,
// otelcol-contrib, or a Prometheus that takes OTLP. Where there is none, the program says how
// to get one with Go alone. arrived.go and destination.go read what came out at its other end.
//
// It exits with 0 after a normal end, or an interrupt, which ends it without a report; 1 if
// there is no collector or it cannot be started, or what arrived is not what was sent; 2 if a
// flag is wrong.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
)

func main() {
	ctx := cli.UntilInterrupted()
	signal.Ignore(syscall.SIGPIPE) // who reads the output may go first; the collector is ended all the same
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
