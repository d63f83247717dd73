package budget

import (
	"slices"
	"sync"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// keptExemplars is how many of each kind an operation keeps: bad ones, and slow ones.
const keptExemplars = 8

// An Exemplar is one event that was bad or slow, and where to find it in a distributed
// trace. It is a plain value.
type Exemplar struct {
	At        time.Time // when it ended
	Operation string
	TraceID   string // 32 hexadecimal digits
	SpanID    string // 16 hexadecimal digits: the span under way, or what the request said was its parent
	Sampled   bool   // the trace was recorded, as far as its callers know
	Class     slo.Class
	Latency   time.Duration
}

// AddExemplar keeps an event for which [Operation.FinishEvent] returned true, given the
// same arguments, and where it is found in a trace. An operation keeps the last eight bad
// and the last eight slow ones. A trace context that is not valid is left out, and so is an
// event that ends while another is being kept: nothing waits here. The first allocates.
func (o *Operation) AddExemplar(trace TraceContext, e *slo.Event, class slo.Class, latency time.Duration) {
	if o == nil || o.closed.Load() || !trace.IsValid() {
		return
	}
	class = known(e.Class(class))
	x := exemplar{trace: trace, at: o.now(), latency: max(latency-e.Subtracted(), 0), class: class}
	kept := o.exemplars.Load()
	if kept == nil {
		o.exemplars.CompareAndSwap(nil, new(exemplars))
		kept = o.exemplars.Load()
	}
	kept.add(x, !o.notable.Load().bad.has(class))
}

// known returns the class, or Failed if it is outside the set.
func known(c slo.Class) slo.Class {
	if c >= slo.NumClasses {
		return slo.Failed
	}
	return c
}

// Exemplars returns recent bad events, as the objective judges them, that middleware found
// in a trace: the newest first, at most 16. It is nil when there is none, the objective is
// unknown or the tracker closed.
func (b Budget) Exemplars() (list []Exemplar) {
	b.read(func(e *engine, j *judged, _ time.Duration) {
		judge := j.events()
		for _, o := range e.sources(j) {
			for _, x := range o.recent() {
				if judge.spends(x.class, x.latency) {
					list = append(list, e.showExemplar(o, &x, b.t.Now()))
				}
			}
		}
	})
	newestFirst(list)
	return slices.Clip(list[:min(len(list), 2*keptExemplars)])
}

func newestFirst(list []Exemplar) {
	slices.SortStableFunc(list, func(a, b Exemplar) int { return b.At.Compare(a.At) })
}

// spends reports whether an event is bad.
func (j *judged) spends(class slo.Class, latency time.Duration) bool {
	threshold, timed := j.SLI.Threshold()
	after, gone := j.SLI.CancelledAfter()
	return j.bad.has(class) ||
		timed && j.good.has(class) && latency > threshold ||
		gone && class == slo.Cancelled && latency > after
}

// An exemplar is one as it is kept.
type exemplar struct {
	trace   TraceContext
	at      time.Duration // monotonic
	latency time.Duration
	class   slo.Class
}

// exemplars are the recent ones of an operation, in two rings: slow events may be many, and
// must not push out the bad.
type exemplars struct {
	mu    sync.Mutex
	rings [2][keptExemplars]exemplar
	n     [2]uint64 // ever kept
}

// exemplarsBytes is what they take; a test compares it.
const exemplarsBytes = 920

func (x *exemplars) add(one exemplar, slow bool) {
	if !x.mu.TryLock() {
		return
	}
	defer x.mu.Unlock()
	ring := 0
	if slow {
		ring = 1
	}
	x.rings[ring][x.n[ring]%keptExemplars] = one
	x.n[ring]++
}

// recent returns the exemplars of an operation, in no order.
func (o *Operation) recent() (list []exemplar) {
	x := o.exemplars.Load()
	if x == nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for ring, n := range x.n {
		list = append(list, x.rings[ring][:min(n, keptExemplars)]...)
	}
	return list
}

// latest returns the last bad event of an operation, as an objective judges it, that ended
// after a moment.
func (o *Operation) latest(j *judged, after time.Duration) (last exemplar, ok bool) {
	x := o.exemplars.Load()
	if x == nil {
		return exemplar{}, false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for ring, n := range x.n {
		for i := range x.rings[ring][:min(n, keptExemplars)] {
			if one := &x.rings[ring][i]; one.at > after && j.spends(one.class, one.latency) {
				last, after, ok = *one, one.at, true
			}
		}
	}
	return last, ok
}

// showExemplar returns an exemplar as its readers see it.
func (e *engine) showExemplar(o *Operation, x *exemplar, mono time.Duration) Exemplar {
	return Exemplar{
		At: e.clock.Wall(e.engineAt(x.at, mono)), Operation: o.name, TraceID: x.trace.traceID(), SpanID: x.trace.spanID(),
		Sampled: x.trace.Sampled, Class: x.class, Latency: x.latency,
	}
}

// engineAt returns the engine time of a monotonic reading of the past.
func (e *engine) engineAt(past, mono time.Duration) time.Duration {
	at := e.clock.Engine(mono) - (mono - past)
	for _, g := range slices.Backward(e.gaps) {
		if at < g.to {
			at -= g.to - g.from
		}
	}
	return at
}

// A notability says which events of an operation are worth an exemplar. It never changes.
type notability struct {
	bad  classSet // whatever their latency
	late classSet // if they took longer than slow
	slow time.Duration
}

// unjudged is the notability of an operation that no objective judges.
var unjudged = func() *notability {
	n := new(notability)
	for c, v := range slo.DefaultVerdicts() {
		if v == slo.Bad {
			n.bad |= 1 << c
		}
	}
	return n
}()

// and returns the notability with that of one objective more.
func (n *notability) and(j *judged) *notability {
	m := *n
	m.bad |= j.bad
	after := func(d time.Duration, late classSet) {
		if m.late == 0 || d < m.slow {
			m.slow = d
		}
		m.late |= late
	}
	if d, ok := j.SLI.Threshold(); ok {
		after(d, j.good)
	}
	if d, ok := j.SLI.CancelledAfter(); ok {
		after(d, 1<<slo.Cancelled)
	}
	return &m
}

// has reports whether an event is worth an exemplar.
func (n *notability) has(class slo.Class, latency time.Duration) bool {
	return n.bad.has(class) || n.late.has(class) && latency > n.slow
}

// unheed makes nothing worth an exemplar but what is without objectives.
func (r *registry) unheed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notable = unjudged
	for _, o := range r.ordered {
		o.notable.Store(unjudged)
	}
}

// heed makes the events that an objective calls bad worth an exemplar.
func (e *engine) heed(j *judged) {
	if o := j.scope.op; o != nil {
		o.notable.Store(o.notable.Load().and(j))
		return
	}
	r := e.requests
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notable = r.notable.and(j)
	for _, o := range r.ordered {
		o.notable.Store(o.notable.Load().and(j))
	}
}
