package alertslo_test

import (
	"context"
	"log"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/alertslo"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// ofThePage is what docs/alertmanager.md says to write.
func ofThePage(tracker *budget.Tracker) {
	notifier, err := alertslo.New(alertslo.Single, alertslo.Alertmanager{
		URLs:  []string{"http://am-1:9093", "http://am-2:9093"}, // all of them: they agree on who notifies
		Token: alertslo.Secret(os.Getenv("ALERTMANAGER_TOKEN")),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer notifier.Close() // deferred first, so it runs last
	watcher, err := policy.Watch(tracker, policy.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer watcher.Close()
	notifier.Attach(watcher)
}

// ofThePackage is what the package comment says to write.
func ofThePackage(tracker *budget.Tracker) {
	notifier, err := alertslo.New(alertslo.Single, alertslo.Alertmanager{URLs: []string{"http://alertmanager:9093"}})
	if err != nil {
		log.Fatal(err)
	}
	defer notifier.Close() // deferred first, so it runs last
	watcher, err := policy.Watch(tracker, policy.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer watcher.Close()
	notifier.Attach(watcher)
}

// TestSamplesOfTheDocs are what this file has, line by line, and run. Nothing is open, so that
// nothing is sent.
func TestSamplesOfTheDocs(t *testing.T) {
	source := between(t, "docs_sample_test.go", "package", "\x00")
	for _, tt := range []struct {
		file, from, to, name string
		sample               func(*budget.Tracker)
	}{
		{"../../docs/alertmanager.md", "```go\n", "```", "ofThePage", ofThePage},
		{"doc.go", "//\n", "//\n", "ofThePackage", ofThePackage},
	} {
		want := lines(between(t, tt.file, tt.from, tt.to))
		_, body, _ := strings.Cut(source, "func "+tt.name+"(tracker *budget.Tracker) {\n")
		body, _, _ = strings.Cut(body, "\n}\n")
		if got := lines(body); !slices.Equal(got, want) {
			t.Errorf("%s has\n%s\nwant as %s\n%s", tt.file, strings.Join(want, "\n"), tt.name, strings.Join(got, "\n"))
		}
		tt.sample(newShop(t, policy.Config{}).Tracker)
	}
}

// between returns the first part of a file between two marks.
func between(t *testing.T, file, from, to string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), from)
	if !ok {
		t.Fatalf("%s has no %q", file, from)
	}
	part, _, _ := strings.Cut(rest, to)
	return part
}

// lines returns code without what is around it.
func lines(text string) (all []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimPrefix(line, "//\t"))
		if line != "" {
			all = append(all, line)
		}
	}
	return all
}

// TestCloseOrder is why the samples close the watcher first: what it has decided and not delivered
// yet is among what is sent. The other way round it is lost.
func TestCloseOrder(t *testing.T) {
	for _, watcherFirst := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			tracker, err := budget.New(budget.Config{Service: "shop", Objectives: []slo.Objective{checkout()}})
			if err != nil {
				t.Fatal(err)
			}
			defer tracker.Close()
			w, err := policy.Watch(tracker, policy.Config{
				NoDefaults: true, NoHealth: true, Rules: []policy.Rule{pageRule("fast")},
				Enrich: func(ctx context.Context, _ policy.Breach) []policy.Fact { // which takes its time
					<-ctx.Done()
					return nil
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			lines := &counting{}
			n := newNotifier(t, alertslo.Single, alertslo.Log{Logger: slog.New(lines)})
			n.Attach(w)
			for len(w.Active()) == 0 {
				tracker.Events("checkout").Add(0, 10)
				time.Sleep(time.Second)
				synctest.Wait()
			}
			first, last := w.Close, n.Close
			if !watcherFirst {
				first, last = last, first
			}
			first()
			last()
			if got, want := lines.n.Load() == 1, watcherFirst; got != want {
				t.Errorf("the watcher first: %t: the breach was told: %t, want %t", watcherFirst, got, want)
			}
		})
	}
}

// counting counts lines.
type counting struct {
	slog.Handler
	n atomic.Int64
}

func (*counting) Enabled(context.Context, slog.Level) bool { return true }

func (c *counting) Handle(context.Context, slog.Record) error {
	c.n.Add(1)
	return nil
}
