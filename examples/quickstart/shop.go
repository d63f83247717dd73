package main

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/seed-abb722f7/nines/examples/internal/live"
)

// items is how many items the shop has, numbered from 1.
const items = 80

// A shop is the service: it knows nothing of error budgets.
type shop struct {
	scenario
	clock func() time.Duration // time since the run began
}

// routes returns the five routes. Their patterns are the names of the operations.
func (s *shop) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /items/{id}", s.item)
	mux.HandleFunc("GET /search", s.search)
	mux.HandleFunc("POST /cart", s.cart)
	mux.HandleFunc("POST /checkout", s.checkout)
	return mux
}

func (s *shop) home(w http.ResponseWriter, r *http.Request) {
	live.Work(r.Context(), time.Millisecond)
	reply(w, http.StatusOK, "welcome")
}

// item answers 404 for an item that there is not. The route was found and did its work,
// so that is a good event.
func (s *shop) item(w http.ResponseWriter, r *http.Request) {
	live.Work(r.Context(), 2*time.Millisecond)
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || id < 1 || id > items {
		reply(w, http.StatusNotFound, "there is no such item")
		return
	}
	reply(w, http.StatusOK, fmt.Sprintf("item %d", id))
}

// search is slow while its index is being rebuilt.
func (s *shop) search(w http.ResponseWriter, r *http.Request) {
	took := 8 * time.Millisecond
	if s.slowness.Holds(s.clock()) {
		took = 3 * slowAbove
	}
	live.Work(r.Context(), took)
	reply(w, http.StatusOK, "3 items found")
}

func (s *shop) cart(w http.ResponseWriter, r *http.Request) {
	live.Work(r.Context(), 3*time.Millisecond)
	reply(w, http.StatusCreated, "in your cart")
}

// checkout fails while the payment provider is down.
func (s *shop) checkout(w http.ResponseWriter, r *http.Request) {
	if s.outage.Holds(s.clock()) {
		reply(w, http.StatusServiceUnavailable, "the payment provider does not answer")
		return
	}
	live.Work(r.Context(), 10*time.Millisecond)
	reply(w, http.StatusOK, "thank you")
}

func reply(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text) // whoever is not there any more needs no answer
}
