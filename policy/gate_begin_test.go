package policy_test

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
)

// TestBeginTakesTheDaysDeploys one by one, and gives them back.
func TestBeginTakesTheDaysDeploys(t *testing.T) {
	ctx := context.Background()
	gate := policy.NewGate(status(spentOf(0)), policy.GateConfig{Policy: underLights(t, nil), Logger: quietLog})
	a, b, c := policy.Change{Kind: policy.Feature, ID: "a"}, policy.Change{Kind: policy.Feature, ID: "b"}, policy.Change{Kind: policy.Feature, ID: "c"}
	first := gate.Begin(ctx, a)
	want := policy.Grant{
		Change: a, State: policy.GrantBegun, At: budgettest.Start, Expires: budgettest.Start.Add(10 * time.Minute),
		Day: "2025-03-03", Number: 1,
	}
	if first.Outcome != policy.Allow || first.Grant != want || first.Deploys.Left() != 1 {
		t.Errorf("Begin(a) = %v, %+v, %d left, want %+v and 1 left", first, first.Grant, first.Deploys.Left(), want)
	}
	if again := gate.Begin(ctx, a); again.Grant != first.Grant || again.Outcome != policy.Allow || again.Reasons[0].Code != policy.CodeGranted || again.Deploys.Left() != 1 {
		t.Errorf("Begin(a) again = %v, %+v, want the same grant", again, again.Grant)
	}
	if d := gate.Begin(ctx, b); d.Grant.Number != 2 || d.Deploys.Left() != 0 {
		t.Errorf("Begin(b) = %v, %+v", d, d.Grant)
	}
	if d := gate.Begin(ctx, c); d.Outcome != policy.Deny || d.Reasons[0].Code != policy.CodeNoDeploysLeft || d.Grant != (policy.Grant{}) ||
		d.Reasons[0].Text != "tier green: none of 2 deploys left on 2025-03-03" {
		t.Errorf("Begin(c) = %v, %+v, want denied", d, d.Grant)
	}
	for _, kind := range []policy.Kind{policy.Fix, policy.Security, policy.Rollback, policy.Emergency} {
		if d := gate.Begin(ctx, policy.Change{Kind: kind, ID: "c"}); d.Outcome != policy.Allow || d.Grant.Number != 0 || d.Deploys.Used != 2 {
			t.Errorf("Begin(%v c) = %v, %+v, want it granted and not counted", kind, d, d.Grant)
		}
	}
	if d := gate.Decide(ctx, a); d.Outcome != policy.Allow || d.Deploys.Left() != 0 {
		t.Errorf("Decide(a) = %v, want allow: it has its deploy", d)
	}
	if g, ok := gate.Cancel(b); !ok || g.Change != b {
		t.Errorf("Cancel(b) = %+v, %v", g, ok)
	}
	if _, ok := gate.Cancel(b); ok {
		t.Error("Cancel(b) again is ok")
	}
	if g, ok := gate.Done(a); !ok || g.State != policy.GrantDone || g.Number != 1 {
		t.Errorf("Done(a) = %+v, %v", g, ok)
	}
	if _, ok := gate.Cancel(a); ok {
		t.Error("what is done was cancelled")
	}
	if d := gate.Begin(ctx, c); d.Outcome != policy.Allow || d.Grant.Number != 2 {
		t.Errorf("Begin(c) after Cancel(b) = %v, %+v, want the second deploy", d, d.Grant)
	}
	if g, ok := gate.Done(b); !ok || g.Number != 3 || g.State != policy.GrantDone {
		t.Errorf("Done(b) = %+v, %v, want it recorded, whatever was allowed", g, ok)
	}
	if d := gate.Decide(ctx, policy.Change{Kind: policy.Feature, ID: "d"}); d.Deploys.Used != 3 || d.Deploys.Left() != 0 {
		t.Errorf("deploys %+v, want 3 used and none left", d.Deploys)
	}
	var all []string
	for _, g := range gate.Grants() {
		all = append(all, fmt.Sprint(g.Change, " ", g.State))
	}
	if got, want := strings.Join(all, ", "), "feature a done, feature b done, feature c begun, fix c begun, security c begun, rollback c begun, emergency c begun"; got != want {
		t.Errorf("Grants() = %s\nwant       %s", got, want)
	}
}

