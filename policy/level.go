package policy

import (
	"fmt"
	"math"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A Level holds while at most this share of the error budget is left: Level(0.25) from the
// moment at which 75 % of it are spent. At equality it holds; 0 is an exhausted budget, and
// a level below 0 an overspent one. It is below 1, and within what the target lets anybody
// spend.
//
// In a rolling window time that nobody observed counts as not spent, so that the first bad
// minute of a process is not a spent month: of a window watched for a tenth, a tenth of what
// budget.Status calls consumed is. A calendar period goes by what it is expected to have.
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
		refuse("", float64(l), fmt.Sprintf("want a level of at least %s, what is left to objective %.64q when every event is bad: 1 - 1 / (1 - %s)",
			significant(least, 9), o.Name, o.Target))
	}
}

// spent returns the share, in billionths, that must be spent.
func (l Level) spent() uint64 { return uint64(math.Round((1 - float64(l)) * billion)) }

func (l Level) on(s *subject, m minimum) evaluator {
	s.funds = true
	return &levelling{Level: l, minimum: m}
}

// levelling is a Level at work.
type levelling struct {
	Level
	minimum minimum
}

func (*levelling) lengths() []time.Duration { return nil }

func (l *levelling) judge(v view) truth {
	var t truth
	if v.fund.compare(v.fund.own.Counts.Bad, v.allowed, l.spent()) >= 0 {
		t = l.minimum.weigh(v.fund.own.Counts)
	}
	t.blind = !t.holds && (v.stalled > 0 || v.fund.own.Counts.Valid() == 0)
	return t
}

func (l *levelling) reason(v view, t truth) string {
	g := &v.fund
	switch {
	case t.heldBack:
		return l.minimum.missing(g.own.Counts)
	case v.stalled > 0 && !t.holds:
		return stalledText
	case t.blind:
		return "no valid events"
	}
	text := percent(1-g.spent(g.own.Counts.Bad, v.objective.Target)) + " of the error budget is left"
	if c := g.coverage(); c < 1 {
		text += ", by the " + percent(c) + " of the window that were watched"
	}
	return text
}
