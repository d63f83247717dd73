package httpslo_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/internal/await"
	"github.com/seed-abb722f7/nines/internal/recorded"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// TestMain looks, after all tests, for goroutines that are still in the middleware: it
// starts none, and every server was closed.
func TestMain(m *testing.M) {
	code := m.Run()
	if !eventually(func() bool { return !strings.Contains(stacks(), "httpslo.(*layer)") }) {
		fmt.Fprintf(os.Stderr, "goroutines left in the middleware:\n%s\n", stacks())
		code = 1
	}
	os.Exit(code)
}

// stacks returns those of all goroutines.
func stacks() string {
	text := make([]byte, 1<<20)
	return string(text[:runtime.Stack(text, true)])
}

// eventually asks until it is so, which others see to in their own time: net/http, and the
// garbage collector. It is false if that takes a minute.
func eventually(so func() bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return await.Until(ctx, func(context.Context) bool { return so() }) == nil
}

// threshold is that of the latency objective in most tests.
const threshold = time.Second

// objectives on the route /row, and on the service.
func objectives() []slo.Objective {
	row := slo.HTTP("GET /row")
	return []slo.Objective{
		{Name: "availability", Of: row, SLI: slo.Availability(), Target: slo.Percent(99)},
		{Name: "latency", Of: row, SLI: slo.Latency(threshold), Target: slo.Percent(95)},
		{Name: "service", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)},
	}
}

// A rig is a real server over real connections, with a tracker whose time the handlers
// move by hand.
type rig struct {
	*budgettest.Tracker
	t      *testing.T
	proto  int // 1 or 2
	url    string
	client *http.Client
	over   chan struct{} // one for each request that was recorded
	cancel context.CancelFunc
}

// protocols runs a test over HTTP/1.1 and over HTTP/2.
func protocols(t *testing.T, name string, f func(e *rig)) {
	t.Helper()
	for proto, suffix := range map[int]string{1: "HTTP1", 2: "HTTP2"} {
		t.Run(name+"/"+suffix, func(t *testing.T) { f(newRig(t, proto)) })
	}
}

func newRig(t *testing.T, proto int) *rig {
	t.Helper()
	return &rig{Tracker: budgettest.New(t, objectives()...), t: t, proto: proto, over: make(chan struct{}, 4096)}
}

// serve starts the server.
func (e *rig) serve(h http.Handler) {
	e.t.Helper()
	base, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { e.over <- struct{}{} }()
		h.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.BaseContext = func(net.Listener) context.Context { return base }
	if e.proto == 2 {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
		// A request on a connection that was used before is sent again when that is cut.
		s.Client().Transport.(*http.Transport).DisableKeepAlives = true
	}
	e.t.Cleanup(func() {
		cancel()
		s.CloseClientConnections()
		s.Close()
	})
	e.url, e.client = s.URL, s.Client()
	e.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
}

// row serves GET /row with f, below Handler.
func (e *rig) row(f http.HandlerFunc, options ...httpslo.Option) {
	e.t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /row", f)
	e.serve(httpslo.Handler(e.Tracker.Tracker, mux, options...))
}

// get asks for a path, waits until the request was recorded, and returns the status; 0 if
// there was no response.
func (e *rig) get(path string) int { return e.do(http.MethodGet, path) }

func (e *rig) do(method, path string) int {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), method, e.url+path, nil)
	if err != nil {
		e.t.Fatal(err)
	}
	return e.send(req)
}

func (e *rig) send(req *http.Request) int {
	e.t.Helper()
	status := 0
	if resp, err := e.client.Do(req); err == nil {
		status = resp.StatusCode
		_, _ = io.Copy(io.Discard, resp.Body) // a cut body is part of some tests
		_ = resp.Body.Close()
		if resp.ProtoMajor != e.proto {
			e.t.Errorf("the test spoke HTTP/%d, want HTTP/%d", resp.ProtoMajor, e.proto)
		}
	}
	<-e.over
	return status
}

// leave asks for a path and goes away when told; it returns when the request was recorded.
func (e *rig) leave(path string, when <-chan struct{}) {
	e.t.Helper()
	ctx, cancel := context.WithCancel(e.t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url+path, nil)
	if err != nil {
		e.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if resp, err := e.client.Do(req); err == nil {
			<-ctx.Done()
			_ = resp.Body.Close()
		}
	}()
	<-when
	cancel()
	<-done
	<-e.over
}

// recorded checks everything that the tracker has recorded, as "operation class count", and
// that nothing is left in flight.
func (e *rig) recorded(want ...string) {
	e.t.Helper()
	recorded.Check(e.t, e.Tracker.Tracker, want...)
}

// hijackable has the optional interfaces of net/http's HTTP/1 writer, and does nothing.
type hijackable struct{}

var errNotHere = errors.New("not here")

func (hijackable) Flush()            {}
func (hijackable) FlushError() error { return nil }
func (hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, errNotHere
}
func (hijackable) ReadFrom(r io.Reader) (int64, error) { return io.Copy(io.Discard, r) }
func (hijackable) WriteString(s string) (int, error)   { return len(s), nil }
func (hijackable) CloseNotify() <-chan bool            { return nil }

// say writes to a client that may not be there any more.
func say(w io.Writer, text string) { _, _ = w.Write([]byte(text)) }

func newRequest(method, target string) *http.Request {
	return httptest.NewRequest(method, target, nil)
}
