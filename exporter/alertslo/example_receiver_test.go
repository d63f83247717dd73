package alertslo_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/seed-abb722f7/nines/exporter/alertslo"
	"github.com/seed-abb722f7/nines/policy"
)

// A receiver of a webhook that is written in Go: it looks whether the news is genuine, and reads
// the breach as the callbacks of a watcher have it.
func ExampleWebhook_receiver() {
	watcher, incident := orders()
	key := alertslo.Secret("change me: 32 bytes from /dev/random")
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil || alertslo.Verify(key, r.Header, body, alertslo.DefaultTolerance) != nil {
			http.Error(w, "who are you?", http.StatusForbidden)
			return
		}
		var news struct {
			Instance string        `json:"instance"` // with alertslo.PerInstance
			Breach   policy.Breach `json:"breach"`
		}
		if err := json.Unmarshal(body, &news); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest) // which is not tried again
			return
		}
		b := news.Breach
		fmt.Println(b.State, b.Severity, b.Name, "of", b.Objective.Owner)
		fmt.Printf("open: %t, bad events: %d, target: %v\n", b.Open(), b.Counts.Bad, b.Objective.Target)
	}))
	defer receiver.Close()
	notifier, err := alertslo.New(alertslo.Single, alertslo.Webhook{URL: receiver.URL, Key: key})
	if err != nil {
		log.Fatal(err)
	}
	notifier.Attach(watcher)

	incident()
	watcher.Close()
	notifier.Close()
	// Output:
	// started page orders of payments
	// open: true, bad events: 4850, target: 99.9%
}
