package thirdparty

import (
	"net/http"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

func serveMux(tracker *budget.Tracker, mux *http.ServeMux) http.Handler {
	return httpslo.Handler(tracker, mux)
}

// mount serves a mux below a prefix, and puts the prefix in front of its patterns.
func mount(tracker *budget.Tracker, prefix string, mux *http.ServeMux) (pattern string, h http.Handler) {
	namer := func(r *http.Request) string {
		if method, path, ok := strings.Cut(r.Pattern, " "); ok {
			return method + " " + prefix + path
		}
		return "" // no route
	}
	return prefix + "/", http.StripPrefix(prefix, httpslo.Handler(tracker, mux, httpslo.WithNamer(namer)))
}

func withTimeout(tracker *budget.Tracker, mux *http.ServeMux) http.Handler {
	return httpslo.Handler(tracker, http.TimeoutHandler(mux, time.Minute, "too slow"), httpslo.WithMux(mux))
}
