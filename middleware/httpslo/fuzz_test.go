package httpslo_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// FuzzRequest: whatever a request says of itself, and whatever a route or a namer is called,
// nothing panics, and each request counts once.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "a.example", "/row", "GET /row", 200)
	f.Add("", "", "", "", 0)
	f.Add("CONNECT", "[::1]:443", "//../x", "a.example/{x...}", 404)
	f.Add("\x00", "\xff:", "/\xff/%2F", "POST /{a}/{a}", 1000)
	f.Add("HEAD", ":::", "/row/", "/:id/*", -1)
	f.Fuzz(func(t *testing.T, method, host, path, name string, status int) {
		b := budgettest.New(t, objectives()...)
		mux := http.NewServeMux()
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			if status >= 100 && status <= 999 { // net/http panics for any other
				w.WriteHeader(status)
			}
			httpslo.Event(w).Bad(name)
			r.Method, r.URL.Path, r.Host, r.Pattern = name, name, name, name
		})
		called := httpslo.Transport(b.Tracker, respond(http.NoBody), httpslo.WithBlame(),
			httpslo.WithDependencyNamer(func(r *http.Request) string { return r.URL.Path }))
		n := uint64(0)
		for _, h := range []http.Handler{
			httpslo.Handler(b.Tracker, mux), httpslo.Handler(b.Tracker, mux, httpslo.WithMux(mux)),
			httpslo.Route(b.Tracker, name, mux), httpslo.Route(b.Tracker, name, httpslo.Handler(b.Tracker, mux)),
			httpslo.Handler(b.Tracker, mux, httpslo.WithNamer(func(*http.Request) string { return name }), httpslo.WithMarking()),
		} {
			r := &http.Request{Method: method, Host: host, URL: &url.URL{Path: path, Host: host}, Header: http.Header{}}
			h.ServeHTTP(httptest.NewRecorder(), r)
			for _, u := range []*url.URL{nil, {Host: host, Path: path}, {Scheme: "http", Host: host + ":80"}} {
				if _, err := called.RoundTrip(&http.Request{Method: method, URL: u, Header: http.Header{}}); err != nil {
					t.Fatal(err)
				}
				if u != nil {
					n++
				}
			}
			n++
		}
		_ = httpslo.Check(b.Tracker, mux)
		var total uint64
		for _, o := range b.Report().Operations {
			if o.InFlight != 0 && o.Kind != slo.EventsSource {
				t.Errorf("%q: %d in flight, want 0", o.Name, o.InFlight)
			}
			total += o.Requests()
		}
		if total != n {
			t.Errorf("%d requests and calls counted, want %d", total, n)
		}
	})
}
