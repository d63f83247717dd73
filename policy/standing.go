package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A Standing is where a [Policy] stands. It is a plain value that belongs to the caller.
type Standing struct {
	Policy, Version string
	At              time.Time // wall time of the last tick; zero before the first

	// Tier is the one in force since Since, the zero Tier before anything was known. Known says
	// that every error budget in scope was known at the last tick: if not, the tier may be better
	// than the truth, and nothing is permitted.
	Tier  Tier
	Since time.Time
	Known bool

	// Objective is the error budget with the least left, Remaining what is left of it; empty and
	// 0 if of none there is enough to say.
	Objective string
	Remaining float64

	// Earning is the next better tier, if there has been enough left for it for Earned of the
	// Needed time, which is Tier.LeaveAfter; empty if there has not.
	Earning        string
	Earned, Needed time.Duration

	// Enacted are the enactments of the clauses that are in force, in the order of the policy.
	Enacted []Enactment

	// ReviewDue says why the policy is to be looked at again; "" if it is not.
	ReviewDue string
}

// Standing returns where the policy stands. It is zero on nil.
func (e *Enforcer) Standing() (s Standing) {
	if e == nil {
		return s
	}
	late := e.late()
	e.mu.Lock()
	defer e.mu.Unlock()
	s = Standing{Policy: e.policy.Name, Version: e.policy.Version, At: e.now, ReviewDue: e.review}
	t := &e.standing
	s.Known = t.known && !e.closed && !late
	if t.tier >= 0 {
		s.Tier, s.Since = e.tiers[t.tier].clone(), t.since
	}
	if t.least != nil {
		s.Objective, s.Remaining = t.least.name, t.least.remaining()
	}
	if to, earned := t.earning(); to >= 0 {
		s.Earning, s.Earned, s.Needed = e.tiers[to].Name, earned, e.tiers[t.tier].LeaveAfter
	}
	for _, c := range e.clauses {
		for _, x := range c.cells {
			if x.enacted {
				s.Enacted = append(s.Enacted, x.record.clone())
			}
		}
	}
	return s
}

// String returns the policy, its tier and what is enacted in a line, such as
//
//	payments: tier yellow since 2025-03-03 12:04, 42 % of checkout remains
func (s Standing) String() string {
	var b strings.Builder
	b.WriteString(s.Policy)
	if s.Tier.Name != "" {
		fmt.Fprintf(&b, ": tier %s since %s", s.Tier.Name, s.Since.UTC().Format("2006-01-02 15:04"))
	}
	if s.Objective != "" {
		fmt.Fprintf(&b, ", %s of %s remains", percent(s.Remaining), s.Objective)
	}
	if !s.Known {
		b.WriteString(", not known now")
	}
	if s.Earning != "" {
		fmt.Fprintf(&b, "; %s in %s", s.Earning, slo.FormatDuration((s.Needed - s.Earned).Truncate(time.Second)))
	}
	for i, n := range s.Enacted {
		if i == maxListed {
			fmt.Fprintf(&b, "; and %d more", len(s.Enacted)-maxListed)
			break
		}
		fmt.Fprintf(&b, "; enacted: %q", n.Clause)
		if n.Objective != "" {
			b.WriteString(" for " + n.Objective)
		}
	}
	if s.ReviewDue != "" {
		b.WriteString("; review due: " + s.ReviewDue)
	}
	return b.String()
}

// MarshalJSON writes the standing with snake-case names that stay as they are: times in
// RFC 3339 and UTC, durations in seconds, ratios as such.
func (s Standing) MarshalJSON() ([]byte, error) {
	type earning struct {
		Tier   string  `json:"tier"`
		Earned float64 `json:"earned_seconds"`
		Needed float64 `json:"needed_seconds"`
	}
	j := struct {
		Policy    string      `json:"policy"`
		Version   string      `json:"version,omitempty"`
		At        string      `json:"at"`
		Tier      string      `json:"tier"`
		Since     string      `json:"since,omitempty"`
		Known     bool        `json:"known"`
		Deploys   *int        `json:"deploys_per_day"`
		Permits   []string    `json:"permits"`
		Requires  []string    `json:"requires"`
		Actions   []string    `json:"actions"`
		Objective string      `json:"objective,omitempty"`
		Remaining *float64    `json:"remaining,omitempty"`
		Earning   *earning    `json:"earning,omitempty"`
		Enacted   []Enactment `json:"enacted"`
		ReviewDue string      `json:"review_due,omitempty"`
	}{
		Policy: s.Policy, Version: s.Version, At: stamp(s.At), Tier: s.Tier.Name, Since: stamp(s.Since), Known: s.Known,
		Permits: orEmpty(s.Tier.Permits), Requires: orEmpty(s.Tier.Requires), Actions: orEmpty(s.Tier.Actions),
		Objective: s.Objective, Enacted: orEmpty(s.Enacted), ReviewDue: s.ReviewDue,
	}
	if n := s.Tier.DeploysPerDay; n != Unlimited && s.Tier.Name != "" {
		j.Deploys = &n // null is no limit, or no tier
	}
	if s.Objective != "" {
		j.Remaining = &s.Remaining
	}
	if s.Earning != "" {
		j.Earning = &earning{s.Earning, s.Earned.Seconds(), s.Needed.Seconds()}
	}
	return json.Marshal(j)
}

// orEmpty returns a list that JSON does not write as null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Permits reports whether the tier in force permits something by name, such as
// "experimental-features". It is false while any error budget in scope is not known, when the
// tracker or the enforcer was closed, of a name that no tier has, and on nil. It goes by the
// last tick, takes a few nanoseconds and does not allocate: ask it for every request.
func (e *Enforcer) Permits(name string) bool {
	if e == nil {
		return false
	}
	set := e.permits.Load()
	if set == nil {
		return false
	}
	_, ok := (*set)[name]
	return ok
}

// Enactments returns the audit log, oldest first: the last 1,000 enactments, those of restored
// history included. It is nil on nil and while there is none.
func (e *Enforcer) Enactments() (all []Enactment) {
	if e == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range e.log {
		all = append(all, e.log[i].clone())
	}
	return all
}

// Policy returns the policy as it is in force. It is zero on nil.
func (e *Enforcer) Policy() Policy {
	if e == nil {
		return Policy{}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.policy.clone()
}

// earning returns the next better tier if there is enough left for it, and for how long there
// has been; -1 if there is not.
func (s *tierState) earning() (to int, earned time.Duration) {
	if s.tier < 1 {
		return -1, 0
	}
	to = s.tier - 1
	if s.earned[to] < 0 {
		return -1, 0
	}
	return to, s.earned[to]
}

// stopping returns the clauses that stop releases to production now. The caller holds the lock.
func (e *Enforcer) stopping() (stops []stop) {
	for _, c := range e.clauses {
		yes, automated := c.clause.stops()
		if !yes {
			continue
		}
		if i := slices.IndexFunc(c.cells, func(x *cell) bool { return x.enacted }); i >= 0 {
			stops = append(stops, stop{c.cells[i].record, automated})
		}
	}
	return stops
}

// A stop is a clause that stops releases.
type stop struct {
	Enactment
	automated bool
}
