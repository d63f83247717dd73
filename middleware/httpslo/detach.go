package httpslo

import (
	"net/http"
	"sync"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// Event returns the event of the request that w answers, with which its handler says what
// status codes cannot. It finds it below writers that have Unwrap, and costs a few
// nanoseconds. It is nil, on which every method does nothing, if nobody counts the request;
// of two trackers that count it, the event is the inner one's.
func Event(w http.ResponseWriter) *slo.Event {
	if x := find(w, nil); x != nil {
		return &x.event
	}
	return nil
}

// Established says that the response is a stream from now on, such as a watch or a long
// download: its latency ends here, it may stay open without its operation counting as
// stalled, and a client that leaves it has been served. Event-stream responses and hijacked
// connections need no telling. It does nothing if nobody counts the request, or the second
// time.
func Established(w http.ResponseWriter) {
	if x := find(w, nil); x != nil {
		x.establish()
	}
}

// Detach says that the request will not be over when its handler returns, because the
// handler has given the connection to another goroutine: mostly after a hijack. It is
// recorded when [Detached.Done] is called. Like [Established], it ends the latency, if a
// hijack has not already. It must be called before the handler returns. It returns nil, on
// which Done does nothing, if nobody counts the request or the handler has returned; the
// same *Detached when called again.
func Detach(w http.ResponseWriter) *Detached {
	x := find(w, nil)
	if x == nil || x.flags&finished != 0 {
		return nil
	}
	if x.detached == nil {
		x.establish()
		x.detached = &Detached{
			event: &x.event, latency: x.clock, op: x.op, named: x.flags&bound != 0, trace: traceOf(x.layer.tracker, x.layer.trace, x.r),
			class: slo.StatusClass(max(int(x.status), http.StatusOK)), // nothing sent yet is a 200 to come, or a hijack
		}
	}
	return x.detached
}

// A Detached is a request that lives on after its handler, until Done. It is made by
// [Detach] and safe for concurrent use. One that is never done stays in flight for ever.
type Detached struct {
	event   *slo.Event
	latency time.Duration
	trace   budget.TraceContext

	mu       sync.Mutex
	op       *budget.Operation
	class    slo.Class // what Unset means: the class of what was sent
	verdict  slo.Verdict
	named    bool // op is the request's: only the handler's return can tell, without Route
	done     bool
	recorded bool
}

// Done ends the request: slo.Good counts as served, slo.Bad as failed, slo.Excluded as
// exempt, and slo.Unset as the status that was sent, if any. What was said with Event holds
// beside it, the graver of the two. Only the first call counts, and none does after the
// handler panicked, which is recorded at once. A request whose name only its handler's
// return can tell (one under [Handler] and not [Route]) is recorded no sooner than that.
func (d *Detached) Done(v slo.Verdict) {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.done {
		return
	}
	d.done, d.verdict = true, v
	if d.named {
		d.record()
	}
}

// Event returns the event, for code that has no ResponseWriter any more; nil on nil.
func (d *Detached) Event() *slo.Event {
	if d == nil {
		return nil
	}
	return d.event
}

// handlerDone takes what the handler's return tells: the operation, and the class if it
// panicked.
func (d *Detached) handlerDone(op *budget.Operation, class slo.Class, panicked bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.recorded {
		return
	}
	d.op, d.named = op, true
	if panicked {
		d.done, d.verdict, d.class = true, slo.Unset, class
	}
	if d.done {
		d.record()
	}
}

// record counts the request, once. The caller holds the lock.
func (d *Detached) record() {
	d.recorded = true
	class := d.class
	switch d.verdict {
	case slo.Good:
		class = slo.Success
	case slo.Bad:
		class = slo.Failed
	case slo.Excluded:
		class = slo.Exempt
	}
	d.op.StreamEnded()
	if d.op.FinishEvent(d.event, class, d.latency) {
		d.op.AddExemplar(d.trace, d.event, class, d.latency)
	}
}
