package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// overFor is how long after its restart a watcher waits for somebody to whom it can tell what is
// over: callbacks are registered when a service starts.
const overFor = time.Minute

// A savedAbout says what the breaches of a group are about, for who has nothing of that any more.
type savedAbout struct {
	Service     string        `json:"service,omitempty"`
	Environment string        `json:"environment,omitempty"`
	Objective   objectiveJSON `json:"objective"`
}

// end takes the incidents of a group that cannot go on, and were told.
func (w *Watcher) end(g savedGroup, page, ticket bool) {
	told := func(v *savedIncident, over bool) bool { return over && v != nil && v.Open && v.Told }
	if !told(g.Page, page) {
		g.Page = nil
	}
	if !told(g.Ticket, ticket) {
		g.Ticket = nil
	}
	if g.Page != nil || g.Ticket != nil {
		w.over = append(w.over, g)
	}
}

// sweep ends what an earlier process had open, and no error budget can go on with: of objectives
// that are gone, or have no such rule any more. An operation of an objective on slo.Each may
// still come. The caller holds the lock.
func (w *Watcher) sweep() {
	if len(w.saved) == 0 || w.swept == w.met {
		return
	}
	w.swept = w.met
	declared, met := w.tracker.Declared(), map[string]bool{}
	for _, name := range w.tracker.Objectives() {
		met[name] = true
	}
	for name, g := range w.saved {
		if met[name.objective] || !mayCome(name.objective, declared) {
			w.end(g, true, true)
			delete(w.saved, name)
		}
	}
}

// mayCome reports whether an error budget may come that has not been met, with an operation.
func mayCome(name string, declared []slo.Objective) bool {
	return slices.ContainsFunc(declared, func(o slo.Objective) bool {
		return !o.Shadow && o.Of.Kind() == slo.EachSource && strings.HasPrefix(name, o.Name+"/")
	})
}

// ends returns the ends of what is over, once there is somebody who hears it. The caller holds
// the lock.
func (w *Watcher) ends() (all []Breach) {
	switch {
	case len(w.over) == 0:
		return nil
	case w.patient == 0:
		w.patient = w.now.elapsed + overFor
	}
	if !w.courier.heard() {
		if w.now.elapsed >= w.patient {
			w.over = nil
		}
		return nil
	}
	for i := range w.over {
		g := &w.over[i]
		for _, v := range [...]struct {
			severity Severity
			*savedIncident
		}{{Page, g.Page}, {Ticket, g.Ticket}} {
			if v.savedIncident != nil {
				all = append(all, w.ended(g, v.severity, v.savedIncident))
			}
		}
	}
	slices.SortFunc(all, func(a, b Breach) int { return a.Started.Compare(b.Started) })
	w.over = nil
	return all
}

// ended describes the end of an incident of an earlier process, as it was told there.
func (w *Watcher) ended(g *savedGroup, severity Severity, v *savedIncident) Breach {
	status := w.tracker.Budget(g.Objective).Status()
	b := Breach{
		Key: v.Key, State: Resolved, Severity: severity, Rule: v.By, Name: g.Objective, Service: w.Service(), Environment: w.plan.Environment,
		Priority: v.Priority, PriorityOrigin: v.Origin, PriorityReason: v.Reason,
		Started: v.At, Resolved: w.now.at, Duration: max(w.now.elapsed-v.Elapsed, 0), Joined: v.Joined, Peak: v.Peak,
		Suppressed: v.Missed, Told: true, Omitted: v.Omitted,
		At: w.now.at, Known: status.Known, Counts: status.Counts, Coverage: status.Coverage,
		SLI: status.SLI, Remaining: status.Remaining,
		ProjectedExhaustion: status.ProjectedExhaustion, WillExhaust: status.WillExhaust,
	}
	b.Objective.Name = g.Objective
	if a := g.About; a != nil {
		b.Service, b.Environment, b.Operation = a.Service, a.Environment, a.Objective.Operation
		b.Objective = new(jsonReader).objective(g.Objective, &a.Objective)
	}
	if b.Key == "" { // of a version that did not save it
		b.Key = breachKey(b.Service, b.Objective.Region, b.Environment, b.Name, severity, g.Alone)
	}
	b.ID = b.Key + "@" + stamp(b.Started)
	in := incident{timeline: slices.Clone(v.Timeline[:min(len(v.Timeline), maxTimeline)]), omitted: v.Omitted}
	in.note(w.now.at, "the process was restarted")
	in.note(w.now.at, "over: what it was about is no more")
	b.Timeline, b.Omitted = in.timeline, in.omitted
	for _, r := range g.Rules {
		if slices.Contains(v.Members, r.Name) {
			state := RuleState{Objective: g.Objective, Rule: r.Name, Severity: Ticket}
			if r.Page {
				state.Severity = Page
			}
			b.Rules = append(b.Rules, state)
		}
	}
	b.over(w.whyEnded(&b, &status, g.Alone))
	return b
}

// whyEnded says why a breach of an earlier process is over.
func (w *Watcher) whyEnded(b *Breach, now *budget.Status, alone string) string {
	if now.Known != budget.NoSuchObjective && !now.Objective.Shadow &&
		b.Key != breachKey(w.Service(), now.Objective.Region, w.plan.Environment, b.Name, b.Severity, alone) {
		return "the breach has another key now"
	}
	return whyOver(now)
}
