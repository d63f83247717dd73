package httpslo_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// TestCardinality floods a server with requests that differ in everything that a client
// chooses. Operations stay within their limit, totals are exact, memory stays put, and
// declared operations keep their place though they come last.
func TestCardinality(t *testing.T) {
	const declared = 1_000
	flood := 1_000_000
	if raceEnabled {
		flood = 50_000
	}
	e := newRig(t, 1)
	mux := http.NewServeMux()
	answer := func(http.ResponseWriter, *http.Request) {}
	mux.HandleFunc("GET /items/{id}", answer)
	mux.HandleFunc("/tree/{x}/", answer)
	for i := range 400 { // more routes than the limit of undeclared operations
		mux.HandleFunc(fmt.Sprintf("GET /many/%d/{x}", i), answer)
	}
	mux.HandleFunc(route, answer)
	h := httpslo.Handler(e.Tracker.Tracker, mux)
	w := &recorder{header: http.Header{}}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	random := rand.New(rand.NewPCG(3, 4))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for i := range flood {
		word := fmt.Sprintf("%x", random.Uint64())
		r.Method = []string{"GET", "POST", "CONNECT", "X" + word}[random.IntN(4)]
		r.Host = word + ".example"
		r.Header["User-Agent"] = []string{word}
		r.URL.RawQuery = word
		switch random.IntN(5) {
		case 0:
			r.URL.Path = "/" + word
		case 1:
			r.URL.Path = "/items/" + word
		case 2:
			r.URL.Path = "/tree/" + word
		case 3:
			r.URL.Path = fmt.Sprintf("/many/%d/%s", i%400, word)
		case 4:
			r.URL.Path = "/" + word + "/../" + word + "//"
		}
		r.Pattern = ""
		h.ServeHTTP(w, r)
	}
	for range declared {
		r.Method, r.URL.Path = http.MethodGet, "/row"
		h.ServeHTTP(w, r)
	}
	grown := int64(heap() - before) //nolint:gosec // may well be below zero
	runtime.KeepAlive(h)

	report := e.Report()
	var total, row uint64
	for _, o := range report.Operations {
		total += o.Requests()
		if o.Name == route {
			row = o.Requests()
		}
		if o.InFlight != 0 {
			t.Errorf("%s: %d in flight, want 0", o.Name, o.InFlight)
		}
	}
	if total != uint64(flood+declared) {
		t.Errorf("%d requests counted, want %d", total, flood+declared)
	}
	if row != declared {
		t.Errorf("%d requests on the declared operation, want %d", row, declared)
	}
	if want := 1 + budget.DefaultMaxOperations + len(slo.Reserved()) + 1; len(report.Operations) > want { // the streams' _OTHER too
		t.Errorf("%d operations, want at most %d", len(report.Operations), want)
	}
	if report.Self.Overflowed == 0 {
		t.Error("nothing overflowed: the flood was too small")
	}
	if const32MiB := int64(32 << 20); grown > const32MiB {
		t.Errorf("the heap grew by %d bytes, want less than %d", grown, const32MiB)
	}
	t.Logf("%d operations, %d requests in _OTHER, heap grew by %d KiB", len(report.Operations), report.Self.Overflowed, grown>>10)
}

// TestNamerCardinality: a namer that returns the path is bounded too.
func TestNamerCardinality(t *testing.T) {
	e := newRig(t, 1)
	h := httpslo.Handler(e.Tracker.Tracker, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		httpslo.WithNamer(func(r *http.Request) string { return "GET " + r.URL.Path }))
	w := &recorder{header: http.Header{}}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	const n = 20_000
	for i := range n {
		r.URL.Path = fmt.Sprintf("/%d", i)
		h.ServeHTTP(w, r)
	}
	report := e.Report()
	var total uint64
	for _, o := range report.Operations {
		total += o.Requests()
	}
	if total != n || report.Self.Overflowed != n-budget.DefaultMaxOperations {
		t.Errorf("%d requests, %d in _OTHER, want %d and %d", total, report.Self.Overflowed, n, n-budget.DefaultMaxOperations)
	}
}

// A recorder is a writer that can be used again.
type recorder struct{ header http.Header }

func (r *recorder) Header() http.Header         { clear(r.header); return r.header }
func (r *recorder) Write(p []byte) (int, error) { return len(p), nil }
func (r *recorder) WriteHeader(int)             {}
