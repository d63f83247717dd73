package httpslo

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/slo"
)

func TestGuess(t *testing.T) {
	b := newTracker(t)
	g := newGuesses(b.Tracker)
	for _, p := range []string{
		"GET /", "GET /{$}", "/any", "GET /items/{id}", "POST /items/{id}", "GET /items/new", "GET /items/{id}/parts/{part}",
		"/files/{path...}", "GET /files/{name}/raw", "GET shop.example/items/{id}", "DELETE  /spaced", "PUT\t/tabbed",
		"GET /gin/:id", "GET /gin/:id/*rest", "GET /chi/{id:[0-9]+}", "GET /chi/*", "GET /a/{x}/c", "GET /a/b", "GET /star/*/end",
		"no pattern", "unnamed", "", "GET", "/a%2Fb", "GET /dir/{$}",
	} {
		g.learn(p, b.HTTP(p))
	}
	for _, c := range []struct{ method, host, path, want string }{
		{"GET", "", "/", "GET /{$}"},
		{"HEAD", "", "/", "GET /{$}"},
		{"POST", "", "/", ""},
		{"GET", "", "/nothing/of/this", "GET /"},
		{"GET", "", "/any", "/any"},
		{"FOOBAR", "", "/any", "/any"},
		{"GET", "", "/any/", "GET /"},
		{"GET", "", "/items/7", "GET /items/{id}"},
		{"HEAD", "", "/items/7", "GET /items/{id}"},
		{"POST", "", "/items/7", "POST /items/{id}"},
		{"PUT", "", "/items/7", ""},
		{"GET", "", "/items/new", "GET /items/new"},
		{"POST", "", "/items/new", "POST /items/{id}"},
		{"GET", "", "/items/", "GET /"},
		{"GET", "", "/items/7/parts/8", "GET /items/{id}/parts/{part}"},
		{"GET", "", "/files/a/b/c", "/files/{path...}"},
		{"GET", "", "/files/", "/files/{path...}"},
		{"GET", "", "/files", "GET /"},
		{"GET", "", "/files/a/raw", "GET /files/{name}/raw"},
		{"POST", "", "/files/a/raw", "/files/{path...}"},
		{"GET", "shop.example", "/items/7", "GET shop.example/items/{id}"},
		{"GET", "shop.example:8080", "/items/7", "GET shop.example/items/{id}"},
		{"POST", "shop.example", "/items/7", "POST /items/{id}"},
		{"DELETE", "", "/spaced", "DELETE  /spaced"},
		{"PUT", "", "/tabbed", "PUT\t/tabbed"},
		{"GET", "", "/gin/7", "GET /gin/:id"},
		{"GET", "", "/gin/7/a/b", "GET /gin/:id/*rest"},
		{"GET", "", "/chi/7", "GET /chi/{id:[0-9]+}"},
		{"GET", "", "/chi/7/x", "GET /chi/*"},
		{"GET", "", "/a/b/c", "GET /a/{x}/c"}, // back from the literal b, which leads nowhere
		{"GET", "", "/a/b", "GET /a/b"},
		{"GET", "", "/star/x/end", "GET /star/*/end"},
		{"GET", "", "/dir/", "GET /dir/{$}"},
		{"GET", "", "", ""},
		{"GET", "", "*", ""},
		{"", "", "/items/7", ""},
	} {
		got := ""
		if op := g.tree.Load().find(c.method, c.host, c.path); op != nil {
			got = op.Name()
		}
		if got != c.want {
			t.Errorf("guess(%q, %q, %q) = %q, want %q", c.method, c.host, c.path, got, c.want)
		}
	}
}

// TestGuessLearnsTheLaterName: of two patterns of one form, the one that turned out to be
// used last is guessed next.
func TestGuessLearnsTheLaterName(t *testing.T) {
	b := newTracker(t)
	g := newGuesses(b.Tracker)
	for _, p := range []string{"GET /items/{id}", "GET /items/{item}", "GET /items/{id}"} {
		g.learn(p, b.HTTP(p))
	}
	if got := g.tree.Load().find("GET", "", "/items/7").Name(); got != "GET /items/{item}" {
		t.Errorf("guessed %q, want the pattern learnt last", got)
	}
}

