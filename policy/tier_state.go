package policy

import "time"

// A tierState is the tier in force, and how long better ones have been earned.
type tierState struct {
	tiers  tiers
	sets   []map[string]struct{} // by tier, what it permits
	tier   int                   // in force; -1 before anything was known, and without tiers
	since  time.Time             // wall time
	known  bool                  // as of the last tick, every error budget in scope was
	least  *account              // with the worst tier, and of those the least left; nil if none has enough
	earned []time.Duration       // by tier: for how long there has been enough left for it; -1 while there is not
}

func newTierState(t tiers) tierState {
	s := tierState{tiers: t, tier: -1, earned: make([]time.Duration, len(t)), sets: make([]map[string]struct{}, len(t))}
	for i := range t {
		s.earned[i] = -1
		s.sets[i] = make(map[string]struct{}, len(t[i].Permits))
		for _, p := range t[i].Permits {
			s.sets[i][p] = struct{}{}
		}
	}
	return s
}

// see takes what the accounts say now; watched is the time since the last step. It returns
// whether another tier came into force, and the one before.
func (s *tierState) see(accounts []*account, watched time.Duration, now time.Time) (changed bool, before int) {
	s.least, s.known = nil, len(accounts) > 0
	for _, a := range accounts {
		s.known = s.known && a.trusted
		if a.enough && (s.least == nil || a.tier > s.least.tier || a.tier == s.least.tier && a.remaining() < s.least.remaining()) {
			s.least = a
		}
	}
	before = s.tier
	if s.least == nil || len(s.tiers) == 0 {
		return false, before
	}
	actual := s.least.tier
	for i := range s.earned {
		switch {
		case i < actual:
			s.earned[i] = -1
		case !s.known: // does not count
		case s.earned[i] < 0:
			s.earned[i] = 0 // from now on
		default:
			s.earned[i] += watched
		}
	}
	switch {
	case s.tier < 0 && (s.known || actual == len(s.tiers)-1):
		s.tier = actual // what is in doubt is never better than the worst
	case s.tier < 0:
	case actual > s.tier:
		s.tier = actual
	case s.known:
		for s.tier > actual && s.earned[s.tier-1] >= s.tiers[s.tier].LeaveAfter {
			s.tier--
		}
	}
	if s.tier == before {
		return false, before
	}
	s.since = now
	return true, before
}

// permitted returns what is permitted: of the tier in force, while everything is known. It is
// the same pointer for the same set.
func (s *tierState) permitted() *map[string]struct{} {
	if !s.known || s.tier < 0 {
		return nil
	}
	return &s.sets[s.tier]
}
