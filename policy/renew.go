package policy

import (
	"log/slog"

	"github.com/seed-abb722f7/nines/budget"
)

// renew follows the objectives of the tracker after they were changed (see
// budget.Tracker.Update): what is open goes on under the name of its error budget, with the
// rules that are left. It returns the ends of breaches that cannot: of objectives that are
// gone, or are measured only from now on, and of rules that do not apply any more. The caller
// holds the lock.
func (w *Watcher) renew() (over []Breach) {
	before, own := w.subjects, map[groupName]bool{}
	for _, s := range before {
		for _, g := range s.groups {
			name := groupName{s.name, g.alone}
			w.saved[name], own[name] = s.saved(w, g), true
		}
	}
	declared := w.tracker.Declared()
	w.forget(declared)
	if err := w.plan.follow(declared); err != nil {
		w.courier.scribe.put(func(l *slog.Logger) {
			l.Warn("nines: rules do not fit the objectives as they are now", "service", w.Service(), "error", err)
		})
	}
	w.meet("the objectives were changed")
	w.swept = -1
	for name := range own {
		delete(w.saved, name)
	}
	for _, s := range before {
		for _, g := range s.groups {
			for _, severity := range [...]Severity{Page, Ticket} {
				e, in := g.of(severity)
				if !e.open || !in.told || w.goesOn(groupName{s.name, g.alone}, severity) {
					continue
				}
				in.note(w.now.at, "over: what it was about is no more")
				b := s.breach(w, g, severity, Resolved)
				now := s.budget.Status()
				b.over(w.whyEnded(&b, &now, g.alone))
				over = append(over, b)
			}
		}
	}
	return over
}

// whyOver says why what was open of an error budget ended when the objectives were changed.
func whyOver(now *budget.Status) string {
	switch {
	case now.Known == budget.NoSuchObjective:
		return "the objective was removed"
	case now.Objective.Shadow:
		return "the objective is a shadow now"
	}
	return "the objective has no such rule any more"
}

// over makes the rules of a breach say why they are no more.
func (b *Breach) over(why string) {
	for i := range b.Rules {
		r := &b.Rules[i]
		r.Holds, r.HeldBack, r.Pending, r.Blind, r.Active, r.Breach, r.Reason = false, false, false, false, false, "", why
	}
}

// goesOn reports whether a breach is open.
func (w *Watcher) goesOn(name groupName, severity Severity) bool {
	for _, s := range w.subjects {
		if s.name != name.objective {
			continue
		}
		for _, g := range s.groups {
			if e, _ := g.of(severity); g.alone == name.alone && e.open {
				return true
			}
		}
	}
	return false
}
