package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A report is what replay prints: the fields are the JSON document's. Lines are Good, Bad,
// Excluded and Malformed together, whatever the window.
type report struct {
	Source          string            `json:"source"` // the file's name, or "-"
	From            *time.Time        `json:"from"`   // of the first request; null if there was none
	To              *time.Time        `json:"to"`
	Lines           uint64            `json:"lines"`
	Malformed       uint64            `json:"malformed"`
	Good            uint64            `json:"good"`
	Bad             uint64            `json:"bad"`
	Excluded        uint64            `json:"excluded"`
	ExcludedReasons map[string]uint64 `json:"excluded_reasons"` // in the window
	Late            uint64            `json:"late"`             // counted, but at a later time than their own
	RequestTime     string            `json:"request_time"`     // the unit, or "none"
	Covered         bool              `json:"window_covers_log"`
	Notes           []string          `json:"notes"` // what the reader should know

	Objective        objectiveReport   `json:"objective"`
	LatencyObjective *objectiveReport  `json:"latency_objective,omitempty"`
	Operations       []operationReport `json:"operations"` // those with bad events first, then the busiest; reserved ones last
	Offenders        []offender        `json:"offenders"`

	MalformedLines []malformedLine `json:"malformed_lines"` // the first few
	LateLines      []uint64        `json:"late_lines"`      // the first few
}

// An objectiveReport is the error budget of the service. Ratios are null without a
// valid event.
type objectiveReport struct {
	Name      string     `json:"name"`
	SLI       string     `json:"sli"`
	Target    slo.Target `json:"target"`
	Window    string     `json:"window"`
	Method    string     `json:"method"`
	Known     string     `json:"known"`
	Observed  float64    `json:"observed_seconds"`
	Coverage  float64    `json:"coverage"`
	Good      uint64     `json:"good"` // in the window, or the period under way, as the next two
	Bad       uint64     `json:"bad"`
	Excluded  uint64     `json:"excluded"`
	Expected  uint64     `json:"expected"` // how many valid events the budget is a share of
	Basis     string     `json:"basis"`    // where that number comes from
	Ratio     *float64   `json:"ratio"`    // good / valid
	Consumed  *float64   `json:"consumed"`
	Remaining *float64   `json:"remaining"`
	Met       bool       `json:"met"`
	Exhausted bool       `json:"exhausted"`
	BurnRates []burnRate `json:"burn_rates"`

	Recommended *recommendation `json:"recommended"`        // null if too little has been seen
	Periods     []periodReport  `json:"periods"`            // of a calendar window, oldest first
	Episodes    []episodeReport `json:"episodes"`           // oldest first
	Forgotten   uint64          `json:"episodes_forgotten"` // of the first ones

	chart *chart // nil if nothing was spent
}

// A burnRate is how fast the budget was spent at the log's end.
type burnRate struct {
	Window   string   `json:"window"`
	Rate     *float64 `json:"rate"`
	Coverage float64  `json:"coverage"`
}

// An operationReport is a row of the table. Reserved operations have no budget of their
// own, and their counts are those of the whole log.
type operationReport struct {
	Name      string         `json:"name"`
	Reserved  bool           `json:"reserved"`
	Requests  uint64         `json:"requests"`
	Good      uint64         `json:"good"`
	Bad       uint64         `json:"bad"`
	Excluded  uint64         `json:"excluded"`
	Ratio     *float64       `json:"ratio"`
	Remaining *float64       `json:"remaining"`
	Known     string         `json:"known"`
	Latency   *latencyReport `json:"latency,omitempty"`
}

// A latencyReport is what an operation's latency objective says.
type latencyReport struct {
	Good      uint64   `json:"good"`
	Bad       uint64   `json:"bad"`
	Ratio     *float64 `json:"ratio"`
	Remaining *float64 `json:"remaining"`
}

// An offender is an operation that spent budget of the service.
type offender struct {
	Name     string   `json:"name"`
	Bad      uint64   `json:"bad"`
	Share    float64  `json:"share"`    // of the service's bad events
	Consumed *float64 `json:"consumed"` // of the service's budget; null if that is one of slices of time
}

// offenders is how many are listed.
const offenders = 5

// report reads the engine. Every figure is its own: Counts and all that follows from
// them are read together, see Status of package budget.
func (r *replay) report() (*report, error) {
	empty := r.sim == nil
	if empty {
		// Without a request there is no time; the engine says better than this code could
		// what it knows of nothing.
		if err := r.begin(time.Unix(0, 0)); err != nil {
			return nil, err
		}
	}
	if r.options.window.Calendar() {
		r.draw(time.Time{})
	}
	s := r.sim.Budget(r.options.counting()).Status()
	rep := &report{
		Source: r.options.file,
		Lines:  r.lines, Malformed: r.malformed.count, Late: r.late.count,
		Good: s.Total.Good, Bad: s.Total.Bad, Excluded: s.Total.Excluded,
		ExcludedReasons: map[string]uint64{},
		RequestTime:     string(timeNone),
		Covered:         s.Counts == s.Total,
		Objective:       r.service(availability, dailyAvailability),
		MalformedLines:  listOf(r.malformed.first),
		LateLines:       listOf(r.late.first),
	}
	if !empty {
		from, to := r.from.UTC(), r.sim.Time().UTC()
		rep.From, rep.To = &from, &to
	}
	for _, e := range s.Excluded {
		rep.ExcludedReasons[e.Reason] = e.Count
	}
	if r.times.timed() {
		rep.RequestTime = string(r.times)
		o := r.service(latency, dailyLatency)
		rep.LatencyObjective = &o
	}
	rep.Notes = r.notes(rep)
	rep.Operations = append(r.operations(), r.reserved(s.Objective.SLI)...)
	rep.Offenders = rep.blame(s)
	return rep, nil
}

