package gatehttp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/policy/gatehttp"
	"github.com/seed-abb722f7/nines/slo"
)

// TestStatusAndJSONAgree, for every outcome, of GET and of POST.
func TestStatusAndJSONAgree(t *testing.T) {
	for _, tt := range []struct {
		name    string
		bad     int // -1: nothing has happened
		query   string
		status  int
		outcome policy.Outcome
		code    policy.Code
	}{
		{"green", 0, "kind=feature&id=v2.5.0", 200, policy.Allow, policy.CodeTier},
		{"red", 95, "kind=feature&id=v2.5.0", 403, policy.Deny, policy.CodeFrozen},
		{"exhausted", 100, "kind=feature&id=v2.5.0", 403, policy.Deny, policy.CodeExhausted},
		{"exhausted, a rollback", 100, "kind=rollback&id=v2.4.9", 200, policy.Allow, policy.CodeKind},
		{"not known", -1, "kind=feature&id=v2.5.0", 409, policy.NeedsPerson, policy.CodeNoEvents},
		{"no kind", 0, "id=v2.5.0", 409, policy.NeedsPerson, policy.CodeNoKind},
	} {
		r := newRig(t, gatehttp.Config{Token: token})
		if tt.bad >= 0 {
			r.fill(tt.bad)
		}
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			query, body := "?"+tt.query, ""
			if method == http.MethodPost {
				query, body = "", "action=begin&"+tt.query
			}
			resp, text := r.ask(method, query, form, body, bearer...)
			var d policy.Decision
			if err := json.Unmarshal([]byte(text), &d); err != nil {
				t.Fatalf("%s: %s: %v", tt.name, text, err)
			}
			granted := method == http.MethodPost && tt.outcome == policy.Allow
			if resp.StatusCode != tt.status || d.Outcome != tt.outcome || d.Reasons[0].Code != tt.code || (d.Grant.State == policy.GrantBegun) != granted {
				t.Errorf("%s: %s: %d %v (%s), grant %v, want %d %v (%s)", tt.name, method, resp.StatusCode, d, d.Reasons[0].Code, d.Grant, tt.status, tt.outcome, tt.code)
			}
			if h := resp.Header; h.Get("Content-Type") != "application/json; charset=utf-8" || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: headers %v", tt.name, h)
			}
		}
		if resp, text := r.ask(http.MethodHead, "?"+tt.query, "", ""); resp.StatusCode != tt.status || text != "" {
			t.Errorf("%s: HEAD: %d %q, want %d and nothing", tt.name, resp.StatusCode, text, tt.status)
		}
	}
}

// TestDeploymentsOverHTTP: begin, the same again, override, done, cancel, as a form and as JSON;
// and each that begins is a marker.
func TestDeploymentsOverHTTP(t *testing.T) {
	r := newRig(t, gatehttp.Config{Token: token})
	r.fill(60) // yellow: one a day
	for i, tt := range []struct {
		contentType, body string
		status            int
		want              string // part of the answer
	}{
		{form, "action=begin&kind=feature&id=a", 200, `"grant":{"change":{"kind":"feature","id":"a"},"state":"begun"`},
		{"application/json; charset=utf-8", `{"action":"begin","kind":"feature","id":"a"}`, 200, `"code":"granted"`},
		{form, "action=begin&kind=feature&id=b", 403, `"code":"no_deploys_left"`},
		{form, "action=override&kind=feature&id=b", 409, `"code":"no_who"`},
		{"application/json", `{"action":"override","kind":"feature","id":"b","by":"alice","why":"the contract"}`, 200, `"by":"alice","why":"the contract"`},
		{form, "action=done&kind=feature&id=a", 200, `{"change":{"kind":"feature","id":"a"},"state":"done"`},
		{form, "action=cancel&kind=feature&id=a", 404, `{"error":"no such deployment is under way"}`},
		{form, "action=cancel&kind=feature&id=b", 200, `{"change":{"kind":"feature","id":"b"},"state":"begun"`},
		{form, "action=cancel&kind=feature&id=b", 404, `{"error":"no such deployment is under way"}`},
		{form, "action=done&kind=rollback&id=c", 200, `"state":"done"`},
		{form, "action=done&kind=feature", 400, `{"error":"want the kind and the ID of the change that was deployed"}`},
		{form, "action=begin&kind=feature", 409, `"code":"no_id"`},
	} {
		resp, text := r.ask(http.MethodPost, "", tt.contentType, tt.body, bearer...)
		if resp.StatusCode != tt.status || !strings.Contains(text, tt.want) {
			t.Errorf("%d: %s: %d %s, want %d with %s", i, tt.body, resp.StatusCode, text, tt.status, tt.want)
		}
	}
	var marks []string
	for _, m := range r.Markers() {
		marks = append(marks, m.Text)
	}
	if got := strings.Join(marks, " "); !strings.HasSuffix(got, "a b c") {
		t.Errorf("markers %q, want what was begun or recorded", got)
	}
	if got := r.gate.Overrides(); len(got) != 1 || got[0].By != "alice" {
		t.Errorf("Overrides() = %v", got)
	}
}

