package policy

import (
	"log/slog"
	"slices"
	"time"
)

const enforcerMagic = "nines-policy"

// enforcerState is what a snapshot of an enforcer holds.
type enforcerState struct {
	Policy  string           `json:"policy"`
	Version string           `json:"version"`
	Tier    string           `json:"tier"`
	Since   time.Time        `json:"since"`
	Earned  map[string]int64 `json:"earned_ns"` // by tier
	Review  string           `json:"review"`
	Enacted []enactedState   `json:"enacted"`
	Log     []Enactment      `json:"log"`
	Deploys bookState        `json:"deploys"`
}

type enactedState struct {
	Quiet  int64     `json:"quiet_ns"`
	Record Enactment `json:"record"`
}

// save returns what is carried over with the history of the tracker.
func (e *Enforcer) save() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.state()
	s.Enacted = append(s.Enacted, e.inherited...)
	s.Deploys = e.book.state()
	return seal(enforcerMagic, s)
}

// state returns what is in force, without the deploys. The caller holds the lock.
func (e *Enforcer) state() enforcerState {
	s := enforcerState{
		Policy: e.policy.Name, Version: e.policy.Version, Since: e.standing.since.UTC(),
		Earned: map[string]int64{}, Review: e.review, Log: e.log,
	}
	if e.standing.tier >= 0 {
		s.Tier = e.tiers[e.standing.tier].Name
	}
	for i, d := range e.standing.earned {
		if d >= 0 {
			s.Earned[e.tiers[i].Name] = int64(d)
		}
	}
	for _, c := range e.clauses {
		for _, x := range c.cells {
			if x.enacted {
				s.Enacted = append(s.Enacted, enactedState{int64(x.quiet), x.record})
			}
		}
	}
	return s
}

// restore goes on from what save returned in an earlier process. The caller holds the lock.
// What cannot be read is not believed: the gates then do not know what was granted today.
func (e *Enforcer) restore(blob []byte) {
	var s enforcerState
	if err := unseal(enforcerMagic, "Restore", blob, &s); err != nil {
		e.book.lose(e.wall())
		name := e.policy.Name
		e.courier.scribe.put(func(l *slog.Logger) {
			l.Warn("nines: the state of an error budget policy cannot be restored", "policy", name, "error", err)
		})
		return
	}
	e.book.restore(&s.Deploys)
	e.resume(&s)
}

// resume goes on from a state, as far as the policy has what is in it. The caller holds the
// lock.
func (e *Enforcer) resume(s *enforcerState) {
	if i := slices.IndexFunc(e.tiers, func(t Tier) bool { return t.Name == s.Tier }); i >= 0 {
		e.standing.tier, e.standing.since = i, s.Since
	}
	for i := range e.tiers {
		if d, ok := s.Earned[e.tiers[i].Name]; ok {
			e.standing.earned[i] = max(time.Duration(d), 0)
		}
	}
	if s.Version == e.policy.Version {
		e.review = s.Review // of another text it is not due
	}
	e.inherited = s.Enacted
	for _, c := range e.clauses {
		e.inherit(c)
	}
	if over := len(s.Log) - maxLog; over > 0 {
		s.Log = s.Log[over:]
	}
	e.log = s.Log
}

// inherit hands to the cells of a clause what they had been enacted by.
func (e *Enforcer) inherit(c *clauseState) {
	for _, x := range c.cells {
		name := ""
		if x.account != nil {
			name = x.account.name
		}
		e.inherited = slices.DeleteFunc(e.inherited, func(s enactedState) bool {
			if s.Record.Clause != c.clause.Name || s.Record.Objective != name {
				return false
			}
			x.enacted, x.quiet, x.record = true, time.Duration(s.Quiet), s.Record
			return true
		})
	}
}
