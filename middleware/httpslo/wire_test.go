package httpslo_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// wires are exchanges that wrappers are known to change.
var wires = []struct {
	name, method string
	headers      map[string]string
	handler      http.HandlerFunc
}{
	{"a body", "GET", nil, func(w http.ResponseWriter, _ *http.Request) { say(w, "text") }},
	{"nothing", "GET", nil, func(http.ResponseWriter, *http.Request) {}},
	{"HEAD", "HEAD", nil, func(w http.ResponseWriter, _ *http.Request) { say(w, "text") }},
	{"HEAD with a length", "HEAD", nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		w.WriteHeader(http.StatusOK)
	}},
	{"204", "GET", nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }},
	{"304", "GET", map[string]string{"If-None-Match": `"tag"`}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"tag"`)
		http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader("text"))
	}},
	{"Early Hints", "GET", nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusProcessing)
		say(w, "text")
	}},
	{"Early Hints, then an error", "GET", nil, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		http.Error(w, "no", http.StatusServiceUnavailable)
	}},
	{"trailers", "GET", nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		say(w, "text")
		w.Header().Set("X-Sum", "7")
		w.Header().Set(http.TrailerPrefix+"X-Late", "8")
	}},
	{"server-sent events", "GET", map[string]string{"Accept": "text/event-stream"}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 5 {
			say(w, fmt.Sprintf("id: %d\ndata: x\n\n", i))
			w.(http.Flusher).Flush()
		}
	}},
	{"chunks", "GET", nil, func(w http.ResponseWriter, _ *http.Request) {
		for range 5 {
			say(w, strings.Repeat("x", 5000))
			_ = http.NewResponseController(w).Flush()
		}
	}},
	{"a redirect", "GET", nil, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) }},
	{"two statuses", "GET", nil, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		w.WriteHeader(http.StatusInternalServerError)
	}},
	{"more than declared", "GET", nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "2")
		say(w, "text")
	}},
	{"less than declared", "GET", nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "9")
		say(w, "text")
	}},
	{"a panic", "GET", nil, func(w http.ResponseWriter, _ *http.Request) {
		say(w, "text")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}},
}

// TestWireIdentity: each of them is the same to the byte with the middleware and without,
// however it is counted.
func TestWireIdentity(t *testing.T) {
	for _, c := range wires {
		undated := func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Date"] = nil // the one header that time makes differ
			c.handler(w, r)
		}
		for layering, wrap := range layerings {
			protocols(t, c.name+"/"+layering, func(e *rig) {
				t := e.t
				var got [2]string
				for i, h := range []http.Handler{http.HandlerFunc(undated), wrap(e.Tracker.Tracker, http.HandlerFunc(undated))} {
					e.serve(h)
					if e.proto == 2 {
						got[i] = exchange(t, e.client.Transport, e.url+"/row", c.method, c.headers)
					} else {
						got[i] = raw(t, e.url, c.method, c.headers)
					}
					<-e.over
				}
				if got[0] != got[1] || got[0] == "" {
					t.Errorf("without the middleware:\n%.2000q\nwith it:\n%.2000q", got[0], got[1])
				}
				total := uint64(0)
				for _, o := range e.Report().Operations {
					total += o.Requests()
				}
				if total != 1 {
					t.Errorf("%d requests counted, want 1", total)
				}
			})
		}
	}
}

// raw returns the bytes of one exchange over HTTP/1.1.
func raw(t *testing.T, url, method string, headers map[string]string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var request strings.Builder
	fmt.Fprintf(&request, "%s /row HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", method)
	for k, v := range headers {
		fmt.Fprintf(&request, "%s: %s\r\n", k, v)
	}
	request.WriteString("\r\n")
	if _, err := io.WriteString(conn, request.String()); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// TestSendfileOfARange: parts of a large file reach the connection as a file too, and the
// client as they are.
func TestSendfileOfARange(t *testing.T) {
	const size = 8 << 20
	name := filepath.Join(t.TempDir(), "file")
	body := make([]byte, size)
	for i := range body {
		body[i] = byte(i * 7 >> 3)
	}
	if err := os.WriteFile(name, body, 0o600); err != nil {
		t.Fatal(err)
	}
	files := func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }
	for layering, wrap := range layerings {
		t.Run(layering, func(t *testing.T) {
			e := newRig(t, 1)
			for _, h := range []http.Handler{http.HandlerFunc(files), wrap(e.Tracker.Tracker, http.HandlerFunc(files))} {
				spied := newSpied(h)
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, spied.URL+"/row", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", size/4, size/2-1))
				resp, err := spied.Client().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil || resp.StatusCode != http.StatusPartialContent || !bytes.Equal(got, body[size/4:size/2]) {
					t.Errorf("%s with %d bytes and %v, want 206 with %d", resp.Status, len(got), err, size/4)
				}
				if n := spied.files.Load(); n != 1 {
					t.Errorf("the connection was given %d files, want 1", n)
				}
				spied.Close()
			}
			e.recorded(route + " 2xx-3xx 1")
		})
	}
}

// A spied server tells how many files its connections were given.
type spied struct {
	*httptest.Server
	files *atomic.Int64
}

func newSpied(h http.Handler) spied {
	s := spied{httptest.NewUnstartedServer(h), new(atomic.Int64)}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Listener = spyListener{s.Listener, s.files}
	s.Start()
	return s
}
