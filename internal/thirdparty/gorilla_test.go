package thirdparty

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

func newGorilla(tracker *budget.Tracker) (router *mux.Router, h http.Handler) {
	router = mux.NewRouter()
	router.Use(func(next http.Handler) http.Handler {
		return httpslo.Handler(tracker, next, httpslo.WithNamer(gorillaPattern))
	})
	return router, httpslo.Handler(tracker, router) // what no route serves, Use does not see
}

func gorillaPattern(r *http.Request) string {
	path, err := mux.CurrentRoute(r).GetPathTemplate()
	if err != nil {
		return "" // a route by something else than its path
	}
	return httpslo.Method(r) + " " + path
}
