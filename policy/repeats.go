package policy

import (
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Repeats holds while the objective was broken more than so many times within a stretch of
// time: when some other rule of the error budget became true that often. Repeats{MoreThan: 3,
// Within: time.Hour} tells of an objective that flaps, each time too briefly for anybody to
// find out why. MoreThan zero is any time at all.
type Repeats struct {
	MoreThan int           // at least 0, at most 1000
	Within   time.Duration // positive
}

// maxRepeats bounds what is remembered of every rule.
const maxRepeats = 1000

// String returns such as "more than 3 times in 1h".
func (r Repeats) String() string {
	return fmt.Sprintf("more than %s in %s", times(r.MoreThan), slo.FormatDuration(r.Within))
}

func (r Repeats) words() string { return "a rule became true " + r.String() }

func (Repeats) traits(*slo.Objective) traits { return traits{} }

func (r Repeats) check(_ *plan, refuse reject) {
	if r.MoreThan < 0 || r.MoreThan > maxRepeats {
		refuse("MoreThan", r.MoreThan, fmt.Sprintf("want at least 0, and at most %d", maxRepeats))
	}
	if r.Within <= 0 {
		refuse("Within", r.Within, "want a positive length, such as time.Hour")
	}
}

func (Repeats) reach(*slo.Objective, reject) {}

func (r Repeats) on(*subject, minimum) evaluator { return &repeating{Repeats: r} }

// repeating is a Repeats at work.
type repeating struct {
	Repeats
	count int    // how often it was, as far as that is remembered
	rule  string // which rule
}

func (*repeating) lengths() []time.Duration { return nil }

func (r *repeating) judge(v view) truth {
	r.count, r.rule = 0, ""
	for i := range v.checks {
		c := &v.checks[i]
		n := 0
		for _, at := range c.rises {
			if v.now-at < r.Within {
				n++
			}
		}
		if n > r.count {
			r.count, r.rule = n, c.name
		}
	}
	return truth{holds: r.count > r.MoreThan}
}

func (r *repeating) reason(_ view, t truth) string {
	switch {
	case r.count == 0:
		return "not broken in " + slo.FormatDuration(r.Within)
	case t.holds || t.pending:
		return fmt.Sprintf("%s became true more than %s in %s", r.rule, times(r.MoreThan), slo.FormatDuration(r.Within))
	}
	return fmt.Sprintf("%s became true %s in %s, not more than %d", r.rule, times(r.count), slo.FormatDuration(r.Within), r.MoreThan)
}

func times(n int) string {
	if n == 1 {
		return "1 time"
	}
	return fmt.Sprintf("%d times", n)
}
