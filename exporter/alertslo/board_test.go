package alertslo

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// newWatcher returns a watcher that can be made to have one breach open, of the key
// "shop/orders/page".
func newWatcher(t *testing.T) (w *policy.Watcher, serve func(bad uint64)) {
	t.Helper()
	sim, err := budget.NewSimulation(budget.Config{Service: "shop", Objectives: []slo.Objective{
		{Name: "orders", Of: slo.Events("orders"), SLI: slo.Availability(), Target: slo.Percent(99.9)},
	}}, time.Date(1999, time.December, 30, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	w, err = policy.Watch(sim.Tracker, policy.Config{NoDefaults: true, NoHealth: true, Rules: []policy.Rule{{
		Name: "fast", Severity: policy.Page, MinBad: 1, When: policy.BurnRate{Factor: 10, Long: time.Minute, Short: 30 * time.Second},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return w, func(bad uint64) {
		for range 120 {
			sim.Events("orders").Add(10-bad, 10)
			sim.Advance(time.Second)
		}
	}
}

// TestBoardMissesNews: news that the watcher dropped, of a start and of an end, is found out.
func TestBoardMissesNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b board
		w, serve := newWatcher(t)
		b.attach(w)
		if got := b.alerts(time.Minute); len(got) != 0 {
			t.Fatalf("%v, want none", got)
		}
		serve(5)
		got := b.alerts(time.Minute)
		if len(got) != 1 || !got[0].Open() || got[0].Key != "shop/orders/page" {
			t.Fatalf("nobody told of the start: %v, want it", got)
		}
		serve(0)
		if got := b.alerts(time.Minute); len(got) != 1 || !got[0].Open() {
			t.Fatalf("just ended: %v, want it open until the news is overdue", got)
		}
		ended := time.Now()
		time.Sleep(time.Minute)
		if got := b.alerts(time.Minute); len(got) != 1 || got[0].State != policy.Resolved || !got[0].Resolved.Equal(ended) {
			t.Fatalf("a minute later: %v, want it resolved when that was seen", got)
		}
		serve(5)
		if got := b.alerts(time.Minute); len(got) != 1 || !got[0].Open() {
			t.Fatalf("nobody told of the next: %v, want it in the place of the first", got)
		}
		serve(0)
		b.alerts(time.Minute)
		time.Sleep(time.Minute)
		b.alerts(time.Minute)
		time.Sleep(keepResolved + time.Second)
		if got := b.alerts(time.Minute); len(got) != 0 || b.count != 0 {
			t.Errorf("after a quarter of an hour: %v, %d counted, want none", got, b.count)
		}
	})
}

// TestBoardKeepsWhatIsOver: news that comes late does not open what has ended.
func TestBoardKeepsWhatIsOver(t *testing.T) {
	var b board
	w, _ := newWatcher(t)
	f := b.attach(w)
	one := policy.Breach{Key: "k", ID: "k@1", State: policy.Started, Facts: []policy.Fact{{Name: "memory", Value: "95 %"}}}
	b.hear(f, one)
	one.State, one.Facts = policy.Ongoing, nil
	b.hear(f, one)
	if got := f.entries["k"].breach; len(got.Facts) != 1 {
		t.Errorf("facts %v, want those that were delivered last", got.Facts)
	}
	one.State = policy.Resolved
	b.hear(f, one)
	one.State = policy.Ongoing
	b.hear(f, one)
	if got := f.entries["k"].breach.State; got != policy.Resolved {
		t.Errorf("State = %v, want resolved", got)
	}
	b.hear(f, policy.Breach{Key: "k", ID: "k@2", State: policy.Started})
	b.follow(f, 1, []policy.Breach{{Key: "k", ID: "k@1", State: policy.Ongoing, Told: true}}, time.Minute) // read before all that
	if got := f.entries["k"].breach; got.State != policy.Started || b.count != 1 {
		t.Errorf("the next: %v, %d entries, want it started in the place of the first", got.State, b.count)
	}
}

// TestBoardOfTwoWatchers: of one key what is open counts, whichever watcher has it.
func TestBoardOfTwoWatchers(t *testing.T) {
	var b board
	w, _ := newWatcher(t)
	v, _ := newWatcher(t)
	f, g := b.attach(w), b.attach(v)
	b.hear(f, policy.Breach{Key: "k", ID: "k@1", State: policy.Resolved})
	b.hear(g, policy.Breach{Key: "k", ID: "k@2", State: policy.Started})
	if got := b.alerts(time.Minute); len(got) != 1 || !got[0].Open() {
		t.Errorf("%v, want the one that is open", got)
	}
	b.detach(g)
	if got := b.alerts(time.Minute); len(got) != 1 || got[0].Open() || b.count != 1 {
		t.Errorf("%v, want the one that is left", got)
	}
}

func TestBoardIsBounded(t *testing.T) {
	var b board
	w, _ := newWatcher(t)
	f := b.attach(w)
	for i := range maxAlerts + 10 {
		b.hear(f, policy.Breach{Key: fmt.Sprint(i), ID: fmt.Sprint(i), State: policy.Started})
	}
	if got := len(b.alerts(time.Minute)); got != maxAlerts || b.dropped.Load() != 10 {
		t.Errorf("%d breaches, %d dropped, want %d and 10", got, b.dropped.Load(), maxAlerts)
	}
	b.detach(f)
	b.hear(f, policy.Breach{Key: "late", ID: "late", State: policy.Started})
	if b.count != 0 || len(b.alerts(time.Minute)) != 0 {
		t.Errorf("%d entries after it was detached, want none", b.count)
	}
}

// TestClocks: whatever the clock did, an alert that is open ends in the future and after it
// starts, and one that is over does not end before it starts, which would be refused.
func TestClocks(t *testing.T) {
	now := time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name              string
		started, resolved time.Time
		starts, ends      time.Time
	}{
		{"open", now.Add(-time.Hour), time.Time{}, now.Add(-time.Hour), now.Add(4 * time.Minute)},
		{"open, and the clock was set back", now.Add(time.Hour), time.Time{}, now.Add(time.Hour), now.Add(time.Hour + 4*time.Minute)},
		{"over", now.Add(-time.Hour), now.Add(-time.Minute), now.Add(-time.Hour), now.Add(-time.Minute)},
		{"over, and the clock was set back", now.Add(time.Hour), now.Add(-time.Minute), now.Add(-time.Minute), now.Add(-time.Minute)},
	} {
		b := policy.Breach{State: policy.Started, Started: tt.started, Resolved: tt.resolved}
		if !tt.resolved.IsZero() {
			b.State = policy.Resolved
		}
		a := Single.newAlert(&b, nil, "", now, 4*time.Minute)
		if !a.StartsAt.Equal(tt.starts) || !a.EndsAt.Equal(tt.ends) {
			t.Errorf("%s: from %v to %v, want %v to %v", tt.name, a.StartsAt, a.EndsAt, tt.starts, tt.ends)
		}
	}
}

// TestAnyBytes: names that Alertmanager would refuse, or take for one another, are told apart;
// what is too long is cut.
func TestAnyBytes(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range []string{"caf\xe9", "caf\xe8", "caf\ufffd", "a\nb", "日本"} {
		b := policy.Breach{
			Name: name, Service: name, Severity: policy.Page, Objective: slo.Objective{Links: []slo.Link{{Name: name, URL: name}, {Name: "1", URL: "x"}, {Name: "!", URL: "y"}, {Name: "?", URL: "z"}}},
			Facts: []policy.Fact{{Name: name, Value: strings.Repeat("é\xff", maxAnnotation)}},
		}
		labels := Single.labels(&b, nil)
		if seen[labels["slo"]] || !utf8.ValidString(labels["slo"]) {
			t.Errorf("label slo %q of %q, want one of its own, in UTF-8", labels["slo"], name)
		}
		seen[labels["slo"]] = true
		for k, v := range annotations(&b) {
			if !labelName.MatchString(k) || !utf8.ValidString(v) || len(v) > maxAnnotation || v == "" {
				t.Errorf("annotation %q of %d bytes: want a name that Alertmanager takes, and UTF-8 of at most %d", k, len(v), maxAnnotation)
			}
		}
		if got := annotations(&b); got["__url"] != "y" || got["__url_"] != "z" {
			t.Errorf("%v, want links whose names are alike to be kept apart", got)
		}
	}
}

// TestSeverityIsLowered: each instance for itself is never page, whatever the severity.
func TestSeverityIsLowered(t *testing.T) {
	for _, s := range []policy.Severity{policy.Ticket, policy.Page, 7} {
		b := policy.Breach{Severity: s}
		if got := PerInstance("a").severity(&b); got != policy.Ticket {
			t.Errorf("PerInstance: %v becomes %v, want ticket", s, got)
		}
		if got := Single.severity(&b); got != s {
			t.Errorf("Single: %v becomes %v, want the same", s, got)
		}
	}
}
