package policy_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

const route = "POST /checkout"

// checkout is the objective of the goldens: 99.9 % over 28 days.
func checkout() slo.Objective {
	return slo.Objective{Name: "checkout", Of: slo.HTTP(route), SLI: slo.Availability(), Target: slo.Percent(99.9)}
}

// A rig drives one simulated tracker with a watcher, a second at a time, and writes down
// what is delivered.
type rig struct {
	*budgettest.Tracker
	t       *testing.T
	watcher *policy.Watcher
	op      *budget.Operation
	second  int
	log     []string // such as "97 started page 1h/5m"
	heard   []policy.Breach
}

func newRig(t *testing.T, cfg policy.Config, objectives ...slo.Objective) *rig {
	t.Helper()
	if len(objectives) == 0 {
		objectives = []slo.Objective{checkout()}
	}
	return newRigOn(t, budgettest.New(t, objectives...), cfg)
}

// newRigOn is newRig on a tracker.
func newRigOn(t *testing.T, tracker *budgettest.Tracker, cfg policy.Config) *rig {
	t.Helper()
	r := &rig{Tracker: tracker, t: t}
	r.watch(cfg)
	return r
}

// watch has the rig's tracker watched.
func (r *rig) watch(cfg policy.Config) {
	r.t.Helper()
	w, err := policy.Watch(r.Tracker.Tracker, cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	r.watcher, r.op = w, r.HTTP(route)
	w.OnBreach(func(_ context.Context, b policy.Breach) {
		r.log = append(r.log, fmt.Sprintf("%d %v %v %s", r.second, b.State, b.Severity, b.Rule))
		r.heard = append(r.heard, b)
	})
}

func (r *rig) record(n int, class slo.Class) {
	for range n {
		r.op.Start()
		r.op.Finish(class, time.Millisecond)
	}
}

// blame records a request that its handler calls good, or bad for a cause.
func (r *rig) blame(bad bool, cause string) {
	var e slo.Event
	if bad {
		e.Bad(cause)
	}
	r.op.Start()
	r.op.FinishEvent(&e, slo.Success, time.Millisecond)
}

// run lets seconds pass with so many good and bad requests in each.
func (r *rig) run(seconds, good, bad int) {
	for range seconds {
		r.record(good, slo.Success)
		r.record(bad, slo.ServerError)
		r.second++
		r.Advance(time.Second)
	}
}

// minutes lets minutes pass, on a tracker that ticks once in each.
func (r *rig) minutes(n, good, bad int) {
	for range n {
		r.record(good, slo.Success)
		r.record(bad, slo.ServerError)
		r.second += 60
		r.Advance(time.Minute)
	}
}

// quiet lets time pass without requests.
func (r *rig) quiet(d time.Duration) { r.run(int(d/time.Second), 0, 0) }

func (r *rig) want(lines ...string) {
	r.t.Helper()
	if !slices.Equal(r.log, lines) {
		r.t.Fatalf("second %d: heard %q, want %q", r.second, r.log, lines)
	}
}

// state returns what a rule said last.
func (r *rig) state(rule string) policy.RuleState {
	r.t.Helper()
	for _, s := range r.watcher.States() {
		if s.Rule == rule {
			return s
		}
	}
	r.t.Fatalf("no rule %q in %v", rule, r.watcher.States())
	return policy.RuleState{}
}

// Explainable returns what the tracker says of itself.
func (r *rig) Explainable() string {
	r.t.Helper()
	var b strings.Builder
	if err := r.Explain(&b); err != nil {
		r.t.Fatal(err)
	}
	return b.String()
}

// update changes the objectives of the rig's tracker.
func (r *rig) update(objectives ...slo.Objective) {
	r.t.Helper()
	if err := r.Update(objectives); err != nil {
		r.t.Fatal(err)
	}
}

// ruleNames returns the rules that are evaluated, each with its objective.
func (r *rig) ruleNames() (list []string) {
	for _, s := range r.watcher.States() {
		list = append(list, s.Objective+": "+s.Rule)
	}
	return list
}

var quietLog = slog.New(slog.DiscardHandler)
