package alertslo_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/exporter/alertslo"
	"github.com/seed-abb722f7/nines/policy"
)

const key = alertslo.Secret("0123456789abcdef0123456789abcdef")

// TestWebhook: what a receiver gets over a real connection, and that it can believe it.
func TestWebhook(t *testing.T) {
	type news struct {
		Version  int
		Scope    string
		Instance *string
		Breach   struct{ Key, ID, State, Severity string }
	}
	got := make(chan news, 10)
	ids := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if err := alertslo.Verify(key, r.Header, body, 0); err != nil {
			t.Errorf("Verify = %v, want nil", err)
		}
		for name, change := range map[string]func(h http.Header) []byte{
			"another body":      func(http.Header) []byte { return append([]byte(" "), body...) },
			"another time":      func(h http.Header) []byte { h.Set(alertslo.HeaderTimestamp, "1"); return body },
			"another key":       func(h http.Header) []byte { h.Set(alertslo.HeaderIdempotencyKey, "x"); return body },
			"no signature":      func(h http.Header) []byte { h.Del(alertslo.HeaderSignature); return body },
			"another signature": func(h http.Header) []byte { h.Set(alertslo.HeaderSignature, "v1=00"); return body },
		} {
			h := r.Header.Clone()
			if changed := change(h); !errors.Is(alertslo.Verify(key, h, changed, 0), alertslo.ErrSignature) {
				t.Errorf("with %s: Verify does not return ErrSignature", name)
			}
		}
		if err := alertslo.Verify("", r.Header, body, 0); err == nil {
			t.Error("without a key: Verify = nil")
		}
		if r.Method != http.MethodPost || r.URL.RequestURI() != "/hook?x=1" {
			t.Errorf("%s %s, want a POST to /hook?x=1", r.Method, r.URL)
		}
		if user, password, _ := r.BasicAuth(); user != "nines" || password != "pa55" {
			t.Errorf("basic auth %q, %q, want nines, pa55", user, password)
		}
		var m news
		if err := json.Unmarshal(body, &m); err != nil {
			t.Error(err)
		}
		ids <- r.Header.Get(alertslo.HeaderIdempotencyKey)
		got <- m
	}))
	defer server.Close()
	s := newShop(t, policy.Config{})
	n := newNotifier(t, alertslo.Single, alertslo.Webhook{URL: server.URL + "/hook?x=1", Key: key, Username: "nines", Password: "pa55"})
	defer n.Close()
	n.Attach(s.watcher)
	s.breaks()
	s.mends()
	seen := map[string]bool{}
	for _, state := range []string{"started", "resolved"} {
		m, id := <-got, <-ids
		if m.Version != 1 || m.Scope != "single" || m.Instance != nil || m.Breach.State != state || m.Breach.Severity != "page" ||
			m.Breach.Key != "shop;region=eu;environment=production/checkout/page" {
			t.Errorf("%+v, want the page %s", m, state)
		}
		if len(id) != 32 || seen[id] {
			t.Errorf("idempotency key %q, want one that no other news has", id)
		}
		seen[id] = true
	}
}

// TestVerifyInTime: what was overheard cannot be sent again for long.
func TestVerifyInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := &fake{}
		s := newShop(t, policy.Config{})
		n := newNotifier(t, alertslo.Single, alertslo.Webhook{URL: "http://hook", Key: key, HTTP: client(hook)})
		defer n.Close()
		n.Attach(s.watcher)
		s.breaks()
		settle()
		requests, bodies := hook.seen()
		verify := func() error { return alertslo.Verify(key, requests[0].Header, bodies[0], time.Minute) }
		if err := verify(); err != nil {
			t.Errorf("at once: %v, want nil", err)
		}
		time.Sleep(59 * time.Second)
		if err := verify(); err != nil {
			t.Errorf("after a minute: %v, want nil", err)
		}
		time.Sleep(2 * time.Second)
		if err := verify(); !errors.Is(err, alertslo.ErrSignature) {
			t.Errorf("two seconds later: %v, want ErrSignature", err)
		}
	})
}

// TestWebhookRetries: news waits for its turn, arrives in order, and a try more is the same
// news.
func TestWebhookRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails := 3
		hook, log := &fake{}, &book{}
		hook.answers(func(*http.Request) (int, string) {
			if fails--; fails >= 0 {
				return []int{500, 429, 0}[fails], "no"
			}
			return 204, ""
		})
		s := newShop(t, policy.Config{})
		n := newNotifier(t, alertslo.Single, alertslo.Webhook{URL: "http://hook", Key: key, HTTP: client(hook), Logger: log.logger()})
		defer n.Close()
		n.Attach(s.watcher)
		s.breaks()
		s.mends()
		synctest.Wait()
		if st := n.Stats()[0]; st.Waiting != 2 || st.Failed != 1 || st.LastError == nil {
			t.Errorf("%+v, want two that wait", st)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		var ids []string
		requests, _ := hook.seen()
		for _, r := range requests {
			ids = append(ids, r.Header.Get(alertslo.HeaderIdempotencyKey))
		}
		if len(ids) != 5 || ids[0] != ids[1] || ids[1] != ids[2] || ids[2] != ids[3] || ids[3] == ids[4] {
			t.Errorf("idempotency keys %q, want four that are the same and another", ids)
		}
		if st := n.Stats()[0]; st.Sent != 2 || st.Failed != 3 || st.Dropped != 0 || st.Waiting != 0 || st.LastError != nil {
			t.Errorf("%+v, want 2 sent, 3 failed", st)
		}
		if got := strings.Count(log.String(), "\n"); got != 2 {
			t.Errorf("%d lines, want one when it fails and one when it is back:\n%s", got, log)
		}
	})
}

