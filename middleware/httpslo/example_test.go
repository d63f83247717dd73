package httpslo_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// checkoutAvailability is the objective of the examples.
var checkoutAvailability = slo.Objective{
	Name: "checkout-availability", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9),
}

func newShop() *budget.Tracker {
	tracker, err := budget.New(budget.Config{Service: "shop", Objectives: []slo.Objective{checkoutAvailability}})
	if err != nil {
		panic(err)
	}
	return tracker
}

func checkout(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) }

// post serves one request, as a server would.
func post(h http.Handler, path string) {
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, path, nil))
}

func Example() {
	tracker := newShop()
	defer tracker.Close()

	mux := http.NewServeMux()
	mux.HandleFunc("POST /checkout", checkout)
	handler := httpslo.Handler(tracker, mux) // for http.ListenAndServe

	post(handler, "/checkout")
	fmt.Println(tracker.Budget("checkout-availability").Counts())
	// Output: {1 0 0}
}

func ExampleHandler() {
	tracker := newShop()
	defer tracker.Close()

	mux := http.NewServeMux()
	mux.HandleFunc("POST /checkout", checkout)
	mux.HandleFunc("GET /items/{id}", checkout)
	handler := httpslo.Handler(tracker, mux)

	post(handler, "/checkout")
	post(handler, "/wp-login.php")
	for _, o := range tracker.Report().Operations {
		for _, c := range o.Classes {
			if c.Count > 0 {
				fmt.Println(o.Name, c.Class, c.Count)
			}
		}
	}
	// Unordered output:
	// POST /checkout 2xx-3xx 1
	// unmatched unmatched 1
}

func ExampleWithTrace() {
	tracker := newShop()
	defer tracker.Close()

	type span struct{ trace, id string } // stands for OpenTelemetry's
	type key struct{}
	broken := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	handler := httpslo.Route(tracker, "POST /checkout", broken,
		httpslo.WithTrace(func(r *http.Request) (traceID, spanID string) {
			s, _ := r.Context().Value(key{}).(span)
			return s.trace, s.id
		}))

	r := httptest.NewRequest(http.MethodPost, "/checkout", nil)
	r = r.WithContext(context.WithValue(r.Context(), key{}, span{"0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"}))
	handler.ServeHTTP(httptest.NewRecorder(), r)
	for _, x := range tracker.Budget("checkout-availability").Exemplars() {
		fmt.Println(x.Class, x.TraceID)
	}
	// Output: 5xx 0af7651916cd43dd8448eb211c80319c
}

func ExampleRoute() {
	tracker := newShop()
	defer tracker.Close()

	// Any router will do: the name is the one given here.
	handler := httpslo.Route(tracker, "POST /checkout", http.HandlerFunc(checkout))

	post(handler, "/checkout")
	fmt.Println(tracker.Budget("checkout-availability").Counts())
	// Output: {1 0 0}
}

func ExampleRouted() {
	tracker := newShop()
	defer tracker.Close()

	mux := http.NewServeMux()
	mux.Handle(httpslo.Routed(tracker, "POST /checkout", http.HandlerFunc(checkout)))

	post(mux, "/checkout")
	fmt.Println(tracker.Budget("checkout-availability").Counts())
	// Output: {1 0 0}
}

func ExampleCheck() {
	tracker := newShop()
	defer tracker.Close()

	mux := http.NewServeMux()
	mux.HandleFunc("/checkout", checkout)

	fmt.Println(httpslo.Check(tracker, mux))
	// Output:
	// slo: Objectives[0] "checkout-availability".Of is slo.HTTP("POST /checkout"): want a route of this very pattern: the mux serves it under "/checkout", which is another operation; register "POST /checkout", or declare slo.HTTP("/checkout"), or wrap the handler with httpslo.Route(tracker, "POST /checkout", handler)
}

func ExampleEvent() {
	tracker := newShop()
	defer tracker.Close()

	handler := httpslo.Route(tracker, "POST /checkout", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		// The page that says so is sent with status 200.
		httpslo.Event(w).Bad("payments")
		_, _ = io.WriteString(w, "Please try again later.")
	}))

	post(handler, "/checkout")
	fmt.Println(tracker.Budget("checkout-availability").Counts())
	// Output: {0 1 0}
}

// reserve stands for code far from the handler.
func reserve(ctx context.Context) {
	slo.FromContext(ctx).Degraded()
}

func ExampleWithMarking() {
	tracker, err := budget.New(budget.Config{Objectives: []slo.Objective{
		{Name: "checkout-fidelity", Of: slo.HTTP("POST /checkout"), SLI: slo.Fidelity(), Target: slo.Percent(99)},
	}})
	if err != nil {
		panic(err)
	}
	defer tracker.Close()

	handler := httpslo.Route(tracker, "POST /checkout", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reserve(r.Context())
	}), httpslo.WithMarking())

	post(handler, "/checkout")
	fmt.Println(tracker.Budget("checkout-fidelity").Counts())
	// Output: {0 1 0}
}

