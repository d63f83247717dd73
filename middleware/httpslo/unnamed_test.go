package httpslo_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

func TestNoPattern(t *testing.T) {
	protocols(t, "no pattern, final status 404 or 405", func(e *rig) {
		t := e.t
		e.row(func(http.ResponseWriter, *http.Request) {})
		if got := e.get("/wp-login.php"); got != 404 {
			t.Errorf("GET /wp-login.php: %d, want 404", got)
		}
		if got := e.do(http.MethodPost, "/row"); got != 405 {
			t.Errorf("POST /row: %d, want 405", got)
		}
		e.recorded("unmatched unmatched 2")
		e.Want("service", 0, 0, 2)
		if got := e.Budget("service").Status().Excluded; len(got) != 1 || got[0] != (budget.ReasonCount{Reason: "unmatched", Count: 2}) {
			t.Errorf("excluded %v, want 2 unmatched", got)
		}
	})
	protocols(t, "no pattern, any other status", func(e *rig) {
		t := e.t
		e.serve(httpslo.Handler(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/500":
				w.WriteHeader(http.StatusInternalServerError)
			case "/403":
				w.WriteHeader(http.StatusForbidden)
			case "/panic":
				w.WriteHeader(http.StatusNotFound)
				panic("boom")
			}
		})))
		for _, path := range []string{"/", "/500", "/403", "/panic"} {
			e.get(path)
		}
		e.recorded("unnamed 2xx-3xx 1", "unnamed 4xx 1", "unnamed 5xx 1", "unnamed failed 1")
		e.Want("service", 2, 2, 0)
		if got := e.Report().Self.Unnamed; got != 4 {
			t.Errorf("Self.Unnamed = %d, want 4", got)
		}
	})
	protocols(t, "redirects of the mux", func(e *rig) {
		t := e.t
		mux := http.NewServeMux()
		mux.HandleFunc("/tree/", func(http.ResponseWriter, *http.Request) {})
		mux.HandleFunc("/any/{x}/", func(http.ResponseWriter, *http.Request) {})
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
		for _, path := range []string{"/tree", "/any/17"} {
			if got := e.get(path); got < 300 || got > 399 {
				t.Errorf("GET %s: %d, want a redirect", path, got)
			}
		}
		e.recorded("/tree/ 2xx-3xx 1", "/any/{x}/ 2xx-3xx 1")
	})
	t.Run("a CONNECT that the mux redirects names no path", func(t *testing.T) {
		e := newRig(t, 1)
		mux := http.NewServeMux()
		mux.HandleFunc("/any/{x}/", func(http.ResponseWriter, *http.Request) {})
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
		conn, err := net.Dial("tcp", strings.TrimPrefix(e.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		for _, path := range []string{"/any/secret", "/any/secret/"} {
			say(conn, fmt.Sprintf("CONNECT %s HTTP/1.1\r\nHost: a\r\n\r\n", path))
			if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
				t.Fatal(err)
			}
			<-e.over
		}
		e.recorded("unnamed 2xx-3xx 1", "/any/{x}/ 2xx-3xx 1")
	})
}

func TestHealth(t *testing.T) {
	for _, path := range httpslo.DefaultHealthPaths() {
		protocols(t, "health checks"+path, func(e *rig) {
			mux := http.NewServeMux()
			mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
			mux.HandleFunc("GET /metrics", func(http.ResponseWriter, *http.Request) {})
			e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
			e.get(path)
			e.do(http.MethodPost, path)
			switch path {
			case "/healthz":
				e.recorded("/healthz health 2")
			case "/metrics":
				e.recorded("GET /metrics health 1", "unmatched health 1")
			default:
				e.recorded("unmatched health 2")
			}
			e.Want("service", 0, 0, 2)
		})
	}
	protocols(t, "health checks/the list is replaced", func(e *rig) {
		mux := http.NewServeMux()
		mux.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
		mux.HandleFunc("/alive", func(_ http.ResponseWriter, r *http.Request) { r.URL.Path = "/elsewhere" })
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux, httpslo.WithHealthPaths("/alive")))
		e.get("/healthz")
		e.get("/alive")
		e.recorded("/alive health 1", "/healthz 2xx-3xx 1")
	})
	protocols(t, "health checks/a list of many", func(e *rig) {
		var paths []string
		for i := range 40 {
			paths = append(paths, fmt.Sprintf("/check/%d", i))
		}
		long := "/" + strings.Repeat("long", 100)
		paths = append(paths, long)
		e.serve(httpslo.Route(e.Tracker.Tracker, "/", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), httpslo.WithHealthPaths(paths...)))
		e.get("/check/39")
		e.get("/check/40")
		e.get(long)
		e.get(long + "er")
		e.recorded("/ 2xx-3xx 2", "/ health 2")
	})
	protocols(t, "health checks/a Route", func(e *rig) {
		e.serve(httpslo.Route(e.Tracker.Tracker, "GET /ping", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })))
		e.get("/ping")
		e.recorded("GET /ping health 1")
	})
}
