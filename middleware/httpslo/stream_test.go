package httpslo_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

func TestHijack(t *testing.T) {
	for layering, wrap := range layerings {
		t.Run("hijack, then 101/"+layering, func(t *testing.T) {
			e := newRig(t, 1)
			e.serve(wrap(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				e.Advance(threshold / 4)
				conn, rw, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer func() { _ = conn.Close() }()
				say(rw, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
				_ = rw.Flush()
				w.WriteHeader(http.StatusInternalServerError) // too late
				e.Advance(time.Hour)
			})))
			resp, err := e.client.Get(e.url + "/row")
			if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
				t.Fatalf("got %v, %v, want 101", resp, err)
			}
			_ = resp.Body.Close()
			<-e.over
			e.recorded(route + " 2xx-3xx 1")
			e.Want("availability", 1, 0, 0)
			e.Want("latency", 1, 0, 0)
			for _, o := range e.Report().Operations {
				if o.Name == route && o.Good.Sum != (threshold/4).Seconds() {
					t.Errorf("latency %v s, want the time to the hijack, %v", o.Good.Sum, threshold/4)
				}
			}
		})
	}
	t.Run("hijack, then panic", func(t *testing.T) {
		e := newRig(t, 1)
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
			}
			_ = conn.Close()
			panic("boom")
		})
		e.get("/row")
		e.recorded(route + " failed 1")
	})
	for _, c := range []struct {
		name  string
		proto int
		want  string
	}{
		{"101 without a hijack is final", 1, "2xx-3xx"},
		{"101 over HTTP/2 is informational", 2, "5xx"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newRig(t, c.proto)
			e.row(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusSwitchingProtocols)
				w.WriteHeader(http.StatusInternalServerError)
			})
			e.get("/row")
			e.recorded(route + " " + c.want + " 1")
		})
	}
}

// TestStream is one event, recorded when the handler returns, with the latency of its
// establishment, and never stalled while it lasts.
func TestStream(t *testing.T) {
	for name, open := range map[string]func(http.ResponseWriter){
		"text/event-stream, Flush": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.(http.Flusher).Flush()
		},
		"text/event-stream, WriteHeader": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream;charset=utf-8")
			w.WriteHeader(http.StatusOK)
		},
		"text/event-stream, Write": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream")
			say(w, "data: 1\n\n")
		},
		"Established": func(w http.ResponseWriter) {
			httpslo.Established(w)
			httpslo.Established(w)
			say(w, "a line a minute")
		},
	} {
		for layering, wrap := range layerings {
			protocols(t, name+"/"+layering, func(e *rig) {
				t := e.t
				e.serve(wrap(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					e.Advance(threshold / 4)
					open(w)
					e.Advance(time.Hour)
					if s := e.Budget("availability").Status(); s.Known == budget.Stalled || s.InFlight != 1 {
						t.Errorf("during the stream: %v with %d in flight, want 1 and not stalled", s.Known, s.InFlight)
					}
				})))
				e.get("/row")
				e.recorded(route + " 2xx-3xx 1")
				e.Want("latency", 1, 0, 0)
			})
		}
	}
	protocols(t, "a failed event stream is an answer", func(e *rig) {
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.WriteHeader(http.StatusServiceUnavailable)
			e.Advance(2 * threshold)
		})
		e.get("/row")
		e.recorded(route + " 5xx 1")
	})
	protocols(t, "an event stream that fails late, by its mark", func(e *rig) {
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.(http.Flusher).Flush()
			httpslo.Event(w).Bad("upstream")
		})
		e.get("/row")
		e.recorded(route + " failed 1")
	})
	protocols(t, "any other flushed response can stall", func(e *rig) {
		t := e.t
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-streamer")
			w.(http.Flusher).Flush()
			e.Advance(time.Hour)
			if s := e.Budget("availability").Status(); s.Known != budget.Stalled {
				t.Errorf("after an hour: %v, want stalled", s.Known)
			}
		})
		e.get("/row")
		e.Want("latency", 0, 1, 0)
	})
}

