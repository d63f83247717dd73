package policy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// owned is an objective over ten minutes with all that tells one receiver from another.
func owned() slo.Objective {
	o := tenMinutes()
	o.Owner, o.Region, o.Priority = "payments", "eu", "P2"
	o.Links = []slo.Link{{Name: "runbook", URL: "https://example.org/checkout"}}
	return o
}

// TestRestartTellsTheEnd: whoever was told that a breach started hears that it is over if the next
// process has nothing any more that could end it.
func TestRestartTellsTheEnd(t *testing.T) {
	quick := policy.Rule{Name: "quick", Severity: policy.Page, When: policy.BurnRate{Factor: 2, Long: time.Minute, Short: 10 * time.Second}}
	alone := policy.Rule{Name: "half", Severity: policy.Ticket, When: policy.Level(0.5)}
	both := only(quick, alone)
	with := func(change func(*slo.Objective)) slo.Objective {
		o := owned()
		change(&o)
		return o
	}
	fresh := only(policy.Rule{Name: "new", Severity: policy.Page, When: policy.Level(0.99)})
	for name, tt := range map[string]struct {
		rules     policy.Config
		objective slo.Objective
		over      []string // rules of the breaches that end at once, and why
		why       string
		goesOn    int
	}{
		"the same":          {both, owned(), nil, "", 2},
		"another objective": {both, with(func(o *slo.Objective) { o.Name = "other" }), []string{"quick", "half"}, "the objective was removed", 0},
		"a shadow":          {both, with(func(o *slo.Objective) { o.Shadow = true }), []string{"quick", "half"}, "the objective is a shadow now", 0},
		"no page rule":      {only(alone), owned(), []string{"quick"}, "the objective has no such rule any more", 1},
		"no rule alone":     {only(quick), owned(), []string{"half"}, "the objective has no such rule any more", 1},
		"another rule":      {fresh, owned(), []string{"quick", "half"}, "the objective has no such rule any more", 0},
		"another region":    {both, with(func(o *slo.Objective) { o.Region = "us" }), []string{"quick", "half"}, "the breach has another key now", 0},
		"another owner":     {both, with(func(o *slo.Objective) { o.Owner = "others" }), nil, "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, both, owned())
			r.run(60, 0, 10)
			started := slices.Clone(r.heard)
			if len(started) != 2 || started[0].State != policy.Started || started[1].State != policy.Started {
				t.Fatalf("heard %q, want two that started", r.log)
			}
			r.restart(tt.rules, 30*time.Second, tt.objective)
			if n := len(r.watcher.Active()); n != tt.goesOn {
				t.Errorf("after the restart: %d are open, want %d", n, tt.goesOn)
			}
			r.quiet(time.Second)
			var over []string
			for _, b := range r.heard[2:] {
				if b.State != policy.Resolved {
					continue
				}
				over = append(over, b.Rule)
				i := slices.IndexFunc(started, func(s policy.Breach) bool { return s.Key == b.Key })
				if i < 0 || b.ID != started[i].ID || b.Severity != started[i].Severity || !b.Started.Equal(started[i].Started) {
					t.Fatalf("%v ended, want one that had started", b.ID)
				}
				was := started[i]
				if o := b.Objective; o.Owner != "payments" || o.Region != "eu" || len(o.Links) != 1 || o.Target != owned().Target || b.Operation != route ||
					b.Name != "checkout" || b.Service != "test" || b.Priority != "P2" || b.PriorityOrigin != policy.ExplicitPriority {
					t.Errorf("ended: %+v, want what it was told with", b)
				}
				if since := r.Time().Sub(was.Started); b.Duration != since || !b.Resolved.Equal(r.Time()) || b.Open() || !b.Told {
					t.Errorf("ended at %v after %v, want at %v after %v", b.Resolved, b.Duration, r.Time(), since)
				}
				if !strings.Contains(b.String(), tt.why) || len(b.Rules) == 0 || b.Rules[0].Holds || b.Rules[0].Active {
					t.Errorf("ended: %v with %+v, want %q", b, b.Rules, tt.why)
				}
				if n := len(b.Timeline); n < 3 || b.Timeline[n-2].Text != "the process was restarted" || b.Timeline[n-1].Text != "over: what it was about is no more" {
					t.Errorf("timeline %v, want it to tell of the restart and of the end", b.Timeline)
				}
			}
			if !slices.Equal(over, tt.over) {
				t.Errorf("ended: %q, want %q", over, tt.over)
			}
			told := len(r.log)
			r.quiet(time.Minute)
			r.restart(tt.rules, time.Second, tt.objective)
			r.quiet(time.Second)
			for _, b := range r.heard[told:] {
				if b.State == policy.Resolved && slices.ContainsFunc(started, func(s policy.Breach) bool { return s.ID == b.ID }) && slices.Contains(tt.over, b.Rule) {
					t.Errorf("told again: %v", b)
				}
			}
		})
	}
}

