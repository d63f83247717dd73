package httpslo_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// TestUnwrapBesideWrite: http.ResponseController sets deadlines from other goroutines, which
// unwraps the writer. Unwrap wrote a plain flag: the race detector saw it.
func TestUnwrapBesideWrite(t *testing.T) {
	e := newRig(t, 1)
	e.row(func(w http.ResponseWriter, _ *http.Request) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 100 {
				_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour))
			}
		}()
		for range 100 {
			say(w, "x")
		}
		<-done
	})
	e.get("/row")
	e.recorded(route + " 2xx-3xx 1")
}

// TestNamerMethodOnly: a namer that puts a method before a pattern it does not have named
// every unmatched request "GET ".
func TestNamerMethodOnly(t *testing.T) {
	protocols(t, "a name that is a method and a space", func(e *rig) {
		e.serve(httpslo.Handler(e.Tracker.Tracker, http.NotFoundHandler(), httpslo.WithNamer(func(r *http.Request) string {
			return httpslo.Method(r) + " "
		})))
		e.get("/nothing")
		e.recorded("unmatched unmatched 1")
	})
}

// TestStatusBeforeHijack: the status that was sent counted as 101.
func TestStatusBeforeHijack(t *testing.T) {
	e := newRig(t, 1)
	e.row(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close()
	})
	e.get("/row")
	e.recorded(route + " 5xx 1")
}

// A slowRead is a source whose own deadline passes.
type slowRead struct{}

func (slowRead) Read([]byte) (int, error) {
	return 0, &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}
}

// TestCopyMeetsTheWriteDeadline: a write deadline during io.Copy counted as the client's
// leaving. The deadline of the source is another matter.
func TestCopyMeetsTheWriteDeadline(t *testing.T) {
	t.Run("of the writer", func(t *testing.T) {
		for name, declared := range map[string]string{"declared length": "10485760", "chunked": ""} {
			t.Run(name, func(t *testing.T) {
				e := newRig(t, 1)
				e.row(func(w http.ResponseWriter, _ *http.Request) {
					if declared != "" {
						w.Header().Set("Content-Length", declared)
					}
					_ = http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0))
					if _, err := io.Copy(w, io.LimitReader(zeros{}, 10<<20)); err == nil {
						t.Error("the copy went through, want a timeout")
					}
				})
				e.get("/row")
				e.recorded(route + " failed 1")
			})
		}
	})
	t.Run("of the source", func(t *testing.T) {
		e := newRig(t, 1)
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			if _, err := io.Copy(w, io.MultiReader(strings.NewReader(strings.Repeat("x", 4096)), slowRead{})); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("io.Copy = %v, want the deadline of the source", err)
			}
		})
		e.get("/row")
		e.recorded(route + " 2xx-3xx 1")
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestGoexitInUserCode: a namer or classifier that ends the goroutine took the event along.
func TestGoexitInUserCode(t *testing.T) {
	for name, c := range map[string]struct {
		option httpslo.Option
		want   string
	}{
		"namer":      {httpslo.WithNamer(func(*http.Request) string { runtime.Goexit(); return "" }), "unnamed 5xx 1"},
		"classifier": {httpslo.WithClassifier(func(*http.Request, httpslo.Outcome) slo.Class { runtime.Goexit(); return 0 }), route + " 5xx 1"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newRig(t, 1)
			e.row(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, c.option)
			e.get("/row")
			e.recorded(c.want)
		})
	}
}

// TestTooLateToBeComplete: what is written after the client has gone is complete in no way.
func TestTooLateToBeComplete(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter){
		"a declared length": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "6")
			w.WriteHeader(http.StatusInternalServerError)
			say(w, "broken")
		},
		"204": func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) },
		"304": func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotModified) },
	} {
		protocols(t, "client gone, handler then writes/"+name, func(e *rig) {
			h, leave := cutShort(e, nil, func(w http.ResponseWriter, _ *http.Request) { answer(w) })
			e.row(h)
			e.leave("/row", leave)
			e.recorded(route + " cancelled 1")
		})
	}
	t.Run("client gone, handler then writes/HEAD", func(t *testing.T) {
		e := newRig(t, 1)
		ctx, cancel := context.WithCancel(context.Background())
		httpslo.Route(e.Tracker.Tracker, route, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			cancel()
			w.WriteHeader(http.StatusInternalServerError)
		})).ServeHTTP(httptest.NewRecorder(), newRequest("HEAD", "/row").WithContext(ctx))
		e.recorded(route + " cancelled 1")
	})
}

// TestThreeLayers: what a layer in the middle says was lost to one further in.
func TestThreeLayers(t *testing.T) {
	exempt := httpslo.WithClassifier(func(*http.Request, httpslo.Outcome) slo.Class { return slo.Exempt })
	nothing := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	var never, begun httpslo.Draining
	begun.Begin()
	t.Run("classifier in the middle", func(t *testing.T) {
		e := newRig(t, 1)
		tr := e.Tracker.Tracker
		h := httpslo.Handler(tr, httpslo.Handler(tr, httpslo.Route(tr, route, nothing, httpslo.WithDraining(&never)), exempt))
		h.ServeHTTP(httptest.NewRecorder(), newRequest("GET", "/row"))
		e.recorded(route + " excluded 1")
	})
	t.Run("draining in the middle", func(t *testing.T) {
		e := newRig(t, 1)
		tr := e.Tracker.Tracker
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		h := httpslo.Handler(tr, httpslo.Handler(tr, httpslo.Route(tr, route, nothing, httpslo.WithClassifier(httpslo.Classify)), httpslo.WithDraining(&begun)))
		h.ServeHTTP(httptest.NewRecorder(), newRequest("GET", "/row").WithContext(ctx))
		e.recorded(route + " failed 1")
	})
}

// TestDetachBeforeRoute: a request that a Route had named was detached, and then given to a
// Route further in. Done recorded it where it had been, and it stayed in flight where it went.
func TestDetachBeforeRoute(t *testing.T) {
	protocols(t, "Done within the inner route", func(e *rig) {
		t, tr := e.t, e.Tracker.Tracker
		e.serve(httpslo.Route(tr, route, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			d := httpslo.Detach(w)
			httpslo.Route(tr, "GET /elsewhere", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				d.Done(slo.Good)
			})).ServeHTTP(w, r)
		})))
		e.get("/row")
		e.recorded(route + " 2xx-3xx 1")
		for _, o := range e.Report().Operations {
			if o.InFlight != 0 {
				t.Errorf("%d in flight on %q after all is over", o.InFlight, o.Name)
			}
		}
	})
}
