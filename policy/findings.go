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

// findings are what a gate has found of the error budgets and of the policy, for a feature.
type findings struct {
	reasons []Reason // the gravest first; at least one
	at      time.Time

	policy string // its title; "" without one
	tiers  tiers  // of the policy; nil without one
	tier   int    // the worst that is known to hold or to be in force; -1 for none
	level  int    // the same among DefaultTiers, without a policy
	doubt  bool   // something is not known
}

// usualTiers say how risky a deployment is where no policy does.
var usualTiers = tiers(DefaultTiers())

// byGravity orders reasons by how grave they are.
func byGravity(a, b Reason) int { return cmp.Compare(b.Outcome.gravity(), a.Outcome.gravity()) }

// risk says how dangerous it is to deploy: what is not known is not low.
func (f *findings) risk() Risk {
	r := f.tiers.risk(f.tier)
	if f.tiers == nil {
		r = usualTiers.risk(f.level)
	}
	if f.doubt && r != RiskHigh {
		return 0
	}
	return r
}

// perDay returns how many features a day may have. On a tier that is not known, but lets
// features through because it was told to, it is the fewest of the tiers that have any.
func (f *findings) perDay(onUnknown Outcome) int {
	switch {
	case len(f.tiers) == 0:
		return Unlimited
	case f.tier >= 0:
		return f.tiers[f.tier].DeploysPerDay
	case onUnknown != Allow:
		return 0
	}
	fewest := Unlimited
	for i := range f.tiers {
		if n := f.tiers[i].DeploysPerDay; n > 0 && (fewest == Unlimited || n < fewest) {
			fewest = n
		}
	}
	return fewest
}

// add appends a reason that is not about one error budget.
func (f *findings) add(code Code, outcome Outcome, text string) {
	f.reasons = append(f.reasons, Reason{Code: code, Outcome: outcome, Text: text})
}

// ask returns what is found now.
func (g *Gate) ask(ctx context.Context) findings {
	f := findings{tier: -1, level: -1}
	if p := g.config.Policy; p != nil {
		r := p.ruling()
		f.policy, f.tiers = r.title, r.tiers
		g.rule(&f, &r)
		g.read(ctx, &f, r.scope)
		f.held(&r)
	} else {
		g.read(ctx, &f, &selection{})
	}
	if f.at.IsZero() {
		f.at = time.Now().Round(0)
	}
	slices.SortStableFunc(f.reasons, byGravity)
	return f
}

// rule adds what a policy says.
func (g *Gate) rule(f *findings, r *ruling) {
	if r.closed {
		f.doubt = true
		f.add(CodePolicyClosed, g.config.OnUnknown, "the error budget policy is not evaluated any more")
	}
	for _, s := range r.stops {
		outcome, text := Deny, ""
		if !s.automated {
			outcome, text = NeedsPerson, ", by hand"
		}
		if s.Objective != "" {
			text += ": " + s.Objective
		}
		f.add(CodeStopped, outcome, fmt.Sprintf("clause %q stops releases%s: %s", s.Clause, text, s.Why))
	}
}

// held adds that a tier without deploys is in force, where no error budget says the same by
// itself: it has to be held for a while, or nothing is known now.
func (f *findings) held(r *ruling) {
	f.tier = max(f.tier, r.tier)
	if r.tier < 0 || f.tiers[r.tier].DeploysPerDay != 0 ||
		slices.ContainsFunc(f.reasons, func(r Reason) bool { return r.Code == CodeFrozen || r.Code == CodeExhausted }) {
		return
	}
	text := fmt.Sprintf("tier %s is in force: feature freeze", f.tiers[r.tier].Name)
	if r.earning != "" {
		text += "; " + r.earning
	}
	f.reasons = slices.Insert(f.reasons, 0, Reason{Code: CodeFrozen, Outcome: Deny, Text: text})
}

// read adds what the error budgets say.
func (g *Gate) read(ctx context.Context, f *findings, scope *selection) {
	unknown := func(code Code, text string) {
		f.doubt = true
		f.add(code, g.config.OnUnknown, text)
	}
	if g.from == nil {
		unknown(CodeNoTracker, "there is no tracker to ask")
		return
	}
	if ctx != nil && ctx.Err() != nil {
		unknown(CodeCancelled, "the question was withdrawn: "+ctx.Err().Error())
		return
	}
	statuses, err := g.statuses(ctx)
	if err != nil {
		unknown(CodeReadFailed, err.Error())
		return
	}
	goesBy := selection{owner: g.config.Owner, objectives: g.config.Objectives}
	n := 0
	for i := range statuses {
		s := &statuses[i]
		if s.At.After(f.at) {
			f.at = s.At
		}
		if goesBy.has(s) && scope.has(s) {
			n++
			g.judge(f, s)
		}
	}
	for _, name := range goesBy.missing(statuses) {
		n++
		f.doubt = true
		f.reasons = append(f.reasons, Reason{
			Objective: name, Code: CodeNoSuchObjective, Outcome: g.config.OnUnknown, Text: "no such objective",
		})
	}
	if n == 0 {
		unknown(CodeNoObjectives, "there is no objective to go by")
	}
}

// statuses reads all error budgets. A reader that panics must not open the gate, nor take the
// host down.
func (g *Gate) statuses(ctx context.Context) (statuses []budget.Status, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the error budgets could not be read: %v", v)
		}
	}()
	if r, ok := g.from.(contextReader); ok && ctx != nil {
		return r.StatusesContext(ctx), nil
	}
	return g.from.Statuses(), nil
}

