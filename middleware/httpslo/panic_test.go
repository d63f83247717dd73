package httpslo_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

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
