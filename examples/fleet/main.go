// Fleet is a shop of three replicas, a Prometheus that scrapes them, and one deploy gate that
// answers for all of them:
//
//	go run ./examples/fleet [-for 20s]
//
// One replica has a fault, and its own budget is overspent; the others have lost nothing. Each
// by itself would give another answer to whether the shop can afford a deploy. In the middle of
// the run the third replica is drained and replaced by one with an empty disk, which asks the
// fleet for its history. At the end the reading of the fleet is beside what was sent.
//
// Where to look: gate.go reads the fleet and asks the gates, replica.go is the service with its
// restart. prometheus.go starts the real server, which has to be installed: where it is not, the
// program says how. The data is in a folder that it removes.
//
// It exits with 0 after a normal end; 1 if Prometheus is missing or cannot be started, or the
// fleet's counts are not what was sent; 2 if a flag is wrong.
package main

import (
	"os"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
)

func main() {
	os.Exit(run(cli.UntilInterrupted(), os.Args[1:], os.Stdout, os.Stderr))
}
