package policy_test

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// reader is a StatusReader that is no tracker, as a reader of a fleet would be.
type reader []budget.Status

func (r reader) Statuses() []budget.Status { return r }

type panicking struct{}

func (panicking) Statuses() []budget.Status { panic("from hell") }

var feature = policy.Change{Kind: policy.Feature, ID: "v2.5.0"}

// healthy is a status with 40 % left of a window that was watched from its first second.
func healthy() budget.Status {
	return budget.Status{
		Name: "checkout", Objective: checkout(), At: budgettest.Start, Known: budget.FullyKnown,
		Counts: budget.Counts{Good: 999_400, Bad: 600}, Observed: 28 * slo.Day, Coverage: 1,
		SLI: 0.9994, Remaining: 0.4, Consumed: 0.6, Met: true,
	}
}

func status(change func(*budget.Status)) reader {
	s := healthy()
	change(&s)
	return reader{s}
}

func known(k budget.Known) reader { return status(func(s *budget.Status) { s.Known = k }) }

func exhausted(s *budget.Status) {
	s.Counts = budget.Counts{Good: 999_000, Bad: 1000}
	s.Remaining, s.Exhausted = 0, true
}

// TestGateTable: every fault, in each of the three modes.
func TestGateTable(t *testing.T) {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	var none *budget.Tracker
	const unknown = policy.Outcome(9) // what OnUnknown says
	for _, tt := range []struct {
		name string
		ctx  context.Context
		from policy.StatusReader
		code policy.Code
		want policy.Outcome
		text string
	}{
		{"budget left", nil, status(func(*budget.Status) {}), policy.CodeBudgetLeft, policy.Allow, "40 % of the error budget remains"},
		{"exhausted", nil, status(exhausted), policy.CodeExhausted, policy.Deny, "error budget exhausted: 0 % remains after 1000 bad of 1000000 events"},
		{"partial coverage", nil, status(func(s *budget.Status) {
			s.Known, s.Observed, s.Coverage = budget.PartialCoverage, time.Hour, 1.0/672
		}), policy.CodePartialCoverage, policy.Allow, "40 % of the error budget remains, by the 0.1488 % of the window that were watched"},
		{"fresh process", nil, status(func(s *budget.Status) {
			s.Known, s.Observed = budget.PartialCoverage, time.Hour-1
		}), policy.CodeNotWatched, unknown, "watched for 3599s, and 1h would be enough"},
		{"exhausted and fresh", nil, status(func(s *budget.Status) {
			exhausted(s)
			s.Known, s.Observed, s.Coverage = budget.PartialCoverage, 8*time.Minute, 0.0002
		}), policy.CodeExhausted, policy.Deny, "events, by the 0.02 % of the window that were watched"},
		{"exhausted and partial", nil, status(func(s *budget.Status) {
			exhausted(s)
			s.Known, s.Observed, s.Coverage = budget.PartialCoverage, 14*slo.Day, 0.5
		}), policy.CodeExhausted, policy.Deny, "events, by the 50 % of the window that were watched"},
		{"exhausted and stalled", nil, status(func(s *budget.Status) {
			exhausted(s)
			s.Known, s.StalledFor = budget.Stalled, 90*time.Second
		}), policy.CodeExhausted, policy.Deny, "events, stalled for 1m30s"},
		{"exhausted and stale", nil, status(func(s *budget.Status) { exhausted(s); s.Known = budget.Stale }), policy.CodeExhausted, policy.Deny, "events, stale"},
		{"exhausted, stalled and fresh", nil, status(func(s *budget.Status) {
			exhausted(s)
			s.Known, s.StalledFor, s.Coverage = budget.Stalled, time.Minute, 0.001
		}), policy.CodeExhausted, policy.Deny, "events, by the 0.1 % of the window that were watched, stalled for 1m0s"},
		{"exhausted, clock suspect", nil, status(func(s *budget.Status) { exhausted(s); s.ClockSuspect = true }), policy.CodeExhausted, policy.Deny, "events, while the wall clock is suspect"},
		{"exhausted by one of ten", nil, status(func(s *budget.Status) {
			s.Known, s.Exhausted, s.Counts = budget.TooFew, true, budget.Counts{Good: 9, Bad: 1}
		}), policy.CodeTooFewEvents, unknown, "insufficient data: 1 bad of 10 events"},
		{"no such objective", nil, known(budget.NoSuchObjective), policy.CodeNoSuchObjective, unknown, "no such objective"},
		{"an unheard-of word", nil, known(99), policy.CodeNoSuchObjective, unknown, "no such objective"},
		{"stalled", nil, status(func(s *budget.Status) {
			s.Known, s.InFlight, s.StalledFor = budget.Stalled, 7, 90*time.Second
		}), policy.CodeStalled, unknown, "stalled: 7 requests in flight, and none has finished for 1m30s"},
		{"stale", nil, known(budget.Stale), policy.CodeStale, unknown, "stale"},
		{"no events", nil, known(budget.NoEvents), policy.CodeNoEvents, unknown, "insufficient data: no valid event"},
		{"too few events", nil, known(budget.TooFew), policy.CodeTooFewEvents, unknown, "insufficient data"},
		{"fully known, and no event", nil, status(func(s *budget.Status) { s.Counts = budget.Counts{} }), policy.CodeNoEvents, unknown, "insufficient data: no valid event"},
		{"exhausted, and no event", nil, status(func(s *budget.Status) { exhausted(s); s.Counts = budget.Counts{Excluded: 5} }), policy.CodeNoEvents, unknown, "insufficient data: no valid event"},
		{"clock suspect", nil, status(func(s *budget.Status) { s.ClockSuspect = true }), policy.CodeClockSuspect, unknown, "the wall clock jumped ahead"},
		{"clock suspect and partial", nil, status(func(s *budget.Status) {
			s.ClockSuspect, s.Known = true, budget.PartialCoverage
		}), policy.CodeClockSuspect, unknown, "the wall clock jumped ahead"},
		{"nothing to ask", nil, nil, policy.CodeNoTracker, unknown, "there is no tracker to ask"},
		{"nil tracker", nil, none, policy.CodeNoTracker, unknown, "there is no tracker to ask"},
		{"no objectives", nil, reader{}, policy.CodeNoObjectives, unknown, "there is no objective to go by"},
		{"shadow only", nil, status(func(s *budget.Status) { exhausted(s); s.Objective.Shadow = true }), policy.CodeNoObjectives, unknown, "there is no objective to go by"},
		{"context ended", gone, status(func(*budget.Status) {}), policy.CodeCancelled, unknown, "the question was withdrawn: context canceled"},
		{"context alive", context.Background(), status(func(*budget.Status) {}), policy.CodeBudgetLeft, policy.Allow, "40 %"},
		{"a reader that panics", nil, panicking{}, policy.CodeReadFailed, unknown, "the error budgets could not be read: from hell"},
	} {
		for _, onUnknown := range []policy.Outcome{policy.NeedsPerson, policy.Allow, policy.Deny, 77} {
			want := tt.want
			if want == unknown {
				want = onUnknown
			}
			if want == 77 { // what makes no sense is taken the cautious way
				want = policy.NeedsPerson
			}
			d := policy.NewGate(tt.from, policy.GateConfig{OnUnknown: onUnknown}).Decide(tt.ctx, feature)
			if d.Outcome != want || len(d.Reasons) != 1 || d.Reasons[0].Code != tt.code || d.Reasons[0].Outcome != want {
				t.Errorf("%s, on unknown %v: %v (%+v), want %v for %s", tt.name, onUnknown, d, d.Reasons, want, tt.code)
			}
			if !strings.Contains(d.Reasons[0].Text, tt.text) {
				t.Errorf("%s: %q, want %q", tt.name, d.Reasons[0].Text, tt.text)
			}
			if d.Scope != "process" || d.At.IsZero() || d.Expires != d.At.Add(10*time.Minute) || d.Change != feature {
				t.Errorf("%s: scope %q, at %v, expires %v, change %v", tt.name, d.Scope, d.At, d.Expires, d.Change)
			}
		}
	}
}

