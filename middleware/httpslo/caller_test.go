package httpslo_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/internal/recorded"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// payments is the dependency of most tests.
const payments = "dependency:payments"

func dependencies() []slo.Objective {
	of := slo.Dependency("payments")
	return []slo.Objective{
		{Name: "availability", Of: of, SLI: slo.Availability(), Target: slo.Percent(99)},
		{Name: "latency", Of: of, SLI: slo.Latency(threshold), Target: slo.Percent(95)},
		{Name: "service", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)},
	}
}

// A caller is a client with a tracker, and the server that it calls.
type caller struct {
	*budgettest.Tracker
	t      *testing.T
	server *httptest.Server
	client *http.Client
	bare   http.RoundTripper
	failed atomic.Bool   // for handlers that fail once
	gone   chan struct{} // closed when the test is over: for handlers that wait
}

// newCaller starts a server that speaks HTTP/1.1 or HTTP/2, and a client of it.
func newCaller(t *testing.T, proto int, h http.HandlerFunc, options ...httpslo.TransportOption) *caller {
	t.Helper()
	c := &caller{Tracker: budgettest.New(t, dependencies()...), t: t, gone: make(chan struct{})}
	c.server = httptest.NewUnstartedServer(h)
	c.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if proto == 2 {
		c.server.EnableHTTP2 = true
		c.server.StartTLS()
	} else {
		c.server.Start()
	}
	t.Cleanup(func() {
		close(c.gone)
		c.server.CloseClientConnections()
		c.server.Close()
	})
	c.client = c.server.Client()
	if proto == 1 {
		// A request on a connection that was used before is sent again when that is cut.
		c.client.Transport.(*http.Transport).DisableKeepAlives = true
	}
	c.bare = c.client.Transport
	options = append([]httpslo.TransportOption{nil, httpslo.WithDependency("payments")}, options...)
	c.client.Transport = httpslo.Transport(c.Tracker.Tracker, c.bare, options...)
	c.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

func (c *caller) request(ctx context.Context, method string) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, c.server.URL+"/charge", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// call makes a call, reads the response to its end, and returns the first error.
func (c *caller) call(ctx context.Context) error {
	resp, err := c.client.Do(c.request(ctx, http.MethodGet))
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}

func (c *caller) recorded(want ...string) {
	c.t.Helper()
	recorded.Check(c.t, c.Tracker.Tracker, want...)
}

// A wire is a test over one protocol, HTTP/1.1 or HTTP/2.
type wire struct {
	*testing.T
	proto int
}

func bothProtocols(t *testing.T, name string, f func(t wire)) {
	t.Helper()
	for proto, suffix := range map[int]string{1: "HTTP1", 2: "HTTP2"} {
		t.Run(name+"/"+suffix, func(t *testing.T) { f(wire{t, proto}) })
	}
}
