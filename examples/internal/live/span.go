package live

import (
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A Span is a stretch of a run.
type Span struct{ From, To time.Duration }

// Holds reports whether the time is in the stretch.
func (s Span) Holds(at time.Duration) bool { return s.From <= at && at < s.To }

// A Length is how long a run takes, and every objective's window is. All else is in
// proportion: a service that promises something over four weeks has the same rules over
// hours.
type Length time.Duration

// Share returns a part of the run, to the millisecond, which reads better.
func (l Length) Share(part float64) time.Duration {
	return time.Duration(part * float64(l)).Truncate(time.Millisecond)
}

// Span returns a stretch of the run.
func (l Length) Span(from, to float64) Span { return Span{l.Share(from), l.Share(to)} }

// Window is that of every objective.
func (l Length) Window() slo.Window { return slo.Rolling(time.Duration(l)) }

// Long is a window of the rules: 10 s of a minute. In a service it would be 1 h; see
// policy.DefaultRules.
func (l Length) Long() time.Duration { return l.Share(1. / 6) }

// Short is the other window of the rules: 2 s of a minute. In a service it would be 5 m.
func (l Length) Short() time.Duration { return l.Share(1. / 30) }

// RuleName names a rule after its windows, as the default rules are.
func (l Length) RuleName() string {
	return slo.FormatDuration(l.Long()) + "/" + slo.FormatDuration(l.Short())
}

// Resolution is the time between two ticks: a twentieth of the shortest window, and never
// longer than the default.
func (l Length) Resolution() time.Duration {
	return min(time.Duration(l)/600, budget.DefaultResolution)
}
