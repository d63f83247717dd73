package thirdparty

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

func newChi(tracker *budget.Tracker) *chi.Mux {
	router := chi.NewRouter()
	router.Use(func(next http.Handler) http.Handler {
		return httpslo.Handler(tracker, next, httpslo.WithNamer(chiPattern))
	})
	return router
}

func chiPattern(r *http.Request) string {
	if pattern := chi.RouteContext(r.Context()).RoutePattern(); pattern != "" {
		return httpslo.Method(r) + " " + pattern
	}
	return "" // no route
}
