package nines_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// What the README shows: declare, wrap, ask.
func Example() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /checkout", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("broken") {
			http.Error(w, "payment failed", http.StatusBadGateway)
		}
	})

	checkout := slo.HTTP("POST /checkout")
	tracker, err := budget.New(budget.Config{Service: "shop", Objectives: []slo.Objective{
		{Name: "checkout-availability", Of: checkout, SLI: slo.Availability(), Target: slo.Percent(99.9)},
		{Name: "checkout-latency", Of: checkout, SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95)},
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer tracker.Close()

	server := &http.Server{Addr: ":8080", Handler: httpslo.Handler(tracker, mux)}

	for i := range 2000 {
		target := "/checkout"
		if i == 0 {
			target = "/checkout?broken"
		}
		server.Handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, target, nil))
	}
	fmt.Println(tracker.Budget("checkout-availability").Remaining())
	fmt.Println("to listen on", server.Addr)
	// Output:
	// 0.5 true
	// to listen on :8080
}
