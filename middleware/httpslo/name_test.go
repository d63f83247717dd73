package httpslo_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

type key struct{}

// replaced is the middleware that hides the pattern: it makes a new request.
func replaced(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, 1)))
	})
}

// mangled changes the request on its way, in place.
func mangled(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(r.Context()))
		r.Method, r.Host, r.URL.Path = "DELETE", "elsewhere", "/gone"
	})
}

// TestName is the order in which the name of an operation is found.
func TestName(t *testing.T) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	mux := func(pattern string, h http.Handler) *http.ServeMux {
		m := http.NewServeMux()
		m.Handle(pattern, h)
		return m
	}
	named := func(name string) httpslo.Option {
		return httpslo.WithNamer(func(*http.Request) string { return name })
	}
	const path = "/items/7"
	for _, c := range []struct {
		name string
		wrap func(e *rig) http.Handler
		want string
	}{
		{"the pattern of the mux", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, mux("GET /items/{id}", answer))
		}, "GET /items/{id}"},
		{"the pattern, below a handler that passes the request on", func(e *rig) http.Handler {
			m := mux("GET /items/{id}", answer)
			return httpslo.Handler(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.ServeHTTP(w, r) }))
		}, "GET /items/{id}"},
		{"r.WithContext between: nothing", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, replaced(mux("GET /items/{id}", answer)))
		}, "unnamed"},
		{"r.WithContext between: WithMux", func(e *rig) http.Handler {
			m := mux("GET /items/{id}", answer)
			return httpslo.Handler(e.Tracker.Tracker, replaced(m), httpslo.WithMux(m))
		}, "GET /items/{id}"},
		{"WithMux asks with the request as it came in", func(e *rig) http.Handler {
			m := mux("GET /items/{id}", answer)
			return httpslo.Handler(e.Tracker.Tracker, mangled(m), httpslo.WithMux(m))
		}, "GET /items/{id}"},
		{"http.TimeoutHandler between: WithMux", func(e *rig) http.Handler {
			m := mux("GET /items/{id}", answer)
			return httpslo.Handler(e.Tracker.Tracker, http.TimeoutHandler(m, time.Hour, ""), httpslo.WithMux(m))
		}, "GET /items/{id}"},
		{"WithMux when the mux has no such route", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, replaced(answer), httpslo.WithMux(mux("GET /other", answer)))
		}, "unnamed"},
		{"a namer before the pattern", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, mux("GET /items/{id}", answer), named("GET /v1/items/:id"))
		}, "GET /v1/items/:id"},
		{"a namer that does not know, then the pattern", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, mux("GET /items/{id}", answer), named(""))
		}, "GET /items/{id}"},
		{"a namer that does not know, then the mux", func(e *rig) http.Handler {
			m := mux("GET /items/{id}", answer)
			return httpslo.Handler(e.Tracker.Tracker, replaced(m), named(""), httpslo.WithMux(m))
		}, "GET /items/{id}"},
		{"a namer that panics", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, mux("GET /items/{id}", answer), httpslo.WithNamer(func(*http.Request) string { panic("boom") }))
		}, "unnamed"},
		{"Route before the pattern", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, mux("/", httpslo.Route(e.Tracker.Tracker, "GET /bound", answer)))
		}, "GET /bound"},
		{"Route before the namer", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, httpslo.Route(e.Tracker.Tracker, "GET /bound", answer), named("GET /named"))
		}, "GET /bound"},
		{"the innermost Route", func(e *rig) http.Handler {
			return httpslo.Route(e.Tracker.Tracker, "/outer", mux("/", httpslo.Route(e.Tracker.Tracker, "GET /inner", answer)))
		}, "GET /inner"},
		{"Route outside Handler, by its pattern", func(e *rig) http.Handler {
			return mux("/", httpslo.Route(e.Tracker.Tracker, "GET /bound", httpslo.Handler(e.Tracker.Tracker, answer)))
		}, "GET /bound"},
		{"Route without a pattern", func(e *rig) http.Handler {
			return httpslo.Route(e.Tracker.Tracker, "", answer)
		}, "unnamed"},
		{"Handler within a mux", func(e *rig) http.Handler {
			return mux("GET /items/{id}", httpslo.Handler(e.Tracker.Tracker, answer))
		}, "GET /items/{id}"},
		{"a mux within a mux", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, mux("/items/", mux("GET /items/{id}", answer)))
		}, "GET /items/{id}"},
		{"a mux below StripPrefix has the outer pattern", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, mux("/items/", http.StripPrefix("/items", mux("GET /{id}", answer))))
		}, "/items/"},
		{"a mux below StripPrefix, with Route", func(e *rig) http.Handler {
			inner := mux("GET /{id}", httpslo.Route(e.Tracker.Tracker, "GET /items/{id}", answer))
			return httpslo.Handler(e.Tracker.Tracker, mux("/items/", http.StripPrefix("/items", inner)))
		}, "GET /items/{id}"},
		{"a Handler further in knows what the outer one cannot", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, replaced(httpslo.Handler(e.Tracker.Tracker, mux("GET /items/{id}", answer))))
		}, "GET /items/{id}"},
		{"a Route below a Handler below a Handler", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, httpslo.Handler(e.Tracker.Tracker, mux("/items/", httpslo.Route(e.Tracker.Tracker, "GET /bound", answer))))
		}, "GET /bound"},
		{"with marking, the pattern", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, mux("GET /items/{id}", answer), httpslo.WithMarking())
		}, "GET /items/{id}"},
		{"with marking, the pattern for whoever is outside", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, httpslo.Handler(newRig(e.t, 1).Tracker.Tracker, mux("GET /items/{id}", answer), httpslo.WithMarking()))
		}, "GET /items/{id}"},
		{"with marking further in, the pattern for whoever is outside", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, httpslo.Handler(e.Tracker.Tracker, mux("GET /items/{id}", answer), httpslo.WithMarking()))
		}, "GET /items/{id}"},
		{"with marking two layers further in, the pattern for whoever is outside", func(e *rig) http.Handler {
			other := newRig(e.t, 1).Tracker.Tracker
			m := mux("GET /items/{id}", answer)
			return httpslo.Handler(e.Tracker.Tracker, httpslo.Handler(other, httpslo.Route(other, "GET /bound", m, httpslo.WithMarking())))
		}, "GET /items/{id}"},
		{"a name that is not UTF-8", func(e *rig) http.Handler {
			return httpslo.Handler(e.Tracker.Tracker, answer, named("GET /\xff"))
		}, `GET /\xff`},
	} {
		protocols(t, c.name, func(e *rig) {
			t := e.t
			e.serve(c.wrap(e))
			for range 2 { // the second time with what the first has taught
				if got := e.get(path); got != http.StatusAccepted {
					t.Errorf("client saw %d, want 202", got)
				}
			}
			e.recorded(c.want + " 2xx-3xx 2")
		})
	}
}

