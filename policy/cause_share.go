package policy

import (
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A CauseShare holds while one cause has spent at least a share of the error budget, within
// the objective's window or period: CauseShare{Cause: "payments", Share: 0.5} when half of it
// was lost to that dependency. Causes are what handlers say (slo.Event.Bad) and what clients
// blame (slo.Event.Blame); they are counted from when the rule began in this process, and of an
// earlier one it knows nothing. Events that a handler excluded under the same text count too.
type CauseShare struct {
	// Cause is required, as it was said.
	Cause string

	// Share is a ratio above 0 and at most 1, of the whole budget.
	Share float64
}

// String returns such as `50% by payments`.
func (c CauseShare) String() string { return shareName(c.Share) + " by " + c.Cause }

func (c CauseShare) words() string {
	return "at least " + percent(c.Share) + " of the error budget spent by cause " + c.Cause
}

func (CauseShare) traits(o *slo.Objective) traits {
	return traits{counts: true, quiet: keep(o.Window.Length())}
}

func (c CauseShare) check(_ *plan, refuse reject) {
	if c.Cause == "" {
		refuse("Cause", c.Cause, `want a cause, such as "payments"`)
	}
	checkShare("Share", c.Share, refuse)
}

func (c CauseShare) reach(o *slo.Objective, refuse reject) {
	if o.Of.Kind() == slo.EventsSource {
		refuse("Cause", c.Cause, "want objectives on requests: the events of "+o.Of.String()+" have no causes")
	}
}

func (c CauseShare) on(s *subject, m minimum) evaluator {
	s.funds = true
	return &causing{
		CauseShare: c, minimum: m, exact: billionths(c.Share), step: max(s.objective.Window.Length()/causeSamples, 1),
		samples: []causeSample{{count: s.budget.Caused(c.Cause)}},
	}
}

// causeSamples is how many samples a window is cut into: it is at most so much longer than it
// should be.
const causeSamples = 100

// causing is a CauseShare at work. Causes are counted since the tracker was made, so it notes
// how many there were, from time to time.
type causing struct {
	CauseShare
	minimum minimum
	exact   uint64
	step    time.Duration
	samples []causeSample // ascending
	length  time.Duration // of the period so far
	count   uint64        // within the window
}

type causeSample struct {
	at    time.Duration // engine time
	count uint64
}

func (*causing) lengths() []time.Duration { return nil }

func (c *causing) inherit(from evaluator) {
	if old, ok := from.(*causing); ok && old.Cause == c.Cause {
		c.samples, c.length = old.samples, old.length
	}
}

func (c *causing) judge(v view) truth {
	total := v.budget.Caused(c.Cause)
	if v.objective.Window.Calendar() && v.fund.own.Length < c.length || total < c.samples[0].count {
		c.samples = append(c.samples[:0], causeSample{v.now, total}) // a new period, or another source
	}
	c.length = v.fund.own.Length
	if v.now-c.samples[len(c.samples)-1].at >= c.step {
		c.samples = append(c.samples, causeSample{v.now, total})
	}
	// The first sample is the last one that is at least a window old, or what there was when
	// the rule began.
	for len(c.samples) > 1 && v.now-c.samples[1].at >= c.length && !v.objective.Window.Calendar() {
		c.samples = c.samples[1:]
	}
	c.count = min(total-c.samples[0].count, v.fund.own.Counts.Bad)
	var t truth
	if v.fund.compare(c.count, v.allowed, c.exact) >= 0 {
		t = c.minimum.weigh(budget.Counts{Bad: c.count, Good: v.fund.own.Counts.Good})
	}
	t.blind = !t.holds && (v.stalled > 0 || v.fund.own.Counts.Valid() == 0)
	return t
}

func (c *causing) reason(v view, t truth) string {
	switch {
	case t.heldBack:
		return c.minimum.missing(budget.Counts{Bad: c.count})
	case v.stalled > 0 && !t.holds:
		return stalledText
	case t.blind:
		return "no valid events"
	}
	text := percent(v.fund.spent(c.count, v.objective.Target)) + " of the error budget was spent by cause " + c.Cause
	if t.holds || t.pending {
		return text + ", at least " + percent(c.Share)
	}
	return text + ", less than " + percent(c.Share)
}
