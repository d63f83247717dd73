// Quickstart is a shop that keeps its own error budgets, under traffic, in a minute:
//
//	go run ./examples/quickstart [-addr 127.0.0.1:0] [-for 60s] [-quiet] [-state FILE]
//
// It serves five routes on loopback and sends itself requests over real connections.
// After a while the payment provider goes down and checkouts fail; later searches become
// slow. Watch the budgets burn, a page and a ticket start and resolve, and at the end what
// a deploy gate says to whom. The report ends with what was sent beside what was
// counted, request by request the same.
//
// While it runs, /metrics has everything for Prometheus, and requests of your own are
// welcome: they are counted too.
//
// Where to look: scenario.go declares what is promised and who is told, server.go wires
// it to net/http, shop.go is the service, gate.go asks before deploying, and state.go keeps
// the budgets over a restart. The rest is traffic and print.
//
// It exits with 0 after a normal end, an interrupt included; 1 if it cannot serve or keep
// its state, or fewer requests were counted than were sent; 2 if a flag is wrong.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
)

func main() {
	ctx := cli.UntilInterrupted()
	signal.Ignore(syscall.SIGPIPE) // who reads the output may go first; the state is kept all the same
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
