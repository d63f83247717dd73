package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/program"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// objectives are what the shop promises, replica by replica and as a fleet.
var objectives = []slo.Objective{{
	Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99),
	Window: slo.Rolling(time.Hour),
}}

// A replica is one process of the shop, as far as one program can have several.
type replica struct {
	address string
	faulty  bool
	tracker *budget.Tracker
	server  *http.Server
	scrapes atomic.Int64
}

// start serves, at the address that the replica had before if it is a restart; history is what
// it goes on from.
func (r *replica) start(ctx context.Context, history []byte) error {
	tracker, err := budget.New(budget.Config{Service: "shop", Objectives: objectives, Restore: history})
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(promslo.NewCollector(tracker))
	metrics := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})

	mux := http.NewServeMux()
	mux.HandleFunc("POST /checkout", func(w http.ResponseWriter, _ *http.Request) {
		if r.faulty && rand.IntN(50) == 0 {
			http.Error(w, "the disk of this replica is slow today", http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, req *http.Request) {
		metrics.ServeHTTP(w, req)
		r.scrapes.Add(1)
	})
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", r.address)
	if err != nil {
		tracker.Close()
		return err
	}
	r.address, r.tracker = listener.Addr().String(), tracker
	r.server = &http.Server{Handler: httpslo.Handler(tracker, mux), ReadHeaderTimeout: time.Second}
	go func() { _ = r.server.Serve(listener) }() // it ends when the server is closed
	return nil
}

// stop ends a replica that has no more requests, once Prometheus has what it counted.
func (r *replica) stop(ctx context.Context) error {
	err := r.scraped(ctx)
	err = errors.Join(err, r.server.Close())
	r.tracker.Close()
	return err
}

// scraped waits until the replica was scraped from now on, and again: then the first is stored.
func (r *replica) scraped(ctx context.Context) error {
	since := r.scrapes.Load()
	return program.Until(ctx, func(context.Context) bool { return r.scrapes.Load() >= since+3 })
}