func TestGateKinds(t *testing.T) {
	frozen := policy.NewGate(status(exhausted), policy.GateConfig{})
	blind := policy.NewGate(nil, policy.GateConfig{OnUnknown: policy.Deny})
	for _, tt := range []struct {
		kind policy.Kind
		want policy.Outcome
		code policy.Code
		text string
	}{
		{policy.Fix, policy.Allow, policy.CodeKind, "a change of kind fix does not wait for error budget"},
		{policy.Security, policy.Allow, policy.CodeKind, "a change of kind security does"},
		{policy.Rollback, policy.Allow, policy.CodeKind, "a change of kind rollback does"},
		{policy.Emergency, policy.Allow, policy.CodeKind, "a change of kind emergency does"},
		{0, policy.NeedsPerson, policy.CodeNoKind, `the change does not say what it is for: "feature", "fix", "security", "rollback" or "emergency"`},
		{99, policy.NeedsPerson, policy.CodeNoKind, "the change does not say what it is for"},
	} {
		for _, gate := range []*policy.Gate{frozen, blind} {
			d := gate.Decide(context.Background(), policy.Change{Kind: tt.kind})
			if d.Outcome != tt.want || d.Reasons[0].Code != tt.code || !strings.Contains(d.Reasons[0].Text, tt.text) {
				t.Errorf("%v: %v, want %v: %s", tt.kind, d, tt.want, tt.text)
			}
			if len(d.Reasons) != 2 || d.Reasons[1].Outcome != policy.Deny {
				t.Errorf("%v: reasons %v, want what a feature would have met", tt.kind, d.Reasons)
			}
		}
	}
	open := policy.NewGate(status(func(*budget.Status) {}), policy.GateConfig{OnUnknown: policy.Allow})
	if d := open.Decide(context.Background(), policy.Change{}); d.Outcome != policy.NeedsPerson {
		t.Errorf("without a kind: %v, want it to need a person whatever OnUnknown says", d)
	}
}

