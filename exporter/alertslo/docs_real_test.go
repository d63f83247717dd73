package alertslo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/exporter/alertslo"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/policy"
)

// TestRealConfigurationOfTheDocs: what docs/alertmanager.md says to configure opens and closes
// one incident in PagerDuty, and writes two messages to Slack.
func TestRealConfigurationOfTheDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/alertmanager.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(text)
	if block == nil {
		t.Fatal("docs/alertmanager.md has no configuration")
	}
	config := string(block[1])
	realprom.CheckAlertmanager(t, config)

	var mu sync.Mutex
	var got []string
	var pagerKeys []string
	services := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct {
			EventAction string `json:"event_action"`
			DedupKey    string `json:"dedup_key"`
			Payload     struct {
				Summary, Severity string
				CustomDetails     map[string]string `json:"custom_details"`
			}
			Channel     string
			Attachments []struct{ Title, Text string }
		}
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Errorf("%s: %v", r.URL, err)
		}
		mu.Lock()
		defer mu.Unlock()
		switch r.URL.Path {
		case "/pagerduty":
			got = append(got, "PagerDuty "+m.EventAction+" "+m.Payload.Severity)
			pagerKeys = append(pagerKeys, m.DedupKey)
			if m.EventAction == "trigger" && (!strings.Contains(m.Payload.Summary, "shop: checkout breaks its objective: ") ||
				m.Payload.CustomDetails["runbook"] != "https://wiki/runbook" || m.Payload.CustomDetails["priority"] != "P1" ||
				!strings.Contains(m.Payload.CustomDetails["description"], "People can pay.")) {
				t.Errorf("PagerDuty got %+v", m)
			}
			w.WriteHeader(http.StatusAccepted)
			_, _ = w.Write([]byte(`{"status":"success"}`))
		case "/slack":
			for _, a := range m.Attachments {
				got = append(got, "Slack "+m.Channel+" "+a.Title)
				if !strings.Contains(a.Text, "https://wiki/runbook") {
					t.Errorf("Slack got %+v", m)
				}
			}
			_, _ = w.Write([]byte("ok"))
		}
	}))
	defer services.Close()
	slack := filepath.Join(t.TempDir(), "slack")
	if err := os.WriteFile(slack, []byte(services.URL+"/slack"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, replace := range [][2]string{
		{"slack_api_url_file: /etc/alertmanager/slack-url", "slack_api_url_file: " + slack + "\n  pagerduty_url: " + services.URL + "/pagerduty"},
		{"group_wait: 10s", "group_wait: 100ms"},
		{"group_interval: 1m", "group_interval: 500ms"},
	} {
		if !strings.Contains(config, replace[0]) {
			t.Fatalf("the configuration has no %q", replace[0])
		}
		config = strings.ReplaceAll(config, replace[0], replace[1])
	}
	am := realprom.StartAlertmanager(t, config)
	n := newNotifier(t, alertslo.Single, alertslo.Alertmanager{URLs: []string{am.URL}, Resend: time.Second})
	defer n.Close()
	s := newShopAt(t, past(), nil, policy.Config{})
	n.Attach(s.watcher)
	heard := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Sorted(slices.Values(got))
	}
	want := func(all ...string) {
		t.Helper()
		realprom.WaitUntil(t, fmt.Sprintf("notifications %q", all), func() bool { return len(heard()) >= len(all) })
		rounds(t, n, 2)
		if h := heard(); !slices.Equal(h, all) {
			t.Fatalf("notifications %q, want %q", h, all)
		}
	}
	s.breaks()
	want("PagerDuty trigger critical", "Slack #slo-breaches [firing] shop checkout (page)")
	s.mends()
	want("PagerDuty resolve critical", "PagerDuty trigger critical",
		"Slack #slo-breaches [firing] shop checkout (page)", "Slack #slo-breaches [resolved] shop checkout (page)")
	if mu.Lock(); pagerKeys[0] == "" || pagerKeys[0] != pagerKeys[1] {
		t.Errorf("PagerDuty got the keys %q, want one and the same", pagerKeys)
	}
	mu.Unlock()
}
