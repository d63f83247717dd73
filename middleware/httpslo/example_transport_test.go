package httpslo_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// dependent returns a tracker of a service that calls payments.
func dependent() *budget.Tracker {
	tracker, err := budget.New(budget.Config{Service: "shop", Objectives: []slo.Objective{
		checkoutAvailability,
		{Name: "payments", Of: slo.Dependency("payments"), SLI: slo.Availability(), Target: slo.Percent(99.5)},
	}})
	if err != nil {
		panic(err)
	}
	return tracker
}

// unreliable is a server that fails the first call, and every other one after it.
func unreliable() *httptest.Server {
	calls := 0
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls%2 == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
}

func get(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// What the service calls has a budget of its own.
func ExampleTransport() {
	tracker, pay := dependent(), unreliable()
	defer tracker.Close()
	defer pay.Close()

	client := &http.Client{Transport: httpslo.Transport(tracker, http.DefaultTransport, httpslo.WithDependency("payments"))}
	defer client.CloseIdleConnections()
	fmt.Println(get(context.Background(), client, pay.URL))
	fmt.Println(get(context.Background(), client, pay.URL))
	fmt.Println(tracker.Budget("payments").Counts())
	// Output:
	// 503 Service Unavailable
	// <nil>
	// {1 1 0}
}

// A call that is repeated until it succeeds has succeeded.
func ExampleOneCall() {
	tracker, pay := dependent(), unreliable()
	defer tracker.Close()
	defer pay.Close()
	client := &http.Client{Transport: httpslo.Transport(tracker, nil, httpslo.WithDependency("payments"))}
	defer client.CloseIdleConnections()

	ctx, done := httpslo.OneCall(context.Background())
	for range 3 {
		if err := get(ctx, client, pay.URL); err == nil {
			break
		}
	}
	done()
	fmt.Println(tracker.Budget("payments").Counts())
	// Output: {1 0 0}
}

// Several hosts that are one dependency, told apart from all others.
func ExampleWithDependencyNamer() {
	tracker := dependent()
	defer tracker.Close()
	client := &http.Client{Transport: httpslo.Transport(tracker, offline{}, httpslo.WithDependencyNamer(func(r *http.Request) string {
		if strings.HasSuffix(r.URL.Hostname(), ".pay.example") {
			return "payments"
		}
		return "" // named by host
	}))}
	for _, url := range []string{"https://eu.pay.example", "https://us.pay.example", "https://stock.example"} {
		_ = get(context.Background(), client, url)
	}
	fmt.Println(tracker.Budget("payments").Counts())
	// Output: {0 2 0}
}

// offline is a network that reaches nobody.
type offline struct{}

func (offline) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("network is unreachable")
}

// A dependency that does not promise to be found may say 404 as often as it likes; this one
// does promise.
func ExampleWithCallClassifier() {
	tracker := dependent()
	defer tracker.Close()
	stock := httptest.NewServer(http.NotFoundHandler())
	defer stock.Close()
	client := &http.Client{Transport: httpslo.Transport(tracker, nil,
		httpslo.WithDependency("payments"),
		httpslo.WithCallClassifier(func(r *http.Request, o httpslo.CallOutcome) slo.Class {
			if o.Status == http.StatusNotFound {
				return slo.ServerError
			}
			return httpslo.ClassifyCall(r, o)
		}))}
	defer client.CloseIdleConnections()
	fmt.Println(get(context.Background(), client, stock.URL))
	fmt.Println(tracker.Budget("payments").Counts())
	// Output:
	// 404 Not Found
	// {0 1 0}
}

func ExampleClassifyCall() {
	for _, o := range []httpslo.CallOutcome{
		{Status: 200},
		{Status: 404},
		{Status: 429},
		{Status: 503},
		{Err: errors.New("connection refused")},
		{Err: context.Canceled, Cancelled: true},
		{Err: context.DeadlineExceeded, TimedOut: true},
	} {
		fmt.Println(httpslo.ClassifyCall(nil, o))
	}
	// Output:
	// 2xx-3xx
	// 4xx
	// 429
	// 5xx
	// failed
	// cancelled
	// failed
}

// The latency of a download is the time until it is there.
func ExampleWithBodyLatency() {
	tracker, pay := dependent(), unreliable()
	defer tracker.Close()
	defer pay.Close()
	client := &http.Client{Transport: httpslo.Transport(tracker, nil, httpslo.WithDependency("payments"), httpslo.WithBodyLatency())}
	defer client.CloseIdleConnections()
	fmt.Println(get(context.Background(), client, pay.URL))
	// Output: 503 Service Unavailable
}

// Half of what went wrong was payments.
func ExampleWithBlame() {
	tracker := dependent()
	defer tracker.Close()
	client := &http.Client{Transport: httpslo.Transport(tracker, offline{}, httpslo.WithDependency("payments"), httpslo.WithBlame())}
	handler := httpslo.Route(tracker, "POST /checkout", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("card") {
			if err := get(r.Context(), client, "https://pay.example"); err != nil {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
		}
		w.WriteHeader(http.StatusInternalServerError)
	}), httpslo.WithMarking())

	post(handler, "/checkout?card")
	post(handler, "/checkout")
	for _, o := range tracker.Report().Operations {
		for _, c := range o.Causes {
			fmt.Printf("%s: %d of %d because of %s\n", o.Name, c.Count, o.Requests(), c.Cause)
		}
	}
	// Output: POST /checkout: 1 of 2 because of payments
}

// Calls that fail are found in their trace, here by the IDs of a span in the context; with
// OpenTelemetry that is trace.SpanContextFromContext.
func ExampleWithCallTrace() {
	tracker := dependent()
	defer tracker.Close()
	type span struct{ trace, id string }
	type key struct{}
	client := &http.Client{Transport: httpslo.Transport(tracker, offline{}, httpslo.WithDependency("payments"),
		httpslo.WithCallTrace(func(r *http.Request) (traceID, spanID string) {
			s, _ := r.Context().Value(key{}).(span)
			return s.trace, s.id
		}))}
	ctx := context.WithValue(context.Background(), key{}, span{"0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"})
	_ = get(ctx, client, "https://pay.example")
	for _, x := range tracker.Budget("payments").Exemplars() {
		fmt.Println(x.Operation, x.Class, x.TraceID)
	}
	// Output: dependency:payments failed 0af7651916cd43dd8448eb211c80319c
}
