//go:build !race

package httpslo_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

// TestAllocations counts what the middleware adds to a request, in memory alone: the mux
// has an allocation of its own for a wildcard.
func TestAllocations(t *testing.T) {
	e := newRig(t, 1)
	tr := e.Tracker.Tracker
	typed := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = contentType
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(nil)
		w.(http.Flusher).Flush()
	})
	mux := func(h http.Handler) *http.ServeMux {
		m := http.NewServeMux()
		m.Handle("/row", h)
		return m
	}
	hostMux := func(h http.Handler) *http.ServeMux {
		m := mux(h)
		m.Handle("other.example/row", h)
		return m
	}
	for _, c := range []struct {
		name string
		bare http.Handler
		h    http.Handler
		want float64
	}{
		{"Route", typed, httpslo.Route(tr, route, typed), 1},
		{"Handler", mux(typed), httpslo.Handler(tr, mux(typed)), 1},
		{"Route in Handler", mux(typed), httpslo.Handler(tr, mux(httpslo.Route(tr, route, typed))), 1},
		{"Handler with a namer", typed, httpslo.Handler(tr, typed, httpslo.WithNamer(func(*http.Request) string { return route })), 1},
		{"Handler with a classifier", mux(typed), httpslo.Handler(tr, mux(typed), httpslo.WithClassifier(httpslo.Classify)), 1},
		{"marking", typed, httpslo.Route(tr, route, typed, httpslo.WithMarking()), 3},
		{"Handler with a pattern for a host", mux(typed), httpslo.Handler(tr, hostMux(typed)), 1},
		{"nothing matches", mux(typed), httpslo.Handler(tr, mux(typed)), 1},
	} {
		w, r := newSink(), newRequest("GET", "/row")
		if c.name == "nothing matches" {
			r = newRequest("GET", "/other")
		}
		if c.name == "Handler with a pattern for a host" {
			other := newRequest("GET", "/row")
			other.Host = "other.example"
			c.h.ServeHTTP(w, other) // teaches the guesses that hosts matter
		}
		run := func(h http.Handler) float64 {
			return testing.AllocsPerRun(200, func() { h.ServeHTTP(w, r) })
		}
		if got := run(c.h) - run(c.bare); got > c.want {
			t.Errorf("%s: %v allocations, want at most %v", c.name, got, c.want)
		}
	}
}

// TestTransportAllocations counts what the transport adds to a call.
func TestTransportAllocations(t *testing.T) {
	b := budgettest.New(t, dependencies()...)
	text := strings.NewReader("")
	answers := base(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(struct{ io.Reader }{text}), Request: r}, nil
	})
	empty := base(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r}, nil
	})
	run := func(x http.RoundTripper) float64 {
		r := newRequest("GET", "http://pay.example/")
		return testing.AllocsPerRun(200, func() {
			resp, err := x.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
		})
	}
	for _, c := range []struct {
		name    string
		base    http.RoundTripper
		options []httpslo.TransportOption
		want    float64
	}{
		{"no body", empty, nil, 2},
		{"no body, named, with blame", empty, []httpslo.TransportOption{httpslo.WithDependency("payments"), httpslo.WithBlame()}, 2},
		{"a body", answers, nil, 5},
	} {
		if got := run(httpslo.Transport(b.Tracker, c.base, c.options...)) - run(c.base); got > c.want {
			t.Errorf("%s: %v allocations, want at most %v", c.name, got, c.want)
		}
	}
}

var contentType = []string{"text/plain"}
