package httpslo

import (
	"context"
	"net/http"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/contain"
	"github.com/seed-abb722f7/nines/slo"
)

// Handler returns h with every request recorded in t, each under the pattern of the route
// that served it; the package documentation tells how that is found. While a request runs
// it is in flight on the operation that it can be expected to belong to, going by the
// declared patterns and those of earlier requests.
//
// It returns h itself if t is nil. A nil h is http.DefaultServeMux, as it is for
// http.Server. The result is safe for concurrent use. It costs one allocation a request;
// the first request of an undeclared operation takes a lock.
func Handler(t *budget.Tracker, h http.Handler, options ...Option) http.Handler {
	if t == nil {
		return h
	}
	if h == nil {
		h = http.DefaultServeMux
	}
	l := &layer{config: newConfig(options), tracker: t, next: h, guesses: newGuesses(t), unknown: t.Unnamed()}
	mux, ok := h.(*http.ServeMux)
	if ok && l.mux == nil && !muxSetsPattern() {
		l.mux = mux
	}
	if ok || l.mux != nil {
		l.unknown = t.Unmatched()
	}
	t.Attach(budget.Hook{Explain: l.explain})
	return l
}

// A layer is one middleware: of Handler without a bound operation, of Route with one.
type layer struct {
	config
	tracker *budget.Tracker
	next    http.Handler
	bound   *budget.Operation
	behind  *layer // in a copy made for one request: the layer outside that has a say too

	// Of Handler only.
	guesses *guesses
	unknown *budget.Operation // where requests are in flight of which nothing can be guessed
}

// ServeHTTP serves the request and records it, unless a layer outside does.
func (l *layer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if w == nil || r == nil {
		l.next.ServeHTTP(w, r) // a caller's mistake, and not ours to change
		return
	}
	able := abilitiesOf(w)
	if able&canUnwrap != 0 {
		if x := find(w, l.tracker); x != nil {
			l.inside(x, w, r)
			return
		}
	}
	x := &response{under: w, r: r, layer: l, op: l.bound, clock: l.tracker.Now()}
	if r.URL != nil && l.health.has(r.URL.Path) {
		x.flags |= healthPath
	}
	if r.Method == http.MethodHead {
		x.flags |= headMethod
	}
	var a *arrival
	if x.op != nil {
		x.flags |= bound
	} else {
		x.op, a = l.guess(r), noteArrival(l.mux, r)
	}
	x.op.Start()

	ctx := r.Context()
	if l.marking {
		x.r = r.WithContext(slo.NewContext(ctx, &x.event))
	}
	returned := false
	defer l.finish(ctx, x, r, a, &returned)
	l.next.ServeHTTP(shapeOf(x, able), x.r)
	returned = true
}

// finish records the request when its handler has returned, or is being left by a panic.
func (l *layer) finish(ctx context.Context, x *response, r *http.Request, a *arrival, returned *bool) {
	now := l.tracker.Now()
	x.flags |= finished
	if x.r != r {
		r.Pattern = x.r.Pattern // for layers outside, as if the request had not been replaced
	}
	if *returned && l.isOrdinary(x) && ctx.Err() == nil {
		if class := slo.StatusClass(x.finalStatus()); x.op.FinishEvent(&x.event, class, now-x.clock) {
			l.exemplify(x, x.op, class, now-x.clock)
		}
		return
	}
	o := Outcome{Latency: x.latency(now)}
	x.outcome(ctx, &o, l, *returned)

	// A panic passes by untouched. It is recovered only where its value decides, since an
	// abort is no failure after the client had gone, and raised again: from here, it still
	// has the handler on its stack. No value means runtime.Goexit, which goes on.
	var value any
	if o.Panicked && (o.ClientGone || o.Stream && o.Drained) {
		value = recover()
		o.Panicked = value != any(http.ErrAbortHandler)
	}

	l.conclude(x, a, &o)
	if value != nil {
		panic(value) //nolint:forbidigo // the handler's own, as it was
	}
}

