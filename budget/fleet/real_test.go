package fleet_test

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/fleet"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// A replica is a service at a fixed address whose process is replaced now and then.
type replica struct {
	t       *testing.T
	number  int
	address string
	scrapes struct{ began, done atomic.Int64 }

	mu      sync.Mutex
	tracker *budget.Tracker
	server  *http.Server
	done    chan struct{}
}

// start runs a new process at the replica's address.
func (r *replica) start() {
	r.t.Helper()
	tracker, err := budget.New(budget.Config{Service: "shop", Objectives: shop})
	if err != nil {
		r.t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(promslo.NewCollector(tracker))
	metrics := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	op := tracker.HTTP("POST /checkout")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, req *http.Request) {
		r.scrapes.began.Add(1)
		metrics.ServeHTTP(w, req)
		r.scrapes.done.Add(1)
	})
	mux.HandleFunc("POST /checkout", func(w http.ResponseWriter, req *http.Request) {
		status := http.StatusOK
		if req.Header.Get("X-Fail") != "" {
			status = http.StatusInternalServerError
		}
		op.Start()
		w.WriteHeader(status)
		op.Finish(slo.StatusClass(status), time.Millisecond)
	})
	if r.address == "" {
		r.address = "127.0.0.1:0"
	}
	listener, err := (&net.ListenConfig{}).Listen(r.t.Context(), "tcp", r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.address = listener.Addr().String()
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	r.mu.Lock()
	r.tracker, r.server, r.done = tracker, server, done
	r.mu.Unlock()
}

func (r *replica) stop() {
	_ = r.server.Close()
	<-r.done
	r.tracker.Close()
}

// scraped waits until Prometheus has scraped the replica since the call, and has what it was
// told: it has come again.
func (r *replica) scraped() {
	r.t.Helper()
	patience, often := time.NewTimer(time.Minute), time.NewTicker(20*time.Millisecond)
	defer patience.Stop()
	defer often.Stop()
	for since := r.scrapes.began.Load(); r.scrapes.done.Load() < since+2; {
		select {
		case <-patience.C:
			r.t.Fatalf("replica %d is not scraped", r.number)
		case <-often.C:
		}
	}
}

// Three replicas behind a proxy are restarted one after the other while requests go on:
// the reading of the fleet is what the proxy has seen, whatever a single process knows.
func TestRealRollingRestarts(t *testing.T) {
	replicas := make([]*replica, 3)
	var addresses []string
	for i := range replicas {
		replicas[i] = &replica{t: t, number: i}
		replicas[i].start()
		addresses = append(addresses, replicas[i].address)
	}
	defer func() {
		for _, r := range replicas {
			r.stop()
		}
	}()
	prom := realprom.Start(t, realprom.ScrapeConfig(addresses...))

	// The proxy sends each request to a replica that is in rotation, and keeps its own tally.
	var rotation sync.RWMutex // held to read by requests under way
	out := -1
	var good, bad, next atomic.Int64
	// A connection kept from before a restart would end the request that it is used for.
	transport := &http.Transport{DisableKeepAlives: true}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		rotation.RLock()
		defer rotation.RUnlock()
		i := int(next.Add(1)) % len(replicas)
		if i == out {
			i = (i + 1) % len(replicas)
		}
		to := &httputil.ReverseProxy{Transport: transport, Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: replicas[i].address})
		}, ModifyResponse: func(resp *http.Response) error {
			if resp.StatusCode < 500 {
				good.Add(1)
			} else {
				bad.Add(1)
			}
			return nil
		}, ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { t.Error(err) }}
		to.ServeHTTP(w, req)
	}))
	defer proxy.Close()

	ctx, cancel := context.WithCancel(t.Context())
	var senders sync.WaitGroup
	for range 2 {
		senders.Go(func() {
			random := rand.New(rand.NewPCG(1, 2))
			pace := time.NewTicker(2 * time.Millisecond)
			defer pace.Stop()
			for ctx.Err() == nil {
				req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, proxy.URL+"/checkout", http.NoBody)
				if err != nil {
					t.Error(err)
					return
				}
				if random.IntN(200) == 0 {
					req.Header.Set("X-Fail", "1")
				}
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				_ = resp.Body.Close()
				<-pace.C
			}
		})
	}
	for i, r := range replicas {
		rotation.Lock()
		out = i
		rotation.Unlock()
		r.scraped() // what it has counted is known: now it may end
		r.stop()
		r.start()
		rotation.Lock()
		out = -1
		rotation.Unlock()
		r.scraped()
	}
	cancel()
	senders.Wait()
	for _, r := range replicas {
		r.scraped()
	}

	reader := newReader(t, fleet.Config{Client: newClient(t, prom.URL), Service: "shop", Objectives: shop})
	got := reader.Reading(t.Context(), "checkout")
	if got.Counts.Good != uint64(good.Load()) || got.Counts.Bad != uint64(bad.Load()) {
		t.Errorf("the fleet has %+v, want %d good and %d bad, as the proxy has seen", got.Counts, good.Load(), bad.Load())
	}
	if got.Replicas != 3 || got.Unscraped != 0 {
		t.Errorf("Replicas, Unscraped = %d, %d, want 3, 0", got.Replicas, got.Unscraped)
	}
	if got.Known != budget.PartialCoverage || got.Unknown != fleet.Gaps {
		t.Errorf("Known, Unknown = %v, %q, want partial coverage of an hour, %q", got.Known, got.Unknown, fleet.Gaps)
	}
	for _, w := range got.BurnRates {
		if w.Counts != got.Counts {
			t.Errorf("window of %v: %+v, want %+v", w.Length, w.Counts, got.Counts)
		}
	}
	d := policy.NewGate(reader, policy.GateConfig{MinObserved: time.Second}).Decide(t.Context(), policy.Change{Kind: policy.Feature, ID: "v2"})
	if d.Scope != policy.ScopeFleet || d.Reasons[0].Counts != got.Counts {
		t.Errorf("Decide = %+v, want one by the counts of the fleet", d)
	}
}
