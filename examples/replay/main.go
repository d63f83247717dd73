// Replay computes error budgets from an access log: what would an objective have said
// of traffic that was recorded long ago?
//
//	go run ./examples/replay [flags] [FILE|-]
//
// It reads the common and the combined log format, plain or compressed with gzip, with
// or without a request time at the end of each line, and feeds every request through
// the engine that runs live in a service, in virtual time: four days of traffic take a
// fraction of a second, idle months nothing. It then prints what is left of the error
// budget of the service and of each of its operations. Flags: replay -h.
//
// # What counts as what
//
//   - A status of 500 and above is bad, everything else is good, as slo.DefaultVerdicts
//     has it.
//   - 404 and 405 belong to the operation "unmatched" and are excluded. A log does not
//     tell a path that no route serves from a record that a handler did not find; inside
//     a service, package httpslo does, and counts the second as good.
//   - The paths that package httpslo takes for health checks (/healthz, /livez, /readyz,
//     /health, /ping, /metrics) are excluded, whatever the status, as is 499, with which
//     nginx logs a client that went away.
//   - A line whose request cannot be read, such as "-" or the greeting of a TLS client, is
//     a request all the same: it belongs to the operation "unnamed".
//   - A line that does not follow the format is malformed: an empty or truncated one, one
//     with a NUL byte, one beyond 1 MiB. It is counted, listed with its number, and no
//     reason to stop. So lines = good + bad + excluded + malformed, always.
//
// # What an operation is
//
// Inside a service an operation is named by its route pattern. A log has raw paths only,
// of which there is no end; three bounds apply (see operationName): segments that look
// like identifiers become {id}; files below a folder, and what lies deeper than -depth
// segments, become "/..."; and beyond -operations names, the tracker counts further ones
// in the operation _OTHER. Totals are exact whatever the names.
//
// # Time
//
// Apache stamps a request with the time at which it came and logs it when it is over, so
// its logs are out of order. Lines are sorted within a minute. A line that comes later
// than that cannot change what the engine has been told already: it is counted at the
// engine's present, and reported as late.
//
// # Windows
//
// Budgets are those at the log's end: of the last 28 days, or of what -window says. Of a
// calendar window the periods are reported, all that the log has. When a period's budget
// was spent is told as it would have been at the time, by a forecast from the period before;
// where there is none, which is so of the first, by hindsight. The chart is hindsight always:
// the share of the budget that the whole window, or period, turned out to have.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // calendar windows in any time zone, also where the host knows none
)

func main() {
	// An interrupt ends the process at once: there is nothing to save.
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
