package slo

import (
	"context"
	"math"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// An Event is the request under way, as its handler sees it. With it a handler
// says what status codes cannot: that a response is bad, degraded, not to be
// counted, or slow through no fault of its own. Middleware makes it; a handler
// finds it with httpslo.Event(w), or, if middleware was told to put it there, with
// [FromContext].
//
// The zero Event is ready to use and says nothing; it must not be copied after
// first use. All methods may be called from several goroutines, and on a nil
// *Event, where they do nothing. What is said after the event was recorded is
// lost. Of several marks the gravest holds: Bad before Exclude before Degraded.
type Event struct {
	mark       atomic.Pointer[mark] // nil until something is said
	subtracted atomic.Int64
}

// A mark never changes once it is published: a grade and its text are replaced
// together, so that no reader sees the text of another mark.
type mark struct {
	grade grade
	text  string
	blame string // kept by the marks that follow
}

type grade uint8

const (
	gradeNone grade = iota // of a mark that only blames
	gradeDegraded
	gradeExcluded
	gradeBad
)

// degraded is shared by all events, so that Degraded does not allocate.
var degraded = &mark{grade: gradeDegraded}

// Bad counts the event as failed, whatever status it ends with, even if the client
// goes away: a handler that failed only because its context was cancelled should
// not call it. The cause, such as "payments", says who is to blame, from a small
// set: beyond 32 causes an operation counts the rest together, and a cause is cut
// after 256 bytes. An empty cause is none. Of several causes the last holds. It
// allocates once.
func (e *Event) Bad(cause string) { e.say(gradeBad, cause) }

// Exclude leaves the event out of every objective, under the reason "handler". The
// text is counted as the cause of Bad is. It allocates once.
func (e *Event) Exclude(reason string) { e.say(gradeExcluded, reason) }

// Degraded says that the response lacks features: good for availability, bad for
// [Fidelity].
func (e *Event) Degraded() { e.say(gradeDegraded, "") }

// Blame names who is to blame should the event end badly, and changes nothing else: what
// happened is for the status to say, or for Bad. It is for clients of dependencies, whose
// calls fail while the event is under way (see httpslo.WithBlame). A cause that Bad gives
// goes before it; of several blamed the last holds; "" blames nobody. It allocates once.
func (e *Event) Blame(cause string) {
	if e == nil || cause == "" {
		return
	}
	next := &mark{blame: cut(cause)}
	for {
		old := e.mark.Load()
		if old != nil {
			next.grade, next.text = old.grade, old.text
		}
		if e.mark.CompareAndSwap(old, next) {
			return
		}
	}
}

// Subtract takes d, time that is not the handler's own, off the latency. Several
// calls add up; what goes below zero counts as zero, and a d below zero is ignored.
func (e *Event) Subtract(d time.Duration) {
	if e == nil || d <= 0 {
		return
	}
	for {
		old := e.subtracted.Load()
		sum := old + min(int64(d), math.MaxInt64-old)
		if e.subtracted.CompareAndSwap(old, sum) {
			return
		}
	}
}

func (e *Event) say(g grade, text string) {
	if e == nil {
		return
	}
	var next *mark
	for {
		old := e.mark.Load()
		if old != nil && (old.grade > g || old.grade == g && text == "") {
			return
		}
		if g == gradeDegraded && (old == nil || old.blame == "") {
			next = degraded
		} else {
			if next == nil || next == degraded {
				next = &mark{grade: g, text: cut(text)}
			}
			if old != nil {
				next.blame = old.blame
			}
		}
		if e.mark.CompareAndSwap(old, next) {
			return
		}
	}
}

// cut returns the text in as many bytes as a name may have, or a few less: a letter that
// is cut in two is none.
func cut(text string) string {
	if len(text) <= maxName {
		return text
	}
	end := maxName
	for end > maxName-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.Clone(text[:end]) // do not keep the rest alive
}

// Class returns the class that the marks give an event that would otherwise be of
// class c. It is c when nothing was said. Degraded changes only an event that was
// served, [Success], [RPCOK] or [EventGood]: nothing that any objective may call
// bad is made good by it.
func (e *Event) Class(c Class) Class {
	if e == nil {
		return c
	}
	m := e.mark.Load()
	switch {
	case m == nil:
		return c
	case m.grade == gradeBad:
		return Failed
	case m.grade == gradeExcluded:
		return Exempt
	case m.grade == gradeDegraded && (c == Success || c == RPCOK || c == EventGood):
		return Degraded
	}
	return c
}

// Marked reports whether the handler said anything of the event's outcome.
func (e *Event) Marked() bool {
	if e == nil {
		return false
	}
	m := e.mark.Load()
	return m != nil && m.grade != gradeNone
}

// Cause returns the text of the mark that holds, Bad or Exclude; "" when there is
// none.
func (e *Event) Cause() string {
	if e == nil {
		return ""
	}
	if m := e.mark.Load(); m != nil {
		return m.text
	}
	return ""
}

// CauseOf returns the cause under which an event is counted that ended as c, its marks
// included: [Event.Cause], or, if that says nothing and c is bad by [DefaultVerdicts], who
// was blamed; "" for none.
func (e *Event) CauseOf(c Class) string {
	if e == nil {
		return ""
	}
	m := e.mark.Load()
	switch {
	case m == nil:
		return ""
	case m.text == "" && c < NumClasses && defaultVerdicts[c] == Bad:
		return m.blame
	}
	return m.text
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
// nothing: code may mark events without knowing whether anyone counts them. Middleware puts
// the event there only if it is told to, with httpslo.WithMarking or grpcslo.WithMarking;
// without, marks made by way of the context are lost. Where there is an http.ResponseWriter,
// httpslo.Event needs no option.
func FromContext(ctx context.Context) *Event {
	if ctx == nil {
		return nil
	}
	e, _ := ctx.Value(eventKey{}).(*Event)
	return e
}
