package httpslo_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// causes returns what the route's bad and excluded events were counted under.
func causes(b *budgettest.Tracker) (list []string) {
	for _, o := range b.Report().Operations {
		for _, c := range o.Causes {
			list = append(list, fmt.Sprintf("%s %s %d", o.Name, c.Cause, c.Count))
		}
	}
	return list
}

// TestBlame: a service that calls payments, over real connections on both sides.
func TestBlame(t *testing.T) {
	fail := func(status int) func(c *caller, w http.ResponseWriter, r *http.Request) {
		return func(_ *caller, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	get := func(ctx context.Context, c *caller) error { return c.call(ctx) }
	for _, tt := range []struct {
		name    string
		pay     func(c *caller, w http.ResponseWriter, r *http.Request)
		call    func(ctx context.Context, c *caller) error
		handle  func(w http.ResponseWriter, r *http.Request, err error)
		want    []string
		options []httpslo.Option
		silent  bool // without WithBlame
	}{
		{name: "the event is bad", pay: fail(503), want: []string{route + " payments 1"}},
		{
			name: "the event is good all the same", pay: fail(503),
			handle: func(w http.ResponseWriter, _ *http.Request, _ error) { say(w, "without payments") },
		},
		{
			name: "another cause", pay: fail(503),
			handle: func(w http.ResponseWriter, r *http.Request, _ error) { slo.FromContext(r.Context()).Bad("stock") },
			want:   []string{route + " stock 1"},
		},
		{name: "no failure of payments", pay: fail(404)},
		{name: "no call", call: func(context.Context, *caller) error { return nil }},
		{name: "not asked to", pay: fail(503), silent: true},
		{name: "no marking", pay: fail(503), options: []httpslo.Option{}},
		{
			name: "no answer", pay: func(*caller, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			want: []string{route + " payments 1"},
		},
		{
			name: "no answer in time", pay: func(_ *caller, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			call: func(ctx context.Context, c *caller) error {
				ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
				defer cancel()
				return c.call(ctx)
			},
			want: []string{route + " payments 1"},
		},
		{
			name: "cancelled", pay: func(_ *caller, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			call: func(ctx context.Context, c *caller) error {
				ctx, cancel := context.WithCancel(ctx)
				cancel()
				return c.call(ctx)
			},
		},
		{
			name: "half an answer", pay: func(_ *caller, w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100")
				say(w, "half")
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			},
			want: []string{route + " payments 1"},
		},
		{
			name: "the body still open", pay: func(_ *caller, w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(503)
				say(w, "text")
			},
			call: func(ctx context.Context, c *caller) error {
				resp, err := c.client.Do(c.request(ctx, http.MethodGet))
				if err == nil {
					c.t.Cleanup(func() { _ = resp.Body.Close() })
				}
				return err
			},
			want: []string{route + " payments 1"},
		},
		{
			name: "the last of one call's attempts", pay: fail(503),
			call: func(ctx context.Context, c *caller) error {
				ctx, done := httpslo.OneCall(ctx)
				defer done()
				_ = c.call(ctx)
				return c.call(ctx)
			},
			want: []string{route + " payments 1"},
		},
		{
			name: "one call, repeated with success", pay: func(c *caller, w http.ResponseWriter, _ *http.Request) {
				if c.Budget("availability").Status().InFlight == 1 && !c.failed.Swap(true) {
					w.WriteHeader(503)
				}
			},
			call: func(ctx context.Context, c *caller) error {
				ctx, done := httpslo.OneCall(ctx)
				defer done()
				_ = c.call(ctx)
				return c.call(ctx)
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var options []httpslo.TransportOption
			if !tt.silent {
				options = append(options, httpslo.WithBlame())
			}
			var pay *caller
			pay = newCaller(t, 1, func(w http.ResponseWriter, r *http.Request) { tt.pay(pay, w, r) }, options...)
			call, handle := tt.call, tt.handle
			if call == nil {
				call = get
			}
			if handle == nil {
				handle = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
			}
			serverOptions := tt.options
			if serverOptions == nil {
				serverOptions = []httpslo.Option{httpslo.WithMarking()}
			}
			e := newRig(t, 1)
			e.row(func(w http.ResponseWriter, r *http.Request) { handle(w, r, call(r.Context(), pay)) }, serverOptions...)
			e.get("/row")
			if got := causes(e.Tracker); !slices.Equal(got, tt.want) {
				t.Errorf("causes %q, want %q", got, tt.want)
			}
		})
	}
}

// TestBlameByHost: who is to blame has the name of the dependency.
func TestBlameByHost(t *testing.T) {
	b := budgettest.New(t, objectives()...)
	x := httpslo.Transport(b.Tracker, base(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }), httpslo.WithBlame())
	h := httpslo.Route(b.Tracker, route, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = x.RoundTrip(newRequest("GET", "http://pay.example/").WithContext(r.Context()))
		w.WriteHeader(http.StatusBadGateway)
	}), httpslo.WithMarking())
	h.ServeHTTP(httptest.NewRecorder(), newRequest("GET", "/row"))
	if got, want := causes(b), []string{route + " pay.example 1"}; !slices.Equal(got, want) {
		t.Errorf("causes %q, want %q", got, want)
	}
	b.Want("service", 0, 1, 0) // the request, and not the call
}
