package gatehttp_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/policy/gatehttp"
	"github.com/seed-abb722f7/nines/slo"
)

const token = "0123456789abcdef-secret"

// A rig is a gate on a real server.
type rig struct {
	*budgettest.Tracker
	t      *testing.T
	gate   *policy.Gate
	server *httptest.Server
}

func newRig(t *testing.T, cfg gatehttp.Config) *rig {
	t.Helper()
	sim := budgettest.New(t, slo.Objective{
		Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(90), Window: slo.Rolling(time.Hour),
	})
	quiet := slog.New(slog.DiscardHandler)
	enforcer, err := policy.Enforce(sim.Tracker, policy.Policy{Name: "payments", Tiers: policy.DefaultTiers()}, policy.EnforceConfig{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	gate := policy.NewGate(sim, policy.GateConfig{Policy: enforcer, Logger: quiet})
	handler, err := gatehttp.New(gate, cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &rig{sim, t, gate, server}
}

// fill has an hour pass and then 1,000 requests, so many of them bad.
func (r *rig) fill(bad int) {
	r.Advance(time.Hour)
	op := r.HTTP("POST /checkout")
	for i := range 1000 {
		class := slo.Success
		if i < bad {
			class = slo.ServerError
		}
		op.Start()
		op.Finish(class, 0)
	}
	r.Advance(time.Second)
}

// ask sends a request over a real connection.
func (r *rig) ask(method, query, contentType, body string, headers ...string) (*http.Response, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.server.URL+query, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp, string(text)
}

const form = "application/x-www-form-urlencoded"

var bearer = []string{"Authorization", "Bearer " + token}
