package httpslo_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

const (
	traceID     = "0af7651916cd43dd8448eb211c80319c"
	spanID      = "b7ad6b7169203331"
	traceparent = "00-" + traceID + "-" + spanID + "-01"
)

// exemplars returns those of GET /row.
func exemplars(e *rig) []budget.Exemplar {
	for _, o := range e.Report().Operations {
		if o.Name == route {
			return o.Exemplars
		}
	}
	return nil
}

// TestExemplars is which requests are kept with their trace.
func TestExemplars(t *testing.T) {
	of := func(r *http.Request) (trace, span string) { return strings.Repeat("a", 32), r.Header.Get("Span") }
	fail := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	for _, c := range []struct {
		name    string
		header  string
		span    string
		options []httpslo.Option
		serve   func(e *rig) http.HandlerFunc
		trace   string // "" for no exemplar
		class   slo.Class
	}{
		{name: "good", header: traceparent, serve: func(*rig) http.HandlerFunc { return func(http.ResponseWriter, *http.Request) {} }},
		{name: "bad", header: traceparent, serve: func(*rig) http.HandlerFunc { return fail }, trace: traceID, class: slo.ServerError},
		{name: "bad without a trace", serve: func(*rig) http.HandlerFunc { return fail }},
		{name: "bad with what is no trace", header: traceparent[1:], serve: func(*rig) http.HandlerFunc { return fail }},
		{name: "slow", header: traceparent, serve: func(e *rig) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { e.Advance(2 * threshold) }
		}, trace: traceID, class: slo.Success},
		{name: "said to be bad", header: traceparent, serve: func(*rig) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { httpslo.Event(w).Bad("payments") }
		}, trace: traceID, class: slo.Failed},
		{name: "slow through no fault of its own", header: traceparent, serve: func(e *rig) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				e.Advance(2 * threshold)
				httpslo.Event(w).Subtract(2 * threshold)
			}
		}},
		{name: "panic", header: traceparent, serve: func(*rig) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { panic("x") }
		}, trace: traceID, class: slo.Failed},
		{name: "detached", header: traceparent, serve: func(*rig) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { httpslo.Detach(w).Done(slo.Bad) }
		}, trace: traceID, class: slo.Failed},
		{
			name: "WithTrace", header: traceparent, span: spanID, options: []httpslo.Option{httpslo.WithTrace(of)},
			serve: func(*rig) http.HandlerFunc { return fail }, trace: strings.Repeat("a", 32), class: slo.ServerError,
		},
		{
			name: "WithTrace and no span", header: traceparent, options: []httpslo.Option{httpslo.WithTrace(of)},
			serve: func(*rig) http.HandlerFunc { return fail },
		},
		{
			name: "WithTrace panics", header: traceparent,
			options: []httpslo.Option{httpslo.WithTrace(func(*http.Request) (string, string) { panic("x") })},
			serve:   func(*rig) http.HandlerFunc { return fail },
		},
	} {
		protocols(t, c.name, func(e *rig) {
			t := e.t
			e.row(c.serve(e), c.options...)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.url+"/row", nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.header != "" {
				req.Header.Set("traceparent", c.header)
			}
			if c.span != "" {
				req.Header.Set("Span", c.span)
			}
			e.send(req)
			list := exemplars(e)
			if c.trace == "" {
				if len(list) != 0 {
					t.Errorf("exemplars %+v, want none", list)
				}
				return
			}
			if len(list) != 1 || list[0].TraceID != c.trace || list[0].SpanID != spanID || list[0].Class != c.class || !list[0].Sampled || list[0].Operation != route {
				t.Errorf("exemplars %+v, want one of trace %s, %v", list, c.trace, c.class)
			}
			if c.class == slo.Success && list[0].Latency != 2*time.Second {
				t.Errorf("latency %v, want 2s", list[0].Latency)
			}
		})
	}
}

// TestCallExemplars is which calls are kept with their trace.
func TestCallExemplars(t *testing.T) {
	of := httpslo.WithCallTrace(func(r *http.Request) (trace, span string) { return strings.Repeat("a", 32), r.Header.Get("Span") })
	for _, tt := range []struct {
		name, header, span string
		status             int
		took               time.Duration
		options            []httpslo.TransportOption
		one                bool
		want               string
	}{
		{name: "good", header: traceparent, status: 200},
		{name: "bad", header: traceparent, status: 500, want: traceID},
		{name: "bad without a trace", status: 500},
		{name: "slow", header: traceparent, status: 200, took: 2 * threshold, want: traceID},
		{name: "found by a function", header: traceparent, span: spanID, status: 500, options: []httpslo.TransportOption{of}, want: strings.Repeat("a", 32)},
		{name: "not found by a function", header: traceparent, status: 500, options: []httpslo.TransportOption{of}},
		{name: "attempts of one call", header: traceparent, status: 500, one: true, want: traceID},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c *caller
			c = newCaller(t, 1, func(w http.ResponseWriter, _ *http.Request) {
				c.Advance(tt.took)
				w.WriteHeader(tt.status)
			}, tt.options...)
			ctx, done := t.Context(), func() {}
			if tt.one {
				ctx, done = httpslo.OneCall(ctx)
			}
			r := c.request(ctx, http.MethodGet)
			r.Header.Set("Traceparent", tt.header)
			r.Header.Set("Span", tt.span)
			resp, err := c.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			done()
			var got []string
			for _, o := range c.Report().Operations {
				for _, x := range o.Exemplars {
					got = append(got, o.Name+" "+x.TraceID)
				}
			}
			var want []string
			if tt.want != "" {
				want = []string{payments + " " + tt.want}
			}
			if !slices.Equal(got, want) {
				t.Errorf("exemplars %q, want %q", got, want)
			}
		})
	}
}
