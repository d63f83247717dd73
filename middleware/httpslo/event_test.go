package httpslo_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// TestEvent is what a handler may say, found in the writer or in the context.
func TestEvent(t *testing.T) {
	finders := map[string]func(w http.ResponseWriter, r *http.Request) *slo.Event{
		"Event":       func(w http.ResponseWriter, _ *http.Request) *slo.Event { return httpslo.Event(w) },
		"FromContext": func(_ http.ResponseWriter, r *http.Request) *slo.Event { return slo.FromContext(r.Context()) },
	}
	for _, c := range []struct {
		name string
		say  func(*slo.Event)
		want string
	}{
		{"nothing", func(*slo.Event) {}, "2xx-3xx"},
		{"Bad", func(e *slo.Event) { e.Bad("payments") }, "failed"},
		{"Exclude", func(e *slo.Event) { e.Exclude("load test") }, "excluded"},
		{"Degraded", func(e *slo.Event) { e.Degraded() }, "degraded"},
	} {
		for finder, find := range finders {
			protocols(t, finder+"/"+c.name, func(e *rig) {
				t := e.t
				e.row(func(w http.ResponseWriter, r *http.Request) {
					event := find(w, r)
					if event == nil {
						t.Error("no event")
					}
					c.say(event)
				}, httpslo.WithMarking())
				e.get("/row")
				e.recorded(route + " " + c.want + " 1")
			})
		}
	}
	protocols(t, "Subtract", func(e *rig) {
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			e.Advance(3 * threshold)
			httpslo.Event(w).Subtract(2 * threshold)
		})
		e.get("/row")
		e.Want("latency", 1, 0, 0)
	})
	protocols(t, "marking asked for further in only", func(e *rig) {
		mux := http.NewServeMux()
		mux.Handle(httpslo.Routed(e.Tracker.Tracker, route, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			slo.FromContext(r.Context()).Bad("x")
		}), httpslo.WithMarking()))
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
		e.get("/row")
		e.recorded(route + " failed 1")
	})
	protocols(t, "without marking the request is the same one", func(e *rig) {
		t := e.t
		var outer *http.Request
		h := httpslo.Route(e.Tracker.Tracker, route, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r != outer {
				t.Error("the request was replaced")
			}
		}))
		e.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			outer = r
			h.ServeHTTP(w, r)
		}))
		e.get("/row")
	})
	t.Run("below a writer that only unwraps", func(t *testing.T) {
		e := newRig(t, 1)
		httpslo.Route(e.Tracker.Tracker, route, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			httpslo.Event(unwrapper{unwrapper{w}}).Bad("x")
		})).ServeHTTP(httptest.NewRecorder(), newRequest("GET", "/row"))
		e.recorded(route + " failed 1")
	})
	t.Run("of nobody", func(t *testing.T) {
		w := httptest.NewRecorder()
		if e := httpslo.Event(w); e != nil {
			t.Errorf("Event = %v, want nil", e)
		}
		httpslo.Event(w).Bad("harmless")
		httpslo.Established(w)
		httpslo.Detach(w).Done(slo.Bad)
		httpslo.Detach(w).Event().Bad("harmless")
	})
}

// An unwrapper is a writer as logging middleware has them.
type unwrapper struct{ under http.ResponseWriter }

func (u unwrapper) Header() http.Header         { return u.under.Header() }
func (u unwrapper) Write(p []byte) (int, error) { return u.under.Write(p) }
func (u unwrapper) WriteHeader(code int)        { u.under.WriteHeader(code) }
func (u unwrapper) Unwrap() http.ResponseWriter { return u.under }

// TestNilTracker: the handler is left as it is.
func TestNilTracker(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
		httpslo.Event(w).Bad("nobody hears")
		slo.FromContext(r.Context()).Bad("nobody hears")
		httpslo.Detach(w).Done(slo.Bad)
	})
	if h := httpslo.Handler(nil, mux, httpslo.WithMarking()); h != http.Handler(mux) {
		t.Errorf("Handler(nil, mux) = %v, want the mux", h)
	}
	if h := httpslo.Route(nil, route, mux); h != http.Handler(mux) {
		t.Errorf("Route(nil, mux) = %v, want the mux", h)
	}
	if err := httpslo.Check(nil, mux); err != nil {
		t.Errorf("Check(nil, mux) = %v, want nil", err)
	}
	mux.ServeHTTP(httptest.NewRecorder(), newRequest("GET", "/row"))
}

