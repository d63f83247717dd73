package policy_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// fickle has n objectives whose breaches start and end within seconds.
func fickle(n int) (budget.Config, policy.Config) {
	cfg := budget.Config{Service: "shop", Resolution: time.Second}
	for i := range n {
		cfg.Objectives = append(cfg.Objectives, slo.Objective{
			Name: fmt.Sprintf("o%d", i), Of: slo.HTTP(fmt.Sprintf("GET /%d", i)), SLI: slo.Availability(),
			Target: slo.Percent(90), Window: slo.Rolling(time.Minute),
		})
	}
	return cfg, policy.Config{NoDefaults: true, NoHealth: true, Rules: []policy.Rule{
		{Name: "r", Severity: policy.Page, When: policy.BurnRate{Factor: 1, Long: 2 * time.Second, Short: time.Second}, MinBad: 1},
	}}
}

// A live is a live tracker inside a synctest bubble, with a watcher.
type live struct {
	*budget.Tracker
	*policy.Watcher
	n   int
	log *bytes.Buffer
}

// newLive has n objectives under the rules of fickle, with changes.
func newLive(t *testing.T, n int, change ...func(*policy.Config)) *live {
	t.Helper()
	cfg, rules := fickle(n)
	tracker, err := budget.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l := &live{Tracker: tracker, n: n, log: &bytes.Buffer{}}
	rules.Logger = slog.New(slog.NewTextHandler(l.log, nil))
	for _, f := range change {
		f(&rules)
	}
	if l.Watcher, err = policy.Watch(tracker, rules); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tracker.Close)
	return l
}

// incident makes a breach of every objective start, and end.
func (l *live) incident() {
	for _, class := range []slo.Class{slo.ServerError, slo.ServerError, slo.Success, slo.Success, slo.Success, slo.Success} {
		for i := range l.n {
			op := l.HTTP(fmt.Sprintf("GET /%d", i))
			for range 10 {
				op.Start()
				op.Finish(class, 0)
			}
		}
		time.Sleep(time.Second)
	}
	synctest.Wait()
}

// A listener collects what it is told; others are called at the same time.
type listener struct {
	mu    sync.Mutex
	heard []string
}

func (l *listener) hear(_ context.Context, b policy.Breach) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = append(l.heard, b.Name+" "+b.State.String())
}

// of returns what was heard of one objective.
func (l *listener) of(name string) (list []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.heard {
		if state, ok := strings.CutPrefix(s, name+" "); ok {
			list = append(list, state)
		}
	}
	return list
}

func started(n int) (list []string) {
	for range n {
		list = append(list, "started", "resolved")
	}
	return list
}
