// Deploygate asks a deploy gate whether a change may be deployed, for pipelines:
//
//	deploygate -url http://127.0.0.1:9090/gate -kind feature -id v2.5.0 && ./deploy v2.5.0
//
// The gate is one that package policy/gatehttp serves; the quickstart serves one. With -action it
// does more than ask: begin takes one of the deploys that the policy allows in a day, done and
// cancel say what became of it, and override begins what the gate would not let through, in the
// name of -by and because of -why. Those need the token of the gate, in DEPLOY_GATE_TOKEN: the
// arguments of a program are for everybody to see.
//
// It exits with
//
//	0  allow; of done and cancel, that it was recorded
//	1  deny
//	2  a person has to look
//	3  it could not tell: the gate was not reached, its answer cannot be believed, or a flag is wrong
//
// and prints why: -format text is a few lines, report a box for people, json the decision
// (policy.Decision) or, when it could not tell, {"error": "..."}.
package main

import (
	"os"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
)

func main() {
	os.Exit(run(cli.UntilInterrupted(), os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}
