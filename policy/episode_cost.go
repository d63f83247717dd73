package policy

import (
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// An EpisodeCost holds while the error budget is in an episode (see budget.Episode) that has
// spent at least a share of it by itself: EpisodeCost(0.3) for an incident that costs 30 % or
// more. In a rolling window time that nobody observed counts as not spent. It ceases to hold
// when the episode has closed, about an hour after its end.
type EpisodeCost float64

// String returns such as "30% in one episode".
func (c EpisodeCost) String() string { return shareName(float64(c)) + " in one episode" }

func (c EpisodeCost) words() string {
	return "at least " + percent(float64(c)) + " of the error budget spent in one episode"
}

func (EpisodeCost) traits(*slo.Objective) traits { return traits{counts: true} }

func (c EpisodeCost) check(_ *plan, refuse reject) { checkShare("", float64(c), refuse) }

func (EpisodeCost) reach(*slo.Objective, reject) {}

func (c EpisodeCost) on(s *subject, m minimum) evaluator {
	s.funds = true
	return &costing{EpisodeCost: c, minimum: m, exact: billionths(float64(c))}
}

// costing is an EpisodeCost at work.
type costing struct {
	EpisodeCost
	minimum minimum
	exact   uint64
	last    budget.Episode
	open    bool
}

func (*costing) lengths() []time.Duration { return nil }

func (c *costing) judge(v view) truth {
	c.last, c.open = v.budget.OpenEpisode()
	var t truth
	if c.open && v.fund.compare(c.last.Counts.Bad, v.allowed, c.exact) >= 0 {
		t = c.minimum.weigh(c.last.Counts)
	}
	return t
}

func (c *costing) reason(v view, t truth) string {
	switch {
	case !c.open:
		return "no episode is open"
	case t.heldBack:
		return c.minimum.missing(c.last.Counts)
	}
	text := percent(v.fund.spent(c.last.Counts.Bad, v.objective.Target)) + " of the error budget was spent in the episode since " + clock(c.last.Start)
	if t.holds || t.pending {
		return text + ", at least " + percent(float64(c.EpisodeCost))
	}
	return text + ", less than " + percent(float64(c.EpisodeCost))
}
