package policy_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestFollowEndsWithTheObjective: what is open when its objective goes is resolved at the next
// tick, and says why; it does not come back with another objective of the name.
func TestFollowEndsWithTheObjective(t *testing.T) {
	other := checkout()
	other.Name, other.Of = "other", slo.HTTP("GET /other")
	r := newRig(t, policy.Config{}, checkout(), other)
	r.run(200, 50, 50)
	r.want("97 started page 1h/5m")
	r.update(other)
	r.want("97 started page 1h/5m")
	r.run(1, 50, 50)
	r.want("97 started page 1h/5m", "201 resolved page 1h/5m")
	b := r.heard[1]
	if b.ID != r.heard[0].ID || b.Duration != 104*time.Second || !strings.HasSuffix(b.String(), `"checkout" by 1h/5m: the objective was removed; after 1m44s; error budget: no such objective`) {
		t.Errorf("resolved: %v, %v after %v", b, b.ID, b.Duration)
	}
	if last := b.Timeline[len(b.Timeline)-1].Text; last != "over: what it was about is no more" {
		t.Errorf("timeline ends with %q", last)
	}
	for _, s := range b.Rules {
		if s.Holds || s.Active || s.Reason != "the objective was removed" {
			t.Errorf("rule %v holds %v, active %v", s, s.Holds, s.Active)
		}
	}
	if open := r.watcher.Active(); len(open) != 0 {
		t.Errorf("Active() = %v, want none", open)
	}
	if got := r.ruleNames(); slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "checkout: ") }) {
		t.Errorf("rules %q, want none of checkout", got)
	}
	r.update(other, checkout())
	r.run(10, 50, 50)
	r.want("97 started page 1h/5m", "201 resolved page 1h/5m")
	r.run(200, 50, 50)
	if len(r.log) != 3 || r.heard[2].State != policy.Started || r.heard[2].ID == b.ID {
		t.Errorf("heard %q, want a breach of its own after the objective is back", r.log)
	}
}

// TestFollowShadow: an objective that becomes a shadow breaches no more.
func TestFollowShadow(t *testing.T) {
	r := newRig(t, policy.Config{})
	r.run(200, 50, 50)
	shadow := checkout()
	shadow.Shadow = true
	r.update(shadow)
	r.run(300, 50, 50)
	r.want("97 started page 1h/5m", "201 resolved page 1h/5m")
	if b := r.heard[1]; !strings.Contains(b.String(), "the objective is a shadow now") || b.Remaining > 0 {
		t.Errorf("resolved: %v with %v remaining", b, b.Remaining)
	}
	if got := r.ruleNames(); len(got) != 0 {
		t.Errorf("rules %q, want none", got)
	}
	r.update(checkout())
	r.run(1, 50, 50)
	if len(r.log) != 3 || r.heard[2].State != policy.Started { // its history has gone on meanwhile
		t.Errorf("heard %q, want it started again", r.log)
	}
}

// TestFollowRetargeted: what is open goes on with rules of the new target, and ends by them.
func TestFollowRetargeted(t *testing.T) {
	r := newRig(t, policy.Config{})
	r.run(200, 50, 50)
	before := r.watcher.Active()[0]
	looser := checkout()
	looser.Target, looser.Owner = slo.Percent(90), "others"
	r.update(looser)
	r.run(1, 50, 50)
	open := r.watcher.Active()
	if len(open) != 1 || open[0].ID != before.ID || open[0].Objective.Target != looser.Target || open[0].Objective.Owner != "others" || open[0].State != policy.Ongoing {
		t.Fatalf("Active() = %+v, want the breach of before at the new target", open)
	}
	if s := r.state("1h/5m"); s.Factor != 8 || s.Breach != before.Key { // 13.44, lowered to 0.8 / (1 - 90%)
		t.Errorf("%+v, want a factor of 8, in the breach", s)
	}
	last := open[0].Timeline[len(open[0].Timeline)-2:]
	if !slices.ContainsFunc(last, func(e policy.TimelineEntry) bool { return e.Text == "the objectives were changed" }) {
		t.Errorf("timeline ends with %v, want it to tell of the change", last)
	}
	r.run(700, 100, 0)
	if len(r.log) != 2 || r.heard[1].State != policy.Resolved || r.heard[1].ID != before.ID {
		t.Errorf("heard %q, want it resolved once", r.log)
	}
	if b := r.heard[1]; b.Duration > 410*time.Second {
		t.Errorf("resolved after %v, want as soon as the short window is quiet at the looser target", b.Duration)
	}
}