// TestBeginWithout a kind, an ID, a gate, or what it needs.
func TestBeginWithout(t *testing.T) {
	ctx := context.Background()
	gate := policy.NewGate(status(spentOf(0)), policy.GateConfig{Logger: quietLog})
	var none *policy.Gate
	for _, tt := range []struct {
		gate   *policy.Gate
		change policy.Change
		code   policy.Code
	}{
		{gate, policy.Change{Kind: policy.Feature}, policy.CodeNoID},
		{gate, policy.Change{Kind: policy.Feature, ID: strings.Repeat("x", 257)}, policy.CodeNoID},
		{gate, policy.Change{Kind: policy.Rollback, ID: "a\nb\x00"}, policy.CodeNoID},
		{gate, policy.Change{Kind: policy.Rollback, ID: "\xff"}, policy.CodeNoID},
		{gate, policy.Change{ID: "a"}, policy.CodeNoKind},
		{gate, policy.Change{Kind: 77, ID: "a"}, policy.CodeNoKind},
		{none, feature, policy.CodeNoGate},
	} {
		for name, d := range map[string]policy.Decision{
			"Begin":    tt.gate.Begin(ctx, tt.change),
			"Override": tt.gate.Override(ctx, tt.change, "alice", "because"),
		} {
			if d.Outcome != policy.NeedsPerson || d.Reasons[0].Code != tt.code || d.Grant != (policy.Grant{}) {
				t.Errorf("%s(%q) = %v (%s), want a person for %s", name, tt.change, d, d.Reasons[0].Code, tt.code)
			}
		}
		if g, ok := tt.gate.Done(tt.change); ok || g != (policy.Grant{}) {
			t.Errorf("Done(%q) = %v, want nothing recorded", tt.change, g)
		}
	}
	if none.Grants() != nil || none.Overrides() != nil || none.Snapshot() != nil || none.Restore([]byte("x")) != nil {
		t.Error("a nil gate remembers")
	}
	if _, ok := none.Cancel(feature); ok || len(gate.Grants()) != 0 {
		t.Error("something was granted")
	}
}

// clocked is a reader whose status the test changes.
type clocked struct {
	mu sync.Mutex
	budget.Status
	marks []string
}

func (c *clocked) Statuses() []budget.Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return []budget.Status{c.Status}
}

func (c *clocked) MarkDeployment(version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.marks = append(c.marks, version)
}

func newClocked(change func(*budget.Status)) *clocked {
	c := &clocked{Status: healthy()}
	change(&c.Status)
	return c
}

// TestGrantExpires: an approval is worth nothing after things got worse, and the reservation stays.
func TestGrantExpires(t *testing.T) {
	ctx := context.Background()
	from := newClocked(spentOf(600))
	gate := policy.NewGate(from, policy.GateConfig{Policy: underLights(t, nil), Logger: quietLog})
	first := gate.Begin(ctx, feature)
	spentOf(1000)(&from.Status)
	from.At = from.At.Add(9 * time.Minute)
	if d := gate.Begin(ctx, feature); d.Outcome != policy.Allow || d.Grant != first.Grant || d.Expires != first.Expires {
		t.Errorf("within its time: %v, want the same grant", d)
	}
	if d := gate.Decide(ctx, feature); d.Outcome != policy.Deny {
		t.Errorf("Decide: %v, want what is so now", d)
	}
	from.At = from.At.Add(time.Minute)
	if d := gate.Begin(ctx, feature); d.Outcome != policy.Deny || d.Grant != (policy.Grant{}) {
		t.Errorf("after its time: %v, want it asked anew", d)
	}
	spentOf(600)(&from.Status)
	d := gate.Begin(ctx, feature)
	if d.Outcome != policy.Allow || d.Grant.At != first.Grant.At || d.Grant.Number != 1 || d.Grant.Expires != from.At.Add(10*time.Minute) || d.Deploys.Used != 1 {
		t.Errorf("when it is allowed again: %+v, want the same deploy for another ten minutes", d.Grant)
	}
	if got := from.marks; !slices.Equal(got, []string{"v2.5.0", "v2.5.0"}) {
		t.Errorf("marked %q, want at each beginning", got)
	}
}

// TestDoneStaysDone: what was deployed and is begun once more keeps its deploy of the day,
// whatever becomes of the second attempt.
func TestDoneStaysDone(t *testing.T) {
	ctx := context.Background()
	from := newClocked(spentOf(0))
	gate := policy.NewGate(from, policy.GateConfig{Policy: underLights(t, nil), Logger: quietLog})
	gate.Begin(ctx, feature)
	gate.Done(feature)
	from.At = from.At.Add(10 * time.Minute)
	if d := gate.Begin(ctx, feature); d.Outcome != policy.Allow || d.Grant.State != policy.GrantDone || d.Deploys.Used != 1 {
		t.Errorf("Begin() of what was deployed = %v, %+v, want the same deploy, done", d, d.Grant)
	}
	if g, ok := gate.Cancel(feature); ok {
		t.Errorf("Cancel() of what was deployed = %+v, want nothing given back", g)
	}
	if d := gate.Decide(ctx, policy.Change{Kind: policy.Feature, ID: "other"}); d.Deploys.Used != 1 {
		t.Errorf("deploys %+v, want 1 used", d.Deploys)
	}
}

