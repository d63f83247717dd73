package policy

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A BurnRate holds while the error budget burns faster than Factor over a long window and
// over a short one. The long window says that it matters, the short one that it still
// goes on (Google, The Site Reliability Workbook, chapter 5).
//
// What is compared is burn rate x coverage of the window, so time that nobody observed
// counts as not spent: it must be above the factor in both windows. Rules on burn rates
// share their breaches, see [Watcher.OnBreach].
type BurnRate struct {
	// Factor is the burn rate above which the criterion holds: 1 spends the whole budget in
	// exactly one window of the objective. It is above 0, and below 1 / (1 - target) of
	// every objective that the rule applies to, because no burn rate is greater. It is
	// taken to nine digits after the point, so that a decimal such as 13.44 is compared
	// as just that.
	Factor float64

	// Long and Short are the lengths of the windows: 0 < Short < Long, and Long at most the
	// longest window of the tracker's objectives. Short may be zero: the long window alone
	// decides, and what was spent keeps the rule true until it has left that.
	Long, Short time.Duration
}

// String names the windows, such as "1h/5m".
func (b BurnRate) String() string {
	if b.Short == 0 {
		return slo.FormatDuration(b.Long)
	}
	return slo.FormatDuration(b.Long) + "/" + slo.FormatDuration(b.Short)
}

func (b BurnRate) words() string {
	s := "factor " + number(b.Factor) + " over " + slo.FormatDuration(b.Long)
	if b.Short > 0 {
		s += " and " + slo.FormatDuration(b.Short)
	}
	return s
}

func (b BurnRate) traits(*slo.Objective) traits {
	t := traits{shares: true, counts: true, quiet: b.Short}
	if b.Short == 0 {
		t.quiet = keep(b.Long)
	}
	return t
}

func (b BurnRate) check(p *plan, refuse reject) {
	p.checkLength("Long", b.Long, refuse)
	switch {
	case b.Short < 0:
		refuse("Short", b.Short, "want a positive length below Long, or zero for the long window alone")
	case b.Short >= b.Long && b.Long > 0:
		refuse("Short", b.Short, fmt.Sprintf("want a positive length below Long, which is %s", slo.FormatDuration(b.Long)))
	}
	if !(b.Factor > 0) || b.Factor < 1 && billionths(b.Factor) == 0 {
		refuse("Factor", b.Factor, "want a burn rate above 0")
	}
}

func (b BurnRate) reach(o *slo.Objective, refuse reject) {
	if factor := billionths(b.Factor); b.Factor >= 1 && factor == 0 || !reachable(factor, o.Target) {
		refuse("Factor", b.Factor, fmt.Sprintf("want a factor below %s, the greatest burn rate that objective %.64q can have: 1 / (1 - %s)",
			significant(o.Target.MaxBurnRate(), 9), o.Name, o.Target))
	}
}

func (b BurnRate) on(s *subject, m minimum) evaluator {
	e := &burning{BurnRate: b, minimum: m, exact: billionths(b.Factor), windows: []time.Duration{b.Long, b.Short}}
	if b.Short == 0 {
		e.windows = e.windows[:1]
	}
	return e
}

// reachable reports whether a factor, in billionths, is below 1 / (1 - target).
func reachable(factor uint64, target slo.Target) bool {
	hi, lo := bits.Mul64(factor, target.AllowedPerBillion())
	return hi == 0 && lo < billion*billion
}

// burning is a BurnRate at work.
type burning struct {
	BurnRate
	minimum minimum
	exact   uint64 // the factor, in billionths
	windows []time.Duration
}

func (b *burning) lengths() []time.Duration { return b.windows }

func (b *burning) judge(v view) truth {
	long, short := v.window(0), v.window(len(b.windows)-1)
	var t truth
	if above(long, v.allowed, b.exact) && (long == short || above(short, v.allowed, b.exact)) {
		t = b.minimum.weigh(long.Counts)
	}
	t.blind = !t.holds && (v.stalled > 0 || short.Counts.Valid() == 0)
	return t
}

func (b *burning) reason(v view, t truth) string {
	long, short := v.window(0), v.window(len(b.windows)-1)
	switch {
	case t.heldBack:
		return b.minimum.missing(long.Counts)
	case v.stalled > 0 && !t.holds:
		return stalledText
	case long.Counts.Valid() == 0:
		return "no valid events"
	case t.blind:
		return "no valid events in " + slo.FormatDuration(short.Length)
	}
	text, both := fmt.Sprintf("burn rate x coverage is %s over %s", number(weighed(long)), slo.FormatDuration(long.Length)), ""
	if long != short {
		text += fmt.Sprintf(" and %s over %s", number(weighed(short)), slo.FormatDuration(short.Length))
		both = "both "
	}
	if t.holds || t.pending {
		return text + ", above " + number(b.Factor)
	}
	return text + ", not " + both + "above " + number(b.Factor)
}

// above reports whether burn rate x coverage of a window is above a factor in
// billionths, where allowed is the target's allowance per billion:
//
//	bad / valid x 10^9 / allowed x observed / length > factor / 10^9
func above(w *budget.Window, allowed, factor uint64) bool {
	if w.Counts.Bad == 0 || w.Observed <= 0 || w.Length <= 0 {
		return false
	}
	spent := product(w.Counts.Bad, billion, billion, uint64(w.Observed))
	limit := product(w.Counts.Valid(), allowed, factor, uint64(w.Length))
	return limit.less(spent)
}

// weighed returns burn rate x coverage, for display.
func weighed(w *budget.Window) float64 { return w.BurnRate * w.Coverage() }
