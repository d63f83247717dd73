package httpslo

import (
	"net/http"

	"github.com/seed-abb722f7/nines/budget"
)

// Route returns h with every request recorded in t under the operation of that pattern,
// such as "POST /checkout": the name, as objectives declare it with slo.HTTP. It says
// nothing of which requests come: that is the router's business, and any will do. Within
// [Handler] it gives the name, and the request is counted once.
//
// It returns h itself if t is nil, and nil if h is. The result is safe for concurrent use.
// The operation is looked up here and never again; a request costs one allocation.
func Route(t *budget.Tracker, pattern string, h http.Handler, options ...Option) http.Handler {
	if t == nil || h == nil {
		return h
	}
	l := &layer{config: newConfig(options), tracker: t, next: h, bound: t.Unnamed()}
	if pattern != "" {
		l.bound = t.HTTP(pattern)
	}
	return l
}

// Routed is [Route] with the pattern returned too, so that a route of an [http.ServeMux] is
// written once:
//
//	mux.Handle(httpslo.Routed(tracker, "POST /checkout", checkout))
func Routed(t *budget.Tracker, pattern string, h http.Handler, options ...Option) (string, http.Handler) {
	return pattern, Route(t, pattern, h, options...)
}