func TestGateTakesTheGravestReason(t *testing.T) {
	list := reader{}
	add := func(name string, change func(*budget.Status)) {
		s := healthy()
		s.Name = name
		s.At = s.At.Add(time.Duration(len(list)) * time.Second)
		change(&s)
		list = append(list, s)
	}
	add("fine", func(*budget.Status) {})
	add("stale", func(s *budget.Status) { s.Known = budget.Stale })
	add("spent", exhausted)
	add("trial", func(s *budget.Status) { exhausted(s); s.Objective.Shadow = true })
	add("silent", func(s *budget.Status) { s.Known = budget.NoEvents })
	d := policy.NewGate(list, policy.GateConfig{Validity: time.Minute}).Decide(context.Background(), feature)
	var order []string
	for _, r := range d.Reasons {
		order = append(order, r.Objective)
	}
	if d.Outcome != policy.Deny || fmt.Sprint(order) != "[spent stale silent fine]" {
		t.Errorf("%v, reasons of %v, want deny, [spent stale silent fine]", d, order)
	}
	if at := budgettest.Start.Add(4 * time.Second); !d.At.Equal(at) || !d.Expires.Equal(at.Add(time.Minute)) {
		t.Errorf("at %v, expires %v, want the last reading and a minute later", d.At, d.Expires)
	}
	d = policy.NewGate(list, policy.GateConfig{OnUnknown: policy.Allow}).Decide(context.Background(), feature)
	if d.Outcome != policy.Deny {
		t.Errorf("with OnUnknown: Allow: %v, want deny: what is known decides", d)
	}
}

func TestGateConfigTakesNonsenseCautiously(t *testing.T) {
	young := status(func(s *budget.Status) { s.Known, s.Observed = budget.PartialCoverage, time.Minute })
	d := policy.NewGate(young, policy.GateConfig{MinObserved: -time.Hour, Validity: -time.Hour}).Decide(context.Background(), feature)
	if d.Outcome != policy.NeedsPerson || d.Expires.Sub(d.At) != policy.DefaultValidity {
		t.Errorf("%v, expires after %v, want the defaults", d, d.Expires.Sub(d.At))
	}
	d = policy.NewGate(young, policy.GateConfig{MinObserved: time.Minute}).Decide(context.Background(), feature)
	if d.Outcome != policy.Allow || d.Reasons[0].Code != policy.CodePartialCoverage {
		t.Errorf("with MinObserved of a minute: %v, want allow, partial", d)
	}
}

func TestNilGate(t *testing.T) {
	var g *policy.Gate
	d := g.Decide(context.Background(), feature)
	if d.Outcome != policy.NeedsPerson || d.Reasons[0].Code != policy.CodeNoGate || d.At.IsZero() {
		t.Errorf("a nil gate says %v", d)
	}
}