// TestRefusedRequests: nothing is begun by them, and no answer shows the token.
func TestRefusedRequests(t *testing.T) {
	r := newRig(t, gatehttp.Config{Token: token})
	r.fill(0)
	good := "action=begin&kind=feature&id=a"
	for _, tt := range []struct {
		method, query, contentType, body string
		headers                          []string
		status                           int
		want                             string
	}{
		{"POST", "", form, good, nil, 401, "want the token, as Authorization: Bearer"},
		{"POST", "", form, good, []string{"Authorization", "Bearer "}, 401, "want the token"},
		{"POST", "", form, good, []string{"Authorization", "Bearer " + token[:len(token)-1]}, 401, "want the token"},
		{"POST", "", form, good, []string{"Authorization", "Bearer " + token + "x"}, 401, "want the token"},
		{"POST", "", form, good, []string{"Authorization", "Basic " + token}, 401, "want the token"},
		{"POST", "", form, good, []string{"Authorization", token}, 401, "want the token"},
		{"POST", "", form, good + "&access_token=" + token, nil, 401, "want the token"},
		{"PUT", "", form, good, bearer, 405, "want GET, HEAD, POST"},
		{"DELETE", "", "", "", bearer, 405, "want GET, HEAD, POST"},
		{"POST", "", "text/plain", good, bearer, 415, "want application/json or application/x-www-form-urlencoded"},
		{"POST", "", "", good, bearer, 415, "want application/json"},
		{"POST", "", form, strings.Repeat("x", 17<<10), bearer, 413, "want at most 16384 bytes"},
		{"POST", "?kind=feature", form, good, bearer, 400, "nothing in its URL"},
		{"POST", "", form, "kind=feature&id=a", bearer, 400, "want an action: begin, override, done or cancel"},
		{"POST", "", form, "action=decide&kind=feature&id=a", bearer, 400, "want a GET to decide"},
		{"POST", "", form, "action=deploy&kind=feature&id=a", bearer, 400, "want an action"},
		{"POST", "", form, good + "&id=b", bearer, 400, `at most once, and nothing else: got \"id\"`},
		{"POST", "", form, good + "&colour=blue", bearer, 400, `got \"colour\"`},
		{"POST", "", form, good + "&by=alice", bearer, 400, "want by and why of an override only"},
		{"POST", "", form, "action=begin&kind=holiday&id=a", bearer, 400, `Kind is \"holiday\": want one of`},
		{"POST", "", form, "action=%zz", bearer, 400, "invalid URL escape"},
		{"POST", "", "application/json", `{"action":"begin","colour":"blue"}`, bearer, 400, `unknown field \"colour\"`},
		{"POST", "", "application/json", `{"action":"begin"`, bearer, 400, "want an object with action"},
		{"POST", "", "application/json", `{"action":"begin","kind":"feature","id":"a"}{}`, bearer, 400, "nothing after it"},
		{"GET", "?kind=holiday", "", "", nil, 400, `want one of`},
		{"GET", "?knd=feature", "", "", nil, 400, `got \"knd\"`},
		{"GET", "?kind=feature&kind=fix", "", "", nil, 400, `got \"kind\"`},
		{"GET", "?action=begin&kind=feature&id=a", "", "", bearer, 400, `got \"action\"`},
	} {
		resp, text := r.ask(tt.method, tt.query, tt.contentType, tt.body, tt.headers...)
		if resp.StatusCode != tt.status || !strings.Contains(text, tt.want) || !strings.HasPrefix(text, `{"error":"`) {
			t.Errorf("%s %s %.60s: %d %s, want %d with %s", tt.method, tt.query, tt.body, resp.StatusCode, text, tt.status, tt.want)
		}
		if strings.Contains(text, "secret") {
			t.Errorf("%s %.60s: the answer shows the token: %s", tt.method, tt.body, text)
		}
		switch tt.status {
		case 401:
			if resp.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("401 without WWW-Authenticate: %v", resp.Header)
			}
		case 405:
			if resp.Header.Get("Allow") != "GET, HEAD, POST" {
				t.Errorf("405 with Allow %q", resp.Header.Get("Allow"))
			}
		}
	}
	if got := r.gate.Grants(); got != nil {
		t.Errorf("Grants() = %v, want none", got)
	}
}