// conclude names, judges and records the request. It records whatever the user's functions
// do: one that ends the goroutine leaves what was known before it was called.
func (l *layer) conclude(x *response, a *arrival, o *Outcome) {
	op := x.op
	if x.flags&bound == 0 {
		op = l.tracker.Unnamed()
	}
	o.Operation = op.Name()
	class := o.class()
	defer func() { l.record(x, op, class, o) }()
	if x.flags&bound == 0 {
		o.Operation = ""
		if named := l.name(x.r, x.op, a, o); named != nil {
			op = named
		}
		class = o.class()
	}
	class = l.class(x, o)
	if o.Operation == "" && (class == slo.Unmatched || class == slo.Health) {
		op = l.tracker.Unmatched()
	}
}

// record counts the request, or leaves that to whoever it was handed to.
func (l *layer) record(x *response, op *budget.Operation, class slo.Class, o *Outcome) {
	x.move(op)
	if x.detached != nil {
		x.detached.handlerDone(op, class, o.Panicked)
		return
	}
	if o.Stream {
		op.StreamEnded()
	}
	if op.FinishEvent(&x.event, class, o.Latency) {
		l.exemplify(x, op, class, o.Latency)
	}
}

// isOrdinary reports whether the request is one of almost all: where it was in flight is its
// name, and if it has been answered, its status is all that matters. The long way round
// comes to the same, and takes a fifth of the whole longer.
func (l *layer) isOrdinary(x *response) bool {
	return x.flags&(established|writeTimedOut|healthPath|layered) == 0 && l.classify == nil &&
		(x.flags&bound != 0 || l.namer == nil && x.r.Pattern == x.op.Name())
}

// latency returns how long the request took until now, or until it was established.
func (x *response) latency(now time.Duration) time.Duration {
	if x.flags&established != 0 {
		return x.clock
	}
	return now - x.clock
}

// class asks the classifier of the innermost layer that has one.
func (l *layer) class(x *response, o *Outcome) slo.Class {
	for in := x.layer; in != nil; in = in.behind {
		if in.classify != nil {
			return l.ask(in.classify, x.r, *o)
		}
	}
	if l.classify != nil {
		return l.ask(l.classify, x.r, *o)
	}
	return o.class()
}

// drains reports whether any layer knows that the server drains.
func (l *layer) drains(x *response) bool {
	for in := x.layer; in != nil; in = in.behind {
		if in.draining.Begun() {
			return true
		}
	}
	return l.draining.Begun()
}

func (l *layer) ask(classify func(*http.Request, Outcome) slo.Class, r *http.Request, o Outcome) (class slo.Class) {
	if !contain.Call(l.tracker, func() { class = classify(r, o) }) {
		class = o.class()
	}
	return class
}

// inside serves a request that a layer outside records. This one may name it, add marking
// and judge it.
func (l *layer) inside(x *response, w http.ResponseWriter, r *http.Request) {
	if l.classify != nil || l.draining != nil {
		in := l
		if x.flags&layered != 0 { // rare enough to allocate: a third layer with a say
			in = new(layer)
			*in = *l
			in.behind = x.layer
		}
		x.layer = in
		x.flags |= layered
	}
	inner := r
	if l.marking {
		inner = r.WithContext(slo.NewContext(r.Context(), &x.event))
		defer func() { r.Pattern = inner.Pattern }()
	}
	if l.bound != nil {
		x.bind(l.bound)
	} else {
		defer l.offer(x, inner, noteArrival(l.mux, r))
	}
	l.next.ServeHTTP(w, inner)
}

// offer names the request after its handler, if nothing has: not further inside, and not
// outside, where a Route knows better than whatever is found here.
func (l *layer) offer(x *response, r *http.Request, a *arrival) {
	if x.flags&bound != 0 {
		return
	}
	if op := l.name(r, x.op, a, &Outcome{Status: int(x.status)}); op != nil {
		x.bind(op)
	}
}

// bind gives the request its name, unless it is over: a handler may have kept its writer. One
// that was detached under a name keeps it, as it may have been recorded already.
func (x *response) bind(op *budget.Operation) {
	if x.flags&finished == 0 && (x.detached == nil || !x.detached.named) {
		x.move(op)
		x.flags |= bound
	}
}
