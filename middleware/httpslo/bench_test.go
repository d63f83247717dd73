package httpslo_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// A sink is a ResponseWriter that does nothing, with the interfaces that net/http's own has
// on HTTP/1, so that a benchmark measures the middleware.
type sink struct {
	hijackable
	header http.Header
}

func newSink() *sink { return &sink{header: http.Header{}} }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}

func benchTracker(b *testing.B, objectives, operations int) *budget.Tracker {
	b.Helper()
	var list []slo.Objective
	for i := range objectives {
		list = append(list, slo.Objective{
			Name: "latency-" + string(rune('a'+i)), Of: slo.HTTP("GET /items/{id}"),
			SLI: slo.Latency(time.Duration(i+1) * 100 * time.Millisecond), Target: slo.Percent(99),
		})
	}
	list = append(list, slo.Objective{Name: "availability", Of: slo.HTTP("GET /items/{id}"), SLI: slo.Availability(), Target: slo.Percent(99.9)})
	t, err := budget.New(budget.Config{Objectives: list, MaxOperations: operations + 200})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(t.Close)
	for i := range operations {
		t.HTTP("GET /other/" + string(rune('a'+i%26)) + "/" + time.Duration(i).String())
	}
	return t
}

// BenchmarkRequest is one request through the middleware, to be read against Bare.
func BenchmarkRequest(b *testing.B) {
	ok := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK) })
	small := benchTracker(b, 1, 0)
	large := benchTracker(b, 4, 1000)
	mux := func(wrap func(http.Handler) http.Handler) http.Handler {
		m := http.NewServeMux()
		m.Handle("GET /items/{id}", wrap(ok))
		return m
	}
	same := func(h http.Handler) http.Handler { return h }
	route := func(t *budget.Tracker) func(http.Handler) http.Handler {
		return func(h http.Handler) http.Handler { return httpslo.Route(t, "GET /items/{id}", h) }
	}
	for _, c := range []struct {
		name string
		h    http.Handler
	}{
		{"Bare", ok},
		{"Route", route(small)(ok)},
		{"Route5Objectives1000Operations", route(large)(ok)},
		{"BareMux", mux(same)},
		{"MuxOfRoutes", mux(route(small))},
		{"HandlerOfMux", httpslo.Handler(small, mux(same))},
		{"HandlerOfMux1000Operations", httpslo.Handler(large, mux(same))},
		{"HandlerOfMuxOfRoutes", httpslo.Handler(small, mux(route(small)))},
		{"HandlerMarking", httpslo.Handler(small, mux(same), httpslo.WithMarking())},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			w, r := newSink(), newRequest("GET", "/items/42")
			for b.Loop() {
				c.h.ServeHTTP(w, r)
			}
		})
		b.Run(c.name+"Parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				w, r := newSink(), newRequest("GET", "/items/42")
				for pb.Next() {
					c.h.ServeHTTP(w, r)
				}
			})
		})
	}
	b.Run("TwoClockReadings", func(b *testing.B) {
		for b.Loop() {
			small.Now()
			small.Now()
		}
	})
}

// BenchmarkTransport is one call through the transport, over a base that does nothing.
func BenchmarkTransport(b *testing.B) {
	t := benchTracker(b, 1, 0)
	answers := base(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
	})
	for _, c := range []struct {
		name      string
		transport http.RoundTripper
	}{
		{"Bare", answers},
		{"Transport", httpslo.Transport(t, answers)},
		{"WithDependency", httpslo.Transport(t, answers, httpslo.WithDependency("payments"))},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := newRequest("GET", "http://pay.example/")
			b.ReportAllocs()
			for b.Loop() {
				resp, err := c.transport.RoundTrip(r)
				if err != nil {
					b.Fatal(err)
				}
				_ = resp.Body.Close()
			}
		})
	}
}
