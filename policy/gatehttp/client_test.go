package gatehttp_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/policy/gatehttp"
	"github.com/seed-abb722f7/nines/slo"
)

// TestClientKeepsSecrets: no error shows the token, or a password in the URL.
func TestClientKeepsSecrets(t *testing.T) {
	change := policy.Change{Kind: policy.Feature, ID: "v2"}
	for _, url := range []string{
		"http://alice:hunter2@ho st/gate", "http://alice:hunter2@127.0.0.1:1/gate", "http://alice:hunter2@127.0.0.1:x/gate", "alice:hunter2@127.0.0.1", "ftp://alice:hunter2@127.0.0.1/",
	} {
		c := gatehttp.Client{URL: url, Token: "token-of-16-bytes"}
		_, decide := c.Decide(context.Background(), change)
		_, begin := c.Begin(context.Background(), change)
		_, done := c.Done(context.Background(), change)
		for _, err := range []error{decide, begin, done} {
			if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "token-of") {
				t.Errorf("%s: error %v, want one without secrets", url, err)
			}
		}
	}
}

// TestClient: what it returns is what the gate said.
func TestClient(t *testing.T) {
	ctx := context.Background()
	r := newRig(t, gatehttp.Config{Token: token})
	r.fill(60)
	c := gatehttp.Client{URL: r.server.URL + "/gate", Token: token}
	a, b := policy.Change{Kind: policy.Feature, ID: "v2.5.0 & more=?#"}, policy.Change{Kind: policy.Feature, ID: "b"}
	if d, err := c.Decide(ctx, a); err != nil || d.String() != r.gate.Decide(ctx, a).String() || d.Outcome != policy.Allow {
		t.Errorf("Decide() = %v, %v", d, err)
	}
	if d, err := c.Begin(ctx, a); err != nil || d.Grant.Number != 1 || d.Tier != "yellow" || d.Deploys.Left() != 0 {
		t.Errorf("Begin() = %+v, %v", d, err)
	}
	if d, err := c.Begin(ctx, b); err != nil || d.Outcome != policy.Deny {
		t.Errorf("Begin(b) = %v, %v, want it denied, and that is no error", d, err)
	}
	if d, err := c.Override(ctx, b, "alice", "why not"); err != nil || d.Outcome != policy.Allow || d.Grant.By != "alice" {
		t.Errorf("Override(b) = %+v, %v", d, err)
	}
	if d, err := c.Decide(ctx, policy.Change{}); err != nil || d.Outcome != policy.NeedsPerson {
		t.Errorf("Decide of nothing = %v, %v", d, err)
	}
	if g, err := c.Done(ctx, a); err != nil || g.State != policy.GrantDone {
		t.Errorf("Done() = %v, %v", g, err)
	}
	if g, err := c.Cancel(ctx, b); err != nil || g.Change != b {
		t.Errorf("Cancel() = %v, %v", g, err)
	}
	if _, err := c.Cancel(ctx, b); err == nil || err.Error() != "gatehttp: 404 Not Found: no such deployment is under way" {
		t.Errorf("Cancel() again = %v", err)
	}
	if _, err := (gatehttp.Client{URL: c.URL}).Begin(ctx, a); err == nil || !strings.Contains(err.Error(), "401 Unauthorized: want the token") {
		t.Errorf("Begin without a token = %v", err)
	}
	if _, err := (gatehttp.Client{URL: "http://\x00"}).Decide(ctx, a); err == nil || !strings.HasPrefix(err.Error(), "gatehttp: ") {
		t.Errorf("Decide of no URL = %v", err)
	}
	gone, stop := context.WithCancel(ctx)
	stop()
	if _, err := c.Decide(gone, a); !errors.Is(err, context.Canceled) {
		t.Errorf("Decide with a context that has ended = %v", err)
	}
}

// TestClientDoesNotBelieve answers that do not fit: each is an error, and a decision that needs a
// person.
func TestClientDoesNotBelieve(t *testing.T) {
	sim := budgettest.New(t, slo.Objective{Name: "o", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(90)})
	change := policy.Change{Kind: policy.Rollback, ID: "a"}
	text, err := json.Marshal(policy.NewGate(sim, policy.GateConfig{}).Decide(context.Background(), change))
	if err != nil {
		t.Fatal(err)
	}
	good := string(text)
	for _, tt := range []struct {
		name, contentType, body string
		status                  int
		want                    string
	}{
		{"good", "application/json", good, 200, ""},
		{"another status", "application/json", good, 403, "status 403 does not fit the decision in it: allow rollback a"},
		{"an error", "application/json", good, 500, "status 500 does not fit"},
		{"another change", "application/json", strings.Replace(good, `"id":"a"`, `"id":"b"`, 1), 200, "status 200 does not fit the decision in it: allow rollback b"},
		{"nothing", "application/json", "{}", 409, "status 409 does not fit"},
		{"half", "application/json", good[:40], 200, "an answer that cannot be read"},
		{"a page", "text/html", "<h1>OK</h1>", 200, `200 OK, which no gate answers: content type "text/html"`},
		{"a proxy", "text/plain", "bad gateway", 502, "502 Bad Gateway, which no gate answers"},
		{"too much", "application/json", `"` + strings.Repeat("x", 1<<20) + `"`, 200, "the answer has more than 1048576 bytes"},
		{"moved", "", "", 302, "redirect, which is not followed"},
		{"an outcome of the future", "application/json", strings.Replace(good, `"allow"`, `"perhaps"`, 1), 200, "cannot be read"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if tt.status == 302 {
				w.Header().Set("Location", "/elsewhere")
			}
			w.Header().Set("Content-Type", tt.contentType)
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, tt.body)
		}))
		d, err := gatehttp.Client{URL: server.URL, HTTP: server.Client()}.Decide(context.Background(), change)
		server.Close()
		if tt.want == "" {
			if err != nil || d.Outcome != policy.Allow {
				t.Errorf("%s: %v, %v", tt.name, d, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) || d.Outcome != policy.NeedsPerson {
			t.Errorf("%s: %v, %v, want %s", tt.name, d, err, tt.want)
		}
	}
}