// notes says what the figures do not.
func (r *replay) notes(rep *report) []string {
	list := []string{}
	if !rep.Covered {
		long, part := "the log is longer than the window", "its last "+rep.Objective.Window
		if r.options.window.Calendar() {
			long, part = "the log began before the last period", "that period"
		}
		list = append(list, fmt.Sprintf("%s: budgets and operations are those of %s, "+
			"the sums above and what %s, unnamed and unmatched count those of the whole log", long, part, otherOperation))
	}
	if r.integer {
		list = append(list, "lines end with an integer; if it is a request time, say its unit with -time")
	}
	return list
}

// judge reports a budget.
func judge(s budget.Status) objectiveReport {
	o := objectiveReport{
		Name: s.Name, SLI: s.Objective.SLI.String(), Target: s.Objective.Target, Window: s.Objective.Window.String(),
		Method: s.Objective.Method.String(), Expected: s.Expected, Basis: s.Basis.String(),
		Known: s.Known.String(), Observed: s.Observed.Seconds(), Coverage: s.Coverage,
		Good: s.Counts.Good, Bad: s.Counts.Bad, Excluded: s.Counts.Excluded,
		Ratio: ratio(s.Counts.SLI()), Met: s.Met, Exhausted: s.Exhausted,
	}
	if o.Ratio != nil {
		o.Consumed, o.Remaining = &s.Consumed, &s.Remaining
	}
	for _, w := range s.BurnRates {
		o.BurnRates = append(o.BurnRates, burnRate{slo.FormatDuration(w.Length), ratio(w.BurnRate, w.OK), w.Coverage()})
	}
	return o
}

// operations reports the operations that have budgets, of the window.
func (r *replay) operations() []operationReport {
	rows := []operationReport{}
	latencies := map[string]*latencyReport{}
	for _, s := range r.sim.Statuses() {
		o := judge(s)
		switch s.Objective.Name {
		case operationLatency:
			latencies[s.Operation] = &latencyReport{Good: o.Good, Bad: o.Bad, Ratio: o.Ratio, Remaining: o.Remaining}
		case operationAvailability:
			rows = append(rows, operationReport{
				Name: s.Operation, Requests: o.Good + o.Bad + o.Excluded, Good: o.Good, Bad: o.Bad, Excluded: o.Excluded,
				Ratio: o.Ratio, Remaining: o.Remaining, Known: o.Known,
			})
		}
	}
	for i := range rows {
		rows[i].Latency = latencies[rows[i].Name]
	}
	slices.SortFunc(rows, func(a, b operationReport) int {
		return cmp.Or(cmp.Compare(b.Bad, a.Bad), cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Name, b.Name))
	})
	return rows
}

// reserved reports the operations that have none: _OTHER, unnamed, unmatched.
func (r *replay) reserved(sli slo.SLI) []operationReport {
	var rows []operationReport
	for _, o := range r.sim.Report().Operations {
		if o.Kind != slo.NoSource || o.Requests() == 0 {
			continue
		}
		row := operationReport{Name: o.Name, Reserved: true, Requests: o.Requests()}
		for _, c := range o.Classes {
			switch sli.Verdict(c.Class) {
			case slo.Good:
				row.Good += c.Count
			case slo.Bad:
				row.Bad += c.Count
			default:
				row.Excluded += c.Count
			}
		}
		row.Ratio = ratio(budget.Counts{Good: row.Good, Bad: row.Bad}.SLI())
		rows = append(rows, row)
	}
	return rows
}

// blame finds the operations with the most bad events.
func (rep *report) blame(service budget.Status) []offender {
	list := []offender{}
	for _, o := range rep.Operations {
		if o.Bad == 0 || o.Reserved && !rep.Covered {
			continue // what is counted over the whole log is no share of the window
		}
		row := offender{Name: o.Name, Bad: o.Bad, Share: float64(o.Bad) / float64(service.Counts.Bad)}
		if service.Name == rep.Objective.Name {
			row.Consumed = ratio(service.Objective.Target.Consumed(o.Bad, service.Expected))
		}
		list = append(list, row)
	}
	slices.SortStableFunc(list, func(a, b offender) int { return cmp.Compare(b.Bad, a.Bad) })
	return list[:min(len(list), offenders)]
}

// listOf returns a list that is written as one even if it is empty.
func listOf[T any](list []T) []T { return append([]T{}, list...) }

// ratio returns a number that may not be there.
func ratio(x float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	return &x
}