// TestGuessLearnsNoOverflow: names beyond the limit of operations would fill the memory.
func TestGuessLearnsNoOverflow(t *testing.T) {
	b := newTracker(t)
	g := newGuesses(b.Tracker)
	g.learn("GET /beyond/the/limit", b.Unnamed())
	if op := g.tree.Load().find("GET", "", "/beyond/the/limit"); op != nil || len(g.tree.Load().known) != 0 {
		t.Errorf("learnt %q", op.Name())
	}
}

// TestInFlight: under Handler a request is in flight on the operation that it will belong
// to, while it runs, and stalls that operation and no other.
func TestInFlight(t *testing.T) {
	item := slo.HTTP("GET /items/{id}")
	b := budgettest.New(t,
		slo.Objective{Name: "item", Of: item, SLI: slo.Availability(), Target: slo.Percent(99)},
		slo.Objective{Name: "other", Of: slo.HTTP("GET /other"), SLI: slo.Availability(), Target: slo.Percent(99)},
		slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)},
	)
	mux := http.NewServeMux()
	started, hang := make(chan struct{}), make(chan struct{})
	mux.HandleFunc("GET /items/{id}", func(_ http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") == "hung" {
			close(started)
			<-hang
		}
	})
	mux.HandleFunc("GET /other", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /undeclared/{x}", func(http.ResponseWriter, *http.Request) {
		if started != nil {
			close(started)
			<-hang
		}
	})
	s := httptest.NewServer(Handler(b.Tracker, mux))
	defer s.Close()
	get := func(path string) {
		resp, err := s.Client().Get(s.URL + path)
		if err != nil {
			t.Error(err)
			return
		}
		_ = resp.Body.Close()
	}
	var wait sync.WaitGroup
	hung := func(path string) {
		wait.Go(func() { get(path) })
		<-started
	}
	hung("/items/hung")
	b.Advance(12 * budget.DefaultResolution)
	for name, want := range map[string]struct {
		known    budget.Known
		inFlight uint64
	}{"item": {budget.Stalled, 1}, "other": {budget.NoEvents, 0}, "all": {budget.Stalled, 1}} {
		if s := b.Budget(name).Status(); s.Known != want.known || s.InFlight != want.inFlight {
			t.Errorf("%s: %v with %d in flight, want %v with %d", name, s.Known, s.InFlight, want.known, want.inFlight)
		}
	}
	get("/other") // something finished: the service moves, the item does not
	b.Advance(budget.DefaultResolution)
	if s := b.Budget("item").Status(); s.Known != budget.Stalled {
		t.Errorf("item: %v, want stalled still", s.Known)
	}
	if s := b.Budget("all").Status(); s.Known == budget.Stalled {
		t.Error("all: stalled, and a request finished just now")
	}
	close(hang)
	wait.Wait()
	b.Advance(budget.DefaultResolution)
	if s := b.Budget("item").Status(); s.Known == budget.Stalled || s.InFlight != 0 {
		t.Errorf("item afterwards: %v with %d in flight", s.Known, s.InFlight)
	}

	// Of a route that nobody declared, the first request can be guessed of no operation,
	// but is in flight all the same; the second is known.
	for _, want := range []string{"unmatched", "GET /undeclared/{x}"} {
		started, hang = make(chan struct{}), make(chan struct{})
		hung("/undeclared/7")
		for _, o := range b.Report().Operations {
			if (o.InFlight == 1) != (o.Name == want) {
				t.Errorf("%d in flight on %q, want 1 on %q only", o.InFlight, o.Name, want)
			}
		}
		close(hang)
		wait.Wait()
	}
	balanced(t, b, 4)
}

// balanced checks that nothing is in flight, and that all requests were counted.
func balanced(t *testing.T, b *budgettest.Tracker, requests uint64) {
	t.Helper()
	var n uint64
	for _, o := range b.Report().Operations {
		n += o.Requests()
		if o.InFlight != 0 {
			t.Errorf("%s: %d in flight, want 0", o.Name, o.InFlight)
		}
	}
	if n != requests {
		t.Errorf("%d requests counted, want %d", n, requests)
	}
}

