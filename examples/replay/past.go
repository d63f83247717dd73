package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A periodReport is a calendar period of the service's budget.
type periodReport struct {
	Start     time.Time  `json:"start"`
	End       time.Time  `json:"end"`    // exclusive
	Closed    bool       `json:"closed"` // if not, the rest is so far
	Good      uint64     `json:"good"`
	Bad       uint64     `json:"bad"`
	Ratio     *float64   `json:"ratio"`
	Remaining *float64   `json:"remaining"`
	Fulfilled bool       `json:"fulfilled"`
	Exhausted *time.Time `json:"exhausted"`                  // when nothing was left for the first time; null if never
	After     *float64   `json:"time_to_exhaustion_seconds"` // the same, since the start
	Coverage  float64    `json:"coverage"`
	Episodes  int        `json:"episodes"`   // that began in it
	MeanSpeed float64    `json:"mean_speed"` // of those, as shares of the whole budget in an hour
	TopSpeed  float64    `json:"top_speed"`
}

// A recommendation is a target that the past would have kept. See slo.Recommend.
type recommendation struct {
	Target slo.Target `json:"target"`
	Kept   int        `json:"kept"`
	Of     int        `json:"of"`    // how many had requests and have ended
	Unit   string     `json:"unit"`  // what: periods, or days
	Worst  float64    `json:"worst"` // ratio of one
	Best   float64    `json:"best"`
}

// service reports an objective of the service: its budget at the log's end, and its past. The
// second name is that of the objective by which its days are known.
func (r *replay) service(name, daily string) objectiveReport {
	b, now := r.sim.Budget(name), r.sim.Time()
	o := judge(b.Status())
	o.Periods = []periodReport{}
	l := r.ledgers[name]
	if l == nil { // a rolling window
		l = &ledger{budget: b}
		l.draw(latest(r.began, now.Add(-r.options.window.Length())), now, time.Time{})
		o.Recommended = r.ledgers[daily].recommend("days")
	} else {
		for _, p := range append(l.closed, b.Periods()...) {
			if n := len(o.Periods); n == 0 || p.Start.After(o.Periods[n-1].Start) {
				o.Periods = append(o.Periods, reportPeriod(l.hindsight(p)))
			}
		}
		o.Recommended = l.recommend("periods")
	}
	zone := r.options.window.Location()
	o.Episodes = []episodeReport{}
	for _, e := range b.Episodes() {
		o.Episodes = append(o.Episodes, reportEpisode(e, zone))
	}
	o.Forgotten = b.ForgottenEpisodes()
	o.chart = newChart(l.curves, now, zone)
	return o
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// recommend proposes a target by the periods that have ended. It is nil on nil.
func (l *ledger) recommend(unit string) *recommendation {
	if l == nil {
		return nil
	}
	var seen []slo.Observation
	for _, p := range l.closed {
		seen = append(seen, slo.Observation{Bad: p.Counts.Bad, Valid: p.Counts.Valid()})
	}
	r, ok := slo.Recommend(seen...)
	if !ok {
		return nil
	}
	return &recommendation{Target: r.Target, Kept: r.Kept, Of: r.Periods, Unit: unit, Worst: r.Worst, Best: r.Best}
}

func reportPeriod(p budget.Period) periodReport {
	row := periodReport{
		Start: p.Start, End: p.End, Closed: p.Closed, Good: p.Counts.Good, Bad: p.Counts.Bad,
		Ratio: ratio(p.SLI, p.OK), Remaining: ratio(p.Remaining, p.OK), Fulfilled: p.Fulfilled, Coverage: p.Coverage,
		Episodes: p.Episodes, MeanSpeed: p.MeanSpeed, TopSpeed: p.TopSpeed,
	}
	if d, ok := p.TimeToExhaustion(); ok {
		after := d.Seconds()
		row.Exhausted, row.After = &p.Exhausted, &after
	}
	return row
}

// past prints how the budget came to be what it is.
func (o *objectiveReport) past(b *bytes.Buffer, top, width int) {
	if r := o.Recommended; r != nil {
		fmt.Fprintf(b, "  recommend  no tighter than %s, which %d of %d %s kept: they had from %s to %s\n",
			r.Target, r.Kept, r.Of, r.Unit, percent(&r.Worst, 3), percent(&r.Best, 3))
	}
	if o.chart != nil {
		fmt.Fprint(b, "\n  left of the budget, # above zero and x below\n")
		o.chart.text(b, width)
	}
	if len(o.Periods) > 0 {
		o.periods(b, top)
	}
	if len(o.Episodes) > 0 {
		o.episodes(b, top)
	}
}

// periods prints the periods of a calendar window, the latest if there are more than top.
func (o *objectiveReport) periods(b *bytes.Buffer, top int) {
	judged, fulfilled := 0, 0
	for _, p := range o.Periods {
		if p.Closed && p.Ratio != nil {
			judged++
			if p.Fulfilled {
				fulfilled++
			}
		}
	}
	fmt.Fprintf(b, "\n  Periods of %s: ", o.Window)
	if judged == 0 {
		fmt.Fprint(b, "none has ended")
	} else {
		fmt.Fprintf(b, "%d of %d that have ended are fulfilled", fulfilled, judged)
	}
	shown := o.Periods
	if top > 0 && len(shown) > top {
		shown = shown[len(shown)-top:]
		fmt.Fprintf(b, "; the latest %d (see all with -top 0)", top)
	}
	rows := strings.Builder{}
	rows.WriteString("start\tend\tgood\tbad\tSLI\tremaining\texhausted after\tepisodes\tmean/h\ttop/h\t  state\n")
	for _, p := range shown {
		fmt.Fprintf(&rows, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t  %s\n",
			p.Start.Format(time.DateOnly), p.End.Format(time.DateOnly), group(p.Good), group(p.Bad),
			percent(p.Ratio, 3), percent(p.Remaining, 1), p.exhausted(),
			p.Episodes, p.speed(p.MeanSpeed), p.speed(p.TopSpeed), p.state())
	}
	fmt.Fprint(b, "\n")
	align(b, rows.String())
}

func (p *periodReport) exhausted() string {
	if p.After == nil {
		return "-"
	}
	return days(time.Duration(*p.After * float64(time.Second)))
}

// speed prints a speed of the period's episodes.
func (p *periodReport) speed(x float64) string {
	if p.Episodes == 0 {
		return "-"
	}
	return percent(&x, 1)
}

// state says in a word or two what became of a period.
func (p *periodReport) state() string {
	state := "broken"
	switch {
	case p.Ratio == nil:
		state = "no requests"
	case p.Fulfilled:
		state = "fulfilled"
	}
	if !p.Closed {
		state += " so far"
	}
	return state
}
