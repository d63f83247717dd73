package slo

import (
	"context"
	"sync/atomic"
	"time"
)

// An Event is the request under way, as its handler sees it. With it a handler
// says what status codes cannot: that a response is bad, degraded, not to be
// counted, or slow through no fault of its own. Middleware makes it; a handler
// finds it with [FromContext], or with httpslo.Event(w).
//
// The zero Event is ready to use and says nothing. All methods may be called from
// several goroutines, and on a nil *Event, where they do nothing. What is said
// after the event was recorded is lost. Of several marks the gravest holds: Bad
// before Exclude before Degraded.
type Event struct {
	mark       atomic.Uint32
	subtracted atomic.Int64
	cause      atomic.Pointer[string]
}

const (
	markDegraded = iota + 1
	markExcluded
	markBad
)

// Bad counts the event as failed, whatever status it ends with. The cause, such as
// "payments", says who is to blame, from a small set: beyond 32 causes an
// operation counts the rest together. An empty cause is none.
func (e *Event) Bad(cause string) { e.set(markBad, cause) }

// Exclude leaves the event out of every objective, under the reason "handler". The
// text is counted as a cause is.
func (e *Event) Exclude(reason string) { e.set(markExcluded, reason) }

// Degraded says that the response lacks features: good for availability, bad for
// [Fidelity].
func (e *Event) Degraded() { e.set(markDegraded, "") }

// Subtract takes d, time that is not the handler's own, off the latency. Several
// calls add up; what goes below zero counts as zero, and a d below zero is ignored.
func (e *Event) Subtract(d time.Duration) {
	if e != nil && d > 0 {
		e.subtracted.Add(int64(d))
	}
}

func (e *Event) set(mark uint32, cause string) {
	if e == nil {
		return
	}
	for {
		old := e.mark.Load()
		if old > mark {
			return
		}
		if e.mark.CompareAndSwap(old, mark) {
			break
		}
	}
	if cause != "" {
		e.cause.Store(&cause)
	}
}

// Class returns the class that the marks give an event that would otherwise be of
// class c. It is c when nothing was said. Degraded changes only an event that was
// served: a failure is not made good by it.
func (e *Event) Class(c Class) Class {
	if e == nil {
		return c
	}
	switch e.mark.Load() {
	case markBad:
		return Failed
	case markExcluded:
		return Exempt
	case markDegraded:
		if defaultVerdicts[c] == Good {
			return Degraded
		}
	}
	return c
}

// Marked reports whether the handler said anything of the event's outcome.
func (e *Event) Marked() bool { return e != nil && e.mark.Load() != 0 }

// Cause returns the text of the last Bad or Exclude; "" when there was none.
func (e *Event) Cause() string {
	if e == nil {
		return ""
	}
	if p := e.cause.Load(); p != nil {
		return *p
	}
	return ""
}

// Subtracted returns the time taken off the latency so far, at least 0.
func (e *Event) Subtracted() time.Duration {
	if e == nil {
		return 0
	}
	return time.Duration(e.subtracted.Load())
}

type eventKey struct{}

// NewContext returns a context that carries e, for middleware.
func NewContext(ctx context.Context, e *Event) context.Context {
	return context.WithValue(ctx, eventKey{}, e)
}

// FromContext returns the event under way, or nil, on which every method does
// nothing: code may mark events without knowing whether anyone counts them.
func FromContext(ctx context.Context) *Event {
	e, _ := ctx.Value(eventKey{}).(*Event)
	return e
}
