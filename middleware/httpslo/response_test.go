package httpslo_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/recorded"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

const route = "GET /row"

// layerings are the ways in which a handler can be counted, each once.
var layerings = map[string]func(*budget.Tracker, http.Handler) http.Handler{
	"Route": func(t *budget.Tracker, h http.Handler) http.Handler {
		return httpslo.Route(t, route, h)
	},
	"Handler": func(t *budget.Tracker, h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle(route, h)
		return httpslo.Handler(t, mux)
	},
	"Route in Handler": func(t *budget.Tracker, h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("/", httpslo.Route(t, route, h))
		return httpslo.Handler(t, mux)
	},
	"Handler in Handler": func(t *budget.Tracker, h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle(route, h)
		return httpslo.Handler(t, httpslo.Handler(t, mux))
	},
	"Handler with a classifier": func(t *budget.Tracker, h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle(route, h)
		return httpslo.Handler(t, mux, httpslo.WithClassifier(httpslo.Classify))
	},
	"Route in Route": func(t *budget.Tracker, h http.Handler) http.Handler {
		return httpslo.Route(t, "/outer", httpslo.Route(t, route, h))
	},
	"Handler with marking": func(t *budget.Tracker, h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle(route, h)
		return httpslo.Handler(t, mux, httpslo.WithMarking())
	},
}

// TestResponse is what a handler that answers counts as, however it is counted. Handler in
// Handler is the row "the same middleware twice on one request".
func TestResponse(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		status  int // that the client sees
		want    slo.Class
	}{
		{"implicit 200 (body, no WriteHeader)", func(w http.ResponseWriter, _ *http.Request) {
			say(w, "hello")
		}, 200, slo.Success},
		{"handler returns without writing, client present", func(http.ResponseWriter, *http.Request) {}, 200, slo.Success},
		{"103 then implicit 200", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			say(w, "hello")
		}, 200, slo.Success},
		{"103 then 503", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusServiceUnavailable)
		}, 503, slo.ServerError},
		{"WriteHeader(200) then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"WriteHeader(500) then WriteHeader(200)", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			w.WriteHeader(http.StatusOK)
		}, 500, slo.ServerError},
		{"Write then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			say(w, "hello")
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"empty Write then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(nil)
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"WriteString then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.(io.StringWriter).WriteString("hello")
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"io.Copy then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, io.LimitReader(strings.NewReader("hello"), 5)) // no WriterTo: ReadFrom, where there is one
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"io.Copy of nothing then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, io.LimitReader(strings.NewReader(""), 5))
			w.WriteHeader(http.StatusInternalServerError)
		}, 500, slo.ServerError},
		{"Flush then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"ResponseController.Flush then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			if err := http.NewResponseController(w).Flush(); err != nil {
				panic(err)
			}
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"404 of a route", http.NotFound, 404, slo.ClientError},
		{"429", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, 429, slo.TooManyRequests},
		{"304", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }, 304, slo.Success},
		{"599", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(599) }, 599, slo.ServerError},
		{"an impossible status, recovered and answered 500", func(w http.ResponseWriter, _ *http.Request) {
			defer func() {
				if recover() != nil {
					w.WriteHeader(http.StatusInternalServerError)
				}
			}()
			w.WriteHeader(1000)
		}, 500, slo.ServerError},
	} {
		for layering, wrap := range layerings {
			protocols(t, c.name+"/"+layering, func(e *rig) {
				t := e.t
				e.serve(wrap(e.Tracker.Tracker, c.handler))
				if got := e.get("/row"); got != c.status {
					t.Errorf("client saw %d, want %d", got, c.status)
				}
				e.recorded(fmt.Sprintf("%s %s 1", route, c.want))
			})
		}
	}
}