// TestRestartTellsTheEndOnceSomebodyHears: callbacks that come after the first tick are told too,
// also over a process that had none.
func TestRestartTellsTheEndOnceSomebodyHears(t *testing.T) {
	r := newRig(t, only(policy.Rule{Name: "quick", Severity: policy.Page, When: policy.BurnRate{Factor: 2, Long: time.Minute, Short: 10 * time.Second}}), owned())
	r.run(30, 0, 10)
	id := r.heard[0].ID
	other := owned()
	other.Name = "other"
	next := func(blob []byte, after time.Duration) (*budget.Simulation, *policy.Watcher) {
		sim, err := budget.NewSimulation(budget.Config{Service: "test", Objectives: []slo.Objective{other}, Restore: blob}, r.Time().Add(after))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(sim.Close)
		w, err := policy.Watch(sim.Tracker, policy.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return sim, w
	}
	silent, _ := next(r.Snapshot(), time.Second)
	silent.Advance(10 * time.Second)
	sim, w := next(silent.Snapshot(), time.Minute)
	sim.Advance(10 * time.Second)
	var got []string
	w.OnBreach(func(_ context.Context, b policy.Breach) { got = append(got, b.State.String()+" "+b.ID) })
	sim.Advance(10 * time.Second)
	if want := []string{"resolved " + id}; !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}

	// Nobody asks: it is not kept for ever.
	sim, _ = next(r.Snapshot(), time.Second)
	sim.Advance(2 * time.Minute)
	sim, w = next(sim.Snapshot(), time.Hour)
	w.OnBreach(func(_ context.Context, b policy.Breach) { t.Errorf("heard %v, an hour later", b) })
	sim.Advance(time.Minute)
}

// TestRestartKeepsASnoozeQuiet: who was not told of the start is not told of the end.
func TestRestartKeepsASnoozeQuiet(t *testing.T) {
	rule := policy.Rule{Name: "now", Severity: policy.Page, Snooze: time.Hour, When: policy.BurnRate{Factor: 2, Long: 20 * time.Second, Short: 10 * time.Second}}
	r := newRig(t, only(rule), owned())
	r.run(30, 0, 10)
	r.run(60, 10, 0)
	r.run(30, 0, 10)
	if open := r.watcher.Active(); len(open) != 1 || open[0].Told || len(r.log) != 2 {
		t.Fatalf("open %v, heard %q, want one that is snoozed", open, r.log)
	}
	other := owned()
	other.Name = "other"
	r.restart(only(rule), time.Second, other)
	r.quiet(time.Minute)
	if len(r.log) != 2 {
		t.Errorf("heard %q, want nothing more", r.log)
	}
}

