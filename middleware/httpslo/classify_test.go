package httpslo_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

func classifierPanics(*http.Request, httpslo.Outcome) slo.Class { panic("classifier") }

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		o    httpslo.Outcome
		want slo.Class
	}{
		{httpslo.Outcome{Operation: "/", Status: 200}, slo.Success},
		{httpslo.Outcome{Operation: "/", Status: 101}, slo.Success},
		{httpslo.Outcome{Operation: "/", Status: 302}, slo.Success},
		{httpslo.Outcome{Operation: "/", Status: 404}, slo.ClientError},
		{httpslo.Outcome{Operation: "/", Status: 429}, slo.TooManyRequests},
		{httpslo.Outcome{Operation: "/", Status: 500}, slo.ServerError},
		{httpslo.Outcome{Operation: "/", Status: 999}, slo.ServerError},
		{httpslo.Outcome{Status: 404}, slo.Unmatched},
		{httpslo.Outcome{Status: 405}, slo.Unmatched},
		{httpslo.Outcome{Status: 403}, slo.ClientError},
		{httpslo.Outcome{Operation: "/", Status: 200, ClientGone: true}, slo.Cancelled},
		{httpslo.Outcome{Operation: "/", Status: 200, TimedOut: true}, slo.Failed},
		{httpslo.Outcome{Operation: "/", Status: 200, Drained: true}, slo.Failed},
		{httpslo.Outcome{Operation: "/", Status: 200, Drained: true, Stream: true}, slo.Shutdown},
		{httpslo.Outcome{Operation: "/", Status: 200, ClientGone: true, Stream: true}, slo.Success},
		{httpslo.Outcome{Operation: "/", Status: 200, TimedOut: true, Stream: true}, slo.Success},
		{httpslo.Outcome{Operation: "/", Status: 200, Panicked: true, Stream: true}, slo.Failed},
		{httpslo.Outcome{Operation: "/", Status: 200, Panicked: true}, slo.Failed},
		{httpslo.Outcome{Operation: "/", Status: 500, Panicked: true, Health: true}, slo.Health},
	} {
		if got := httpslo.Classify(nil, c.o); got != c.want {
			t.Errorf("Classify(%+v) = %v, want %v", c.o, got, c.want)
		}
	}
}

func TestClassifier(t *testing.T) {
	protocols(t, "sees the outcome, and answers", func(e *rig) {
		t := e.t
		var got httpslo.Outcome
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			e.Advance(time.Second)
			w.WriteHeader(http.StatusServiceUnavailable)
			say(w, "maintenance")
		}, httpslo.WithClassifier(func(r *http.Request, o httpslo.Outcome) slo.Class {
			if r.URL.Path != "/row" {
				t.Errorf("classifying %q, want /row", r.URL.Path)
			}
			got = o
			return slo.Exempt
		}))
		e.get("/row")
		if want := (httpslo.Outcome{Operation: route, Status: 503, Written: 11, Latency: time.Second}); got != want {
			t.Errorf("outcome %+v, want %+v", got, want)
		}
		e.recorded(route + " excluded 1")
	})
	protocols(t, "panics: the default holds", func(e *rig) {
		t := e.t
		e.row(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, httpslo.WithClassifier(classifierPanics))
		if got := e.get("/row"); got != http.StatusBadGateway {
			t.Errorf("client saw %d, want 502", got)
		}
		e.recorded(route + " 5xx 1")
		if got := e.Report().Self.HookPanics; got != 1 {
			t.Errorf("HookPanics = %d, want 1", got)
		}
	})
	protocols(t, "answers what no class is", func(e *rig) {
		e.row(func(http.ResponseWriter, *http.Request) {}, httpslo.WithClassifier(func(*http.Request, httpslo.Outcome) slo.Class { return 200 }))
		e.get("/row")
		e.recorded(route + " failed 1")
	})
	protocols(t, "of the route before that of the service", func(e *rig) {
		class := func(c slo.Class) httpslo.Option {
			return httpslo.WithClassifier(func(*http.Request, httpslo.Outcome) slo.Class { return c })
		}
		nothing := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
		mux := http.NewServeMux()
		mux.Handle(httpslo.Routed(e.Tracker.Tracker, route, nothing, class(slo.TooManyRequests)))
		mux.Handle(httpslo.Routed(e.Tracker.Tracker, "GET /plain", nothing))
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux, class(slo.ClientError)))
		e.get("/row")
		e.get("/plain")
		e.recorded(route+" 429 1", "GET /plain 4xx 1")
	})
	protocols(t, "of the route, where the service has none", func(e *rig) {
		mux := http.NewServeMux()
		mux.Handle(httpslo.Routed(e.Tracker.Tracker, route, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
			httpslo.WithClassifier(func(*http.Request, httpslo.Outcome) slo.Class { return slo.Exempt })))
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
		e.get("/row")
		e.recorded(route + " excluded 1")
	})
	protocols(t, "makes a 404 without a pattern valid", func(e *rig) {
		e.row(func(http.ResponseWriter, *http.Request) {}, httpslo.WithClassifier(func(_ *http.Request, o httpslo.Outcome) slo.Class {
			return slo.StatusClass(o.Status)
		}))
		e.get("/nothing")
		e.recorded("unnamed 4xx 1")
		e.Want("service", 1, 0, 0)
	})
}
