package httpslo_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

// TestTransportLatency: until the headers came, or the body ended.
func TestTransportLatency(t *testing.T) {
	type latencies struct{ good, bad uint64 } // by a threshold of one second
	for _, tt := range []struct {
		name            string
		header, body    time.Duration
		toHeader, toEnd latencies
	}{
		{"quick", threshold, 0, latencies{1, 0}, latencies{1, 0}},
		{"slow headers", threshold + 1, 0, latencies{0, 1}, latencies{0, 1}},
		{"slow body", threshold, 1, latencies{1, 0}, latencies{0, 1}},
	} {
		for name, options := range map[string][]httpslo.TransportOption{"headers": nil, "body": {httpslo.WithBodyLatency()}} {
			bothProtocols(t, tt.name+"/"+name, func(t wire) {
				var c *caller
				read := make(chan struct{})
				c = newCaller(t.T, t.proto, func(w http.ResponseWriter, _ *http.Request) {
					c.Advance(tt.header)
					_ = http.NewResponseController(w).Flush()
					<-read
					c.Advance(tt.body)
					say(w, "the end")
				}, options...)
				resp, err := c.client.Do(c.request(t.Context(), http.MethodGet))
				if err != nil {
					t.Fatal(err)
				}
				close(read)
				if _, err := io.Copy(io.Discard, resp.Body); err != nil {
					t.Fatal(err)
				}
				want := tt.toHeader
				if name == "body" {
					want = tt.toEnd
				}
				c.Want("latency", want.good, want.bad, 0) // before it is closed
				_ = resp.Body.Close()
				c.Want("latency", want.good, want.bad, 0)
			})
		}
	}
}

// TestTransportLongBody: a download takes its time without the dependency being stalled; a
// call that is not answered is stalled, and so is one whose body is part of the promise.
func TestTransportLongBody(t *testing.T) {
	for name, tt := range map[string]struct {
		options []httpslo.TransportOption
		flush   bool
		stalled bool
	}{
		"answered":     {nil, true, false},
		"not answered": {nil, false, true},
		"to the end":   {[]httpslo.TransportOption{httpslo.WithBodyLatency()}, true, true},
	} {
		bothProtocols(t, name, func(t wire) {
			var c *caller
			arrived, proceed := make(chan struct{}), make(chan struct{})
			c = newCaller(t.T, t.proto, func(w http.ResponseWriter, _ *http.Request) {
				if tt.flush {
					_ = http.NewResponseController(w).Flush()
				}
				close(arrived)
				<-proceed
				say(w, "the end")
			}, tt.options...)
			answered, done := make(chan struct{}), make(chan error)
			go func() {
				resp, err := c.client.Do(c.request(t.Context(), http.MethodGet))
				close(answered)
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
				}
				done <- err
			}()
			<-arrived
			if tt.flush {
				<-answered
			}
			c.Advance(time.Minute)
			s := c.Budget("availability").Status()
			if s.InFlight != 1 || s.StalledFor > 0 != tt.stalled {
				t.Errorf("after a minute: %d in flight, stalled for %v, want 1 and %v", s.InFlight, s.StalledFor, tt.stalled)
			}
			close(proceed)
			if err := <-done; err != nil {
				t.Error(err)
			}
			c.recorded(payments + " 2xx-3xx 1")
		})
	}
}

// TestTransportLeak: a response that nobody reads or closes is recorded all the same.
func TestTransportLeak(t *testing.T) {
	bothProtocols(t, "leak", func(t wire) {
		const n = 10
		var c *caller
		c = newCaller(t.T, t.proto, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			say(w, strings.Repeat("x", 1<<16))
			if t.proto == 2 {
				return // net/http holds the response for as long as its stream is open
			}
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
			case <-c.gone:
			}
		}, httpslo.WithBodyLatency())
		for range n {
			if _, err := c.client.Do(c.request(t.Context(), http.MethodGet)); err != nil { //nolint:bodyclose // that is the case
				t.Fatal(err)
			}
		}
		eventually(func() bool {
			runtime.GC()
			return c.Budget("availability").Counts().Bad == n
		})
		c.recorded(fmt.Sprint(payments, " 5xx ", n))
	})
}
