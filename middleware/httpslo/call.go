package httpslo

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/contain"
	"github.com/seed-abb722f7/nines/slo"
)

// A call is one call of a dependency under way, in the context of its request: for transports
// further in. It belongs to RoundTrip until that returns, then to the body; whoever ends it
// first records it.
type call struct {
	context.Context // of the request, as it came
	transport       *transport
	op              *budget.Operation
	r               *http.Request
	attempts        *attempts     // of which this is one; nil if it stands for itself
	start           time.Duration // the tracker's clock

	// Set when the headers came.
	status  int
	latency time.Duration
	stream  bool
	open    bool // answered, and the body still to come

	cleanup runtime.Cleanup
	over    atomic.Bool
}

type callKey struct{}

// Value returns the call itself to transports that look for it.
func (c *call) Value(key any) any {
	if _, ok := key.(callKey); ok {
		return c
	}
	return c.Context.Value(key)
}

// isNested reports whether a transport further out records a call of that very dependency,
// which this is a part of.
func isNested(ctx context.Context, op *budget.Operation) bool {
	for {
		c, ok := ctx.Value(callKey{}).(*call)
		switch {
		case !ok:
			return false
		case c.op == op && !c.over.Load():
			return true
		}
		ctx = c.Context
	}
}

func (x *transport) begin(ctx context.Context, r *http.Request, op *budget.Operation) *call {
	c := &call{Context: ctx, transport: x, op: op, r: r, start: x.tracker.Now()}
	if one, ok := ctx.Value(oneCallKey{}).(*oneCall); ok {
		c.attempts = one.begin(c)
	}
	if c.attempts == nil {
		op.Start()
	}
	return c
}

// answered notes that the headers came, and makes the body tell when it is over.
func (c *call) answered(resp *http.Response) {
	c.status, c.latency = resp.StatusCode, c.elapsed()
	_, isConn := resp.Body.(io.Writer)
	if resp.Body == nil || resp.Body == http.NoBody || isConn || resp.StatusCode == http.StatusSwitchingProtocols {
		c.end(CallOutcome{})
		return
	}
	c.stream = isEventStream(resp.Header)
	if c.open = c.stream || !c.transport.body; c.open {
		c.op.StreamBegan()
	}
	if c.attempts == nil && slo.StatusClass(c.status) == slo.ServerError {
		c.blame() // now: who asked may answer before the body is closed
	}
	b := &callBody{under: resp.Body, call: c}
	c.cleanup = runtime.AddCleanup(b, (*call).leaked, c)
	resp.Body = b
	if w, ok := b.under.(io.WriterTo); ok {
		resp.Body = &callBodyWriterTo{callBody: b, under: w}
	}
}

func (c *call) elapsed() time.Duration { return c.transport.tracker.Now() - c.start }

// end records the call, once.
func (c *call) end(o CallOutcome) {
	if c.over.Swap(true) {
		return
	}
	c.cleanup.Stop()
	latency := c.latency
	if c.status == 0 || c.transport.body && !c.stream {
		latency = c.elapsed()
	}
	c.record(o, latency)
}

// leaked records a call whose body was dropped. How long it took to the end nobody knows.
func (c *call) leaked() {
	if !c.over.Swap(true) {
		c.record(CallOutcome{}, c.latency)
	}
}

func (c *call) record(o CallOutcome, latency time.Duration) {
	o.Dependency, o.Status, o.Stream, o.Latency = c.dependency(), c.status, c.stream, latency
	if o.Stream {
		o.Err = nil
	}
	o.attribute(c.Context, c.r)
	class := c.transport.class(c.r, &o)
	if c.open {
		c.op.StreamEnded()
	}
	if c.attempts != nil {
		c.attempts.end(c, class, &o)
		return
	}
	if o.failed() {
		c.blame()
	}
	c.finish(class, latency)
}

// finish counts the call, and keeps where it is found in a trace if it was bad or slow.
func (c *call) finish(class slo.Class, latency time.Duration) {
	if c.op.FinishEvent(nil, class, latency) {
		c.op.AddExemplar(traceOf(c.transport.tracker, c.transport.trace, c.r), nil, class, latency)
	}
}

// class asks the classifier.
func (x *transport) class(r *http.Request, o *CallOutcome) (class slo.Class) {
	if x.classify == nil || !contain.Call(x.tracker, func() { class = x.classify(r, *o) }) {
		class = o.class()
	}
	return class
}

// blame names the dependency as the cause of a bad event under way.
func (c *call) blame() {
	if c.transport.blame {
		slo.FromContext(c.Context).Blame(c.dependency())
	}
}

func (c *call) dependency() string { return strings.TrimPrefix(c.op.Name(), "dependency:") }
