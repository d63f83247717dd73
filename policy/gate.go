package policy

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A Gate says whether a change may be deployed, given what is left of the error budgets. It
// keeps no state, and is safe for concurrent use. Make it with [NewGate].
type Gate struct {
	from   StatusReader
	config GateConfig
}

// NewGate returns a gate over a tracker's error budgets. A gate over nothing, a nil
// tracker included, knows nothing.
func NewGate(from StatusReader, cfg GateConfig) *Gate {
	if t, ok := from.(*budget.Tracker); ok && t == nil {
		from = nil
	}
	return &Gate{from: from, config: cfg.normal()}
}

// Decide answers whether a change may be deployed now. It is pure: it changes nothing, here
// or elsewhere, and may be asked as often as one likes. It costs one reading of all error
// budgets. It never panics, and never allows for want of knowledge unless told to.
//
//   - A Feature is denied while an error budget is exhausted. Shadow objectives have no say.
//   - It is allowed when every error budget is known and has something left; also when
//     enough of a window was watched (MinObserved), which the reasons then name as partial
//     coverage.
//   - What is not known needs a person, or what OnUnknown says: an error budget that is
//     Stalled, Stale, without events or with too few of them to judge by, that was not
//     watched for long enough or whose clock is suspect; a gate without tracker or
//     objectives; a context that has ended. An error budget that is seen to be exhausted
//     all the same denies, and the reason names the doubt, unless there are too few events:
//     there a single failure exhausts it.
//   - Every other kind is allowed whatever the error budgets say; the reasons tell what a
//     Feature would have met.
//   - A change without a kind, and a nil *Gate, need a person.
func (g *Gate) Decide(ctx context.Context, change Change) Decision {
	d := Decision{Change: change, Scope: ScopeProcess}
	validity := DefaultValidity
	if g == nil {
		d.Reasons = []Reason{{Code: CodeNoGate, Outcome: NeedsPerson, Text: "there is no gate to ask"}}
	} else {
		validity = g.config.Validity
		d.Reasons, d.At = g.ask(ctx)
		if r, ok := change.reason(); ok {
			d.Reasons = slices.Insert(d.Reasons, 0, r)
		}
	}
	d.Outcome = d.Reasons[0].Outcome
	if d.At.IsZero() {
		d.At = time.Now().Round(0)
	}
	d.Expires = d.At.Add(validity)
	return d
}

// reason says what a change itself asks for, whatever the error budgets say; ok is false
// for a feature, which has to wait for them.
func (c Change) reason() (r Reason, ok bool) {
	switch {
	case c.Kind == Feature:
		return Reason{}, false
	case c.Kind == 0 || int(c.Kind) >= len(kindNames):
		return Reason{
			Code: CodeNoKind, Outcome: NeedsPerson,
			Text: "the change does not say what it is for: " + list(kindNames[1:]),
		}, true
	}
	return Reason{Code: CodeKind, Outcome: Allow, Text: fmt.Sprintf("a change of kind %v does not wait for error budget", c.Kind)}, true
}

// ask returns what every error budget says to a feature, the gravest answer first, and
// when they were read.
func (g *Gate) ask(ctx context.Context) (answers []Reason, at time.Time) {
	unknown := func(code Code, text string) []Reason {
		return []Reason{{Code: code, Outcome: g.config.OnUnknown, Text: text}}
	}
	if g.from == nil {
		return unknown(CodeNoTracker, "there is no tracker to ask"), at
	}
	if ctx != nil && ctx.Err() != nil {
		return unknown(CodeCancelled, "the question was withdrawn: "+ctx.Err().Error()), at
	}
	statuses, err := g.read()
	if err != nil {
		return unknown(CodeReadFailed, err.Error()), at
	}
	goesBy := selection{owner: g.config.Owner, objectives: g.config.Objectives}
	for i := range statuses {
		s := &statuses[i]
		if s.At.After(at) {
			at = s.At
		}
		if goesBy.has(s) {
			answers = append(answers, g.judge(s))
		}
	}
	for _, name := range goesBy.missing(statuses) {
		answers = append(answers, Reason{
			Objective: name, Code: CodeNoSuchObjective, Outcome: g.config.OnUnknown, Text: "no such objective",
		})
	}
	if len(answers) == 0 {
		return unknown(CodeNoObjectives, "there is no objective to go by"), at
	}
	slices.SortStableFunc(answers, func(a, b Reason) int { return cmp.Compare(b.Outcome.gravity(), a.Outcome.gravity()) })
	return answers, at
}

