package httpslo_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/internal/recorded"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// TestTransportTwice: a call is counted once, however often it passes; a call of another
// dependency, made on the way, and one that another tracker counts are calls of their own.
func TestTransportTwice(t *testing.T) {
	b, other := budgettest.New(t, dependencies()...), budgettest.New(t, dependencies()...)
	pay := httpslo.WithDependency("payments")
	inner := httpslo.Transport(b.Tracker, respond(io.NopCloser(strings.NewReader("text"))), pay)
	token := httpslo.Transport(b.Tracker, respond(http.NoBody), httpslo.WithDependency("tokens"))
	tries := 0
	retrying := base(func(r *http.Request) (resp *http.Response, err error) {
		if resp, err = token.RoundTrip(r); err != nil {
			return resp, err
		}
		for range 3 {
			tries++
			if resp, err = inner.RoundTrip(r); err != nil {
				return resp, err
			}
		}
		return resp, err
	})
	client := &http.Client{Transport: httpslo.Transport(b.Tracker, httpslo.Transport(other.Tracker, retrying, pay), pay)}
	for range 2 {
		resp, err := client.Get("http://pay.example")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	if tries != 6 {
		t.Errorf("tried %d times, want 6", tries)
	}
	recorded.Check(t, b.Tracker, payments+" 2xx-3xx 2", "dependency:tokens 2xx-3xx 2")
	recorded.Check(t, other.Tracker, payments+" 2xx-3xx 2")

	// A context that outlives its call marks nothing any more.
	var late context.Context
	x := httpslo.Transport(b.Tracker, base(func(r *http.Request) (*http.Response, error) {
		late = r.Context()
		return respond(http.NoBody)(r)
	}), pay)
	for range 2 {
		if _, err := x.RoundTrip(newRequest("GET", "/")); err != nil {
			t.Fatal(err)
		}
		if _, err := inner.RoundTrip(newRequest("GET", "/").WithContext(late)); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.Budget("availability").Counts().Good + b.Budget("availability").Status().InFlight; got != 2+4 {
		t.Errorf("%d calls of payments, want 6", got)
	}
}

// TestTransportClassifier: the last word is the user's, whose panic is contained.
func TestTransportClassifier(t *testing.T) {
	for _, tt := range []struct {
		name     string
		classify func(*http.Request, httpslo.CallOutcome) slo.Class
		want     string
		panics   uint64
	}{
		{"own", func(r *http.Request, o httpslo.CallOutcome) slo.Class {
			if o.Dependency != "payments" || o.Status != 404 || o.Err != nil || r.URL.Path != "/charge" {
				t.Errorf("outcome %+v of %s", o, r.URL)
			}
			return slo.Exempt
		}, "excluded", 0},
		{"default", httpslo.ClassifyCall, "4xx", 0},
		{"outside the set", func(*http.Request, httpslo.CallOutcome) slo.Class { return 200 }, "failed", 0},
		{"panics", func(*http.Request, httpslo.CallOutcome) slo.Class { panic("x") }, "4xx", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCaller(t, 1, http.NotFound, httpslo.WithCallClassifier(tt.classify))
			if err := c.call(t.Context()); err != nil {
				t.Fatal(err)
			}
			c.recorded(payments + " " + tt.want + " 1")
			if got := c.Report().Self.HookPanics; got != tt.panics {
				t.Errorf("HookPanics = %d, want %d", got, tt.panics)
			}
		})
	}
}

// TestTransportManyHosts: a client that is sent anywhere stays bounded.
func TestTransportManyHosts(t *testing.T) {
	hosts := 100_000
	if raceEnabled {
		hosts = 10_000
	}
	b := budgettest.New(t, dependencies()...)
	x := httpslo.Transport(b.Tracker, respond(http.NoBody))
	r := newRequest("GET", "/")
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc) //nolint:gosec // a heap of eight exbibytes is none
	}
	send := func(from, to int) {
		for i := from; i < to; i++ {
			r.URL.Host = fmt.Sprintf("host-%d.example", i)
			if _, err := x.RoundTrip(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	send(0, budget.DefaultMaxOperations)
	known, before := len(b.Report().Operations), heap()
	send(budget.DefaultMaxOperations, hosts)
	r.URL.Host = "payments"
	if _, err := x.RoundTrip(r); err != nil {
		t.Fatal(err)
	}
	grown := heap() - before
	report := b.Report()
	if got := len(report.Operations); got != known {
		t.Errorf("%d operations, want the %d of the first %d hosts, all others in one", got, known, budget.DefaultMaxOperations)
	}
	if want := uint64(hosts - budget.DefaultMaxOperations); report.Self.Overflowed != want {
		t.Errorf("Overflowed = %d, want %d", report.Self.Overflowed, want)
	}
	if grown > 1<<20 {
		t.Errorf("the heap grew by %d bytes, want less than a mebibyte", grown)
	}
	b.Want("availability", 1, 0, 0) // declared, and last to come
}

// TestTransportConcurrentConservation: whoever ends a call first, a reader or a closer, it is
// counted once.
func TestTransportConcurrentConservation(t *testing.T) {
	const goroutines, each = 8, 100
	c := newCaller(t, 1, func(w http.ResponseWriter, _ *http.Request) { say(w, strings.Repeat("x", 1<<15)) })
	c.client.Transport = httpslo.Transport(c.Tracker.Tracker, nil, httpslo.WithDependency("payments"))
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	var wait sync.WaitGroup
	for range goroutines {
		wait.Go(func() {
			for range each {
				resp, err := c.client.Do(c.request(t.Context(), http.MethodGet))
				if err != nil {
					t.Error(err)
					return
				}
				var both sync.WaitGroup
				both.Go(func() { _, _ = io.Copy(io.Discard, resp.Body) })
				both.Go(func() { _ = resp.Body.Close() })
				both.Wait()
			}
		})
	}
	wait.Wait()
	c.recorded(fmt.Sprint(payments, " 2xx-3xx ", goroutines*each))
}

// TestTransportExplain: what counts as what is told, for as long as the transport is there.
func TestTransportExplain(t *testing.T) {
	b := budgettest.New(t, dependencies()...)
	explain := func() string {
		var text strings.Builder
		if err := b.Explain(&text); err != nil {
			t.Fatal(err)
		}
		return text.String()
	}
	plain := httpslo.Transport(b.Tracker, nil)
	full := httpslo.Transport(b.Tracker, nil, httpslo.WithDependency("payments"), httpslo.WithBodyLatency(), httpslo.WithBlame(), httpslo.WithCallClassifier(httpslo.ClassifyCall))
	named := httpslo.Transport(b.Tracker, nil, httpslo.WithDependencyNamer(func(*http.Request) string { return "" }))
	for _, want := range []string{
		"httpslo.Transport: classes by httpslo.ClassifyCall\n  dependencies named by host; latency to the headers; failed calls blame nobody\n",
		"httpslo.Transport: classes by a classifier of its own\n  dependencies named \"payments\"; latency to the end of the body; failed calls blame the dependency\n",
		"  dependencies named by the namer, then by host; latency",
	} {
		if got := explain(); !strings.Contains(got, want) {
			t.Errorf("Explain says\n%s\nwithout\n%s", got, want)
		}
	}
	runtime.KeepAlive(plain)
	runtime.KeepAlive(full)
	runtime.KeepAlive(named)
	if !eventually(func() bool { runtime.GC(); return !strings.Contains(explain(), "httpslo.Transport") }) {
		t.Error("transports that are gone are explained still")
	}
}
