package httpslo_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/internal/recorded"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

// TestOneCall: attempts are one call, of the class of the one that succeeded or else of the
// last, and as long as all of them until then.
func TestOneCall(t *testing.T) {
	for _, tt := range []struct {
		name     string
		statuses []int
		each     time.Duration // of every attempt, until its headers
		want     string
		within   bool // the threshold of the latency objective, which leaves failures out
	}{
		{"first", []int{200}, threshold, "2xx-3xx", true},
		{"second", []int{503, 200}, threshold / 2, "2xx-3xx", true},
		{"second, late", []int{503, 200}, threshold/2 + 1, "2xx-3xx", false},
		{"never", []int{503, 500, 429}, threshold, "429", false},
		{"the last fails", []int{429, 503}, threshold, "5xx", false},
		{"asked again for no reason", []int{200, 503}, threshold, "2xx-3xx", true},
	} {
		bothProtocols(t, tt.name, func(t wire) {
			var c *caller
			var attempt atomic.Int32
			c = newCaller(t.T, t.proto, func(w http.ResponseWriter, _ *http.Request) {
				c.Advance(tt.each)
				w.WriteHeader(tt.statuses[attempt.Add(1)-1])
				say(w, "body")
			})
			ctx, done := httpslo.OneCall(t.Context())
			for range tt.statuses {
				if got := c.Budget("availability").Counts(); got != (budget.Counts{}) {
					t.Errorf("before the end: %+v, want nothing", got)
				}
				if err := c.call(ctx); err != nil {
					t.Error(err)
				}
				if got := c.Budget("availability").Status().InFlight; got != 1 {
					t.Errorf("%d in flight between attempts, want 1", got)
				}
			}
			done()
			done()
			c.recorded(payments + " " + tt.want + " 1")
			if tt.want == "2xx-3xx" && (c.Budget("latency").Counts().Good == 1) != tt.within {
				t.Errorf("latency: %+v, want it within the threshold: %v", c.Budget("latency").Counts(), tt.within)
			}
			// What comes later stands for itself.
			attempt.Store(0)
			if err := c.call(ctx); err != nil {
				t.Error(err)
			}
			if got := c.Report().Self.Overflowed; got != 0 {
				t.Errorf("%d overflowed", got)
			}
			if got := c.Budget("availability").Counts(); got.Valid() != 2 {
				t.Errorf("after a call that came later: %+v, want two", got)
			}
		})
	}
}

// TestOneCallHedged: of two that were asked the first answer counts, though the other one is
// cancelled after it; and nothing is recorded before the last body is closed.
func TestOneCallHedged(t *testing.T) {
	bothProtocols(t, "hedged", func(t wire) {
		arrived := make(chan struct{})
		c := newCaller(t.T, t.proto, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				close(arrived)
				<-r.Context().Done()
				return
			}
			<-arrived
			say(w, "answer")
		})
		ctx, done := httpslo.OneCall(t.Context())
		slow, cancel := context.WithCancel(ctx)
		var other sync.WaitGroup
		other.Go(func() {
			if resp, err := c.client.Do(c.request(slow, http.MethodPost)); err == nil {
				t.Errorf("the slow one was answered %s", resp.Status)
				_ = resp.Body.Close()
			}
		})
		resp, err := c.client.Do(c.request(ctx, http.MethodGet))
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		other.Wait()
		done()
		c.Want("availability", 0, 0, 0)
		if got, err := io.ReadAll(resp.Body); string(got) != "answer" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		_ = resp.Body.Close()
		c.recorded(payments + " 2xx-3xx 1")
	})
}

// TestOneCallOfSeveral: each dependency that the attempts reach counts one call.
func TestOneCallOfSeveral(t *testing.T) {
	b := budgettest.New(t, dependencies()...)
	x := httpslo.Transport(b.Tracker, respond(http.NoBody))
	ctx, done := httpslo.OneCall(t.Context())
	for _, host := range []string{"payments", "other.example", "payments", "other.example", "payments"} {
		r := newRequest("GET", "/").WithContext(ctx)
		r.URL.Host = host
		if _, err := x.RoundTrip(r); err != nil {
			t.Fatal(err)
		}
	}
	done()
	recorded.Check(t, b.Tracker, payments+" 2xx-3xx 1", "dependency:other.example 2xx-3xx 1")
}

// TestOneCallConcurrentConservation: attempts that begin, end and are done at any time.
func TestOneCallConcurrentConservation(t *testing.T) {
	const rounds, tries = 500, 4
	b := budgettest.New(t, dependencies()...)
	client := &http.Client{Transport: httpslo.Transport(b.Tracker, base(func(r *http.Request) (*http.Response, error) {
		return respond(io.NopCloser(strings.NewReader("text")))(r)
	}), httpslo.WithDependency("payments"))}
	var calls uint64
	for range rounds {
		ctx, done := httpslo.OneCall(t.Context())
		var wait sync.WaitGroup
		for range tries {
			wait.Go(func() {
				resp, err := client.Do(newClientRequest(ctx))
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			})
		}
		wait.Go(done)
		wait.Wait()
		// One call, and one for each attempt that began too late for it.
		now := b.Budget("availability").Counts()
		if n := now.Good - calls; n < 1 || n > tries+1 || now.Bad+now.Excluded > 0 {
			t.Fatalf("%d calls of %d attempts", n, tries)
		}
		calls = now.Good
		if got := b.Budget("availability").Status().InFlight; got != 0 {
			t.Fatalf("%d in flight", got)
		}
	}
}

func newClientRequest(ctx context.Context) *http.Request {
	r := newRequest(http.MethodGet, "http://pay.example/").WithContext(ctx)
	r.RequestURI = "" // which only servers know
	return r
}