func ExampleDetach() {
	tracker := newShop()
	defer tracker.Close()

	var session *httpslo.Detached
	handler := httpslo.Route(tracker, "POST /checkout", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		// Mostly after http.ResponseController.Hijack, for another goroutine.
		session = httpslo.Detach(w)
	}))

	post(handler, "/checkout")
	fmt.Println("handler returned:", tracker.Budget("checkout-availability").Counts())
	session.Done(slo.Bad)
	fmt.Println("session over:", tracker.Budget("checkout-availability").Counts())
	// Output:
	// handler returned: {0 0 0}
	// session over: {0 1 0}
}

func ExampleDetached_Event() {
	tracker := newShop()
	defer tracker.Close()

	handler := httpslo.Route(tracker, "POST /checkout", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		session := httpslo.Detach(w)
		session.Event().Bad("peer reset")
		session.Done(slo.Good)
	}))

	post(handler, "/checkout")
	fmt.Println(tracker.Budget("checkout-availability").Counts())
	// Output: {0 1 0}
}

func ExampleEstablished() {
	tracker := newShop()
	defer tracker.Close()

	handler := httpslo.Route(tracker, "POST /checkout", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		httpslo.Established(w)
		// From here on, write a line whenever there is one.
	}))

	post(handler, "/checkout")
	fmt.Println(tracker.Budget("checkout-availability").Counts())
	// Output: {1 0 0}
}

func ExampleDraining() {
	tracker := newShop()
	defer tracker.Close()

	var draining httpslo.Draining
	server := &http.Server{
		Addr:              "127.0.0.1:0",
		ReadHeaderTimeout: time.Second,
		Handler:           httpslo.Handler(tracker, http.NewServeMux(), httpslo.WithDraining(&draining)),
	}
	draining.Begin()
	fmt.Println(draining.Begun(), server.Shutdown(context.Background()))
	// Output: true <nil>
}

func ExampleWithMux() {
	tracker := newShop()
	defer tracker.Close()

	mux := http.NewServeMux()
	mux.HandleFunc("POST /checkout", checkout)
	// The pattern that the mux finds stays in a request that Handler never sees.
	withUser := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, "user")))
	})
	handler := httpslo.Handler(tracker, withUser, httpslo.WithMux(mux))

	post(handler, "/checkout")
	fmt.Println(tracker.Budget("checkout-availability").Counts())
	// Output: {1 0 0}
}

func ExampleWithNamer() {
	tracker := newShop()
	defer tracker.Close()

	handler := httpslo.Handler(tracker, http.HandlerFunc(checkout), httpslo.WithNamer(func(r *http.Request) string {
		return httpslo.Method(r) + " /checkout" // what your router knows
	}))

	post(handler, "/checkout")
	fmt.Println(tracker.Budget("checkout-availability").Counts())
	// Output: {1 0 0}
}

func ExampleWithClassifier() {
	tracker := newShop()
	defer tracker.Close()

	// While in maintenance, 503 is no failure.
	classify := func(r *http.Request, o httpslo.Outcome) slo.Class {
		if o.Status == http.StatusServiceUnavailable {
			return slo.Exempt
		}
		return httpslo.Classify(r, o)
	}
	handler := httpslo.Route(tracker, "POST /checkout", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}), httpslo.WithClassifier(classify))

	post(handler, "/checkout")
	fmt.Println(tracker.Budget("checkout-availability").Counts())
	// Output: {0 0 1}
}

func ExampleWithHealthPaths() {
	tracker := newShop()
	defer tracker.Close()

	paths := append(httpslo.DefaultHealthPaths(), "/internal/alive")
	handler := httpslo.Route(tracker, "POST /checkout", http.HandlerFunc(checkout), httpslo.WithHealthPaths(paths...))

	post(handler, "/internal/alive")
	fmt.Println(tracker.Budget("checkout-availability").Counts())
	// Output: {0 0 1}
}

func ExampleClassify() {
	fmt.Println(httpslo.Classify(nil, httpslo.Outcome{Operation: "POST /checkout", Status: 200}))
	fmt.Println(httpslo.Classify(nil, httpslo.Outcome{Operation: "POST /checkout", Status: 200, ClientGone: true}))
	fmt.Println(httpslo.Classify(nil, httpslo.Outcome{Status: 404}))
	// Output:
	// 2xx-3xx
	// cancelled
	// unmatched
}

func ExampleMethod() {
	fmt.Println(httpslo.Method(&http.Request{Method: "POST"}), httpslo.Method(&http.Request{Method: "FOOBAR"}))
	// Output: POST _OTHER
}

func ExampleDefaultHealthPaths() {
	fmt.Println(httpslo.DefaultHealthPaths())
	// Output: [/healthz /livez /readyz /health /ping /metrics]
}

func ExampleWithDraining() {
	tracker := newShop()
	defer tracker.Close()

	var draining httpslo.Draining
	base, cancel := context.WithCancel(context.Background())
	handler := httpslo.Route(tracker, "POST /checkout", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done() // cut short
	}), httpslo.WithDraining(&draining))

	draining.Begin()
	cancel() // the server's base context
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/checkout", nil).WithContext(base))
	fmt.Println(tracker.Budget("checkout-availability").Counts())
	fmt.Println(errors.Is(base.Err(), context.Canceled))
	// Output:
	// {0 1 0}
	// true
}
