package httpslo_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

// TestConcurrentConservation: every request is counted once and where it belongs, while
// operations are first seen, guesses learnt and reports read.
func TestConcurrentConservation(t *testing.T) {
	const goroutines, each, routes = 8, 500, 20
	e := newRig(t, 1)
	mux := http.NewServeMux()
	for i := range routes {
		mux.HandleFunc(fmt.Sprintf("GET /r%d/{x}", i), func(w http.ResponseWriter, _ *http.Request) {
			if i%2 == 1 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
	}
	h := httpslo.Handler(e.Tracker.Tracker, mux)
	stop, read := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(read)
		for {
			for _, o := range e.Report().Operations {
				if n := o.InFlight; n > goroutines*each { // below zero
					t.Errorf("%s: %d in flight", o.Name, n)
				}
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	var wait sync.WaitGroup
	for g := range goroutines {
		wait.Go(func() {
			for i := range each {
				path := fmt.Sprintf("/r%d/%d", (g+i)%routes, i)
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
			}
		})
	}
	wait.Wait()
	close(stop)
	<-read
	var want []string
	for i := range routes {
		class := "2xx-3xx"
		if i%2 == 1 {
			class = "5xx"
		}
		want = append(want, fmt.Sprintf("GET /r%d/{x} %s %d", i, class, goroutines*each/routes))
	}
	e.recorded(want...)
	if got := e.Budget("service").Counts(); got != (budget.Counts{Good: goroutines * each / 2, Bad: goroutines * each / 2}) {
		t.Errorf("service: %+v, want half of %d each", got, goroutines*each)
	}
}