func TestReadOnlyAndGuarded(t *testing.T) {
	open := newRig(t, gatehttp.Config{ReadOnly: true})
	open.fill(0)
	if resp, text := open.ask("GET", "?kind=feature", "", ""); resp.StatusCode != 200 {
		t.Errorf("read-only GET: %d %s", resp.StatusCode, text)
	}
	if resp, text := open.ask("POST", "", form, "action=begin&kind=feature&id=a", "Authorization", "Bearer "); resp.StatusCode != 405 || resp.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("read-only POST: %d %s, Allow %q", resp.StatusCode, text, resp.Header.Get("Allow"))
	}
	guarded := newRig(t, gatehttp.Config{Token: token, ReadOnly: true, GuardReads: true})
	guarded.fill(0)
	if resp, text := guarded.ask("GET", "?kind=feature", "", ""); resp.StatusCode != 401 || strings.Contains(text, "remains") {
		t.Errorf("guarded GET without a token: %d %s", resp.StatusCode, text)
	}
	if resp, text := guarded.ask("GET", "?kind=feature", "", "", bearer...); resp.StatusCode != 200 {
		t.Errorf("guarded GET: %d %s", resp.StatusCode, text)
	}
}

func TestNewRefuses(t *testing.T) {
	gate := policy.NewGate(nil, policy.GateConfig{})
	for _, tt := range []struct {
		cfg  gatehttp.Config
		want string
	}{
		{gatehttp.Config{}, `gatehttp: Token is "": want a token, as POST begins deployments; or ReadOnly without GuardReads, which needs none`},
		{gatehttp.Config{ReadOnly: true, GuardReads: true}, `gatehttp: Token is "": want a token`},
		{gatehttp.Config{Token: "0123456789abcde"}, `gatehttp: Token is "15 bytes": want at least 16`},
		{gatehttp.Config{Token: "0123456789 abcdef"}, `gatehttp: Token is "17 bytes": want printable ASCII without spaces`},
		{gatehttp.Config{Token: "0123456789abcdef\n"}, `gatehttp: Token is "17 bytes": want printable ASCII`},
		{gatehttp.Config{Token: token, ReadOnly: true}, `gatehttp: Token is "23 bytes": want none: a handler that is ReadOnly asks for it only with GuardReads`},
	} {
		h, err := gatehttp.New(gate, tt.cfg)
		if h != nil || err == nil || !strings.HasPrefix(err.Error(), tt.want) || !errors.Is(err, slo.ErrInvalid) {
			t.Errorf("New() = %v, %v, want %s", h, err, tt.want)
		}
		if err != nil && tt.cfg.Token != "" && strings.Contains(err.Error(), tt.cfg.Token) {
			t.Errorf("the error shows the token: %v", err)
		}
	}
	h, err := gatehttp.New(gate, gatehttp.Config{Token: token})
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%+v", h); strings.Contains(text, token) {
		t.Errorf("a handler prints its token: %s", text)
	}
	h, err = gatehttp.New(nil, gatehttp.Config{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/?kind=feature", nil))
	if w.Code != 409 || !strings.Contains(w.Body.String(), "no_gate") {
		t.Errorf("a nil gate: %d %s, want a person", w.Code, w.Body)
	}
}

// TestConcurrentBeginOverHTTP: of a hundred pipelines exactly two get the deploys of the day.
func TestConcurrentBeginOverHTTP(t *testing.T) {
	r := newRig(t, gatehttp.Config{Token: token})
	r.fill(0)
	c := gatehttp.Client{URL: r.server.URL, Token: token}
	var group sync.WaitGroup
	var mu sync.Mutex
	granted := map[string]int{}
	for i := range 100 {
		group.Go(func() {
			d, err := c.Begin(context.Background(), policy.Change{Kind: policy.Feature, ID: fmt.Sprint(i)})
			if err != nil {
				t.Error(err)
			}
			if d.Outcome == policy.Allow {
				mu.Lock()
				defer mu.Unlock()
				granted[d.Change.ID] = d.Grant.Number
			}
		})
	}
	group.Wait()
	if len(granted) != 2 || len(r.gate.Grants()) != 2 {
		t.Errorf("granted %v, want two", granted)
	}
}

// TestGateIsNoTraffic: questions are not requests of the service.
func TestGateIsNoTraffic(t *testing.T) {
	r := newRig(t, gatehttp.Config{ReadOnly: true})
	r.fill(0)
	before := r.Budget("checkout").Counts()
	r.ask("GET", "?kind=feature", "", "")
	if after := r.Budget("checkout").Counts(); after != before || after == (budget.Counts{}) {
		t.Errorf("counts %+v, want %+v", after, before)
	}
}
