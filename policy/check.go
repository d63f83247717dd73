package policy

import (
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A check is a rule as it is evaluated for one error budget.
type check struct {
	evaluator

	name     string
	severity Severity
	priority string
	factor   float64 // of a burn rate
	shares   bool    // its breaches, with others
	health   bool    // it is a health rule
	quiet    time.Duration
	hold     time.Duration
	every    time.Duration
	snooze   time.Duration
	at       []int // places of its windows in the subject's

	next    time.Duration // engine time of the next evaluation
	waited  time.Duration // what was watched since the last
	held    bool          // the criterion held at the last
	holding time.Duration // for how long it has, of what was watched
	truth   truth         // as of the last
	flipped bool          // it came to hold, or ceased to, at this tick
	rises   []time.Duration
}

// check returns the rule as it is evaluated for the error budget of s.
func (r *Rule) check(s *subject) check {
	t := r.When.traits(&s.objective)
	c := check{
		evaluator: r.When.on(s, r.minimum()),
		name:      r.name(), severity: r.Severity, priority: r.Priority, shares: t.shares,
		quiet: r.KeepFor, hold: r.For, every: r.Every, snooze: r.Snooze,
	}
	if c.quiet == 0 {
		c.quiet = t.quiet
	}
	if b, ok := r.When.(BurnRate); ok {
		c.factor = b.Factor
	}
	if a, ok := c.evaluator.(*asking); ok { // it is the function that is called that often
		a.rule, a.every, c.every = c.name, r.Every, 0
	}
	return c
}

// step evaluates the rule if that is due. A rule whose breach is open does not wait for its
// hold time again.
func (c *check) step(s *subject, now, watched time.Duration, open bool) {
	c.waited += watched
	c.flipped = false
	if now < c.next {
		return
	}
	if c.next += c.every; c.next <= now { // the first time, or ticks failed to come
		c.next = now + c.every
	}
	t := c.judge(view{s, c.at})
	if t.holds {
		if c.holding += c.waited; !c.held {
			c.holding = 0
		}
		if c.held = true; c.holding < c.hold && !open {
			t.holds, t.pending = false, true
		}
	} else {
		c.held = false
	}
	c.waited = 0
	c.flipped = t.holds != c.truth.holds
	if c.flipped && t.holds && cap(c.rises) > 0 {
		c.rise(now)
	}
	c.truth = t
}

// rise remembers that the rule became true; the oldest time makes room.
func (c *check) rise(now time.Duration) {
	if len(c.rises) == cap(c.rises) {
		copy(c.rises, c.rises[1:])
		c.rises = c.rises[:len(c.rises)-1]
	}
	c.rises = append(c.rises, now)
}

// words adds to an explanation what is not in the criterion's own words.
func (r *Rule) words(o *slo.Objective) string {
	s := []string{r.When.words()}
	if r.When.traits(o).counts {
		s = append(s, "and at least "+r.minimum().String())
	}
	for _, w := range [...]struct {
		text   string
		length time.Duration
	}{{"for ", r.For}, {"evaluated every ", r.Every}, {"kept for ", r.KeepFor}, {"snoozed for ", r.Snooze}} {
		if w.length > 0 {
			s = append(s, w.text+slo.FormatDuration(w.length))
		}
	}
	return strings.Join(s, ", ")
}
