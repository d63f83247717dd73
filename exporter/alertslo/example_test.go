package alertslo_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/alertslo"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// orders returns a service whose time is moved by hand, so that the examples print the same
// every time, and what makes it break its objective for ten minutes.
func orders() (watcher *policy.Watcher, incident func()) {
	tracker, err := budget.NewSimulation(budget.Config{Service: "shop", Objectives: []slo.Objective{
		{Name: "orders", Of: slo.Events("orders"), SLI: slo.Availability(), Target: slo.Percent(99.9), Owner: "payments"},
	}}, time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC))
	if err != nil {
		log.Fatal(err)
	}
	watcher, err = policy.Watch(tracker.Tracker, policy.Config{})
	if err != nil {
		log.Fatal(err)
	}
	return watcher, func() {
		for range 600 {
			tracker.Events("orders").Add(50, 100)
			tracker.Advance(time.Second)
		}
	}
}

func Example() {
	watcher, incident := orders() // watcher, err := policy.Watch(tracker, policy.Config{})
	var once sync.Once            // it is told again and again
	alertmanager := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		once.Do(func() { fmt.Println(r.Method, r.URL.Path) })
	}))
	defer alertmanager.Close()

	notifier, err := alertslo.New(alertslo.Single, alertslo.Alertmanager{URLs: []string{alertmanager.URL}})
	if err != nil {
		log.Fatal(err)
	}
	notifier.Attach(watcher)

	incident()
	watcher.Close() // first: its last news is to be sent too
	if err := notifier.Shutdown(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println("lost:", notifier.Stats()[0].Dropped)
	// Output:
	// POST /api/v2/alerts
	// lost: 0
}

func ExampleNew_refused() {
	_, err := alertslo.New(alertslo.Scope{}, alertslo.Alertmanager{URLs: []string{"alertmanager:9093"}})
	fmt.Println(err)
	// Output:
	// alertslo: scope is "none": want alertslo.Single if exactly one process has these objectives, else alertslo.PerInstance with a name for this one
	// alertslo: destinations[0].URLs[0] is "alertmanager:9093": want an address such as http://127.0.0.1:9093, with http or https in front
}

func ExamplePerInstance() {
	watcher, incident := orders()
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.LevelKey, slog.MessageKey, "severity", "instance":
			return a
		}
		return slog.Attr{} // the rest is long
	}}))
	notifier, err := alertslo.New(alertslo.PerInstance("shop-7f9c"), alertslo.Log{Logger: logger})
	if err != nil {
		log.Fatal(err)
	}
	notifier.Attach(watcher)

	incident()
	watcher.Close()
	notifier.Close()
	// Output:
	// level=WARN msg="nines: breach started" breach.severity=ticket instance=shop-7f9c
}

func ExampleVerify() {
	watcher, incident := orders()
	key := alertslo.Secret("change me: 32 bytes from /dev/random")
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil || alertslo.Verify(key, r.Header, body, alertslo.DefaultTolerance) != nil {
			http.Error(w, "who are you?", http.StatusForbidden)
			return
		}
		fmt.Println("genuine, with a key that tells it from others:", len(r.Header.Get(alertslo.HeaderIdempotencyKey)) > 0)
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
	// genuine, with a key that tells it from others: true
}
