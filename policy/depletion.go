package policy

import (
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A Depletion holds while at least a share of the error budget was spent within a stretch of
// time: Depletion{Share: 0.3, Within: slo.Day} is fast, {0.5, 7 * slo.Day} slow. It counts what
// budget.Budget.Spent does, bad events against those of the whole window or period, so that
// errors weigh little in a night without traffic, and what was spent before the calendar
// period under way is forgiven. In a rolling window time that nobody observed counts as not
// spent.
type Depletion struct {
	// Share is a ratio above 0 and at most 1. When every event is bad, even traffic spends
	// Within / window / (1 - target); a share above that is refused.
	Share float64

	// Within is positive, and at most the objective's window.
	Within time.Duration
}

// String returns such as "30% in 1d".
func (d Depletion) String() string {
	return shareName(d.Share) + " in " + slo.FormatDuration(d.Within)
}

func (d Depletion) words() string {
	return "at least " + percent(d.Share) + " of the error budget spent in " + slo.FormatDuration(d.Within)
}

func (d Depletion) traits(*slo.Objective) traits { return traits{counts: true, quiet: keep(d.Within)} }

func (d Depletion) check(p *plan, refuse reject) {
	p.checkLength("Within", d.Within, refuse)
	checkShare("Share", d.Share, refuse)
}

func (d Depletion) reach(o *slo.Objective, refuse reject) {
	window := o.Window.Length()
	switch share := billionths(d.Share); {
	case d.Within > window:
		refuse("Within", d.Within, fmt.Sprintf("want at most %s, the window of objective %.64q", slo.FormatDuration(window), o.Name))
	case share > 0 && d.Within > 0 && product(billion, billion, uint64(d.Within)).less(product(share, o.Target.AllowedPerBillion(), uint64(window))):
		most := float64(d.Within) / float64(window) * o.Target.MaxBurnRate()
		refuse("Share", d.Share, fmt.Sprintf("want a share of at most %s, the most that even traffic of objective %.64q can spend in %s: %s / %s / (1 - %s)",
			significant(most, 9), o.Name, slo.FormatDuration(d.Within), slo.FormatDuration(d.Within), slo.FormatDuration(window), o.Target))
	}
}

func (d Depletion) on(s *subject, m minimum) evaluator {
	s.funds = true
	return &depleting{Depletion: d, minimum: m, exact: billionths(d.Share), windows: []time.Duration{d.Within}}
}

// depleting is a Depletion at work.
type depleting struct {
	Depletion
	minimum minimum
	exact   uint64
	windows []time.Duration
}

func (d *depleting) lengths() []time.Duration { return d.windows }

func (d *depleting) judge(v view) truth {
	w := d.window(v)
	var t truth
	if v.fund.compare(w.Counts.Bad, v.allowed, d.exact) >= 0 {
		t = d.minimum.weigh(w.Counts)
	}
	t.blind = !t.holds && (v.stalled > 0 || w.Counts.Valid() == 0)
	return t
}

// window is the stretch, but for what was spent before the calendar period under way: that was
// of another budget.
func (d *depleting) window(v view) budget.Window {
	w := *v.window(0)
	if v.fund.own.Counts.Bad < w.Counts.Bad && v.objective.Window.Calendar() {
		w.Counts = v.fund.own.Counts
	}
	return w
}

func (d *depleting) reason(v view, t truth) string {
	w := d.window(v)
	switch {
	case t.heldBack:
		return d.minimum.missing(w.Counts)
	case v.stalled > 0 && !t.holds:
		return stalledText
	case t.blind:
		return "no valid events in " + slo.FormatDuration(w.Length)
	}
	text := percent(v.fund.spent(w.Counts.Bad, v.objective.Target)) + " of the error budget was spent in " + slo.FormatDuration(w.Length)
	if t.holds || t.pending {
		return text + ", at least " + percent(d.Share)
	}
	return text + ", less than " + percent(d.Share)
}

// checkShare refuses what is no share.
func checkShare(field string, share float64, refuse reject) {
	switch {
	case !(share > 0 && share < billion) || billionths(share) == 0:
		refuse(field, share, "want a ratio above 0, such as 0.3 for 30 %")
	case share > 1 && share <= 100:
		// More than the budget can be spent, but hardly anybody means that.
		refuse(field, share, fmt.Sprintf("want a ratio of at most 1: did you mean %v?", share/100))
	case share > 1:
		refuse(field, share, "want a ratio of at most 1")
	}
}
