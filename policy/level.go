package policy

import (
	"fmt"
	"math"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A Level holds while at most this share of the error budget is left: Level(0.25) from the
// moment at which 75 % of it are spent. At equality it holds; 0 is an exhausted budget, and
// a level below 0 an overspent one. It is below 1, and within what the target lets anybody
// spend.
//
// Time that nobody observed counts as not spent, so that the first bad minute of a process
// is not a spent month: in a window watched for a tenth, a tenth of what budget.Status calls
// consumed is.
type Level float64

// String returns such as "25% left".
func (l Level) String() string { return shareName(float64(l)) + " left" }

func (l Level) words() string {
	return "at most " + percent(float64(l)) + " of the error budget left"
}

func (l Level) traits(o *slo.Objective) traits {
	return traits{counts: true, quiet: keep(o.Window.Length())}
}

func (l Level) check(_ *plan, refuse reject) {
	switch x := float64(l); {
	case !(x < 1 && x > -billion) && x > 1 && x < 100:
		refuse("", x, fmt.Sprintf("want a ratio below 1: did you mean policy.Level(%v)?", x/100))
	case !(x < 1 && x > -billion):
		refuse("", x, "want a ratio below 1, such as 0.25 for 25 % left")
	}
}

func (l Level) reach(o *slo.Objective, refuse reject) {
	if product(billion, billion).less(product(l.spent(), o.Target.AllowedPerBillion())) {
		least := 1 - o.Target.MaxBurnRate()
		refuse("", float64(l), fmt.Sprintf("want a level of at least %.9g, what is left to objective %.64q when every event is bad: 1 - 1 / (1 - %s)",
			least, o.Name, o.Target))
	}
}

// spent returns the share, in billionths, that must be spent.
func (l Level) spent() uint64 { return uint64(math.Round((1 - float64(l)) * billion)) }

func (l Level) on(s *subject, m minimum) evaluator {
	return &levelling{Level: l, minimum: m, windows: []time.Duration{s.objective.Window.Length()}}
}

// levelling is a Level at work.
type levelling struct {
	Level
	minimum minimum
	windows []time.Duration
}

func (l *levelling) lengths() []time.Duration { return l.windows }

func (l *levelling) judge(v view) truth {
	w := v.window(0)
	var t truth
	if spent(w, v.allowed, l.spent()) {
		t = l.minimum.weigh(w.Counts)
	}
	t.blind = !t.holds && (v.stalled > 0 || w.Counts.Valid() == 0)
	return t
}

func (l *levelling) reason(v view, t truth) string {
	w := v.window(0)
	switch {
	case t.heldBack:
		return l.minimum.missing(w.Counts)
	case v.stalled > 0 && !t.holds:
		return stalledText
	case t.blind:
		return "no valid events"
	}
	text := percent(1-weighed(w)) + " of the error budget is left"
	if c := w.Coverage(); c < 1 {
		text += ", by the " + percent(c) + " of the window that were watched"
	}
	return text
}

// spent reports whether a share of the budget, in billionths, has been spent in a window as
// long as the objective's, where allowed is the target's allowance per billion:
//
//	bad / valid x 10^9 / allowed x observed / length >= share / 10^9
func spent(w *budget.Window, allowed, share uint64) bool {
	if w.Counts.Bad == 0 || w.Observed <= 0 || w.Length <= 0 {
		return false
	}
	have := product(w.Counts.Bad, billion, billion, uint64(w.Observed))
	need := product(w.Counts.Valid(), allowed, share, uint64(w.Length))
	return !have.less(need)
}
