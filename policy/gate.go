package policy

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

// A Gate says whether a change may be deployed, given what is left of the error budgets, and
// keeps count of the deployments of a day; gates under one policy keep it together. It is safe
// for concurrent use. Make it with [NewGate].
type Gate struct {
	from   StatusReader
	config GateConfig
	scribe *scribe

	book *book
}

// NewGate returns a gate over a tracker's error budgets. A gate over nothing, a nil
// tracker included, knows nothing.
func NewGate(from StatusReader, cfg GateConfig) *Gate {
	if t, ok := from.(*budget.Tracker); ok && t == nil {
		from = nil
	}
	if r, ok := from.(scopedReader); ok && cfg.Scope == "" {
		cfg.Scope = Scope(r.Scope())
	}
	g := &Gate{from: from, config: cfg.normal()}
	g.scribe = &scribe{logger: g.config.Logger}
	if p := cfg.Policy; p != nil {
		g.book = p.book
	} else {
		g.book = newBook()
	}
	return g
}

// Decide answers whether a change may be deployed now. It is pure: it changes nothing, here
// or elsewhere, and may be asked as often as one likes; [Gate.Begin] takes one of the day's
// deploys. It costs one reading of all error budgets. It never panics, and never allows for
// want of knowledge unless told to.
//
//   - A Feature is denied while an error budget is exhausted. Shadow objectives have no say.
//   - With a policy its tiers decide instead: a Feature is denied on a tier without deploys, and
//     when the deploys of the day are used; a clause that stops releases denies, or has a person
//     look if it is to be done by hand. The tier is the worst of what the error budgets say and
//     of what is in force, which may have to be held for a while. Exactly as much left as a
//     tier begins with is enough for it.
//   - It is allowed when every error budget is known and has something left; also when
//     enough of a window was watched (MinObserved), which the reasons then name as partial
//     coverage.
//   - What is not known needs a person, or what OnUnknown says: an error budget that is
//     Stalled, Stale, without events or with too few of them to judge by, that was not
//     watched for long enough or whose clock is suspect; a gate without tracker or
//     objectives, whose state was lost or is from the future; a context that has ended. An
//     error budget that is seen to be exhausted, or to belong to a tier without deploys, denies
//     all the same, and the reason names the doubt, unless there are too few events: there a
//     single failure exhausts it.
//   - Every other kind is allowed whatever the error budgets say, and takes no deploy of the
//     day; the reasons tell what a Feature would have met.
//   - A change without a kind, and a nil *Gate, need a person.
func (g *Gate) Decide(ctx context.Context, change Change) Decision {
	if g == nil {
		at := time.Now().Round(0)
		return Decision{
			Change: change, Scope: ScopeProcess, At: at, Expires: at.Add(DefaultValidity),
			Reasons: []Reason{{Code: CodeNoGate, Outcome: NeedsPerson, Text: "there is no gate to ask"}},
		}
	}
	found := g.ask(ctx)
	g.book.mu.Lock()
	defer g.book.mu.Unlock()
	return g.decide(change, &found)
}

// decide makes a decision of what was found and of what the gate remembers. The caller holds
// the lock.
func (g *Gate) decide(change Change, f *findings) Decision {
	d := Decision{
		Change: change, Scope: g.config.Scope, At: f.at, Policy: f.policy, Risk: f.risk(),
		Deploys: Deploys{Day: g.day(f.at), PerDay: f.perDay(g.config.OnUnknown)},
	}
	d.Deploys.Used = g.book.ledger.used[d.Deploys.Day]
	if f.tier >= 0 && len(f.tiers) > 0 {
		t := f.tiers[f.tier].clone()
		d.Tier, d.Requires = t.Name, t.Requires
	}
	reasons := slices.Concat(g.remembers(&d), g.quota(&d), f.reasons)
	slices.SortStableFunc(reasons, byGravity)
	if r, ok := change.reason(); ok {
		reasons = slices.Insert(reasons, 0, r)
	}
	d.Reasons, d.Outcome = reasons, reasons[0].Outcome
	d.Expires = d.At.Add(g.config.Validity)
	return d
}

// day returns the day that a time lies in.
func (g *Gate) day(at time.Time) string { return at.In(g.config.Location).Format(time.DateOnly) }

// remembers says what is in doubt about what the gate remembers.
func (g *Gate) remembers(d *Decision) (doubts []Reason) {
	l := &g.book.ledger
	if !l.lost.IsZero() && g.day(l.lost) == d.Deploys.Day {
		doubts = append(doubts, Reason{
			Code: CodeStateLost, Outcome: g.config.OnUnknown,
			Text: "what was granted today is not known: the gate's state could not be restored",
		})
	}
	if ahead := l.latest.Sub(d.At); ahead > clockTolerance {
		doubts = append(doubts, Reason{
			Code: CodeClockAhead, Outcome: g.config.OnUnknown,
			Text: fmt.Sprintf("a deploy was granted at %s, which is %v ahead: one of two clocks is wrong", stamp(l.latest), ahead.Truncate(time.Second)),
		})
	}
	return doubts
}

// quota says what the deploys of the day make of one more. Asked about a change that has had
// one of them, it does not ask for another.
func (g *Gate) quota(d *Decision) []Reason {
	tier, day, n := d.Tier, d.Deploys, d.Deploys.PerDay
	switch {
	case d.Tier == "" || n == 0: // no policy, or what is frozen says so itself
		return nil
	case n == Unlimited:
		return []Reason{{Code: CodeTier, Outcome: Allow, Text: "tier " + tier + ": any number of deploys a day"}}
	case day.Left() > 0 || g.has(d.Change):
		return []Reason{{Code: CodeTier, Outcome: Allow, Text: fmt.Sprintf("tier %s: %d of %d deploys left on %s", tier, day.Left(), n, day.Day)}}
	}
	return []Reason{{Code: CodeNoDeploysLeft, Outcome: Deny, Text: fmt.Sprintf("tier %s: none of %d deploys left on %s", tier, n, day.Day)}}
}

// has reports whether a change has been granted.
func (g *Gate) has(change Change) bool {
	_, ok := g.book.ledger.grants[change]
	return ok
}

// reason says what a change itself asks for, whatever the error budgets say; ok is false
// for a feature, which has to wait for them.
func (c Change) reason() (r Reason, ok bool) {
	switch {
	case c.Kind == Feature:
		return Reason{}, false
	case !c.Kind.known():
		return Reason{
			Code: CodeNoKind, Outcome: NeedsPerson,
			Text: "the change does not say what it is for: " + list(kindNames[1:]),
		}, true
	}
	return Reason{Code: CodeKind, Outcome: Allow, Text: fmt.Sprintf("a change of kind %v does not wait for error budget", c.Kind)}, true
}

// known reports whether the kind is one of the set, and not none.
func (k Kind) known() bool { return k != 0 && int(k) < len(kindNames) }
