package httpslo_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

// TestPanic is R2: whatever the value, it passes through as it was and counts once.
func TestPanic(t *testing.T) {
	pointer := new(int)
	uncomparable := []int{1}
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		is      func(v any) bool
	}{
		{"panic before any write", func(http.ResponseWriter, *http.Request) { panic("boom") }, func(v any) bool { return v == "boom" }},
		{"panic after 200 was sent", func(w http.ResponseWriter, _ *http.Request) {
			say(w, "partial")
			w.(http.Flusher).Flush()
			panic(io.ErrUnexpectedEOF)
		}, func(v any) bool { return v == any(io.ErrUnexpectedEOF) }},
		{"panic of a pointer", func(http.ResponseWriter, *http.Request) { panic(pointer) }, func(v any) bool { return v == pointer }},
		{"panic of a slice", func(http.ResponseWriter, *http.Request) { panic(uncomparable) }, func(v any) bool {
			s, ok := v.([]int)
			return ok && &s[0] == &uncomparable[0]
		}},
		{"panic of nil", func(http.ResponseWriter, *http.Request) {
			panic(nil) //nolint:govet // that is the case
		}, func(v any) bool { _, ok := v.(*runtime.PanicNilError); return ok }},
		{"panic of the runtime", func(http.ResponseWriter, *http.Request) { _ = layerings["none"](nil, nil) }, func(v any) bool { _, ok := v.(runtime.Error); return ok }},
		{"panic(http.ErrAbortHandler)", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, func(v any) bool { return v == any(http.ErrAbortHandler) }},
		{"panic after a recovered panic", func(http.ResponseWriter, *http.Request) {
			func() {
				defer func() { _ = recover() }()
				panic("first")
			}()
			panic("second")
		}, func(v any) bool { return v == "second" }},
		{"runtime.Goexit in the handler", func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, nil},
	} {
		for layering, wrap := range layerings {
			protocols(t, c.name+"/"+layering, func(e *rig) {
				t := e.t
				var value any
				returned := false
				h := wrap(e.Tracker.Tracker, c.handler)
				e.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					defer func() {
						if value = recover(); value != nil {
							panic(value)
						}
					}()
					h.ServeHTTP(w, r)
					returned = true
				}))
				e.get("/row")
				switch {
				case returned:
					t.Error("the handler's end was swallowed")
				case c.is == nil && value != nil:
					t.Errorf("Goexit became the panic %v", value)
				case c.is != nil && !c.is(value):
					t.Errorf("the panic arrived as %#v", value)
				}
				e.recorded(route + " failed 1")
				e.Want("availability", 0, 1, 0)
			})
		}
	}
}

var errPanic = errors.New("boom")

func panickingHandler(value any) http.HandlerFunc {
	return func(http.ResponseWriter, *http.Request) { panicDeepDown(value) }
}

//go:noinline
func panicDeepDown(value any) { panic(value) }

// TestPanicStack: whoever prints the stack outside, as net/http does, sees where the panic
// came from; also where the middleware had to look at the value, the client having gone.
func TestPanicStack(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		gone  bool
		want  string
	}{
		{"client present", errPanic, false, "failed"},
		{"client gone", errPanic, true, "failed"},
		{"client gone, abort", http.ErrAbortHandler, true, "cancelled"},
	} {
		for layering, wrap := range layerings {
			t.Run(c.name+"/"+layering, func(t *testing.T) {
				e := newRig(t, 1)
				h := wrap(e.Tracker.Tracker, panickingHandler(c.value))
				r := newRequest("GET", "/row")
				if c.gone {
					ctx, cancel := context.WithCancel(r.Context())
					cancel()
					r = r.WithContext(ctx)
				}
				var value any
				var stack string
				func() {
					defer func() {
						value = recover()
						stack = string(debug.Stack())
					}()
					h.ServeHTTP(httptest.NewRecorder(), r)
				}()
				if value != c.value {
					t.Errorf("the panic arrived as %v, want %v", value, c.value)
				}
				if !strings.Contains(stack, "httpslo_test.panicDeepDown") {
					t.Errorf("the stack does not name the handler:\n%s", stack)
				}
				e.recorded(route + " " + c.want + " 1")
			})
		}
	}
}

// TestPanicsAreCounted is the figure of R2.
func TestPanicsAreCounted(t *testing.T) {
	const n = 10_000
	e := newRig(t, 1)
	h := httpslo.Route(e.Tracker.Tracker, route, panickingHandler(errPanic))
	w, r := httptest.NewRecorder(), newRequest("GET", "/row")
	same := 0
	for range n {
		func() {
			defer func() {
				if recover() == errPanic { //nolint:errorlint // the very value
					same++
				}
			}()
			h.ServeHTTP(w, r)
		}()
	}
	if same != n {
		t.Errorf("%d panics arrived as they were, want %d", same, n)
	}
	e.Want("availability", 0, n, 0)
}
