package policy

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Begin asks as [Gate.Decide] does and, if the change may be deployed, grants it: a Feature
// takes one of the day's deploys, which no other can have, until [Gate.Cancel] gives it back.
// The grant is in the decision. A deployment that has been granted is told to the tracker as a
// marker (budget.Tracker.MarkDeployment), if the gate reads one.
//
// It is idempotent by kind and ID: until a grant expires, beginning the same change again is
// the same grant, whatever has become of the error budgets meanwhile; after that it is asked
// anew whether it may be deployed, and if so it is the same grant for another Validity, without
// another deploy of the day; what is done stays done. Grants are remembered for three days, at most 4,096 of them, and
// over a restart: under a policy with the snapshot of its tracker, else with [Gate.Snapshot].
//
// A change without an ID needs a person.
func (g *Gate) Begin(ctx context.Context, change Change) Decision {
	return g.begin(ctx, change, "", "")
}

// Override begins a change that the gate would not let through, because somebody, by, takes it
// upon themselves and says why. It is granted whatever the error budgets and the policy say,
// takes one of the day's deploys, also beyond their number, and is recorded: in
// [Gate.Overrides], in the log, and in the audit log of the policy. A change that would be let
// through anyway is just begun. Without who and why, a kind or an ID it needs a person.
func (g *Gate) Override(ctx context.Context, change Change, by, why string) Decision {
	if strings.TrimSpace(by) != "" && strings.TrimSpace(why) != "" && len(by) <= maxText && len(why) <= maxText {
		return g.begin(ctx, change, by, why)
	}
	d := g.Decide(ctx, change)
	d.lead(Reason{Code: CodeNoWho, Outcome: NeedsPerson, Text: "an override says who takes it upon themselves, and why"})
	return d
}

func (g *Gate) begin(ctx context.Context, change Change, by, why string) Decision {
	if g == nil {
		return g.Decide(ctx, change)
	}
	found := g.ask(ctx)
	d, granted := g.reserve(change, by, why, &found)
	if granted {
		g.tell("nines: deployment begun", &d.Grant)
		if d.Reasons[0].Code == CodeOverridden {
			g.config.Policy.overridden(change, by, why)
		}
		g.mark(change)
	}
	return d
}

// reserve decides and grants in one step. It reports whether the grant is new, or renewed.
func (g *Gate) reserve(change Change, by, why string, f *findings) (d Decision, granted bool) {
	g.book.mu.Lock()
	defer g.book.mu.Unlock()
	d = g.decide(change, f)
	if r, ok := change.nameless(); ok {
		d.lead(r)
		return d, false
	}
	if !change.Kind.known() {
		return d, false
	}
	grant, again := g.book.ledger.grants[change]
	if again && d.At.Before(grant.Expires) {
		d.Grant, d.Expires = grant, grant.Expires
		d.lead(Reason{Code: CodeGranted, Outcome: Allow, Text: "granted already: " + grant.String()})
		return d, false
	}
	if d.Outcome != Allow {
		if by == "" {
			return d, false
		}
		grant.By, grant.Why = by, why
		d.lead(Reason{Code: CodeOverridden, Outcome: Allow, Text: fmt.Sprintf("overridden by %s: %s", by, why)})
	}
	if !again {
		grant.Change, grant.At, grant.Day = change, d.At.UTC(), d.Deploys.Day
		if change.Kind == Feature {
			grant.Number = d.Deploys.Used + 1
		}
	}
	if grant.State != GrantDone { // what was deployed stays so, or Cancel would give back what was used
		grant.State = GrantBegun
	}
	grant.Expires = d.Expires.UTC()
	g.book.ledger.add(grant)
	if d.Reasons[0].Code == CodeOverridden {
		g.book.ledger.note(grant)
	}
	d.Grant = grant
	d.Deploys.Used = g.book.ledger.used[d.Deploys.Day]
	return d, true
}