func TestDraining(t *testing.T) {
	stream := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
	}
	complete := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "2")
		say(w, "ok")
	}
	for _, c := range []struct {
		name   string
		begin  bool
		before func(http.ResponseWriter)
		after  func()
		want   string
	}{
		{"a request", true, nil, nil, "failed"},
		{"a request that aborts", true, nil, func() { panic(http.ErrAbortHandler) }, "failed"},
		{"a stream", true, stream, nil, "shutdown"},
		{"a stream that aborts", true, stream, func() { panic(http.ErrAbortHandler) }, "shutdown"},
		{"a stream that panics", true, stream, func() { panic("boom") }, "failed"},
		{"a complete response", true, complete, nil, "2xx-3xx"},
		{"a request, not told", false, nil, nil, "cancelled"},
		{"a stream, not told", false, stream, nil, "2xx-3xx"},
	} {
		protocols(t, "context cancelled while the server drains/"+c.name, func(e *rig) {
			var draining httpslo.Draining
			e.row(func(w http.ResponseWriter, r *http.Request) {
				if c.before != nil {
					c.before(w)
				}
				if c.begin {
					draining.Begin()
				}
				e.cancel()
				<-r.Context().Done()
				if c.after != nil {
					c.after()
				}
			}, httpslo.WithDraining(&draining))
			e.get("/row")
			e.recorded(route + " " + c.want + " 1")
		})
	}
	protocols(t, "context cancelled while the server drains/told to the service, with a route that classifies", func(e *rig) {
		var draining httpslo.Draining
		mux := http.NewServeMux()
		mux.Handle(httpslo.Routed(e.Tracker.Tracker, route, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			draining.Begin()
			e.cancel()
			<-r.Context().Done()
		}), httpslo.WithClassifier(httpslo.Classify)))
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux, httpslo.WithDraining(&draining)))
		e.get("/row")
		e.recorded(route + " failed 1")
	})
	protocols(t, "context cancelled while the server drains/told to the route only", func(e *rig) {
		var draining httpslo.Draining
		mux := http.NewServeMux()
		mux.Handle(httpslo.Routed(e.Tracker.Tracker, route, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			draining.Begin()
			e.cancel()
			<-r.Context().Done()
		}), httpslo.WithDraining(&draining)))
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
		e.get("/row")
		e.recorded(route + " failed 1")
	})
}

// TestDetachedBalance: a detached connection that is done leaves no trace either.
func TestDetachedBalance(t *testing.T) {
	for layering, wrap := range layerings {
		t.Run(layering, func(t *testing.T) {
			e := newRig(t, 1)
			var detached *httpslo.Detached
			hang := false
			h := wrap(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if !hang {
					detached = httpslo.Detach(w)
					return
				}
				e.Advance(time.Minute)
				if got := e.Budget("availability").Status(); got.Known != budget.Stalled {
					t.Errorf("while a request hangs: %v with %d in flight, want stalled", got.Known, got.InFlight)
				}
			}))
			h.ServeHTTP(httptest.NewRecorder(), newRequest("GET", "/row"))
			detached.Done(slo.Good)
			hang = true
			h.ServeHTTP(httptest.NewRecorder(), newRequest("GET", "/row"))
			e.recorded(route + " 2xx-3xx 2")
		})
	}
}

// TestStreamsBalance: a stream that was in flight where it did not belong leaves no trace,
// there or where it went: afterwards nothing is stalled that should not be, and a request
// that hangs is seen.
func TestStreamsBalance(t *testing.T) {
	for layering, wrap := range layerings {
		t.Run(layering, func(t *testing.T) {
			e := newRig(t, 1)
			tr := e.Tracker.Tracker
			hang := false
			stalled := func() (list []string) {
				for _, o := range e.Report().Operations {
					if o.Stalled {
						list = append(list, o.Name)
					}
				}
				return list
			}
			answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if hang {
					e.Advance(time.Minute)
					if got := stalled(); len(got) != 1 {
						t.Errorf("stalled: %q, want where the request hangs", got)
					}
					return
				}
				w.Header().Set("Content-Type", "text/event-stream")
				w.WriteHeader(http.StatusOK)
				e.Advance(time.Minute)
			})
			named := httpslo.Handler(tr, answer, httpslo.WithNamer(func(*http.Request) string { return "GET /elsewhere" }))
			serve := func(h http.Handler) { h.ServeHTTP(httptest.NewRecorder(), newRequest("GET", "/row")) }
			serve(wrap(tr, answer)) // guessed right, or known
			serve(named)            // guessed as the declared route
			e.Advance(time.Minute)
			if got := stalled(); len(got) != 0 {
				t.Errorf("stalled after all is over: %q", got)
			}
			hang = true
			serve(wrap(tr, answer))
			serve(named)
			serve(httpslo.Route(tr, "GET /elsewhere", answer))
			e.recorded(route+" 2xx-3xx 2", "GET /elsewhere 2xx-3xx 3")
		})
	}
}