// TestFollowLeavesOthersAlone: what did not change does not notice.
func TestFollowLeavesOthersAlone(t *testing.T) {
	r := newRig(t, policy.Config{})
	other := checkout()
	other.Name = "other"
	r.run(1800, 50, 50)
	for i := range 600 {
		other.Target = slo.Percent(99 + float64(i%9)/10)
		if i%3 == 0 {
			r.update(checkout())
		} else {
			r.update(checkout(), other)
		}
		r.run(1, 50, 50)
	}
	var own []string
	for i, l := range r.log {
		if r.heard[i].Name == "checkout" {
			own = append(own, l)
		}
	}
	if want := []string{"97 started page 1h/5m"}; !slices.Equal(own, want) {
		t.Errorf("heard %q of the objective that did not change, want %q", own, want)
	}
	for _, b := range r.watcher.Active() {
		if b.Name == "checkout" && slices.ContainsFunc(b.Timeline, func(e policy.TimelineEntry) bool { return strings.Contains(e.Text, "changed") }) {
			t.Errorf("timeline %v tells of a change", b.Timeline)
		}
	}
}

// TestFollowHealth: the health rules of a source go to the objective that is first on it.
func TestFollowHealth(t *testing.T) {
	second := checkout()
	second.Name = "second"
	r := newRig(t, policy.Config{NoDefaults: true}, checkout(), second)
	if got, want := r.ruleNames(), []string{"checkout: stalled", "checkout: clients are giving up"}; !slices.Equal(got, want) {
		t.Fatalf("rules %q, want %q", got, want)
	}
	r.run(10, 1, 0)
	r.op.Start()
	r.quiet(80 * time.Second)
	r.update(second)
	r.quiet(time.Second)
	if got, want := r.ruleNames(), []string{"second: stalled", "second: clients are giving up"}; !slices.Equal(got, want) {
		t.Errorf("rules %q, want %q", got, want)
	}
	r.quiet(2 * time.Minute)
	if len(r.log) != 3 || r.heard[1].Name != "checkout" || r.heard[1].State != policy.Resolved || r.heard[2].Name != "second" {
		t.Errorf("heard %q, want the stall to be told of the objective that is left", r.log)
	}
}

// TestFollowEach: operations have the rules of an objective on slo.Each that comes later.
func TestFollowEach(t *testing.T) {
	r := newRig(t, policy.Config{NoHealth: true})
	each := slo.Objective{Name: "each", Of: slo.Each, SLI: slo.Correctness(), Target: slo.Percent(99)}
	each.SLI = slo.Latency(time.Second)
	r.run(3, 1, 0)
	r.update(checkout(), each)
	r.run(1, 1, 0)
	op := r.HTTP("GET /later")
	op.Start()
	op.Finish(slo.Success, 0)
	r.run(1, 1, 0)
	var objectives []string
	for _, s := range r.watcher.States() {
		if !slices.Contains(objectives, s.Objective) {
			objectives = append(objectives, s.Objective)
		}
	}
	if want := []string{"checkout", "each/" + route, "each/GET /later"}; !slices.Equal(objectives, want) {
		t.Errorf("rules of %q, want %q", objectives, want)
	}
}

// TestFollowLeavesOutRules that do not fit any more, and says so; a breach of theirs ends.
func TestFollowLeavesOutRules(t *testing.T) {
	var log bytes.Buffer
	cfg := policy.Config{NoDefaults: true, NoHealth: true, Logger: slog.New(slog.NewTextHandler(&log, nil)), Rules: []policy.Rule{
		{Name: "steep", Severity: policy.Page, When: policy.BurnRate{Factor: 20, Long: time.Hour, Short: 5 * time.Minute}},
		{Name: "long", Severity: policy.Ticket, When: policy.BurnRate{Factor: 1, Long: 3 * time.Hour, Short: time.Hour}, Objectives: []string{"checkout"}},
	}}
	r := newRig(t, cfg)
	r.run(400, 0, 100)
	looser, short := checkout(), checkout()
	looser.Target = slo.Percent(95)
	r.update(looser)
	r.run(1, 0, 100)
	if got, want := r.ruleNames(), []string{"checkout: long"}; !slices.Equal(got, want) {
		t.Errorf("at 95%%: rules %q, want %q: no burn rate is above 20", got, want)
	}
	if n := len(r.heard); n == 0 || r.heard[n-1].State != policy.Resolved || !strings.Contains(r.heard[n-1].String(), "the objective has no such rule any more") {
		t.Errorf("heard %q, want the breach resolved with its rule", r.log)
	}
	if !strings.Contains(log.String(), "rules do not fit the objectives as they are now") || !strings.Contains(log.String(), "want a factor below 20") {
		t.Errorf("logged %q, want it to tell of the rule", log.String())
	}
	short.Window = slo.Rolling(2 * time.Hour)
	r.update(short)
	r.run(1, 0, 100)
	if got, want := r.ruleNames(), []string{"checkout: steep"}; !slices.Equal(got, want) {
		t.Errorf("over two hours: rules %q, want %q", got, want)
	}
	r.update(checkout())
	r.run(1, 0, 100)
	if got := r.ruleNames(); len(got) != 2 {
		t.Errorf("as before: rules %q, want both", got)
	}
	var out strings.Builder
	renamed := checkout()
	renamed.Name = "renamed"
	r.update(renamed)
	if err := r.Explain(&out); err != nil || !strings.Contains(out.String(), `rules of "renamed"`) { // before the tick that follows
		t.Errorf("Explain: %v\n%s", err, out.String())
	}
}

