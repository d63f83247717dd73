package httpslo_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/iotest"
	"time"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/internal/recorded"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

// TestTransportStatus: what a dependency answers.
func TestTransportStatus(t *testing.T) {
	for status, class := range map[int]string{
		200: "2xx-3xx", 201: "2xx-3xx", 204: "2xx-3xx", 301: "2xx-3xx", 304: "2xx-3xx",
		400: "4xx", 404: "4xx", 429: "429", 500: "5xx", 503: "5xx", 599: "5xx",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			bothProtocols(t, fmt.Sprint(method, status), func(t wire) {
				c := newCaller(t.T, t.proto, func(w http.ResponseWriter, r *http.Request) {
					w.WriteHeader(status)
					if r.Method == http.MethodGet && status == 200 {
						say(w, "some text")
					}
				})
				req := c.request(t.Context(), method)
				resp, err := c.client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				if resp.StatusCode != status || resp.ProtoMajor != t.proto {
					t.Errorf("got %s over %s, want %d over HTTP/%d", resp.Status, resp.Proto, status, t.proto)
				}
				if _, err := io.Copy(io.Discard, resp.Body); err != nil {
					t.Error(err)
				}
				for range 2 { // closed twice, counted once
					if err := resp.Body.Close(); err != nil {
						t.Error(err)
					}
				}
				c.recorded(payments + " " + class + " 1")
				c.Want("service", 0, 0, 0)
			})
		}
	}
}