// TestGateDay: the deploys of a day are there again when the next begins, in the gate's zone;
// a clock that goes back does not give a day its deploys again.
func TestGateDay(t *testing.T) {
	ctx := context.Background()
	from := newClocked(spentOf(600)) // yellow: one a day
	newYork := time.FixedZone("New York", -5*3600)
	gate := policy.NewGate(from, policy.GateConfig{Policy: underLights(t, nil), Location: newYork, Logger: quietLog})
	n := 0
	begin := func(at time.Time) policy.Decision {
		from.At = at
		n++
		return gate.Begin(ctx, policy.Change{Kind: policy.Feature, ID: fmt.Sprint(n)})
	}
	late := time.Date(2025, time.March, 3, 23, 59, 59, 0, newYork)
	if d := begin(late.Add(-20 * time.Hour)); d.Outcome != policy.Allow {
		t.Error(d)
	}
	if d := begin(late); d.Outcome != policy.Deny {
		t.Errorf("later that day: %v, want denied", d)
	}
	if d := begin(late.Add(time.Second)); d.Outcome != policy.Allow || d.Grant.Day != "2025-03-04" {
		t.Errorf("at midnight: %v, %+v, want the next day's", d, d.Grant)
	}
	if d := begin(late); d.Outcome != policy.Deny {
		t.Errorf("back a second: %v, want denied", d)
	}
	if d := begin(late.Add(-time.Hour)); d.Outcome == policy.Allow || !strings.Contains(d.Reasons[1].Text, "a deploy was granted at 2025-03-04T05:00:00Z, which is 1h0m1s ahead: one of two clocks is wrong") {
		t.Errorf("back an hour: %v %+v, want the doubt", d, d.Reasons)
	}
}

