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

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/policy/gatehttp"
)

// patience is how long requests may take to end when the server shuts down. Those of the
// load generator have ended by then.
const patience = 5 * time.Second

// A server is the shop on a listener, its requests counted.
type server struct {
	http     http.Server
	listener net.Listener
	draining httpslo.Draining
	ended    chan error // what Serve returned
}

// newServer listens on addr. Connections wait until serve is called. The watcher's breaches
// are on /metrics too; a service serves that and its gate where users cannot reach them.
func newServer(addr string, tracker *budget.Tracker, watcher *policy.Watcher, gate *policy.Gate, routes *http.ServeMux) (*server, error) {
	// A declared operation that no route serves would never see an event.
	if err := httpslo.Check(tracker, routes); err != nil {
		return nil, err
	}
	// A registry of its own, so that nothing but the shop is on the page.
	registry := prometheus.NewRegistry()
	if err := registry.Register(promslo.NewCollector(tracker).WithWatcher(watcher).WithLocalRatios()); err != nil {
		return nil, err
	}
	answers, err := gatehttp.New(gate, gatehttp.Config{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err // such as "listen tcp 127.0.0.1:80: bind: permission denied"
	}
	s := &server{listener: listener, ended: make(chan error, 1)}
	root := http.NewServeMux()
	root.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	root.Handle("/gate", answers)
	root.Handle("/", httpslo.Handler(tracker, routes, httpslo.WithDraining(&s.draining))) // this is all
	s.http = http.Server{
		Handler: root, ReadHeaderTimeout: patience,
		ErrorLog: log.New(io.Discard, "", 0), // the screen belongs to the table
	}
	return s, nil
}

// url returns where the server can be reached from this machine.
func (s *server) url() string { return "http://" + live.Dialable(s.listener) }

// serve begins to serve. If that fails, it calls failed.
func (s *server) serve(failed func()) {
	go func() {
		err := s.http.Serve(s.listener)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		} else {
			failed()
		}
		s.ended <- err
	}()
}

// shutdown ends the server when every request has been answered, and returns what went
// wrong since serve. From then on every request has been counted.
func (s *server) shutdown() error {
	s.draining.Begin()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("shutdown: %w", err)
		_ = s.http.Close() // whoever is left has been waited for
	}
	return errors.Join(<-s.ended, err)
}
