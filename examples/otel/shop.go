package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// objectives are what the shop promises. The windows are longer than any run, so that nothing
// leaves them between two looks.
var objectives = []slo.Objective{
	{
		Name: "checkout-availability", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(90),
		Window: slo.Rolling(24 * time.Hour),
	},
	{
		Name: "search-latency", Of: slo.HTTP("GET /search"), SLI: slo.Latency(100 * time.Millisecond), Target: slo.Percent(80),
		Window: slo.Rolling(24 * time.Hour),
	},
	{
		Name: "shop-availability", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(95),
		Window: slo.Rolling(24 * time.Hour),
	},
}

// A shop is the service on a listener, its requests counted.
type shop struct {
	url    string
	http   http.Server
	outage live.Span            // checkouts fail
	clock  func() time.Duration // time since the run began
}

// open serves the shop.
func open(ctx context.Context, addr string, tracker *budget.Tracker, length live.Length, clock func() time.Duration) (*shop, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &shop{url: "http://" + live.Dialable(listener), outage: length.Span(0.4, 0.45), clock: clock}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /search", func(w http.ResponseWriter, r *http.Request) {
		live.Work(r.Context(), 5*time.Millisecond)
	})
	routes.HandleFunc("POST /checkout", s.checkout)
	s.http = http.Server{
		Handler: httpslo.Handler(tracker, routes), ReadHeaderTimeout: patience,
		ErrorLog: log.New(io.Discard, "", 0), // the screen belongs to the table
	}
	go func() { _ = s.http.Serve(listener) }() // it ends when the server is closed
	return s, nil
}

// checkout fails while the payment provider is down.
func (s *shop) checkout(w http.ResponseWriter, r *http.Request) {
	if s.outage.Holds(s.clock()) {
		http.Error(w, "the payment provider does not answer", http.StatusServiceUnavailable)
		return
	}
	live.Work(r.Context(), 3*time.Millisecond)
}

// patience is how long anything may take that takes no time.
const patience = 10 * time.Second

// close ends the shop when every request has been answered. From then on every one of them has
// been counted.
func (s *shop) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("shutdown: %w", err)
	}
	return errors.Join(err, s.http.Close())
}

var pace = live.Pace{Rate: 250, InFlight: 64}

// mix is the traffic, over and over.
var mix = []func(n int) live.Request{search, search, checkout, search, noSuchPage}

func search(int) live.Request {
	return live.Request{Method: http.MethodGet, Path: "/search?q=tea", Operation: "GET /search"}
}

func checkout(int) live.Request {
	return live.Request{Method: http.MethodPost, Path: "/checkout", Operation: "POST /checkout"}
}

// noSuchPage is what robots ask for. The path never becomes part of a name.
func noSuchPage(n int) live.Request {
	return live.Request{Method: http.MethodGet, Path: fmt.Sprintf("/wp-admin/%d", n), Operation: live.Unmatched}
}