// words make patterns and paths that meet often.
var words = []string{"a", "b", "items", "{x}", "{y}"}

func randomPattern(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString([]string{"", "GET ", "POST ", "HEAD "}[r.IntN(4)])
	b.WriteString([]string{"", "", "h.example"}[r.IntN(3)])
	for range 1 + r.IntN(3) {
		b.WriteString("/" + words[r.IntN(len(words))])
	}
	b.WriteString([]string{"", "/", "/{$}", "/{rest...}"}[r.IntN(4)])
	return b.String()
}

// TestGuessAgainstServeMux compares guesses with http.ServeMux on random patterns, once they
// were learnt, its redirects aside. Wrong guesses would be put right; of these there are none.
// Everything must balance.
func TestGuessAgainstServeMux(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	requests, wrong := 0, 0
	for range 200 {
		b := newTracker(t)
		mux := http.NewServeMux()
		l, ok := Handler(b.Tracker, mux).(*layer)
		if !ok {
			t.Fatal("Handler is no layer")
		}
		for range 8 {
			register(mux, randomPattern(r))
		}
		n := uint64(0)
		for range 200 {
			var path strings.Builder
			for range 1 + r.IntN(4) {
				path.WriteString("/" + []string{"a", "b", "items", "c", "17"}[r.IntN(5)])
			}
			path.WriteString([]string{"", "/", "//"}[r.IntN(3)])
			req := httptest.NewRequest([]string{"GET", "POST", "HEAD", "PUT"}[r.IntN(4)], "http://h.example"+path.String(), nil)
			req.Host = []string{"h.example", "h.example:80", "other"}[r.IntN(3)]
			guess, learnt := l.guess(req), l.guesses.tree.Load().known
			rec := httptest.NewRecorder()
			l.ServeHTTP(rec, req)
			n++
			requests++
			if _, known := learnt[req.Pattern]; known && rec.Code == http.StatusOK && guess.Name() != req.Pattern {
				wrong++
				t.Logf("%s %s%s: guessed %q, was %q", req.Method, req.Host, path.String(), guess.Name(), req.Pattern)
			}
		}
		balanced(t, b, n)
	}
	if wrong > 0 {
		t.Errorf("%d of %d guesses were wrong", wrong, requests)
	}
}

// register adds a route unless the mux refuses it.
func register(mux *http.ServeMux, pattern string) {
	defer func() { _ = recover() }()
	mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
}

// FuzzGuess: whatever the patterns and the request, learning and guessing end, and what is
// guessed was learnt.
func FuzzGuess(f *testing.F) {
	f.Add("GET /items/{id}", "POST /a/{b...}", "GET", "host:80", "/items/7")
	f.Add("/{$}", "h/*", "", "h", "//")
	f.Fuzz(func(t *testing.T, first, second, method, host, path string) {
		b := newTracker(t)
		g := newGuesses(b.Tracker)
		g.learn(first, b.HTTP(first))
		g.learn(second, b.HTTP(second))
		if op := g.tree.Load().find(method, host, path); op != nil && op.Name() != first && op.Name() != second {
			t.Errorf("guessed %q of %q and %q", op.Name(), first, second)
		}
		mux := http.NewServeMux()
		register(mux, first)
		register(mux, second)
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.Method, req.Host, req.URL.Path, req.URL.RawPath = method, host, path, ""
		Handler(b.Tracker, mux).ServeHTTP(httptest.NewRecorder(), req)
		balanced(t, b, 1)
		for _, name := range []string{first, second} {
			for _, r := range samples(name) {
				mux.Handler(r)
			}
		}
	})
}

func BenchmarkGuess(b *testing.B) {
	t := budgettest.New(b, slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)})
	g := newGuesses(t.Tracker)
	for i := range 200 {
		p := fmt.Sprintf("GET /api/v1/resource%d/{id}", i)
		g.learn(p, t.HTTP(p))
	}
	for _, path := range []string{"/api/v1/resource7/42", "/api/v1/nothing", "/wp-login.php"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.tree.Load().find(http.MethodGet, "shop.example", path)
			}
		})
	}
}
