package alertslo_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/alertslo"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// A shop is a service whose time is moved by hand, and which breaks and mends when told.
type shop struct {
	*budget.Simulation
	watcher *policy.Watcher
}

// noon is a wall time of the shop's: before that of a bubble, which is that of the notifiers.
var noon = time.Date(1999, time.December, 30, 12, 0, 0, 0, time.UTC)

func checkout() slo.Objective {
	return slo.Objective{
		Name: "checkout", Of: slo.Events("checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9),
		Owner: "payments", Region: "eu", Description: "People can pay.",
		Links: []slo.Link{{Name: "runbook", URL: "https://wiki/runbook"}, {Name: "dash board", URL: "https://grafana/d/1"}},
	}
}

// pageRule is true as soon as it is bad, and false as soon as it is not.
func pageRule(name string) policy.Rule {
	return policy.Rule{Name: name, Severity: policy.Page, When: policy.BurnRate{Factor: 10, Long: time.Minute, Short: 30 * time.Second}, MinBad: 1, Priority: "P1"}
}

func newShop(tb testing.TB, cfg policy.Config, objectives ...slo.Objective) *shop {
	tb.Helper()
	return newShopAt(tb, noon, nil, cfg, objectives...)
}

func newShopAt(tb testing.TB, at time.Time, restore []byte, cfg policy.Config, objectives ...slo.Objective) *shop {
	tb.Helper()
	if len(objectives) == 0 {
		objectives = []slo.Objective{checkout()}
	}
	if cfg.Rules == nil {
		cfg.Rules = []policy.Rule{pageRule("fast")}
	}
	cfg.NoDefaults, cfg.NoHealth, cfg.Environment = true, true, "production"
	sim, err := budget.NewSimulation(budget.Config{Service: "shop", Objectives: objectives, Restore: restore}, at)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(sim.Close)
	w, err := policy.Watch(sim.Tracker, cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return &shop{Simulation: sim, watcher: w}
}

// breaks lets a minute pass with every second event bad: the breach starts. mends lets
// five pass with none: it ends.
func (s *shop) breaks() { s.serve(time.Minute, 5) }
func (s *shop) mends()  { s.serve(5*time.Minute, 0) }

func (s *shop) serve(d time.Duration, bad uint64) {
	for ; d > 0; d -= time.Second {
		s.Events("checkout").Add(10-bad, 10)
		s.Advance(time.Second)
	}
}

// An alert is what arrived.
type alert struct {
	Labels, Annotations map[string]string
	StartsAt, EndsAt    time.Time
	GeneratorURL        string
	Received            time.Time
}

// A fake is a server, as a transport: what it is sent, and what it answers.
type fake struct {
	mu       sync.Mutex
	answer   func(r *http.Request) (status int, body string) // nil: 200
	requests []*http.Request
	bodies   [][]byte
	times    []time.Time
}

func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	answer := f.answer
	f.requests = append(f.requests, r)
	f.bodies = append(f.bodies, body)
	f.times = append(f.times, time.Now())
	f.mu.Unlock()
	status, text := http.StatusOK, "{}"
	if answer != nil {
		status, text = answer(r)
	}
	if r.Context().Err() != nil {
		return nil, r.Context().Err()
	}
	if status == 0 {
		return nil, fmt.Errorf("connection refused: %s", text)
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader([]byte(text))), Request: r}, nil
}

func (f *fake) answers(answer func(r *http.Request) (int, string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.bodies)
}

// seen returns the requests, and what was in them.
func (f *fake) seen() (requests []*http.Request, bodies [][]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.requests), slices.Clone(f.bodies)
}

// alerts returns all that came, in order.
func (f *fake) alerts(tb testing.TB) (all []alert) {
	tb.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, body := range f.bodies {
		var some []alert
		if err := json.Unmarshal(body, &some); err != nil {
			tb.Fatalf("request %d: %v: %s", i, err, body)
		}
		for _, a := range some {
			a.Received = f.times[i]
			all = append(all, a)
		}
	}
	return all
}

func client(f http.RoundTripper) *http.Client { return &http.Client{Transport: f} }

// A book is a log that tests read.
type book struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *book) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func (b *book) logger() *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

const am1 = "http://am-1:9093"

func newNotifier(tb testing.TB, scope alertslo.Scope, destinations ...alertslo.Destination) *alertslo.Notifier {
	tb.Helper()
	n, err := alertslo.New(scope, destinations...)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// settle lets a round go out.
func settle() { time.Sleep(time.Second); synctest.Wait() }

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