// TestGateOnATracker goes through the life of a process.
func TestGateOnATracker(t *testing.T) {
	r := newRig(t, policy.Config{})
	r.watcher.Close() // so that a quiet month costs no ticks
	gate := policy.NewGate(r.Tracker, policy.GateConfig{})
	want := func(outcome policy.Outcome, code policy.Code) {
		t.Helper()
		d := gate.Decide(context.Background(), feature)
		if d.Outcome != outcome || d.Reasons[0].Code != code {
			t.Errorf("second %d: %v (%s), want %v (%s)", r.second, d, d.Reasons[0].Code, outcome, code)
		}
	}
	want(policy.NeedsPerson, policy.CodeNoEvents)
	r.run(1, 999, 0)
	want(policy.NeedsPerson, policy.CodeTooFewEvents)
	r.run(1, 1000, 1)
	want(policy.NeedsPerson, policy.CodeNotWatched)
	r.run(3598, 1, 0)
	want(policy.Allow, policy.CodePartialCoverage)
	r.op.Start()
	r.quiet(12 * time.Second)
	want(policy.NeedsPerson, policy.CodeStalled)
	r.op.Finish(slo.Success, 0)
	r.quiet(time.Second)
	want(policy.Allow, policy.CodePartialCoverage)
	r.StepWall(time.Hour)
	r.quiet(time.Second)
	want(policy.NeedsPerson, policy.CodeClockSuspect)
	r.StepWall(-time.Hour)
	r.quiet(time.Second)
	want(policy.Allow, policy.CodePartialCoverage)
	r.run(1, 0, 5)
	want(policy.Deny, policy.CodeExhausted) // 6 bad of 5,603
	r.Advance(28*slo.Day - time.Hour)
	r.run(1, 10_000, 0)
	want(policy.Allow, policy.CodeBudgetLeft)
	before := r.Explainable()
	gate.Decide(context.Background(), feature)
	if after := r.Explainable(); after != before {
		t.Errorf("Decide changed the tracker:\n%s\n%s", before, after)
	}
	r.Close()
	want(policy.NeedsPerson, policy.CodeStale)
}

// TestGateSelects: by owner, by name, by both, and what is named and not there.
func TestGateSelects(t *testing.T) {
	list := reader{}
	add := func(name, objective, owner string, change func(*budget.Status)) {
		s := healthy()
		s.Name, s.Objective.Name, s.Objective.Owner = name, objective, owner
		change(&s)
		list = append(list, s)
	}
	same := func(*budget.Status) {}
	add("checkout", "checkout", "payments", same)
	add("refunds", "refunds", "payments", exhausted)
	add("each/GET /a", "each", "catalogue", same)
	add("each/GET /b", "each", "catalogue", exhausted)
	add("trial", "trial", "catalogue", func(s *budget.Status) { exhausted(s); s.Objective.Shadow = true })
	for _, tt := range []struct {
		name string
		cfg  policy.GateConfig
		want string
	}{
		{"all", policy.GateConfig{}, "deny [refunds each/GET /b checkout each/GET /a]"},
		{"owner", policy.GateConfig{Owner: "payments"}, "deny [refunds checkout]"},
		{"nobody", policy.GateConfig{Owner: "nobody"}, "needs a person [no_objectives]"},
		{"name", policy.GateConfig{Objectives: []string{"checkout"}}, "allow [checkout]"},
		{"all operations", policy.GateConfig{Objectives: []string{"each"}}, "deny [each/GET /b each/GET /a]"},
		{"one operation", policy.GateConfig{Objectives: []string{"each/GET /a"}}, "allow [each/GET /a]"},
		{"owner and name", policy.GateConfig{Owner: "payments", Objectives: []string{"checkout", "each"}}, "allow [checkout]"},
		{"a name that is not there", policy.GateConfig{Objectives: []string{"checkout", "chekout"}}, "needs a person [chekout checkout]"},
		{"the same, open", policy.GateConfig{Objectives: []string{"chekout"}, OnUnknown: policy.Allow}, "allow [chekout]"},
		{"shadow", policy.GateConfig{Objectives: []string{"trial"}}, "needs a person [no_objectives]"},
	} {
		d := policy.NewGate(list, tt.cfg).Decide(context.Background(), feature)
		var who []string
		for _, r := range d.Reasons {
			who = append(who, cmp.Or(r.Objective, string(r.Code)))
		}
		if got := fmt.Sprint(d.Outcome, " ", who); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	mine := []string{"checkout"}
	gate := policy.NewGate(list, policy.GateConfig{Objectives: mine})
	mine[0] = "refunds"
	if d := gate.Decide(context.Background(), feature); d.Outcome != policy.Allow {
		t.Errorf("after the caller changed its slice: %v, want it copied", d)
	}
}