// TestTransportOutcome: what becomes of calls that get no whole answer.
func TestTransportOutcome(t *testing.T) {
	abort := func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
	half := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "100")
		say(w, "half")
		_ = http.NewResponseController(w).Flush()
	}
	stream := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/event-stream")
		say(w, "data: x\n\n")
		_ = http.NewResponseController(w).Flush()
	}
	for _, tt := range []struct {
		name    string
		handler func(c *caller, w http.ResponseWriter, r *http.Request)
		call    func(c *caller) error
		want    string
		wrong   bool // the call returns an error
	}{
		{
			"cut before the headers",
			func(_ *caller, w http.ResponseWriter, r *http.Request) { abort(w, r) },
			func(c *caller) error { return c.call(t.Context()) }, "failed", true,
		},
		{
			"cut in the body",
			func(_ *caller, w http.ResponseWriter, r *http.Request) { half(w); abort(w, r) },
			func(c *caller) error { return c.call(t.Context()) }, "failed", true,
		},
		{
			"cancelled before the headers",
			func(c *caller, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			func(c *caller) error { return c.call(cancelled(c, nil)) }, "cancelled", true,
		},
		{
			"cancelled with a cause",
			func(c *caller, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			func(c *caller) error { return c.call(cancelled(c, errors.New("another was quicker"))) }, "cancelled", true,
		},
		{
			"cancelled because of a deadline",
			func(c *caller, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			func(c *caller) error {
				return c.call(cancelled(c, fmt.Errorf("too slow: %w", context.DeadlineExceeded)))
			}, "failed", true,
		},
		{
			"cancelled in the body",
			func(c *caller, w http.ResponseWriter, r *http.Request) { half(w); <-r.Context().Done() },
			func(c *caller) error {
				resp, err := left(c, 4)
				if err != nil {
					return err
				}
				defer func() { _ = resp.Body.Close() }()
				_, err = io.Copy(io.Discard, resp.Body)
				return err
			},
			"cancelled", true,
		},
		{
			"deadline before the headers",
			func(_ *caller, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			func(c *caller) error { return c.call(deadline(c)) }, "failed", true,
		},
		{
			"deadline in the body",
			func(_ *caller, w http.ResponseWriter, r *http.Request) { half(w); <-r.Context().Done() },
			func(c *caller) error { return c.call(deadline(c)) }, "failed", true,
		},
		{
			"http.Client.Timeout before the headers",
			func(_ *caller, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			func(c *caller) error {
				c.client.Timeout = 50 * time.Millisecond
				return c.call(t.Context())
			},
			"failed", true,
		},
		{
			"http.Client.Timeout in the body",
			func(_ *caller, w http.ResponseWriter, r *http.Request) { half(w); <-r.Context().Done() },
			func(c *caller) error {
				c.client.Timeout = 50 * time.Millisecond
				return c.call(t.Context())
			},
			"failed", true,
		},
		{
			"http.Request.Cancel",
			func(_ *caller, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			func(c *caller) error {
				r := c.request(t.Context(), http.MethodGet)
				cancel := make(chan struct{})
				r.Cancel = cancel //nolint:staticcheck // deprecated, and still heard
				close(cancel)
				_, err := c.client.Do(r)
				return err
			},
			"cancelled", true,
		},
		{
			"body closed before its end",
			func(_ *caller, w http.ResponseWriter, r *http.Request) { half(w); <-r.Context().Done() },
			func(c *caller) error {
				resp, err := c.client.Do(c.request(t.Context(), http.MethodGet))
				if err != nil {
					return err
				}
				return resp.Body.Close()
			},
			"2xx-3xx", false,
		},
		{
			"body closed before its end, the context over",
			func(_ *caller, w http.ResponseWriter, r *http.Request) { half(w); <-r.Context().Done() },
			func(c *caller) error {
				resp, err := left(c, 0)
				if err != nil {
					return err
				}
				_ = resp.Body.Close()
				return nil
			},
			"2xx-3xx", false,
		},
		{
			"an event stream that is left",
			func(_ *caller, w http.ResponseWriter, r *http.Request) {
				stream(w)
				<-r.Context().Done()
			},
			func(c *caller) error {
				resp, err := left(c, 0)
				if err != nil {
					return err
				}
				defer func() { _ = resp.Body.Close() }()
				_, err = io.Copy(io.Discard, resp.Body)
				return err
			},
			"2xx-3xx", true,
		},
		{
			"an event stream that breaks off",
			func(_ *caller, w http.ResponseWriter, r *http.Request) {
				stream(w)
				abort(w, r)
			},
			func(c *caller) error { return c.call(t.Context()) }, "2xx-3xx", true,
		},
		{
			"a request body that fails",
			func(_ *caller, _ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) },
			func(c *caller) error {
				r := c.request(t.Context(), http.MethodPost)
				r.Body = io.NopCloser(iotest.ErrReader(errPanic))
				_, err := c.client.Do(r)
				return err
			},
			"failed", true,
		},
	} {
		bothProtocols(t, tt.name, func(t wire) {
			var c *caller
			c = newCaller(t.T, t.proto, func(w http.ResponseWriter, r *http.Request) { tt.handler(c, w, r) })
			if err := tt.call(c); (err != nil) != tt.wrong {
				t.Errorf("the call returned %v, want an error: %v", err, tt.wrong)
			}
			c.recorded(payments + " " + tt.want + " 1")
		})
	}
}

// left makes a call, and cancels it when its answer has begun and so many bytes of it are read.
func left(c *caller, read int) (*http.Response, error) {
	ctx, cancel := context.WithCancel(c.t.Context())
	defer cancel()
	resp, err := c.client.Do(c.request(ctx, http.MethodGet))
	if err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(resp.Body, make([]byte, read)); err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	return resp, nil
}

// cancelled returns a context that is cancelled when the server has the request.
func cancelled(c *caller, cause error) context.Context {
	ctx, cancel := context.WithCancelCause(c.t.Context())
	h := c.server.Config.Handler
	c.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel(cause)
		h.ServeHTTP(w, r)
	})
	return ctx
}

func deadline(c *caller) context.Context {
	ctx, cancel := context.WithTimeout(c.t.Context(), 50*time.Millisecond)
	c.t.Cleanup(cancel)
	return ctx
}

// passed is a context whose deadline has passed, but not its timer.
type passed struct{ context.Context }

func (passed) Deadline() (time.Time, bool) { return time.Now(), true }

// TestTransportTwoTimers: http.Client.Timeout closes Request.Cancel at the deadline that it
// gives the context, and either may be heard first.
func TestTransportTwoTimers(t *testing.T) {
	b := budgettest.New(t, dependencies()...)
	x := httpslo.Transport(b.Tracker, base(func(*http.Request) (*http.Response, error) { return nil, errPanic }), httpslo.WithDependency("payments"))
	cancel := make(chan struct{})
	close(cancel)
	for _, ctx := range []context.Context{passed{t.Context()}, t.Context()} {
		r := newClientRequest(ctx)
		r.Cancel = cancel                              //nolint:staticcheck // deprecated, and what http.Client uses
		if _, err := x.RoundTrip(r); err != errPanic { //nolint:errorlint // the very error
			t.Errorf("RoundTrip = %v, want what base says", err)
		}
	}
	recorded.Check(t, b.Tracker, payments+" failed 1", payments+" cancelled 1")
}

// TestTransportCallersDeadline: the context of a call that this process makes for a client of
// its own is cancelled when that one gives up, which may be a moment before the deadline.
func TestTransportCallersDeadline(t *testing.T) {
	for timeout, want := range map[time.Duration]string{4 * time.Millisecond: "failed", time.Hour: "cancelled"} {
		b := budgettest.New(t, dependencies()...)
		x := httpslo.Transport(b.Tracker, base(func(r *http.Request) (*http.Response, error) { return nil, r.Context().Err() }), httpslo.WithDependency("payments"))
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		cancel()
		if _, err := x.RoundTrip(newClientRequest(ctx)); err != ctx.Err() { //nolint:errorlint // the very error
			t.Errorf("RoundTrip = %v, want what base says", err)
		}
		recorded.Check(t, b.Tracker, payments+" "+want+" 1")
	}
}

// TestTransportNobodyThere: a connection that cannot be made.
func TestTransportNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	b := budgettest.New(t, dependencies()...)
	client := &http.Client{Transport: httpslo.Transport(b.Tracker, &http.Transport{}, httpslo.WithDependency("payments"))}
	if _, err := client.Get("http://" + l.Addr().String()); err == nil {
		t.Error("somebody answered")
	}
	if _, err := client.Get("no-scheme://nowhere"); err == nil {
		t.Error("an unknown scheme was answered")
	}
	recorded.Check(t, b.Tracker, payments+" failed 2")
}
