package httpslo_test

import (
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

// TestSlowAndBrokenClients: what never becomes a request is none, and what becomes one is over
// when its handler is, whatever its client does: nothing is left in flight, and no goroutine.
func TestSlowAndBrokenClients(t *testing.T) {
	halfOpen := 1_000
	if testing.Short() || raceEnabled {
		halfOpen = 100
	}
	e := newRig(t, 1)
	mux := http.NewServeMux()
	begun := make(chan struct{}, 1)
	mux.HandleFunc(route, func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /upload", func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	mux.HandleFunc("GET /endless", func(w http.ResponseWriter, _ *http.Request) {
		begun <- struct{}{}
		chunk := strings.Repeat("x", 1<<16)
		for {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	})
	e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
	e.get("/row") // what net/http keeps for good is there
	before := runtime.NumGoroutine()
	dial := func(text string) *net.TCPConn {
		t.Helper()
		conn, err := net.Dial("tcp", strings.TrimPrefix(e.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		return conn.(*net.TCPConn)
	}
	reset := func(conn *net.TCPConn) {
		_ = conn.SetLinger(0) // a reset in place of a farewell
		_ = conn.Close()
	}

	var conns []*net.TCPConn
	for i := range halfOpen {
		conns = append(conns, dial(
			[]string{"", "GET /row HTT", "GET /row HTTP/1.1\r\nHost: a\r\nX-Slow: ", "POST /upload HTTP/1.1\r\n", "\x16\x03\x01"}[i%5]))
	}
	for _, o := range e.Report().Operations {
		if o.InFlight != 0 {
			t.Errorf("%s: %d in flight of half requests, want 0", o.Name, o.InFlight)
		}
	}
	for i, conn := range conns {
		if i%2 == 0 {
			reset(conn)
		} else {
			_ = conn.Close()
		}
	}
	e.recorded(route + " 2xx-3xx 1")

	const broken = 20
	for range broken {
		slow := dial("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf")
		<-begun
		reset(slow)
		<-e.over

		reader := dial("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
		<-begun
		reset(reader)
		<-e.over
	}
	var uploads, downloads uint64
	for _, o := range e.Report().Operations {
		switch o.Name {
		case "POST /upload":
			uploads = o.Requests()
		case "GET /endless":
			downloads = o.Requests()
		}
		if o.InFlight != 0 {
			t.Errorf("%s: %d in flight, want 0", o.Name, o.InFlight)
		}
	}
	if uploads != broken || downloads != broken {
		t.Errorf("%d uploads and %d downloads, want %d each", uploads, downloads, broken)
	}
	e.client.CloseIdleConnections()
	if !eventually(func() bool { return runtime.NumGoroutine() <= before }) {
		t.Errorf("%d goroutines, %d before:\n%.4000s", runtime.NumGoroutine(), before, stacks())
	}
}
