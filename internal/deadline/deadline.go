// Package deadline tells a call that was cut off by a deadline from one that was cancelled.
package deadline

import (
	"context"
	"time"
)

// Slack is how long before the clock of this process says so the other side of a connection
// may find its deadline passed, besides 1 % of the timeout: a timeout travels as a duration,
// so this side's deadline is later by the time that the request took to be read, and sooner
// or later by how promptly either side runs its timers.
const Slack = 5 * time.Millisecond

// Reached reports whether the deadline of a context that was cancelled is, as far as one can
// tell here, why. elapsed is the time since the call began. It is false without a deadline,
// and reads the clock once.
func Reached(ctx context.Context, elapsed time.Duration) bool {
	at, ok := ctx.Deadline()
	if !ok {
		return false
	}
	left := time.Until(at)
	timeout := left + elapsed // the deadline less the start, without a clock of its own
	return left <= timeout/100+Slack
}