// TestNilArguments: nothing that is nil or zero makes the middleware panic on its own.
func TestNilArguments(t *testing.T) {
	e := newRig(t, 1)
	tr := e.Tracker.Tracker
	if h := httpslo.Route(tr, route, nil); h != nil {
		t.Errorf("Route of a nil handler = %v, want nil: the mux refuses that by itself", h)
	}
	h := httpslo.Handler(tr, nil, nil, httpslo.WithMux(nil), httpslo.WithNamer(nil), httpslo.WithClassifier(nil),
		httpslo.WithHealthPaths(), httpslo.WithDraining(nil))
	r := newRequest("GET", "/nothing/there")
	h.ServeHTTP(httptest.NewRecorder(), r)
	e.recorded("unmatched unmatched 1")

	reached := 0
	h = httpslo.Handler(tr, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }), httpslo.WithMux(http.NewServeMux()))
	h.ServeHTTP(nil, r)
	h.ServeHTTP(httptest.NewRecorder(), nil)
	h.ServeHTTP(httptest.NewRecorder(), &http.Request{})
	if reached != 3 {
		t.Errorf("the handler was reached %d times, want 3", reached)
	}
	var d *httpslo.Draining
	if d.Begin(); d.Begun() {
		t.Error("a nil Draining began")
	}
	var z httpslo.Detached
	z.Done(slo.Good) // of the zero value too
}

// TestDetach is a connection that outlives its handler.
func TestDetach(t *testing.T) {
	for name, c := range map[string]struct {
		verdict slo.Verdict
		say     func(*httpslo.Detached)
		want    string
	}{
		"Good":            {slo.Good, nil, "2xx-3xx"},
		"Bad":             {slo.Bad, nil, "failed"},
		"Excluded":        {slo.Excluded, nil, "excluded"},
		"Unset":           {slo.Unset, nil, "2xx-3xx"},
		"Good, but Event": {slo.Good, func(d *httpslo.Detached) { d.Event().Bad("peer") }, "failed"},
	} {
		for layering, wrap := range layerings {
			t.Run(name+"/"+layering, func(t *testing.T) {
				e := newRig(t, 1)
				detached := make(chan *httpslo.Detached, 1)
				e.serve(wrap(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					e.Advance(threshold / 4)
					conn, _, err := w.(http.Hijacker).Hijack()
					if err != nil {
						t.Error(err)
						return
					}
					_ = conn.Close()
					e.Advance(time.Hour)
					d := httpslo.Detach(w)
					if httpslo.Detach(w) != d {
						t.Error("detached twice")
					}
					detached <- d
				})))
				e.get("/row") // returns when the handler has
				d := <-detached
				e.Advance(time.Hour)
				if s := e.Budget("availability").Status(); s.InFlight != 1 || s.Known == budget.Stalled {
					t.Errorf("before Done: %v with %d in flight, want 1 and not stalled", s.Known, s.InFlight)
				}
				if c.say != nil {
					c.say(d)
				}
				d.Done(c.verdict)
				d.Done(slo.Excluded)
				e.recorded(route + " " + c.want + " 1")
				if c.want == "2xx-3xx" {
					e.Want("latency", 1, 0, 0)
				}
			})
		}
	}
	protocols(t, "Done before the handler returns", func(e *rig) {
		t := e.t
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			httpslo.Detach(w).Done(slo.Bad)
			if got := e.Budget("availability").Counts(); got != (budget.Counts{}) {
				t.Errorf("recorded %+v before the name was known", got)
			}
		})
		e.get("/row")
		e.recorded(route + " failed 1")
	})
	protocols(t, "Done before the handler returns, of a Route", func(e *rig) {
		e.serve(httpslo.Route(e.Tracker.Tracker, route, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			httpslo.Detach(w).Done(slo.Bad)
			e.recorded(route + " failed 1")
		})))
		e.get("/row")
		e.recorded(route + " failed 1")
	})
	protocols(t, "a panic after Detach", func(e *rig) {
		var d *httpslo.Detached
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			d = httpslo.Detach(w)
			panic("boom")
		})
		e.get("/row")
		d.Done(slo.Good)
		e.recorded(route + " failed 1")
	})
	protocols(t, "a status that was sent, and Unset", func(e *rig) {
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			httpslo.Detach(w).Done(slo.Unset)
		})
		e.get("/row")
		e.recorded(route + " 5xx 1")
	})
	t.Run("a status after the hijack, and Unset", func(t *testing.T) {
		e := newRig(t, 1)
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
			w.WriteHeader(http.StatusInternalServerError) // goes nowhere
			httpslo.Detach(w).Done(slo.Unset)
		})
		e.get("/row")
		e.recorded(route + " 2xx-3xx 1")
	})
	protocols(t, "from many goroutines", func(e *rig) {
		var wait sync.WaitGroup
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			d := httpslo.Detach(w)
			for range 8 {
				wait.Go(func() {
					d.Event().Degraded()
					d.Done(slo.Good)
				})
			}
		})
		e.get("/row")
		wait.Wait()
		e.recorded(route + " degraded 1")
	})
}