// TestFollowThenRestart: what goes on after a change of objectives goes on over a restart.
func TestFollowThenRestart(t *testing.T) {
	r := newRig(t, policy.Config{})
	r.run(200, 50, 50)
	id := r.heard[0].ID
	stricter := checkout()
	stricter.Target = slo.Percent(99.95)
	r.update(stricter)
	r.run(1, 50, 50)
	r.restart(policy.Config{}, time.Second, stricter)
	r.update(stricter) // before the first tick
	r.run(10, 50, 50)
	if open := r.watcher.Active(); len(open) != 1 || open[0].ID != id {
		t.Errorf("Active() = %v, want the breach of before", open)
	}
	r.want("97 started page 1h/5m")
}

// TestConcurrentFollow: objectives change while everything else happens, and at the end every
// breach that is open is of an objective that there is.
func TestConcurrentFollow(t *testing.T) {
	tr := budgettest.New(t, checkout())
	w, err := policy.Watch(tr.Tracker, policy.Config{Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var done atomic.Bool
	for range 2 {
		group.Go(func() {
			for !done.Load() {
				op := tr.HTTP(route)
				op.Start()
				op.Finish(slo.ServerError, 0)
				runtime.Gosched()
			}
		})
	}
	group.Go(func() {
		for !done.Load() {
			_, _, _ = w.Active(), w.States(), tr.Explain(&strings.Builder{})
			runtime.Gosched()
		}
	})
	group.Go(func() {
		for range 100 {
			tr.Advance(10 * time.Second)
			runtime.Gosched()
		}
		done.Store(true)
	})
	for n := 0; !done.Load(); n++ {
		o, more := checkout(), checkout()
		o.Target = slo.Percent(99 + float64(n%9)/10)
		more.Name = fmt.Sprint("more ", n%3)
		if err := tr.Update([]slo.Objective{o, more}); err != nil {
			t.Error(err)
		}
		runtime.Gosched()
	}
	group.Wait()
	if err := tr.Update([]slo.Objective{checkout()}); err != nil {
		t.Fatal(err)
	}
	tr.Advance(time.Second)
	open := w.Active()
	for _, b := range open {
		if b.Name != "checkout" {
			t.Errorf("open: %v, of an objective that is gone", b)
		}
	}
	if len(open) == 0 {
		t.Error("the breach of the objective that stays is not open")
	}
}

// TestEnforceFollows: what is enacted goes on with its error budget, and is lifted with it; what
// comes later is in scope too.
func TestEnforceFollows(t *testing.T) {
	p := lights()
	p.Clauses = []policy.Clause{{Name: "half", When: policy.Spent(0.5), Then: act(policy.Communicate)}}
	other := hourly()
	other.Name, other.Of = "other", slo.HTTP("GET /other")
	c := newCourt(t, p, policy.EnforceConfig{}, hourly(), other)
	c.fill(60)
	enacted := func() (list []string) {
		for _, n := range c.Standing().Enacted {
			list = append(list, n.Objective)
		}
		return list
	}
	if got := enacted(); !slices.Equal(got, []string{"checkout"}) {
		t.Fatalf("enacted for %q, want checkout", got)
	}
	told := len(c.told)
	owned := hourly()
	owned.Owner = "others"
	c.update(other, owned)
	c.run(1, 0, 0)
	if got := enacted(); !slices.Equal(got, []string{"checkout"}) || len(c.told) != told {
		t.Errorf("enacted for %q, told %q; want it to go on", got, c.told[told:])
	}
	late := hourly()
	late.Name = "late"
	c.update(other, late)
	c.run(1, 0, 100)
	if got := enacted(); len(got) != 0 {
		t.Errorf("enacted for %q, want it lifted with its error budget", got)
	}
	if lines := strings.Join(c.told[told:], "\n"); !strings.Contains(lines, "the error budget is not in scope any more") {
		t.Errorf("told %q, want why it was lifted", lines)
	}
	c.Advance(time.Hour)
	c.run(1, 0, 1000)
	if got := enacted(); !slices.Equal(got, []string{"late"}) {
		t.Errorf("enacted for %q, want the one that came later", got)
	}
	c.update(hourly())
	c.run(1, 0, 0)
	if got := enacted(); len(got) != 0 {
		t.Errorf("enacted for %q, want none: it is another error budget of the name", got)
	}
}