// TestNamerBeforeTheGuess: that the pattern is what was guessed does not make it the name.
func TestNamerBeforeTheGuess(t *testing.T) {
	e := newRig(t, 1)
	e.row(func(http.ResponseWriter, *http.Request) {}, httpslo.WithNamer(func(*http.Request) string { return "GET /named" }))
	e.get("/row")
	e.recorded("GET /named 2xx-3xx 1")
}

// TestConnectAsked: nor does the mux that is asked tell the path of a CONNECT.
func TestConnectAsked(t *testing.T) {
	e := newRig(t, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("/any/{x}/", func(http.ResponseWriter, *http.Request) {})
	h := httpslo.Handler(e.Tracker.Tracker, replaced(mux), httpslo.WithMux(mux))
	for _, path := range []string{"/any/secret", "/any/secret/"} {
		r := newRequest("GET", path)
		r.Method = http.MethodConnect
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	e.recorded("unnamed 2xx-3xx 1", "/any/{x}/ 2xx-3xx 1")
}

func TestNamerPanicIsCounted(t *testing.T) {
	e := newRig(t, 1)
	e.serve(httpslo.Handler(e.Tracker.Tracker, http.NotFoundHandler(), httpslo.WithNamer(func(*http.Request) string { panic("boom") })))
	if got := e.get("/"); got != http.StatusNotFound {
		t.Errorf("client saw %d, want 404", got)
	}
	e.recorded("unnamed 4xx 1") // not unmatched: that nothing named it is the namer's fault
	if got := e.Report().Self.HookPanics; got != 1 {
		t.Errorf("HookPanics = %d, want 1", got)
	}
}

// TestNamerPanicWithinPanic: both at once, and the handler's goes on.
func TestNamerPanicWithinPanic(t *testing.T) {
	e := newRig(t, 1)
	var value any
	h := httpslo.Handler(e.Tracker.Tracker, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("handler") }),
		httpslo.WithNamer(func(*http.Request) string { panic("namer") }),
		httpslo.WithClassifier(classifierPanics))
	e.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { value = recover() }()
		h.ServeHTTP(w, r)
	}))
	e.get("/")
	if value != "handler" {
		t.Errorf("the panic arrived as %v, want the handler's", value)
	}
	e.recorded("unnamed failed 1")
	if got := e.Report().Self.HookPanics; got != 2 {
		t.Errorf("HookPanics = %d, want 2", got)
	}
}

func TestMethodNames(t *testing.T) {
	for method, want := range map[string]string{
		"GET": "GET", "HEAD": "HEAD", "POST": "POST", "PUT": "PUT", "DELETE": "DELETE", "CONNECT": "CONNECT",
		"OPTIONS": "OPTIONS", "TRACE": "TRACE", "PATCH": "PATCH", "": "GET", "get": "_OTHER", "FOOBAR": "_OTHER", "PROPFIND": "_OTHER",
	} {
		if got := httpslo.Method(&http.Request{Method: method}); got != want {
			t.Errorf("Method of %q = %q, want %q", method, got, want)
		}
	}
}

// TestOldMux: the mux of Go 1.21 sets no pattern, and is asked instead.
func TestOldMux(t *testing.T) {
	if os.Getenv("GODEBUG") == "" {
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(exe, "-test.run=^TestOldMux$")
		cmd.Env = append(os.Environ(), "GODEBUG=httpmuxgo121=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("under GODEBUG=httpmuxgo121=1: %v\n%s", err, out)
		}
		return
	}
	e := newRig(t, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("/items/", http.NotFound)
	e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
	e.get("/items/7")
	e.get("/other")
	e.recorded("/items/ 4xx 1", "unmatched unmatched 1")
}
