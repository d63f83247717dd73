package httpslo_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

func TestCheck(t *testing.T) {
	nothing := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a handler was called") })
	for _, c := range []struct {
		declared string
		serves   func(mux *http.ServeMux, tr *budgettest.Tracker)
		reason   string // "" if it is served
	}{
		{"POST /checkout", func(m *http.ServeMux, _ *budgettest.Tracker) { m.Handle("POST /checkout", nothing) }, ""},
		{"POST /checkout", func(m *http.ServeMux, tr *budgettest.Tracker) {
			m.Handle(httpslo.Routed(tr.Tracker, "POST /checkout", nothing))
		}, ""},
		{"POST /checkout", func(m *http.ServeMux, tr *budgettest.Tracker) {
			m.Handle("/checkout", httpslo.Route(tr.Tracker, "POST /checkout", nothing))
		}, ""},
		{
			"POST /checkout", func(m *http.ServeMux, _ *budgettest.Tracker) { m.Handle("/checkout", nothing) },
			`slo: Objectives[0] "it".Of is slo.HTTP("POST /checkout"): want a route of this very pattern: the mux serves it under "/checkout", which is another operation; ` +
				`register "POST /checkout", or declare slo.HTTP("/checkout"), or wrap the handler with httpslo.Route(tracker, "POST /checkout", handler)`,
		},
		{
			"POST /checkout", func(m *http.ServeMux, _ *budgettest.Tracker) { m.Handle("GET /checkout", nothing) },
			`slo: Objectives[0] "it".Of is slo.HTTP("POST /checkout"): want a route that serves it, such as mux.Handle(httpslo.Routed(tracker, "POST /checkout", handler)); no pattern of the mux does`,
		},
		{"GET /items/{id}", func(m *http.ServeMux, _ *budgettest.Tracker) {
			m.Handle("GET /items/{id}", nothing)
			m.Handle("GET /items/new", nothing)
		}, ""},
		{"GET /items/{id}", func(m *http.ServeMux, _ *budgettest.Tracker) { m.Handle("GET /items/{item}", nothing) }, `serves it under "GET /items/{item}"`},
		{"GET /files/{path...}", func(m *http.ServeMux, _ *budgettest.Tracker) {
			m.Handle("GET /files/{path...}", nothing)
			m.Handle("GET /files/{name}", nothing)
			m.Handle("GET /files/{$}", nothing)
		}, ""},
		{"/static/", func(m *http.ServeMux, _ *budgettest.Tracker) {
			m.Handle("/static/", nothing)
			m.Handle("/static/{name}", nothing)
			m.Handle("/static/{$}", nothing)
		}, ""},
		{"GET /{$}", func(m *http.ServeMux, _ *budgettest.Tracker) { m.Handle("GET /{$}", nothing) }, ""},
		{"/{$}", func(m *http.ServeMux, _ *budgettest.Tracker) { m.Handle("/", nothing) }, `serves it under "/"`},
		{"/any", func(m *http.ServeMux, _ *budgettest.Tracker) {
			m.Handle("GET /any", nothing)
			m.Handle("/any", nothing)
		}, ""},
		{"/any", func(m *http.ServeMux, _ *budgettest.Tracker) { m.Handle("GET /any", nothing) }, `serves it under "GET /any"`},
		{"GET shop.example/items", func(m *http.ServeMux, _ *budgettest.Tracker) {
			m.Handle("GET shop.example/items", nothing)
			m.Handle("GET /items", nothing)
		}, ""},
		{"GET /a%2Fb", func(m *http.ServeMux, _ *budgettest.Tracker) { m.Handle("GET /a%2Fb", nothing) }, ""},
		{"GET /api/items/{id}", func(m *http.ServeMux, tr *budgettest.Tracker) {
			inner := http.NewServeMux()
			inner.Handle("GET /api/items/{id}", nothing)
			m.Handle("/api/", httpslo.Handler(tr.Tracker, inner))
		}, ""},
		{"GET /api/items/{id}", func(m *http.ServeMux, tr *budgettest.Tracker) {
			inner := http.NewServeMux()
			inner.Handle("/", httpslo.Route(tr.Tracker, "GET /api/items/{id}", nothing))
			m.Handle("/api/", inner)
		}, ""},
		{"GET /api/items/{id}", func(m *http.ServeMux, _ *budgettest.Tracker) { m.Handle("/api/", http.NewServeMux()) }, "no pattern of the mux does"},
		{"GET /api/items/{id}", func(m *http.ServeMux, _ *budgettest.Tracker) {
			m.Handle("/api/", http.StripPrefix("/api", http.NewServeMux()))
		}, `serves it under "/api/"`},
		{"GET /%zz", func(*http.ServeMux, *budgettest.Tracker) {}, "no pattern of the mux does"},
		{"GET /items/:id", func(m *http.ServeMux, _ *budgettest.Tracker) { m.Handle("GET /items/{id}", nothing) }, `serves it under "GET /items/{id}"`},
		{"GET /", func(m *http.ServeMux, tr *budgettest.Tracker) {
			m.Handle("GET /", httpslo.Route(newRig(t, 1).Tracker.Tracker, "of another tracker", nothing))
		}, ""},
	} {
		tr := budgettest.New(t,
			slo.Objective{Name: "it", Of: slo.HTTP(c.declared), SLI: slo.Availability(), Target: slo.Percent(99)},
			slo.Objective{Name: "again", Of: slo.HTTP(c.declared), SLI: slo.Latency(threshold), Target: slo.Percent(99)},
			slo.Objective{Name: "rpc", Of: slo.RPC("/a.B/C"), SLI: slo.Availability(), Target: slo.Percent(99)},
			slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)},
		)
		mux := http.NewServeMux()
		c.serves(mux, tr)
		err := httpslo.Check(tr.Tracker, mux)
		switch {
		case c.reason == "" && err != nil:
			t.Errorf("Check of %q = %v, want nil", c.declared, err)
		case c.reason == "":
		case err == nil || !strings.Contains(err.Error(), c.reason) || !errors.Is(err, slo.ErrInvalid):
			t.Errorf("Check of %q = %v, want %s", c.declared, err, c.reason)
		case strings.Count(err.Error(), "slo.HTTP(\""+c.declared+"\"): want") != 1:
			t.Errorf("Check of %q = %v, want it said once", c.declared, err)
		}
	}
}

func TestCheckDefaultMux(t *testing.T) {
	tr := budgettest.New(t, slo.Objective{Name: "it", Of: slo.HTTP("GET /nines/nowhere"), SLI: slo.Availability(), Target: slo.Percent(99)})
	if err := httpslo.Check(tr.Tracker, nil); err == nil {
		t.Error("Check of http.DefaultServeMux = nil, want what it does not serve")
	}
}