// nameless says what is wrong with the ID of a change that is to be begun.
func (c Change) nameless() (r Reason, ok bool) {
	if strings.TrimSpace(c.ID) != "" && len(c.ID) <= maxRuleName && utf8.ValidString(c.ID) && !strings.ContainsFunc(c.ID, unprintable) {
		return Reason{}, false
	}
	return Reason{
		Code: CodeNoID, Outcome: NeedsPerson,
		Text: fmt.Sprintf("the change does not say which it is: want an ID of printable characters, at most %d bytes", maxRuleName),
	}, true
}

// Done records that a change was deployed. One that was begun is done; one that nobody asked
// about is entered as if it had been, takes one of the day's deploys and is told to the
// tracker. ok is false, and nothing happens, for a change without a kind or an ID, and on nil.
func (g *Gate) Done(change Change) (grant Grant, ok bool) {
	if _, wrong := change.nameless(); g == nil || wrong || !change.Kind.known() {
		return Grant{}, false
	}
	at := g.now().UTC()
	var begun, done bool
	func() {
		g.book.mu.Lock()
		defer g.book.mu.Unlock()
		grant, begun = g.book.ledger.grants[change]
		done = grant.State == GrantDone
		if !begun {
			grant = Grant{Change: change, At: at, Expires: at, Day: g.day(at)}
			if change.Kind == Feature {
				grant.Number = g.book.ledger.used[grant.Day] + 1
			}
		}
		grant.State = GrantDone
		g.book.ledger.add(grant)
	}()
	if !done {
		g.tell("nines: deployment done", &grant)
	}
	if !begun {
		g.mark(change)
	}
	return grant, true
}

// Cancel gives back what Begin took: the change was not deployed. ok is false, and nothing
// happens, for one that was not begun or is done, and on nil. The marker stays.
func (g *Gate) Cancel(change Change) (grant Grant, ok bool) {
	if g == nil {
		return Grant{}, false
	}
	func() {
		g.book.mu.Lock()
		defer g.book.mu.Unlock()
		if grant, ok = g.book.ledger.grants[change]; !ok || grant.State != GrantBegun {
			grant, ok = Grant{}, false
			return
		}
		g.book.ledger.remove(grant)
	}()
	if ok {
		g.tell("nines: deployment cancelled", &grant)
	}
	return grant, ok
}

// Grants returns the deployments that the gate remembers, in the order of time. It is nil on
// nil and when there is none.
func (g *Gate) Grants() []Grant {
	if g == nil {
		return nil
	}
	g.book.mu.Lock()
	defer g.book.mu.Unlock()
	return g.book.ledger.sorted()
}

// Overrides returns the last 1,000 deployments for which somebody overrode the gate, oldest
// first. It is nil on nil and when there is none.
func (g *Gate) Overrides() []Grant {
	if g == nil {
		return nil
	}
	g.book.mu.Lock()
	defer g.book.mu.Unlock()
	return slices.Clone(g.book.ledger.log)
}

// now returns the time of the error budgets, which in a simulation is their own.
func (g *Gate) now() time.Time {
	var latest time.Time
	if g.from != nil {
		statuses, _ := g.statuses(context.Background()) // of one that panics, the time of the machine
		for i := range statuses {
			if statuses[i].At.After(latest) {
				latest = statuses[i].At
			}
		}
	}
	if latest.IsZero() {
		return time.Now().Round(0)
	}
	return latest
}

// A marker is where deployments are marked: a tracker is one.
type marker interface{ MarkDeployment(version string) }

// mark tells the tracker of a deployment.
func (g *Gate) mark(change Change) {
	if m, ok := g.from.(marker); ok {
		defer func() { _ = recover() }() // a reader of somebody else's
		m.MarkDeployment(change.ID)
	}
}

// tell writes a line to the log.
func (g *Gate) tell(message string, grant *Grant) {
	level := slog.LevelInfo
	if grant.By != "" {
		level = slog.LevelWarn
	}
	deployment := *grant
	g.scribe.tell(func(l *slog.Logger) { l.Log(context.Background(), level, message, "deployment", deployment) })
}
