package httpslo_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
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

// panicking are the values that a handler may panic with, each compared by ==.
var panicking = []any{
	"boom", errPanic, new(int), http.ErrAbortHandler, io.ErrUnexpectedEOF, 7,
	struct{ a, b int }{1, 2},
	[2]string{"a", "b"},
	context.Canceled,
	nil, // which arrives as a *runtime.PanicNilError
	goexit{},
}

// A goexit stands for runtime.Goexit among the values.
type goexit struct{}

// stages are how far a handler has come when it panics.
var stages = map[string]func(w http.ResponseWriter){
	"before anything":     func(http.ResponseWriter) {},
	"after a status":      func(w http.ResponseWriter) { w.WriteHeader(http.StatusCreated) },
	"after Early Hints":   func(w http.ResponseWriter) { w.WriteHeader(http.StatusEarlyHints) },
	"after a write":       func(w http.ResponseWriter) { say(w, "text") },
	"after a flush":       func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
	"after a mark":        func(w http.ResponseWriter) { httpslo.Event(w).Degraded() },
	"in a stream":         func(w http.ResponseWriter) { httpslo.Established(w) },
	"after it was handed": func(w http.ResponseWriter) { httpslo.Detach(w) },
	"after a hijack": func(w http.ResponseWriter) {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	},
}

// A hijacker gives its connection away.
type hijacker struct{ *httptest.ResponseRecorder }

func (hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	ours, theirs := net.Pipe()
	_ = theirs.Close()
	return ours, nil, nil
}

// TestPanicMatrix: 10,000 panics, of every value at every stage in every layering, arrive as
// they were, with the handler on the stack, and count once.
func TestPanicMatrix(t *testing.T) {
	const n = 10_000
	var cases []func(t *testing.T)
	for layering, wrap := range layerings {
		for stage, come := range stages {
			for _, value := range panicking {
				e := newRig(t, 1)
				h := wrap(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					come(w)
					if value == (goexit{}) {
						runtime.Goexit()
					}
					panicDeepDown(value)
				}))
				count := uint64(0)
				cases = append(cases, func(t *testing.T) {
					t.Helper()
					got, stack := endOf(h)
					count++
					switch nilError, ok := got.(*runtime.PanicNilError); {
					case value == nil && ok && nilError != nil, value == (goexit{}) && got == nil:
					case got != value:
						t.Errorf("%s, %s: the panic of %v arrived as %v", layering, stage, value, got)
					}
					if got != nil && !strings.Contains(stack, "httpslo_test.panicDeepDown") {
						t.Errorf("%s, %s, %v: the stack does not name the handler:\n%s", layering, stage, value, stack)
					}
					e.Want("availability", 0, count, 0)
					if got := e.Budget("availability").Status().InFlight; got != 0 {
						t.Errorf("%s, %s, %v: %d in flight", layering, stage, value, got)
					}
				})
			}
		}
	}
	for i := range n {
		cases[i%len(cases)](t)
		if t.Failed() {
			return
		}
	}
}

// endOf serves one request on a goroutine of its own, and returns what it panicked with and
// the stack where that arrived; nil for runtime.Goexit.
func endOf(h http.Handler) (value any, stack string) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if value = recover(); value != nil {
				stack = string(debug.Stack())
			}
		}()
		h.ServeHTTP(hijacker{httptest.NewRecorder()}, newRequest("GET", "/row"))
	}()
	<-done
	return value, stack
}
