package policy

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// hookName is what a watcher's state is called in a snapshot of its tracker.
const hookName = "policy.Watcher"

// savedVersion is the version of what a watcher saves. Another is left alone.
const savedVersion = 1

// A saved is what a watcher keeps over a restart, in the snapshot of its tracker: everything
// that is open, and what still follows from what was. Lengths are engine time, which goes
// on with the tracker.
type saved struct {
	Version int          `json:"version"`
	Groups  []savedGroup `json:"groups"`
	Over    []savedGroup `json:"over,omitempty"` // see Watcher.over
}

type savedGroup struct {
	Objective string         `json:"objective"` // the error budget
	Alone     string         `json:"alone,omitempty"`
	Rules     []savedRule    `json:"rules"`
	Page      *savedIncident `json:"page,omitempty"`
	Ticket    *savedIncident `json:"ticket,omitempty"`
	About     *savedAbout    `json:"about,omitempty"` // nil: nothing is open

	objective *slo.Objective // in the same process
}

type savedRule struct {
	Name    string          `json:"name"`
	Page    bool            `json:"page,omitempty"`
	Holds   bool            `json:"holds,omitempty"`
	Doubt   bool            `json:"doubt,omitempty"`
	Quiet   time.Duration   `json:"quiet,omitempty"`
	Spent   bool            `json:"spent,omitempty"`
	Held    bool            `json:"held,omitempty"`
	Holding time.Duration   `json:"holding,omitempty"`
	Rises   []time.Duration `json:"rises,omitempty"`

	evaluator evaluator // of this process; nil after a restart
}

// An heir is an evaluator that goes on with what another of the same rule knew, when the
// objectives of a tracker were changed.
type heir interface{ inherit(from evaluator) }

type savedIncident struct {
	Key     string   `json:"key,omitempty"`
	Open    bool     `json:"open,omitempty"`
	By      string   `json:"by,omitempty"`
	Members []string `json:"members,omitempty"`
	Joined  uint64   `json:"joined,omitempty"`

	At       time.Time       `json:"at"`
	Elapsed  time.Duration   `json:"elapsed,omitempty"`
	Told     bool            `json:"told,omitempty"`
	Stale    bool            `json:"stale,omitempty"`
	Unsaid   bool            `json:"unsaid,omitempty"`
	Last     time.Duration   `json:"last,omitempty"`
	Peak     float64         `json:"peak,omitempty"`
	Timeline []TimelineEntry `json:"timeline,omitempty"`
	Omitted  uint64          `json:"omitted,omitempty"`
	Missed   uint64          `json:"missed,omitempty"`

	Priority string         `json:"priority,omitempty"`
	Origin   PriorityOrigin `json:"origin"`
	Reason   string         `json:"reason,omitempty"`

	Snoozed    time.Duration `json:"snoozed,omitempty"`
	Suppressed uint64        `json:"suppressed,omitempty"`
}

// save returns the watcher's state, for the tracker's snapshot.
func (w *Watcher) save() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := saved{Version: savedVersion, Over: w.over}
	for _, s := range w.subjects {
		for _, g := range s.groups {
			all.Groups = append(all.Groups, s.saved(w, g))
		}
	}
	for _, g := range w.saved { // of operations that nobody has seen yet
		all.Groups = append(all.Groups, g)
	}
	blob, err := json.Marshal(all)
	if err != nil { // it has no values that JSON lacks
		return nil
	}
	return blob
}

func (s *subject) saved(w *Watcher, g *group) savedGroup {
	v := savedGroup{Objective: s.name, Alone: g.alone, objective: &s.objective}
	for i := g.from; i < g.to; i++ {
		c, r := &s.checks[i], &g.machine.runs[i-g.from]
		v.Rules = append(v.Rules, savedRule{
			Name: c.name, Page: r.page, Holds: r.holds, Doubt: r.doubt, Quiet: r.quiet, Spent: r.spent, Held: c.held, Holding: c.holding, Rises: c.rises,
			evaluator: c.evaluator,
		})
	}
	v.Page, v.Ticket = s.savedIncident(w, g, Page), s.savedIncident(w, g, Ticket)
	if g.machine.page.open || g.machine.ticket.open {
		v.About = &savedAbout{w.Service(), w.plan.Environment, newObjectiveJSON(s.objective, s.name, s.operation)}
	}
	return v
}

