package httpslo

import (
	"fmt"
	"io"
	"net/http"

	"github.com/seed-abb722f7/nines/slo"
)

// A TransportOption changes how [Transport] names and judges calls; nil is none.
type TransportOption interface{ applyTransport(*transportConfig) }

type transportOptionFunc func(*transportConfig)

func (f transportOptionFunc) applyTransport(c *transportConfig) { f(c) }

type transportConfig struct {
	name     string
	namer    func(*http.Request) string
	classify func(*http.Request, CallOutcome) slo.Class   // nil is ClassifyCall
	trace    func(*http.Request) (traceID, spanID string) // nil is the traceparent header
	body     bool
	blame    bool
}

func newTransportConfig(options []TransportOption) transportConfig {
	var c transportConfig
	for _, o := range options {
		if o != nil {
			o.applyTransport(&c)
		}
	}
	return c
}

// WithDependency names every call that is made through the transport:
// WithDependency("payments") records them for slo.Dependency("payments"). It goes before
// [WithDependencyNamer]; "" is none.
func WithDependency(name string) TransportOption {
	return transportOptionFunc(func(c *transportConfig) { c.name = name })
}

// WithDependencyNamer names calls by a function of your own, which must return one of a
// bounded set of names, and may be called from many goroutines. It is called for each request
// before that is sent. When it returns "" or panics, the host is the name; a panic is counted
// in budget.Self.HookPanics.
func WithDependencyNamer(namer func(*http.Request) string) TransportOption {
	return transportOptionFunc(func(c *transportConfig) { c.namer = namer })
}

// WithCallClassifier judges finished calls by a function of your own in place of
// [ClassifyCall], which it may call for all that it does not care about. It is called once
// for a call, where that ends: when RoundTrip fails, or the body is read to its end or
// closed, and must not touch the body. When it panics, ClassifyCall's answer holds and the
// panic is counted in budget.Self.HookPanics.
func WithCallClassifier(classify func(*http.Request, CallOutcome) slo.Class) TransportOption {
	return transportOptionFunc(func(c *transportConfig) { c.classify = classify })
}

// WithBodyLatency makes the latency of a call the time until its response has been read to
// the end or closed, in place of that until its headers came. It includes the time that its
// reader takes between reads. Event streams keep the time to their headers.
func WithBodyLatency() TransportOption {
	return transportOptionFunc(func(c *transportConfig) { c.body = true })
}

// WithBlame makes a call that fails name its dependency as the cause, should the request
// under way end badly for which it was made: the one whose event is in the context of the
// call (see [WithMarking]). A cause that a handler gives to slo.Event.Bad goes before it. A
// call has failed here if it got no response, a broken one, one of a status of 500 or more,
// or none within its deadline. Without an event in the context it does nothing.
func WithBlame() TransportOption {
	return transportOptionFunc(func(c *transportConfig) { c.blame = true })
}

// explain adds to budget.Tracker.Explain what counts as what here.
func (c transportConfig) explain(w io.Writer) {
	names, classifier, latency, blame := "by host", "httpslo.ClassifyCall", "the headers", "nobody"
	if c.namer != nil {
		names = "by the namer, then by host"
	}
	if c.name != "" {
		names = fmt.Sprintf("%q", c.name)
	}
	if c.classify != nil {
		classifier = "a classifier of its own"
	}
	if c.body {
		latency = "the end of the body"
	}
	if c.blame {
		blame = "the dependency"
	}
	_, _ = fmt.Fprintf(w, "\nhttpslo.Transport: classes by %s\n  dependencies named %s; latency to %s; failed calls blame %s\n",
		classifier, names, latency, blame)
}
