package httpslo_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

// interfaces lists the optional interfaces of a writer.
func interfaces(w http.ResponseWriter) string {
	var list strings.Builder
	for _, c := range []struct {
		name string
		has  func() bool
	}{
		{"Flusher", func() bool { _, ok := w.(http.Flusher); return ok }},
		{"FlushError", func() bool { _, ok := w.(interface{ FlushError() error }); return ok }},
		{"Hijacker", func() bool { _, ok := w.(http.Hijacker); return ok }},
		{"ReaderFrom", func() bool { _, ok := w.(io.ReaderFrom); return ok }},
		{"StringWriter", func() bool { _, ok := w.(io.StringWriter); return ok }},
		{"Pusher", func() bool { _, ok := w.(http.Pusher); return ok }},
		{"CloseNotifier", func() bool { _, ok := w.(http.CloseNotifier); return ok }}, //nolint:staticcheck // deprecated, and wrapped all the same
	} {
		if c.has() {
			list.WriteString(c.name + " ")
		}
	}
	return list.String()
}

// TestServerInterfaces: on a real server the handler sees what it would see without the
// middleware, and what is known of net/http.
func TestServerInterfaces(t *testing.T) {
	for layering, wrap := range layerings {
		protocols(t, layering, func(e *rig) {
			t := e.t
			want := "Flusher FlushError Hijacker ReaderFrom StringWriter CloseNotifier "
			if e.proto == 2 {
				want = "Flusher FlushError StringWriter Pusher CloseNotifier "
			}
			var bare string
			h := wrap(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if got := interfaces(w); got != bare || got != want {
					t.Errorf("the handler sees %s; without the middleware %s; want %s", got, bare, want)
				}
			}))
			e.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				bare = interfaces(w)
				h.ServeHTTP(w, r)
			}))
			e.get("/row")
		})
	}
}

func TestResponseController(t *testing.T) {
	for layering, wrap := range layerings {
		protocols(t, layering, func(e *rig) {
			t := e.t
			e.serve(wrap(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				c := http.NewResponseController(w)
				later := time.Now().Add(time.Hour)
				for name, err := range map[string]error{
					"SetReadDeadline":  c.SetReadDeadline(later),
					"SetWriteDeadline": c.SetWriteDeadline(later),
					"EnableFullDuplex": c.EnableFullDuplex(),
					"Flush":            c.Flush(),
				} {
					if err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
				if e.proto == 1 {
					conn, _, err := c.Hijack()
					if err != nil {
						t.Errorf("Hijack: %v", err)
						return
					}
					_ = conn.Close()
				}
			})))
			e.get("/row")
			e.recorded(route + " 2xx-3xx 1")
		})
	}
}

// A spyConn tells whether a file came as far as the connection's ReadFrom, from where
// the net package hands it to sendfile.
type spyConn struct {
	*net.TCPConn
	files *atomic.Int64
}

func (c spyConn) ReadFrom(src io.Reader) (int64, error) {
	if l, ok := src.(*io.LimitedReader); ok {
		if _, ok := l.R.(*os.File); ok {
			c.files.Add(1)
		}
	}
	return c.TCPConn.ReadFrom(src)
}

type spyListener struct {
	net.Listener
	files *atomic.Int64
}

func (l spyListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return spyConn{c.(*net.TCPConn), l.files}, nil
}

// TestSendfile: a served file reaches the TCP connection as a file.
func TestSendfile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	body := bytes.Repeat([]byte("nines"), 100_000)
	if err := os.WriteFile(name, body, 0o600); err != nil {
		t.Fatal(err)
	}
	for layering, wrap := range layerings {
		t.Run(layering, func(t *testing.T) {
			e := newRig(t, 1)
			files := new(atomic.Int64)
			s := httptest.NewUnstartedServer(wrap(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.ServeFile(w, r, name)
			})))
			s.Listener = spyListener{s.Listener, files}
			s.Start()
			defer s.Close()
			resp, err := s.Client().Get(s.URL + "/row")
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil || !bytes.Equal(got, body) {
				t.Errorf("read %d bytes and %v, want %d", len(got), err, len(body))
			}
			if n := files.Load(); n != 1 {
				t.Errorf("the connection was given %d files, want 1", n)
			}
		})
	}
}

// TestPush: what net/http says of a push, to a client that takes none, arrives.
func TestPush(t *testing.T) {
	e := newRig(t, 2)
	var bare error
	h := httpslo.Route(e.Tracker.Tracker, route, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := w.(http.Pusher).Push("/row", nil); err == nil || err.Error() != bare.Error() {
			t.Errorf("Push = %v, want %v", err, bare)
		}
	}))
	e.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bare = w.(http.Pusher).Push("/row", nil)
		h.ServeHTTP(w, r)
	}))
	e.get("/row")
}

// TestWriterKept: a handler that keeps its writer hurts nobody else's response.
func TestWriterKept(t *testing.T) {
	protocols(t, "used after return", func(e *rig) {
		t := e.t
		var kept http.ResponseWriter
		first := true
		e.row(func(w http.ResponseWriter, r *http.Request) {
			if first {
				first, kept = false, w
				return
			}
			func() {
				defer func() { _ = recover() }() // net/http panics over HTTP/2, with or without the middleware
				httpslo.Event(kept).Bad("someone else's")
				httpslo.Established(kept)
				httpslo.Detach(kept).Done(0)
				httpslo.Route(e.Tracker.Tracker, "/late", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(kept, r)
				kept.Header().Set("X-Kept", "1")
				kept.WriteHeader(http.StatusInternalServerError)
			}()
			say(w, "mine")
		})
		e.get("/row")
		resp, err := e.client.Get(e.url + "/row")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		<-e.over
		if err != nil || string(body) != "mine" || resp.StatusCode != http.StatusOK || resp.Header.Get("X-Kept") != "" {
			t.Errorf("the second response is %d %q %v, %v", resp.StatusCode, body, resp.Header, err)
		}
		e.recorded(route + " 2xx-3xx 2")
	})
}