func (s *subject) savedIncident(w *Watcher, g *group, severity Severity) *savedIncident {
	e, in := g.of(severity)
	v := &savedIncident{Key: s.key(w, g, severity), Snoozed: in.snoozed, Suppressed: in.suppressed}
	if !e.open {
		if in.snoozed == 0 && in.suppressed == 0 {
			return nil
		}
		return v
	}
	v.Open, v.By, v.Joined = true, s.checks[g.from+e.by].name, e.joined
	for i, member := range e.member {
		if member {
			v.Members = append(v.Members, s.checks[g.from+i].name)
		}
	}
	v.At, v.Elapsed, v.Told, v.Stale, v.Unsaid, v.Last = in.at, in.elapsed, in.told, in.stale, in.unsaid, in.last
	v.Peak, v.Timeline, v.Omitted, v.Missed = in.peak, in.timeline, in.omitted, in.missed
	v.Priority, v.Origin, v.Reason = in.rating.priority, in.rating.origin, in.rating.reason
	return v
}

// restore takes what an earlier process saved. What cannot be read is left out: a breach that
// starts once more is better than a service that does not.
func (w *Watcher) restore(blob []byte) {
	var all saved
	err := json.Unmarshal(blob, &all)
	if err == nil && all.Version != savedVersion {
		err = fmt.Errorf("it is of version %d, not %d", all.Version, savedVersion)
	}
	if err != nil {
		w.courier.scribe.put(func(l *slog.Logger) {
			l.Warn("nines: the breaches of an earlier process cannot be read; rules that hold start them again", "error", err)
		})
		return
	}
	for _, g := range all.Groups {
		w.saved[groupName{g.Objective, g.Alone}] = g
	}
	w.over = all.Over
}

type groupName struct{ objective, alone string }

// adopt gives the groups of a subject what was saved of them. Rules that are gone are left
// out, and a breach that has none left, or would have another key, is over.
func (w *Watcher) adopt(s *subject, why string) {
	for _, g := range s.groups {
		name := groupName{s.name, g.alone}
		v, ok := w.saved[name]
		if !ok {
			continue
		}
		delete(w.saved, name)
		place := map[string]int{}
		for i := g.from; i < g.to; i++ {
			place[s.checks[i].name] = i - g.from
		}
		for _, r := range v.Rules {
			i, ok := place[r.Name]
			if !ok {
				continue
			}
			run, c := &g.machine.runs[i], &s.checks[g.from+i]
			if to, ok := c.evaluator.(heir); ok && r.evaluator != nil {
				to.inherit(r.evaluator)
			}
			run.holds, run.doubt, run.quiet, run.spent = r.Holds, r.Doubt, max(r.Quiet, 0), r.Spent
			c.held, c.holding, c.truth.holds = r.Held, r.Holding, r.Holds
			for _, at := range r.Rises {
				if cap(c.rises) > 0 {
					c.rise(at)
				}
			}
		}
		entry := TimelineEntry{s.budget.Status().At, why}
		if v.objective != nil && reflect.DeepEqual(*v.objective, s.objective) {
			entry.Text = "" // others were changed
		}
		page := g.resume(Page, v.Page, s.key(w, g, Page), place, entry)
		ticket := g.resume(Ticket, v.Ticket, s.key(w, g, Ticket), place, entry)
		if v.objective == nil { // else renew tells
			w.end(v, !page, !ticket)
		}
	}
}

// resume goes on with an incident that was saved, if it can, and reports whether it does.
func (g *group) resume(severity Severity, v *savedIncident, key string, place map[string]int, why TimelineEntry) bool {
	if v == nil {
		return false
	}
	e, in := g.of(severity)
	other := v.Key != "" && v.Key != key
	if !other || !v.Open { // what was open ends under its key, and is told under the other
		in.snoozed, in.suppressed = v.Snoozed, v.Suppressed
	}
	if other {
		return false
	}
	by := -1
	for _, name := range v.Members {
		i, ok := place[name]
		if !ok {
			continue
		}
		e.member[i] = true
		if g.machine.runs[i].page == (severity == Page) && (by < 0 || name == v.By) { // others are only shown there
			by = i
		}
	}
	if !v.Open || by < 0 {
		return false
	}
	e.open, e.by, e.joined = true, by, v.Joined
	in.at, in.elapsed, in.told, in.stale, in.unsaid, in.last = v.At, v.Elapsed, v.Told, v.Stale, v.Unsaid, v.Last
	in.peak, in.omitted, in.missed = v.Peak, v.Omitted, v.Missed
	in.timeline = slices.Clone(v.Timeline[:min(len(v.Timeline), maxTimeline)])
	in.rating = rating{priority: v.Priority, origin: v.Origin, reason: v.Reason}
	if why.Text != "" {
		in.note(why.At, why.Text)
	}
	return true
}