// judge adds what one error budget makes of a feature.
func (g *Gate) judge(f *findings, s *budget.Status) {
	r := Reason{
		Objective: s.Name, Target: s.Objective.Target, Window: s.Objective.Window,
		Known: s.Known, Counts: s.Counts, Observed: s.Observed, Coverage: s.Coverage, Remaining: s.Remaining,
	}
	tier, level := f.tiers.ofStatus(s), usualTiers.ofStatus(s)
	closed := s.Exhausted // what keeps features out
	if tier >= 0 {
		closed = f.tiers[tier].DeploysPerDay == 0
	}
	enough := s.Counts.Valid() > 0 && s.Known != budget.TooFew && s.Known != budget.NoSuchObjective
	code, doubt := g.doubt(s)
	switch {
	case enough && closed && s.Exhausted:
		r.Outcome, r.Code = Deny, CodeExhausted
		r.Text = fmt.Sprintf("error budget exhausted: %s remains after %d bad of %d events%s",
			percent(s.Remaining), s.Counts.Bad, s.Counts.Valid(), reservations(s))
	case enough && closed:
		r.Outcome, r.Code = Deny, CodeFrozen
		r.Text = fmt.Sprintf("tier %s: feature freeze: %s of the error budget remains%s",
			f.tiers[tier].Name, percent(s.Remaining), reservations(s))
	case code != "":
		f.doubt = true
		r.Outcome, r.Code, r.Text = g.config.OnUnknown, code, doubt
		f.reasons = append(f.reasons, r)
		return
	case s.Exhausted: // and the policy lets features through all the same
		r.Outcome, r.Code = Allow, CodeTier
		r.Text = fmt.Sprintf("error budget exhausted, and tier %s allows %s: %s remains%s",
			f.tiers[tier].Name, f.tiers[tier].deploys(), percent(s.Remaining), reservations(s))
	case s.Known == budget.FullyKnown:
		r.Outcome, r.Code = Allow, CodeBudgetLeft
		r.Text = percent(s.Remaining) + " of the error budget remains"
	default:
		r.Outcome, r.Code = Allow, CodePartialCoverage
		r.Text = percent(s.Remaining) + " of the error budget remains" + watchedShare(s)
	}
	f.tier, f.level = max(f.tier, tier), max(f.level, level)
	f.reasons = append(f.reasons, r)
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
		if s.Doubt != "" {
			text += ": " + s.Doubt
		}
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

// doubt says why nothing can be said of an error budget; "" if something can.
func (g *Gate) doubt(s *budget.Status) (Code, string) {
	age := time.Duration(0)
	if g.config.MaxAge > 0 {
		age = time.Since(s.At)
	}
	switch {
	case g.config.MaxAge < 0:
		return CodeOldReading, fmt.Sprintf("no reading can be as young as GateConfig.MaxAge, which is %v: want a length above 0, or zero for any age", g.config.MaxAge)
	case age < -clockTolerance:
		return CodeClockAhead, fmt.Sprintf("read %v ahead of now: one of two clocks is wrong", -age.Truncate(time.Second))
	case age > g.config.MaxAge && age > 0:
		return CodeOldReading, fmt.Sprintf("stale: read %v ago, and at most %v is believed", age.Truncate(time.Second), g.config.MaxAge)
	case s.Known == budget.Stalled:
		return CodeStalled, fmt.Sprintf("stalled: %d requests in flight, and none has finished for %v", s.InFlight, s.StalledFor.Truncate(time.Millisecond))
	case s.Known == budget.Stale:
		return CodeStale, "stale: " + cmp.Or(s.Doubt, "the tracker was closed, or its tick does not come")
	case s.Known == budget.NoEvents, s.Counts.Valid() == 0 && (s.Known == budget.PartialCoverage || s.Known == budget.FullyKnown):
		return CodeNoEvents, "insufficient data: no valid event in the window"
	case s.Known == budget.TooFew:
		return CodeTooFewEvents, fmt.Sprintf("insufficient data: %d bad of %d events, so few that one bad event is worth more than the error budget",
			s.Counts.Bad, s.Counts.Valid())
	case s.Known != budget.PartialCoverage && s.Known != budget.FullyKnown:
		text := "no such objective"
		if s.Doubt != "" {
			text += ": " + s.Doubt
		}
		return CodeNoSuchObjective, text
	case s.ClockSuspect:
		return CodeClockSuspect, "the wall clock jumped ahead, and it is not known yet how much time passed unobserved"
	case s.Known == budget.PartialCoverage && s.Observed < g.config.MinObserved:
		return CodeNotWatched, fmt.Sprintf("watched for %s, and %s would be enough",
			slo.FormatDuration(s.Observed.Truncate(time.Second)), slo.FormatDuration(g.config.MinObserved))
	}
	return "", ""
}

// A ruling is what an enforcer says to a gate.
type ruling struct {
	title   string
	tiers   tiers // never changed, but replaced
	scope   *selection
	tier    int // in force; -1 for none
	earning string
	stops   []stop
	closed  bool
}

func (e *Enforcer) ruling() ruling {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := ruling{title: e.policy.title(), tiers: e.tiers, scope: e.policy.selects(), tier: e.standing.tier, stops: e.stopping(), closed: e.closed}
	if to, earned := e.standing.earning(); to >= 0 {
		t := e.tiers[e.standing.tier]
		r.earning = fmt.Sprintf("%s takes %s with enough left, %s so far",
			e.tiers[to].Name, slo.FormatDuration(t.LeaveAfter), slo.FormatDuration(earned.Truncate(time.Second)))
	}
	return r
}