// TestEarlyHintsReachTheClient: what is ignored is still passed on.
func TestEarlyHintsReachTheClient(t *testing.T) {
	protocols(t, "103", func(e *rig) {
		t := e.t
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
		})
		hints := 0
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			if code == http.StatusEarlyHints && h.Get("Link") != "" {
				hints++
			}
			return nil
		}})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url+"/row", nil)
		if err != nil {
			t.Fatal(err)
		}
		if e.send(req); hints != 1 {
			t.Errorf("the client got %d early hints, want 1", hints)
		}
	})
}

// TestClosedTracker: requests go on, and nothing is recorded.
func TestClosedTracker(t *testing.T) {
	for layering, wrap := range layerings {
		protocols(t, layering, func(e *rig) {
			t := e.t
			e.serve(wrap(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				e.Close()
				d := httpslo.Detach(w)
				httpslo.Event(w).Bad("late")
				w.WriteHeader(http.StatusTeapot)
				d.Done(slo.Bad)
			})))
			for range 2 {
				if got := e.get("/row"); got != http.StatusTeapot {
					t.Errorf("client saw %d, want 418", got)
				}
			}
			for _, o := range e.Report().Operations {
				if n := o.Requests(); n != 0 {
					t.Errorf("%s recorded %d requests after Close", o.Name, n)
				}
			}
		})
	}
}

func TestTwoTrackers(t *testing.T) {
	protocols(t, "two different trackers on one request", func(e *rig) {
		t := e.t
		other := newRig(t, e.proto)
		mux := http.NewServeMux()
		mux.Handle(route, httpslo.Route(other.Tracker.Tracker, route, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
		})))
		inner := httpslo.Handler(other.Tracker.Tracker, mux, httpslo.WithMarking())
		e.serve(httpslo.Handler(e.Tracker.Tracker, inner))
		e.get("/row")
		e.recorded(route + " 5xx 1")
		recorded.Check(t, other.Tracker.Tracker, route+" 5xx 1")
	})
}

func TestTwice(t *testing.T) {
	protocols(t, "the same middleware twice on one request", func(e *rig) {
		t := e.t
		mux := http.NewServeMux()
		mux.HandleFunc(route, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		wrapped := func(h http.Handler) http.Handler { return httpslo.Handler(e.Tracker.Tracker, h) }
		logged := func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(unwrapper{w}, r) })
		}
		e.serve(wrapped(wrapped(logged(wrapped(mux)))))
		if got := e.get("/row"); got != http.StatusBadGateway {
			t.Errorf("client saw %d, want 502", got)
		}
		e.recorded(route + " 5xx 1")
	})
}

func TestMethod(t *testing.T) {
	protocols(t, "method FOOBAR/pattern without method", func(e *rig) {
		mux := http.NewServeMux()
		mux.HandleFunc("/any", func(http.ResponseWriter, *http.Request) {})
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
		e.do("FOOBAR", "/any")
		e.recorded("/any 2xx-3xx 1")
	})
	protocols(t, "method FOOBAR/pattern with method", func(e *rig) {
		e.row(func(http.ResponseWriter, *http.Request) {})
		e.do("FOOBAR", "/row")
		e.recorded("unmatched unmatched 1")
	})
	protocols(t, "method FOOBAR/namer", func(e *rig) {
		e.row(func(http.ResponseWriter, *http.Request) {}, httpslo.WithNamer(func(r *http.Request) string {
			return httpslo.Method(r) + " /row"
		}))
		e.do("FOOBAR", "/row")
		e.do("GET", "/row")
		e.recorded("_OTHER /row 4xx 1", route+" 2xx-3xx 1")
	})
}

func TestOneSeries(t *testing.T) {
	protocols(t, "5 Host headers, 5 raw paths", func(e *rig) {
		t := e.t
		mux := http.NewServeMux()
		mux.HandleFunc("GET /items/{id}", func(http.ResponseWriter, *http.Request) {})
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
		for i := range 5 {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/items/%d?q=%d", e.url, i, i), nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = fmt.Sprintf("host%d.example", i)
			e.send(req)
		}
		e.recorded("GET /items/{id} 2xx-3xx 5")
	})
}
