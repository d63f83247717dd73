package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// write prints the report. The error is the writer's.
func (rep *report) write(w io.Writer, o options) error {
	b := new(bytes.Buffer)
	if o.json {
		enc := json.NewEncoder(b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(rep); err != nil {
			return err
		}
	} else {
		rep.text(b, o.top, o.width)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// text prints the report for people.
func (rep *report) text(b *bytes.Buffer, top, width int) {
	name := rep.Source
	if name == "-" {
		name = "standard input"
	}
	fmt.Fprintf(b, "%s: %s lines", name, group(rep.Lines))
	if rep.From != nil {
		fmt.Fprintf(b, ", %s to %s (%s)", rep.From.Format(time.DateTime), rep.To.Format("2006-01-02 15:04:05 MST"), days(rep.To.Sub(*rep.From)))
	}
	fmt.Fprint(b, "\n\n")
	rep.totals(b)
	rep.Objective.text(b, top, width)
	if rep.LatencyObjective != nil {
		rep.LatencyObjective.text(b, top, width)
	}
	for _, note := range rep.Notes {
		fmt.Fprintf(b, "\nNote: %s.\n", note)
	}
	rep.table(b, top)
	rep.blamed(b)
	rep.oddLines(b)
}

// totals prints what became of the lines.
func (rep *report) totals(b *bytes.Buffer) {
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(rep.ExcludedReasons)) {
		reasons = append(reasons, reason+" "+group(rep.ExcludedReasons[reason]))
	}
	var rows strings.Builder
	for _, row := range [...]struct {
		name   string
		n      uint64
		remark string
	}{
		{"good", rep.Good, ""},
		{"bad", rep.Bad, ""},
		{"excluded", rep.Excluded, strings.Join(reasons, ", ")},
		{"malformed", rep.Malformed, ""},
		{"late", rep.Late, "of the above"},
	} {
		switch {
		case row.n > 0 && row.remark != "":
			fmt.Fprintf(&rows, "%s\t%s\t  %s\n", row.name, group(row.n), row.remark)
		case row.n > 0 || row.name != "late":
			fmt.Fprintf(&rows, "%s\t%s\t\n", row.name, group(row.n))
		}
	}
	align(b, rows.String())
}

// text prints the budget of the service.
func (o *objectiveReport) text(b *bytes.Buffer, top, width int) {
	fmt.Fprintf(b, "\nBudget of the service: %s %s over %s", o.Target, o.SLI, o.Window)
	if o.Method != (slo.Method{}).String() {
		fmt.Fprintf(b, ", by %s", o.Method)
	}
	fmt.Fprint(b, "\n")
	state := "met"
	switch {
	case o.Ratio == nil:
		state = "nothing to judge"
	case !o.Met:
		state = "not met"
	case o.Exhausted:
		state = "met, budget exhausted"
	}
	var burns []string
	for _, w := range o.BurnRates {
		rate := "-"
		if w.Rate != nil {
			rate = strconv.FormatFloat(*w.Rate, 'f', 2, 64)
		}
		burns = append(burns, w.Window+" "+rate)
	}
	observed := days(time.Duration(o.Observed * float64(time.Second)))
	of := fmt.Sprintf("of the window observed (%s of %s)", observed, o.Window)
	if n := len(o.Periods); n > 0 {
		of = fmt.Sprintf("of the period so far observed (%s since %s)", observed, o.Periods[n-1].Start.Format(time.DateOnly))
	}
	fmt.Fprintf(b, "  SLI        %s\n", percent(o.Ratio, 3))
	fmt.Fprintf(b, "  consumed   %s\n", percent(o.Consumed, 1))
	fmt.Fprintf(b, "  remaining  %s\n", percent(o.Remaining, 1))
	fmt.Fprintf(b, "  state      %s; %s, %s %s\n", state, o.Known, percent(&o.Coverage, 1), of)
	fmt.Fprintf(b, "  burn rate  %s, at the log's end\n", strings.Join(burns, ", "))
	o.past(b, top, width)
}

// blamed prints the operations that spent most.
func (rep *report) blamed(b *bytes.Buffer) {
	if len(rep.Offenders) == 0 {
		return
	}
	fmt.Fprint(b, "\nTop offenders\n")
	var rows strings.Builder
	rows.WriteString("bad\tof all bad\tof the budget\t  operation\n")
	for _, o := range rep.Offenders {
		fmt.Fprintf(&rows, "%s\t%s\t%s\t  %s\n", group(o.Bad), percent(&o.Share, 1), percent(o.Consumed, 1), o.Name)
	}
	align(b, rows.String())
}

// oddLines prints the lines that were not understood, or came too late.
func (rep *report) oddLines(b *bytes.Buffer) {
	if rep.Malformed > 0 {
		fmt.Fprint(b, "\nMalformed lines\n")
		for _, m := range rep.MalformedLines {
			fmt.Fprintf(b, "  line %d: %s\n", m.Line, m.Reason)
		}
		if more := rep.Malformed - uint64(len(rep.MalformedLines)); more > 0 {
			fmt.Fprintf(b, "  and %s more\n", group(more))
		}
	}
	if rep.Late > 0 {
		fmt.Fprintf(b, "\nLate lines, too far out of order to be sorted: counted at a later time than their own\n")
		for _, n := range rep.LateLines {
			fmt.Fprintf(b, "  line %d\n", n)
		}
		if more := rep.Late - uint64(len(rep.LateLines)); more > 0 {
			fmt.Fprintf(b, "  and %s more\n", group(more))
		}
	}
}

// percent prints a ratio for people, "-" if there is none. What is not all, or not
// nothing, is never rounded to it.
func percent(x *float64, digits int) string {
	if x == nil {
		return "-"
	}
	text := func(r float64) string { return strconv.FormatFloat(r*100, 'f', digits, 64) }
	step := 1.0 // the last digit, as a ratio
	for range digits + 2 {
		step /= 10
	}
	switch s := text(*x); {
	case *x < 1 && s == text(1):
		return ">" + text(1-step) + "%"
	case *x > 0 && s == text(0):
		return "<" + text(step) + "%"
	default:
		return s + "%"
	}
}

// group prints a count with separators.
func group(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// days prints a length of time to the hour, or to the second if it is short.
func days(d time.Duration) string {
	if d < slo.Day {
		return d.Round(time.Second).String()
	}
	return fmt.Sprintf("%dd%dh", d/slo.Day, d%slo.Day/time.Hour)
}