// read reads all error budgets. A reader that panics must not open the gate, nor take the
// host down.
func (g *Gate) read() (statuses []budget.Status, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the error budgets could not be read: %v", v)
		}
	}()
	return g.from.Statuses(), nil
}

// judge says what one error budget makes of a feature.
func (g *Gate) judge(s *budget.Status) Reason {
	r := Reason{
		Objective: s.Name,
		Known:     s.Known, Counts: s.Counts, Observed: s.Observed, Coverage: s.Coverage, Remaining: s.Remaining,
	}
	switch enough := s.Counts.Valid() > 0 && s.Known != budget.TooFew && s.Known != budget.NoSuchObjective; {
	case enough && s.Exhausted:
		r.Outcome, r.Code = Deny, CodeExhausted
		r.Text = fmt.Sprintf("error budget exhausted: %s remains after %d bad of %d events%s",
			percent(s.Remaining), s.Counts.Bad, s.Counts.Valid(), reservations(s))
	case s.Known == budget.FullyKnown && !s.ClockSuspect:
		r.Outcome, r.Code = Allow, CodeBudgetLeft
		r.Text = percent(s.Remaining) + " of the error budget remains"
	case s.Known == budget.PartialCoverage && !s.ClockSuspect && s.Observed >= g.config.MinObserved:
		r.Outcome, r.Code = Allow, CodePartialCoverage
		r.Text = percent(s.Remaining) + " of the error budget remains" + watchedShare(s)
	default:
		r.Outcome = g.config.OnUnknown
		r.Code, r.Text = g.doubt(s)
	}
	return r
}

// reservations says what speaks against believing an error budget that denies all the
// same, each after a comma; "" if nothing does.
func reservations(s *budget.Status) (text string) {
	if s.Known == budget.PartialCoverage || s.Known != budget.FullyKnown && s.Coverage < 1 {
		text = watchedShare(s)
	}
	switch s.Known {
	case budget.Stalled:
		text += fmt.Sprintf(", stalled for %v", s.StalledFor.Truncate(time.Millisecond))
	case budget.Stale:
		text += ", stale"
	}
	if s.ClockSuspect {
		text += ", while the wall clock is suspect"
	}
	return text
}

// watchedShare names how much of its window an error budget goes by.
func watchedShare(s *budget.Status) string {
	return fmt.Sprintf(", by the %s of the window that were watched", percent(s.Coverage))
}

// doubt says why nothing can be said of an error budget.
func (g *Gate) doubt(s *budget.Status) (Code, string) {
	switch {
	case s.Known == budget.Stalled:
		return CodeStalled, fmt.Sprintf("stalled: %d requests in flight, and none has finished for %v", s.InFlight, s.StalledFor.Truncate(time.Millisecond))
	case s.Known == budget.Stale:
		return CodeStale, "stale: the tracker was closed, or its tick does not come"
	case s.Known == budget.NoEvents:
		return CodeNoEvents, "insufficient data: no valid event in the window"
	case s.Known == budget.TooFew:
		return CodeTooFewEvents, fmt.Sprintf("insufficient data: %d bad of %d events, so few that one bad event is worth more than the error budget",
			s.Counts.Bad, s.Counts.Valid())
	case s.Known != budget.PartialCoverage && s.Known != budget.FullyKnown:
		return CodeNoSuchObjective, "no such objective"
	case s.ClockSuspect:
		return CodeClockSuspect, "the wall clock jumped ahead, and it is not known yet how much time passed unobserved"
	}
	return CodeNotWatched, fmt.Sprintf("watched for %s, and %s would be enough",
		slo.FormatDuration(s.Observed.Truncate(time.Second)), slo.FormatDuration(g.config.MinObserved))
}
