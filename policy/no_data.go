package policy

import (
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// NoData holds when there has been no valid event for so long, and somebody watched all of
// that time: NoData(10 * time.Minute). It is for sources that always have traffic; of others
// silence says nothing. A source whose requests hang is the health rules' business.
type NoData time.Duration

// String returns such as "no data for 10m".
func (n NoData) String() string { return "no data for " + slo.FormatDuration(time.Duration(n)) }

func (n NoData) words() string { return "no valid event in " + slo.FormatDuration(time.Duration(n)) }

func (NoData) traits(*slo.Objective) traits { return traits{} }

func (n NoData) check(p *plan, refuse reject) { p.checkLength("", time.Duration(n), refuse) }

func (NoData) reach(*slo.Objective, reject) {}

func (n NoData) on(*subject, minimum) evaluator {
	return &missing{n, []time.Duration{time.Duration(n)}}
}

// missing is NoData at work.
type missing struct {
	NoData
	windows []time.Duration
}

func (m *missing) lengths() []time.Duration { return m.windows }

// judge is blind while nothing came, but not all of the time was watched: after a suspend
// nobody knows.
func (m *missing) judge(v view) truth {
	w := v.window(0)
	empty := w.Counts.Valid() == 0
	watched := w.Observed >= w.Length
	return truth{holds: empty && watched, blind: empty && !watched}
}

func (m *missing) reason(v view, t truth) string {
	switch w := v.window(0); {
	case t.holds || t.pending:
		return "no valid event in " + slo.FormatDuration(w.Length)
	case t.blind:
		return "no valid event in the " + slo.FormatDuration(w.Observed.Truncate(time.Second)) + " that were watched of " + slo.FormatDuration(w.Length)
	default:
		return number(float64(w.Counts.Valid())) + " valid events in " + slo.FormatDuration(w.Length)
	}
}
