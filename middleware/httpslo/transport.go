package httpslo

import (
	"net/http"
	"net/url"
	"runtime"
	"strings"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/contain"
	"github.com/seed-abb722f7/nines/slo"
)

// Transport returns base with every call that is made through it recorded in t, as a call of
// a dependency of this service:
//
//	client := &http.Client{Transport: httpslo.Transport(tracker, nil, httpslo.WithDependency("payments"))}
//
// Without [WithDependency] or [WithDependencyNamer] a dependency has the name of its host, as
// in slo.Dependency("pay.example:8443"): that of the URL in lower case, with its port unless
// it is the scheme's own. Dependencies are bounded by budget.Config.MaxOperations, and those
// that objectives declare have their place always.
//
// A call is recorded when its response has been read to the end or closed, with the time
// until its headers came (see [WithBodyLatency]) and the class that [ClassifyCall] gives its
// [CallOutcome]. One whose response is neither read nor closed, which is a leak of net/http's
// too, is recorded when the garbage collector finds the body, with HTTP/2 not before the
// stream is over.
//
// A redirect that http.Client follows is a call of its own. Attempts that a transport further
// in repeats are one call; for attempts that are repeated further out see [OneCall]. A
// Transport within another of the same tracker and for the same dependency records nothing.
//
// A nil base is http.DefaultTransport; it returns base if t is nil. The response is that of
// base, its body wrapped; one that can be written to, as after 101 Switching Protocols, is
// left as it is, and the call recorded. The result is safe for concurrent use if base is, and
// has CloseIdleConnections. It adds two small allocations to a call, and three more to one
// whose response has a body.
func Transport(t *budget.Tracker, base http.RoundTripper, options ...TransportOption) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	if t == nil {
		return base
	}
	x := &transport{transportConfig: newTransportConfig(options), tracker: t, base: base}
	if x.name != "" {
		x.op = t.Dependency(x.name)
	}
	// Transports may be made for a single call: what explains one goes with it.
	detach := t.Attach(budget.Hook{Explain: x.explain})
	runtime.AddCleanup(x, func(detach func()) { detach() }, detach)
	return x
}

type transport struct {
	transportConfig
	tracker *budget.Tracker
	base    http.RoundTripper
	op      *budget.Operation // of WithDependency
}

// RoundTrip makes the call and records it, unless a transport further out does.
func (x *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r == nil || r.URL == nil {
		return x.base.RoundTrip(r) // a caller's mistake, and base's to say
	}
	op := x.operation(r)
	ctx := r.Context()
	if isNested(ctx, op) {
		return x.base.RoundTrip(r)
	}
	c := x.begin(ctx, r, op)
	returned := false
	defer func() {
		if !returned { // a panic, or runtime.Goexit, which passes by
			c.end(CallOutcome{Panicked: true})
		}
	}()
	inner := r.WithContext(c)
	resp, err := x.base.RoundTrip(inner)
	returned = true
	switch {
	case err != nil:
		c.end(CallOutcome{Err: err})
	case resp == nil:
		c.end(CallOutcome{Err: errNoResponse})
	default:
		if resp.Request == inner {
			resp.Request = r
		}
		c.answered(resp)
	}
	return resp, err
}

// CloseIdleConnections passes http.Client.CloseIdleConnections on.
func (x *transport) CloseIdleConnections() {
	if c, ok := x.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// operation returns the dependency that the request calls.
func (x *transport) operation(r *http.Request) *budget.Operation {
	if x.op != nil {
		return x.op
	}
	var name string
	if x.namer != nil {
		contain.Call(x.tracker, func() { name = x.namer(r) })
	}
	if name == "" {
		name = hostOf(r.URL)
	}
	return x.tracker.Dependency(name)
}

// hostOf returns the host of a URL as dependencies are named; that of all others if there is
// none.
func hostOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	if host == "" {
		return slo.Reserved()[0]
	}
	return host
}