// TestRestartTellsTheEndOfOperations of an objective on slo.Each.
func TestRestartTellsTheEndOfOperations(t *testing.T) {
	each := slo.Objective{Name: "each", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(90), Window: slo.Rolling(10 * time.Minute)}
	quick := policy.Rule{Name: "quick", Severity: policy.Page, When: policy.BurnRate{Factor: 2, Long: time.Minute, Short: 10 * time.Second}}
	for name, tt := range map[string]struct {
		rules     policy.Config
		objective slo.Objective
	}{
		"another rule":      {only(policy.Rule{Name: "new", Severity: policy.Ticket, When: policy.Level(0.01)}), each},
		"another objective": {only(quick), owned()},
	} {
		r := newRig(t, only(quick), each)
		r.run(30, 0, 10)
		sim, err := budget.NewSimulation(budget.Config{Service: "test", Objectives: []slo.Objective{tt.objective}, Restore: r.Snapshot()}, r.Time().Add(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(sim.Close)
		w, err := policy.Watch(sim.Tracker, tt.rules)
		if err != nil {
			t.Fatal(err)
		}
		var heard []policy.Breach
		w.OnBreach(func(_ context.Context, b policy.Breach) { heard = append(heard, b) })
		sim.Advance(time.Second)
		if len(heard) == 0 || heard[0].State != policy.Resolved || heard[0].ID != r.heard[0].ID {
			t.Fatalf("%s: heard %v, want that it is over", name, heard)
		}
		if b := heard[0]; b.Objective.Name != "each" || b.Name != "each/"+route || b.Operation != route {
			t.Errorf("%s: ended: %q of %q, operation %q", name, b.Name, b.Objective.Name, b.Operation)
		}
	}
}

// TestRestartLiftsWhatIsGone: what a policy had enacted is lifted, in the audit log and for
// callbacks, if the next process lacks the clause or the error budget.
func TestRestartLiftsWhatIsGone(t *testing.T) {
	p := lights()
	p.Clauses = []policy.Clause{
		{Name: "half", When: policy.Spent(0.5), Then: act(policy.Communicate)},
		{Name: "outage", When: policy.Manual("an outage"), Then: act(policy.StopProduction)},
	}
	without := p
	without.Clauses = p.Clauses[:1]
	other := hourly()
	other.Name = "other"
	for name, tt := range map[string]struct {
		policy    policy.Policy
		objective slo.Objective
		want      []string
		left      int
	}{
		"the same":          {p, hourly(), nil, 2},
		"no clause":         {without, hourly(), []string{`clause lifted: "outage": the policy does not have it any more`}, 1},
		"another objective": {p, other, []string{`clause lifted: "half": checkout: the error budget is not in scope any more`}, 1},
	} {
		c := newCourt(t, p, policy.EnforceConfig{})
		c.fill(60)
		if err := c.Enact("outage", "alice", "down"); err != nil {
			t.Fatal(err)
		}
		sim, err := budget.NewSimulation(budget.Config{Service: "test", Objectives: []slo.Objective{tt.objective}, Restore: c.Snapshot()}, c.Time().Add(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(sim.Close)
		e, err := policy.Enforce(sim.Tracker, tt.policy, policy.EnforceConfig{Logger: quietLog})
		if err != nil {
			t.Fatal(err)
		}
		before := len(e.Enactments())
		sim.Advance(time.Second) // nobody hears yet
		var got []string
		e.OnEnactment(func(_ context.Context, n policy.Enactment) { got = append(got, n.String()) })
		sim.Advance(10 * time.Second)
		if !slices.EqualFunc(got, tt.want, strings.Contains) {
			t.Errorf("%s: told %q, want %q", name, got, tt.want)
		}
		if log := e.Enactments()[before:]; len(log) != len(tt.want) {
			t.Errorf("%s: in the audit log: %v, want %q", name, log, tt.want)
		}
		if s := e.Standing(); len(s.Enacted) != tt.left {
			t.Errorf("%s: enacted: %v, want %d", name, s.Enacted, tt.left)
		}
		next, err := budget.NewSimulation(budget.Config{Service: "test", Objectives: []slo.Objective{tt.objective}, Restore: sim.Snapshot()}, sim.Time().Add(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(next.Close)
		again, err := policy.Enforce(next.Tracker, tt.policy, policy.EnforceConfig{Logger: quietLog})
		if err != nil {
			t.Fatal(err)
		}
		again.OnEnactment(func(_ context.Context, n policy.Enactment) { t.Errorf("%s: told again: %v", name, n) })
		next.Advance(10 * time.Second)
	}
}

// TestRestoreOfAnOlderVersion: a snapshot that does not say what a breach was about ends it all the
// same, with what is known. An operation of slo.Each that has not been seen yet may come, and is
// waited for.
func TestRestoreOfAnOlderVersion(t *testing.T) {
	group := func(name string) string {
		return `{"objective":"` + name + `","rules":[{"name":"quick","holds":true}],` +
			`"page":{"open":true,"told":true,"by":"quick","members":["quick"],"at":"2025-03-03T12:00:31Z","elapsed":1000000000}}`
	}
	blob := `{"version":1,"groups":[` + group("gone") + "," + group("each/GET /later") + `]}`
	each := slo.Objective{Name: "each", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(90)}
	tracker := budgettest.New(t, each)
	tracker.Attach(budget.Hook{Name: "policy.Watcher", Save: func() []byte { return []byte(blob) }})
	sim, err := budget.NewSimulation(budget.Config{Service: "test", Objectives: []slo.Objective{each}, Restore: tracker.Snapshot()}, tracker.Time())
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	w, err := policy.Watch(sim.Tracker, policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	w.OnBreach(func(_ context.Context, b policy.Breach) {
		text, err := json.Marshal(b)
		if err != nil || b.FactSheet(io.Discard) != nil {
			t.Errorf("%s, %v", text, err)
		}
		got = append(got, fmt.Sprint(b.State, " ", b.ID))
	})
	sim.Advance(2 * time.Minute)
	want := []string{"resolved test/gone/page@2025-03-03T12:00:31Z"}
	if !slices.Equal(got, want) {
		t.Errorf("before the operation is used: heard %q, want %q", got, want)
	}
	op := sim.HTTP("GET /later")
	op.Start()
	op.Finish(slo.Success, 0)
	sim.Advance(time.Second)
	want = append(want, "resolved test/each/GET /later/page@2025-03-03T12:00:31Z")
	if !slices.Equal(got, want) {
		t.Errorf("once it is: heard %q, want %q", got, want)
	}
}

// TestNewsIsToldAtMostOnce: what a process did not deliver before it ended is not told by the next,
// which has it among what is open.
func TestNewsIsToldAtMostOnce(t *testing.T) {
	quick := only(policy.Rule{Name: "quick", Severity: policy.Page, When: policy.BurnRate{Factor: 2, Long: time.Minute, Short: 10 * time.Second}})
	o := owned()
	sim := budgettest.New(t, o)
	before, err := policy.Watch(sim.Tracker, quick)
	if err != nil {
		t.Fatal(err)
	}
	var blob []byte
	before.OnBreach(func(context.Context, policy.Breach) {
		blob = sim.Snapshot() // this process gets no further
	})
	op := sim.HTTP(route)
	for range 30 {
		op.Start()
		op.Finish(slo.ServerError, 0)
		sim.Advance(time.Second)
	}
	if blob == nil {
		t.Fatal("nothing was told")
	}
	next, err := budget.NewSimulation(budget.Config{Service: "test", Objectives: []slo.Objective{o}, Restore: blob}, sim.Time())
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	after, err := policy.Watch(next.Tracker, quick)
	if err != nil {
		t.Fatal(err)
	}
	after.OnBreach(func(_ context.Context, b policy.Breach) {
		if b.State == policy.Started {
			t.Errorf("told again: %v", b)
		}
	})
	if open := after.Active(); len(open) != 1 || !open[0].Told || open[0].State != policy.Ongoing {
		t.Errorf("Active() = %v, want what was not delivered", open)
	}
	next.Advance(10 * time.Second)
}