// TestOverride: granted, counted, and recorded with who and why, everywhere.
func TestOverride(t *testing.T) {
	ctx := context.Background()
	from := newClocked(spentOf(2000))
	e := underLights(t, nil)
	var log strings.Builder
	gate := policy.NewGate(from, policy.GateConfig{Policy: e, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for _, who := range [][2]string{{"", "x"}, {"alice", ""}, {" ", "x"}, {"a", strings.Repeat("x", 5000)}} {
		if d := gate.Override(ctx, feature, who[0], who[1]); d.Outcome != policy.NeedsPerson || d.Reasons[0].Code != policy.CodeNoWho {
			t.Errorf("Override by %q for %.9q = %v, want a person", who[0], who[1], d)
		}
	}
	d := gate.Override(ctx, feature, "alice", "the contract ends today")
	if d.Outcome != policy.Allow || d.Reasons[0].Code != policy.CodeOverridden || d.Grant.By != "alice" || d.Grant.Number != 1 || d.Deploys.Used != 1 {
		t.Errorf("Override = %v, %+v", d, d.Grant)
	}
	if got, want := d.String(), "allow feature v2.5.0: overridden by alice: the contract ends today"; got != want {
		t.Errorf("String() = %s, want %s", got, want)
	}
	if again := gate.Override(ctx, feature, "alice", "twice"); again.Grant != d.Grant {
		t.Errorf("again = %+v, want the same grant", again.Grant)
	}
	if got := gate.Overrides(); len(got) != 1 || got[0] != d.Grant {
		t.Errorf("Overrides() = %v, want it once", got)
	}
	if got := e.Enactments(); len(got) != 1 || got[0].Action != policy.GateOverridden || got[0].By != "alice" || got[0].Why != "the contract ends today" || got[0].Change != feature {
		t.Errorf("audit log %v, want the override", got)
	}
	if !strings.Contains(log.String(), `level=WARN msg="nines: deployment begun" deployment.kind=feature deployment.change=v2.5.0`) ||
		!strings.Contains(log.String(), `deployment.by=alice deployment.why="the contract ends today"`) {
		t.Errorf("logged %s", log.String())
	}
	spentOf(0)(&from.Status)
	if d := gate.Override(ctx, policy.Change{Kind: policy.Feature, ID: "b"}, "bob", "just so"); d.Outcome != policy.Allow || d.Grant.By != "" || len(gate.Overrides()) != 1 {
		t.Errorf("what was allowed anyway: %v, %+v, want it just begun", d, d.Grant)
	}
	if d := gate.Override(ctx, policy.Change{Kind: policy.Feature, ID: "c"}, "bob", "a third"); d.Outcome != policy.Allow || d.Grant.Number != 3 || d.Deploys.Left() != 0 {
		t.Errorf("beyond the day's deploys: %v, %+v", d, d.Grant)
	}
}

// TestDecideChangesNothing, asked 10,000 times.
func TestDecideChangesNothing(t *testing.T) {
	c := newCourt(t, lights(), policy.EnforceConfig{})
	c.fill(0)
	gate := policy.NewGate(c.Tracker, policy.GateConfig{Policy: c.Enforcer, Logger: quietLog})
	gate.Begin(context.Background(), feature)
	before := []string{c.Explainable(), string(gate.Snapshot()), fmt.Sprint(c.Standing(), c.Enactments())}
	first := gate.Decide(context.Background(), policy.Change{Kind: policy.Feature, ID: "b"})
	for range 10_000 {
		if d := gate.Decide(context.Background(), policy.Change{Kind: policy.Feature, ID: "b"}); d.Outcome != first.Outcome {
			t.Fatalf("%v, want %v", d, first)
		}
	}
	if after := []string{c.Explainable(), string(gate.Snapshot()), fmt.Sprint(c.Standing(), c.Enactments())}; !slices.Equal(after, before) {
		t.Errorf("Decide changed something:\n%s\n%s", before, after)
	}
	if last := gate.Decide(context.Background(), policy.Change{Kind: policy.Feature, ID: "b"}); !reflect.DeepEqual(last, first) {
		t.Errorf("the last answer is %+v, want the first: %+v", last, first)
	}
}

// TestConcurrentBegin: a thousand at once get exactly the day's deploys, however often each asks;
// all who ask about one change get one and the same grant.
func TestConcurrentBegin(t *testing.T) {
	const quota = 37
	e := underLights(t, func(p *policy.Policy) { p.Tiers[0].DeploysPerDay = quota })
	gate := policy.NewGate(status(spentOf(0)), policy.GateConfig{Policy: e, Logger: quietLog})
	var mu sync.Mutex
	granted := map[policy.Change]map[policy.Grant]int{}
	var group sync.WaitGroup
	for i := range 1000 {
		for range 3 {
			group.Go(func() {
				change := policy.Change{Kind: policy.Feature, ID: fmt.Sprint(i)}
				if d := gate.Begin(context.Background(), change); d.Outcome == policy.Allow {
					mu.Lock()
					defer mu.Unlock()
					if granted[change] == nil {
						granted[change] = map[policy.Grant]int{}
					}
					granted[change][d.Grant]++
				}
			})
		}
	}
	group.Wait()
	numbers := map[int]bool{}
	for change, grants := range granted {
		if len(grants) != 1 {
			t.Errorf("%v: %d different grants, want one", change, len(grants))
		}
		for g := range grants {
			numbers[g.Number] = true
		}
	}
	if len(granted) != quota || len(numbers) != quota || len(gate.Grants()) != quota {
		t.Errorf("%d changes granted, with %d numbers, %d remembered, want %d", len(granted), len(numbers), len(gate.Grants()), quota)
	}
}

// TestGateMarksDeployments once for each that begins or is recorded.
func TestGateMarksDeployments(t *testing.T) {
	from := newClocked(spentOf(0))
	gate := policy.NewGate(from, policy.GateConfig{Logger: slog.New(hostileLog{})})
	gate.Begin(context.Background(), feature)
	gate.Begin(context.Background(), feature)
	gate.Done(feature)
	gate.Done(policy.Change{Kind: policy.Rollback, ID: "v2.4.9"})
	gate.Done(policy.Change{Kind: policy.Rollback, ID: "v2.4.9"})
	spentOf(5000)(&from.Status)
	gate.Begin(context.Background(), policy.Change{Kind: policy.Feature, ID: "denied"})
	if want := []string{"v2.5.0", "v2.4.9"}; !slices.Equal(from.marks, want) {
		t.Errorf("marked %q, want %q", from.marks, want)
	}
	sim := budgettest.New(t, hourly()) // a tracker is such a reader
	policy.NewGate(sim, policy.GateConfig{Logger: quietLog}).Begin(context.Background(), policy.Change{Kind: policy.Rollback, ID: "v2.4.9"})
	markers := sim.Markers()
	if len(markers) == 0 || markers[len(markers)-1].Text != "v2.4.9" {
		t.Errorf("Markers() = %v, want v2.4.9 at the end", markers)
	}
}