// TestWebhookGivesUp: on what is refused at once, on what is down after a while, and on a
// client that panics.
func TestWebhookGivesUp(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(*http.Request) (int, string)
		tries  int
		err    string
	}{
		{"refused", func(*http.Request) (int, string) { return 403, "go away 0123456789abcdef0123456789abcdef" }, 1, `alertslo: status 403: "go away [secret]": not to be tried again`},
		{"moved", func(*http.Request) (int, string) { return 302, "" }, 1, "alertslo: status 302: redirects are not followed: not to be tried again"},
		{"down", func(*http.Request) (int, string) { return 0, "s3cret" }, 5, "alertslo: connection refused: [secret]"},
		{"panics", func(*http.Request) (int, string) { panic("mine") }, 5, "alertslo: the HTTP client panicked: mine"},
		{"hangs", func(r *http.Request) (int, string) { <-r.Context().Done(); return 0, "" }, 5, "alertslo: context deadline exceeded"},
	} {
		synctest.Test(t, func(t *testing.T) {
			hook := &fake{answer: tt.answer}
			var gaveUp []error
			s := newShop(t, policy.Config{})
			n := newNotifier(t, alertslo.Single, alertslo.Webhook{
				URL: "http://hook/s3cret", Key: key, HTTP: client(hook), Logger: (&book{}).logger(),
				Retry: policy.Backoff{GaveUp: func(_ policy.Breach, err error) { gaveUp = append(gaveUp, err); panic("mine too") }},
			})
			defer n.Close()
			n.Attach(s.watcher)
			s.breaks()
			time.Sleep(5 * time.Minute)
			synctest.Wait()
			st := n.Stats()[0]
			if hook.count() != tt.tries || st.Dropped != 1 || st.Failed != uint64(tt.tries) || st.LastError == nil || st.LastError.Error() != tt.err {
				t.Errorf("%s: %d requests, %+v, want %d and the error %q", tt.name, hook.count(), st, tt.tries, tt.err)
			}
			if len(gaveUp) != 1 {
				t.Errorf("%s: GaveUp was called %d times, want once", tt.name, len(gaveUp))
			}
		})
	}
}

// TestWebhookIsBounded: what a receiver does not take in time is dropped and counted, and what
// is left at the end too.
func TestWebhookIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := &fake{answer: func(r *http.Request) (int, string) { <-r.Context().Done(); return 0, "" }}
		s := newShop(t, policy.Config{Rules: []policy.Rule{{
			Name: "fast", Severity: policy.Page, MinBad: 1, When: policy.BurnRate{Factor: 10, Long: 4 * time.Second, Short: 2 * time.Second},
		}}})
		n := newNotifier(t, alertslo.Single, alertslo.Webhook{URL: "http://hook", HTTP: client(hook), Logger: (&book{}).logger()})
		n.Attach(s.watcher)
		const incidents = 600
		for range incidents {
			s.serve(3*time.Second, 5)
			s.serve(5*time.Second, 0)
		}
		synctest.Wait()
		st := n.Stats()[0]
		if st.Waiting != 1025 || st.Dropped != 2*incidents-1025 {
			t.Errorf("%+v, want 1024 that wait beside the one under way, and %d dropped", st, 2*incidents-1025)
		}
		n.Close()
		synctest.Wait()
		if st := n.Stats()[0]; st.Waiting != 0 || st.Dropped != 2*incidents {
			t.Errorf("after Close: %+v, want all %d dropped", st, 2*incidents)
		}
	})
}

// TestLogFromHell: a logger that panics is counted.
func TestLogFromHell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t, policy.Config{})
		log := &book{}
		n := newNotifier(t, alertslo.Single, alertslo.Log{Logger: panicking()}, alertslo.Log{Logger: log.logger()})
		n.Attach(s.watcher)
		s.breaks()
		s.mends()
		n.Close()
		if st := n.Stats()[0]; st.Destination != "log" || st.Failed != 2 || st.Dropped != 2 || st.LastError == nil {
			t.Errorf("%+v, want two failures", st)
		}
		if st := n.Stats()[1]; st.Sent != 2 || st.Dropped != 0 {
			t.Errorf("%+v, want two sent", st)
		}
		for _, want := range []string{`level=ERROR msg="nines: breach started" text="page started: `, `level=INFO msg="nines: breach resolved"`} {
			if got := log.String(); strings.Count(got, want) != 1 {
				t.Errorf("logged %s, want %s once", got, want)
			}
		}
	})
}
