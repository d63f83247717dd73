// Grpc is a shop that keeps its own error budgets over gRPC, under traffic, in a minute:
//
//	go run ./examples/grpc [-addr 127.0.0.1:0] [-for 60s] [-quiet]
//
// It serves two unary methods and a stream on loopback, calls a payment provider of its own,
// and is called over a real connection. After a while the provider goes down: checkouts
// fail, and say why. Later quotes take longer than their callers wait: the handler returns OK,
// too late, and each counts as the missed deadline that its caller saw. Streams that their
// clients close are good, health checks do not count, and methods that do not exist are one
// operation. The report ends with what was sent beside what was counted, call by call the
// same, those of the provider too.
//
// While it runs, calls of your own are welcome: they are counted too.
//
// Where to look: scenario.go declares what is promised and who is told, server.go wires it to
// grpc-go, provider.go does so for a client, and shop.go is the service. The rest is traffic
// and print.
//
// It exits with 0 after a normal end, an interrupt included; 1 if it cannot serve or
// fewer calls were counted than were made; 2 if a flag is wrong.
package main

import (
	"os"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
)

func main() {
	os.Exit(run(cli.UntilInterrupted(), os.Args[1:], os.Stdout, os.Stderr))
}
