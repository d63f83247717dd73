package alertslo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/exporter/alertslo"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/policy"
)

// A sink takes what Alertmanager notifies of.
type sink struct {
	*httptest.Server
	mu    sync.Mutex
	notes []string // "firing page pod-1"
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m struct {
			Alerts []struct {
				Status string
				Labels map[string]string
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Errorf("Alertmanager sent what cannot be read: %v", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, a := range m.Alerts {
			s.notes = append(s.notes, strings.TrimSpace(a.Status+" "+a.Labels["severity"]+" "+a.Labels["instance"]))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// heard returns what it was told, sorted.
func (s *sink) heard() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.notes))
}

func (s *sink) config() string {
	return fmt.Sprintf(`
route: {receiver: sink, group_by: ['...'], group_wait: 100ms, group_interval: 500ms, repeat_interval: 4h}
receivers:
- {name: sink, webhook_configs: [{url: %q, send_resolved: true}]}
`, s.URL)
}

// wantHeard waits for exactly these notifications, and that there are no others.
func (s *sink) wantHeard(t *testing.T, want ...string) {
	t.Helper()
	realprom.WaitUntil(t, fmt.Sprintf("notifications %q", want), func() bool { return len(s.heard()) >= len(want) })
	if got := s.heard(); !slices.Equal(got, want) {
		t.Fatalf("notifications %q, want %q", got, want)
	}
}

// rounds waits until an Alertmanager has been told so often once more.
func rounds(t *testing.T, n *alertslo.Notifier, more uint64) {
	t.Helper()
	before := n.Stats()[0].Sent
	realprom.WaitUntil(t, "re-sending", func() bool { return n.Stats()[0].Sent >= before+more })
}

// past is when a shop of these tests opens, so that all that happens there is over.
func past() time.Time { return time.Now().Add(-time.Hour) }

// TestRealOneNotificationPerIncident: one when it starts and one when it ends, however often
// it is sent, although both Alertmanager and the process are restarted meanwhile.
func TestRealOneNotificationPerIncident(t *testing.T) {
	to := newSink(t)
	am := realprom.StartAlertmanager(t, to.config())
	log := &book{}
	destination := alertslo.Alertmanager{URLs: []string{am.URL}, Resend: time.Second, Logger: log.logger()}
	n := newNotifier(t, alertslo.Single, destination)
	at := past()
	s := newShopAt(t, at, nil, policy.Config{})
	n.Attach(s.watcher)
	s.breaks()
	to.wantHeard(t, "firing page")
	rounds(t, n, 2)
	am.Remember()

	am.Kill()
	realprom.WaitUntil(t, "a failure", func() bool { return n.Stats()[0].LastError != nil })
	am.Start()
	rounds(t, n, 3)
	to.wantHeard(t, "firing page")

	blob := s.Snapshot()
	s.Close()
	n.Close()
	s = newShopAt(t, s.Time(), blob, policy.Config{})
	n = newNotifier(t, alertslo.Single, destination)
	defer n.Close()
	n.Attach(s.watcher)
	rounds(t, n, 2)
	to.wantHeard(t, "firing page")

	s.mends()
	to.wantHeard(t, "firing page", "resolved page")
	am.Remember()
	am.Kill()
	realprom.WaitUntil(t, "a failure", func() bool { return n.Stats()[0].LastError != nil })
	am.Start()
	rounds(t, n, 3)
	to.wantHeard(t, "firing page", "resolved page")

	s.breaks() // another incident of the same key
	to.wantHeard(t, "firing page", "firing page", "resolved page")
}

// TestRealEndWhileAlertmanagerIsAway: it hears of the end when it is back.
func TestRealEndWhileAlertmanagerIsAway(t *testing.T) {
	to := newSink(t)
	am := realprom.StartAlertmanager(t, to.config())
	n := newNotifier(t, alertslo.Single, alertslo.Alertmanager{URLs: []string{am.URL}, Resend: time.Second, Logger: (&book{}).logger()})
	defer n.Close()
	s := newShopAt(t, past(), nil, policy.Config{})
	n.Attach(s.watcher)
	s.breaks()
	to.wantHeard(t, "firing page")
	am.Remember()
	am.Kill()
	s.mends()
	realprom.WaitUntil(t, "a failure", func() bool { return n.Stats()[0].LastError != nil })
	am.Start()
	to.wantHeard(t, "firing page", "resolved page")
}

// TestRealInstancesDoNotResolveEachOther: of three processes one recovers.
func TestRealInstancesDoNotResolveEachOther(t *testing.T) {
	to := newSink(t)
	am := realprom.StartAlertmanager(t, to.config())
	var shops []*shop
	var notifiers []*alertslo.Notifier
	for i := range 3 {
		n := newNotifier(t, alertslo.PerInstance(fmt.Sprint("pod-", i)), alertslo.Alertmanager{URLs: []string{am.URL}, Resend: time.Second})
		defer n.Close()
		s := newShopAt(t, past(), nil, policy.Config{})
		n.Attach(s.watcher)
		s.breaks()
		shops, notifiers = append(shops, s), append(notifiers, n)
	}
	firing := []string{"firing ticket pod-0", "firing ticket pod-1", "firing ticket pod-2"}
	to.wantHeard(t, firing...)
	shops[1].mends()
	to.wantHeard(t, append(firing, "resolved ticket pod-1")...)
	for _, n := range notifiers {
		rounds(t, n, 2)
	}
	to.wantHeard(t, append(firing, "resolved ticket pod-1")...)
	shops[0].mends()
	shops[2].mends()
	to.wantHeard(t, append(firing, "resolved ticket pod-0", "resolved ticket pod-1", "resolved ticket pod-2")...)
}
