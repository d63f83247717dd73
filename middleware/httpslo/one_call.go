package httpslo

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// OneCall returns a context whose requests, made through [Transport], are attempts of one
// call: for code that repeats what failed, or asks twice and takes the first answer. Each
// dependency that they reach counts one call, when done has been called and the last response
// closed: with the class of the attempt that succeeded (slo.Success) first, or else of the one
// that ended last, and the latency from the beginning of the first attempt to the end of that
// one.
//
//	ctx, done := httpslo.OneCall(ctx)
//	defer done()
//
// done must be called, and may be more than once; until then the call is in flight. Requests
// that are made with the context afterwards count each for itself.
func OneCall(ctx context.Context) (_ context.Context, done func()) {
	one := &oneCall{}
	return context.WithValue(ctx, oneCallKey{}, one), one.end
}

type oneCallKey struct{}

// A oneCall holds the attempts by dependency: mostly one, more if they are redirected.
type oneCall struct {
	mu   sync.Mutex
	list []*attempts
	done bool
}

// attempts are those of one dependency. They belong to their oneCall, under its lock.
type attempts struct {
	one     *oneCall
	op      *budget.Operation
	start   time.Duration
	open    int
	decided *call // the attempt whose outcome counts; nil before the first has ended
	class   slo.Class
	latency time.Duration
	failed  bool
}

// begin adds an attempt; nil if the call is over.
func (one *oneCall) begin(c *call) *attempts {
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.done {
		return nil
	}
	i := slices.IndexFunc(one.list, func(a *attempts) bool { return a.op == c.op })
	if i < 0 {
		i = len(one.list)
		one.list = append(one.list, &attempts{one: one, op: c.op, start: c.start})
		c.op.Start()
	}
	one.list[i].open++
	return one.list[i]
}

// end takes the outcome of an attempt.
func (a *attempts) end(c *call, class slo.Class, o *CallOutcome) {
	a.one.mu.Lock()
	defer a.one.mu.Unlock()
	a.open--
	if a.decided == nil || a.class != slo.Success {
		a.decided, a.class, a.failed = c, class, o.failed()
		a.latency = c.start - a.start + o.Latency
	}
	a.record()
}

// end is done.
func (one *oneCall) end() {
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.done {
		return
	}
	one.done = true
	for _, a := range one.list {
		a.record()
	}
}

// record counts the call once it is over. The caller holds the lock.
func (a *attempts) record() {
	if !a.one.done || a.open > 0 {
		return
	}
	if a.failed {
		a.decided.blame()
	}
	a.decided.finish(a.class, a.latency)
}
